use algorithm::{Data, FitError, Fitted, Watch};

use super::*;
use crate::learners::{Majority, Mean};

fn parse_among(
    learners: &'static [&'static dyn Learner],
    given: &[(&str, &str)],
) -> Result<Settings, String> {
    let parameters = Parameters::new(learners);
    let given: Vec<(String, String)> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let chosen = parameters.choose(&given);
    let settings = chosen.and_then(|learner| parameters.parse(learner, &given));
    settings.map_err(|error| error.to_string())
}

fn parse(given: &[(&str, &str)]) -> Result<Settings, String> {
    parse_among(&[&Majority, &Mean], given)
}

/// A learner with these hyperparameters.
struct Named(&'static str, &'static [Parameter]);

impl Learner for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn parameters(&self) -> &'static [Parameter] {
        self.1
    }

    fn fit(&self, _: Data<'_>, _: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        unreachable!("only its hyperparameters are asked for")
    }
}

const fn of(name: &'static str) -> Parameter {
    Parameter::new(name, "0", Kind::Switch, "")
}

#[test]
fn names_choose_the_learner() {
    static DEFAULT: Named = Named("first", &[of("depth"), of("criterion")]);
    static RANDOM: Named = Named(
        "random",
        &[of("depth"), of("criterion"), of("n"), of("oob")],
    );
    static EXTRA: Named = Named("extra", &[of("depth"), of("criterion"), of("n")]);
    static ROUNDS: Named = Named(
        "rounds",
        &[
            of("depth"),
            of("rounds"),
            of("_folds"),
            Parameter {
                aliases: &["rate"],
                ..of("eta")
            },
        ],
    );
    static ALL: [&dyn Learner; 4] = [&DEFAULT, &RANDOM, &EXTRA, &ROUNDS];
    let chosen = |names: &[&str]| {
        let given: Vec<(&str, &str)> = names
            .iter()
            .map(|name| match name.split_once('=') {
                Some(given) => given,
                None => (*name, "1"),
            })
            .collect();
        parse_among(&ALL, &given).map(|settings| settings.choice("algorithm"))
    };
    for (names, learner) in [
        (&[][..], "first"),
        (&["depth", "csv_weights"], "first"),
        (&["depth", "criterion"], "first"),
        (&["rounds"], "rounds"),
        (&["depth", "rate"], "rounds"),
        (&["eta", "_folds"], "rounds"),
        (&["oob", "n"], "random"),
        (&["n", "algorithm=extra"], "extra"),
        (&["depth", "algorithm=rounds"], "rounds"),
        // SageMaker adds such names to jobs of any kind.
        (&["_folds"], "first"),
    ] {
        assert_eq!(chosen(names), Ok(learner), "{names:?}");
    }
    for (names, sentence) in [
        (
            &["n", "depth"][..],
            "hyperparameter n belongs to algorithm=random or extra: expected algorithm to name one of them",
        ),
        (
            &["depth", "criterion", "rounds"],
            "hyperparameter criterion belongs to algorithm=first or random or extra, but rounds to algorithm=rounds: expected those of one algorithm",
        ),
        (
            &["rounds", "algorithm=first"],
            "hyperparameter rounds belongs to algorithm=rounds, this job trains first",
        ),
        (
            &["rounds", "colour"],
            "unknown hyperparameter \"colour\": expected one of _folds, algorithm, csv_weights, depth, eta, header, rounds",
        ),
        (
            &["colour"],
            "unknown hyperparameter \"colour\": expected one of algorithm, criterion, csv_weights, depth, header",
        ),
    ] {
        assert_eq!(chosen(names), Err(sentence.to_owned()), "{names:?}");
    }
}

#[test]
fn the_first_learner_is_the_default() {
    let settings = parse(&[
        ("_tuning_objective_metric", "validation:accuracy"),
        ("sagemaker_program", "x"),
    ])
    .unwrap();
    let all = [
        ("algorithm", "majority"),
        ("csv_weights", "0"),
        ("header", "auto"),
        ("smoothing", "0.0"),
    ];
    assert_eq!(
        settings.resolved(),
        all.map(|(name, value)| (name, value.to_owned()))
    );
    assert_eq!(header(&settings), Header::Auto);
    assert!(!csv_weights(&settings));
    let settings = parse(&[
        ("algorithm", "mean"),
        ("header", "FALSE"),
        ("csv_weights", "1"),
    ]);
    let settings = settings.unwrap();
    assert_eq!(header(&settings), Header::Absent);
    assert!(csv_weights(&settings));
    assert_eq!(
        settings.to_string(),
        "algorithm=mean csv_weights=1 header=false and all others at their defaults"
    );
}

#[test]
fn a_name_or_a_value_that_is_not_allowed_is_said_in_one_sentence() {
    for (given, sentence) in [
        (
            &[("algorithm", "k-means")][..],
            "hyperparameter algorithm=k-means: expected majority, mean",
        ),
        (
            &[("algorithm", "mean"), ("alpha", "1")],
            "hyperparameter alpha belongs to algorithm=majority, this job trains mean",
        ),
        (
            &[("shift", "1"), ("alpha", "1")],
            "hyperparameter shift belongs to algorithm=mean, but alpha to algorithm=majority: expected those of one algorithm",
        ),
        (
            &[("smooth", "1")],
            "unknown hyperparameter \"smooth\": expected one of algorithm, csv_weights, header, smoothing",
        ),
        (
            &[("header", "yes")],
            "hyperparameter header=yes: expected auto, true, false",
        ),
        (
            &[("csv_weights", "2")],
            "hyperparameter csv_weights=2: expected 0, 1, false, or true",
        ),
    ] {
        assert_eq!(parse(given).unwrap_err(), sentence);
    }
}

#[test]
#[should_panic(expected = "two learners are called mean")]
fn learners_have_different_names() {
    Parameters::new(&[&Mean, &Mean]);
}

#[test]
fn the_documentation_has_a_table_for_every_job_and_one_for_each_learner() {
    let text = Parameters::new(&[&Majority, &Mean]).markdown();
    let expected = "\
| hyperparameter | default | meaning |
| --- | --- | --- |
| `algorithm` | `majority` | what learns the model: `majority` or `mean`; if it is not given, the one that has all hyperparameters of the job |
| `csv_weights` | 0 | 1: the second column is the row's weight |
| `header` | `auto` | `true`, `false`: whether files begin with a header line |

`majority`:

| hyperparameter | default | meaning |
| --- | --- | --- |
| `smoothing` | 0 | rows that are added to each class |

`mean`:

| hyperparameter | default | meaning |
| --- | --- | --- |
| `shift` | 0 | what is added to the mean |
";
    assert_eq!(text, expected);
}
