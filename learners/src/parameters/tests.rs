use std::collections::BTreeMap;

use algorithm::Learner;
use linfa_trees::SplitQuality;

use super::*;
use crate::{DecisionTree, exact::Params};

fn parse(given: &[(&str, &str)]) -> Result<Settings, String> {
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings::parse(&[DecisionTree.parameters()], &given);
    settings.map_err(|error| error.to_string())
}

#[test]
fn the_defaults_are_scikit_learns() {
    let defaults = Params::default();
    assert_eq!(defaults.criterion, SplitQuality::Gini);
    assert_eq!((defaults.max_depth, defaults.max_leaf_nodes), (None, None));
    assert_eq!(defaults.min_samples_split, Amount::Count(2));
    assert_eq!(defaults.min_samples_leaf, Amount::Count(1));
    assert_eq!(defaults.max_features, None);
    assert_eq!((defaults.class_weight, defaults.random_state), (None, 0));
    let numbers = [
        defaults.min_weight_fraction_leaf,
        defaults.min_impurity_decrease,
        defaults.ccp_alpha,
    ];
    assert_eq!(numbers, [0.0; 3]);
    assert_eq!(parse(&[]).unwrap().choice("engine"), "exact");
    let log_loss = parse(&[("criterion", "log_loss")]).unwrap();
    assert_eq!(log_loss.choice("criterion"), "entropy");
}

#[test]
fn whole_numbers_count_and_fractions_are_parts() {
    let of = |value| {
        let settings = parse(&[("min_samples_split", value)]).unwrap();
        rows(settings.amount("min_samples_split"), 1000)
    };
    assert_eq!([of("7"), of("0.0071"), of("1.0")], [7, 8, 1000]);
    let of = |value| {
        let params = Params::new((), &parse(&[("max_features", value)]).unwrap());
        params.max_features.map_or(20, |of| of.resolve(20))
    };
    assert_eq!(
        ["3", "0.5", "0.01", "sqrt", "log2", "None", "99"].map(of),
        [3, 10, 1, 4, 4, 20, 20]
    );
}

#[test]
fn a_value_out_of_range_names_the_hyperparameter_the_value_and_what_is_allowed() {
    let class_weight =
        r#"a JSON map of labels to weights above 0, as {"yes": 5, "no": 1}, balanced, or None"#;
    for (name, value, expected) in [
        ("max_depth", "0", "a whole number from 1 up, or None"),
        ("max_depth", "2.5", "a whole number from 1 up, or None"),
        ("max_depth", "", "a whole number from 1 up, or None"),
        ("max_leaf_nodes", "1", "a whole number from 2 up, or None"),
        (
            "criterion",
            "mse",
            "auto, gini, entropy, log_loss, squared_error, poisson",
        ),
        (
            "min_samples_split",
            "1",
            "a whole number from 2 up, or a fraction above 0.0 and up to 1.0",
        ),
        (
            "min_samples_leaf",
            "1.0",
            "a whole number from 1 up, or a fraction above 0.0 and below 1.0",
        ),
        (
            "min_samples_leaf",
            "-1",
            "a whole number from 1 up, or a fraction above 0.0 and below 1.0",
        ),
        (
            "max_features",
            "0",
            "a whole number from 1 up, a fraction above 0.0 and up to 1.0, sqrt, log2, or None",
        ),
        ("min_impurity_decrease", "nan", "a number from 0 up"),
        ("min_impurity_decrease", "inf", "a number from 0 up"),
        ("ccp_alpha", "-1", "a number from 0 up"),
        ("min_weight_fraction_leaf", "0.6", "a number from 0 to 0.5"),
        (
            "random_state",
            "-1",
            "a whole number from 0 to 4294967295, or None",
        ),
        ("engine", "cart", "exact, linfa"),
        ("class_weight", r#"{"a": 0}"#, class_weight),
        ("class_weight", "[1]", class_weight),
    ] {
        assert_eq!(
            parse(&[(name, value)]).unwrap_err(),
            format!("hyperparameter {name}={value}: expected {expected}")
        );
    }
}
