use std::collections::BTreeMap;

use super::*;
use crate::learners::{Majority, Mean};

fn parse(given: &[(&str, &str)]) -> Result<Settings, String> {
    let parameters = Parameters::new(&[&Majority, &Mean]);
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    parameters.parse(&given).map_err(|error| error.to_string())
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
    assert_eq!(header(&settings), Header::No);
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
            &[("shift", "1")],
            "hyperparameter shift belongs to algorithm=mean, this job trains majority",
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
| `algorithm` | `majority` | what learns the model: `majority` or `mean` |
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
