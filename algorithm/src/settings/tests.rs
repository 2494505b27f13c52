use proptest::prelude::*;

use super::*;
use crate::Kind;

const TABLE: &[Parameter] = &[
    Parameter {
        name: "criterion",
        aliases: &[],
        default: "gini",
        kind: Kind::Choice(&[
            ("gini", "gini"),
            ("entropy", "entropy"),
            ("log_loss", "entropy"),
        ]),
        words: &[],
        meaning: "`gini`, `entropy` or `log_loss`",
    },
    Parameter {
        name: "learning_rate",
        aliases: &["eta"],
        default: "0.3",
        kind: Kind::Number { from: 0.0, to: 1.0 },
        words: &[],
        meaning: "the step",
    },
    Parameter {
        name: "max_features",
        aliases: &[],
        default: "None",
        kind: Kind::Amount {
            from: 1,
            may_be_all: true,
        },
        words: &["sqrt", "log2", "None"],
        meaning: "features that a split looks at",
    },
    Parameter {
        name: "class_weight",
        aliases: &[],
        default: "None",
        kind: Kind::Weights,
        words: &["balanced", "None"],
        meaning: "weights of the classes",
    },
    Parameter {
        name: "random_state",
        aliases: &[],
        default: "None",
        kind: Kind::Whole {
            from: 0,
            to: u32::MAX as u64,
        },
        words: &["None"],
        meaning: "seed",
    },
    Parameter {
        name: "verbose",
        aliases: &[],
        default: "0",
        kind: Kind::Switch,
        words: &[],
        meaning: "says more",
    },
];

fn parse(given: &[(&str, &str)]) -> Result<Settings, String> {
    let given = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::parse(&[TABLE], &given.collect()).map_err(|error| error.to_string())
}

#[test]
fn values_are_those_of_the_table() {
    let settings = parse(&[
        ("criterion", "LOG_LOSS"),
        ("eta", " 0.1 "),
        ("max_features", "0.5"),
        ("random_state", "null"),
        ("verbose", "true"),
    ])
    .unwrap();
    assert_eq!(settings.choice("criterion"), "entropy");
    assert_eq!(settings.number("learning_rate"), 0.1);
    assert_eq!(settings.amount("max_features"), Amount::Fraction(0.5));
    assert_eq!(settings.whole_or_none("random_state"), None);
    assert!(settings.is_on("verbose"));
    assert_eq!(
        settings.to_string(),
        "criterion=entropy learning_rate=0.1 max_features=0.5 verbose=1 and all others at their defaults"
    );
    assert_eq!(parse(&[]).unwrap().to_string(), "all at their defaults");
}

#[test]
fn what_is_not_allowed_is_said_in_one_sentence() {
    for (name, value, sentence) in [
        (
            "criterion",
            "mse",
            "hyperparameter criterion=mse: expected gini, entropy, log_loss",
        ),
        (
            "eta",
            "2",
            "hyperparameter eta=2: expected a number from 0 to 1",
        ),
        (
            "max_features",
            "1.5",
            "hyperparameter max_features=1.5: expected a whole number from 1 up, a fraction above 0.0 and up to 1.0, sqrt, log2, or None",
        ),
        (
            "class_weight",
            "{}",
            r#"hyperparameter class_weight={}: expected a JSON map of labels to weights above 0, as {"yes": 5, "no": 1}, balanced, or None"#,
        ),
        (
            "random_state",
            "-1",
            "hyperparameter random_state=-1: expected a whole number from 0 to 4294967295, or None",
        ),
        (
            "depth",
            "1",
            "unknown hyperparameter \"depth\": expected one of class_weight, criterion, learning_rate, max_features, random_state, verbose",
        ),
    ] {
        assert_eq!(parse(&[(name, value)]).unwrap_err(), sentence);
    }
    assert_eq!(
        parse(&[("eta", "1"), ("learning_rate", "1")]).unwrap_err(),
        "hyperparameter eta is also given as learning_rate: expected one of them"
    );
}

proptest! {
    /// Whatever is taken is shown so that it reads back the same.
    #[test]
    fn settings_read_back_as_they_are_shown(
        name in prop::sample::select(TABLE).prop_map(|parameter| parameter.name),
        value in r#"[0-9.e-]{1,6}|None|sqrt|true|balanced|entropy|\{"a": [0-9.]{1,4}\}"#,
    ) {
        if let Ok(settings) = parse(&[(name, &value)]) {
            let shown = settings.resolved();
            let shown: Vec<(&str, &str)> = shown.iter().map(|(name, value)| (*name, value.as_str())).collect();
            prop_assert_eq!(parse(&shown).unwrap(), settings);
        }
    }
}
