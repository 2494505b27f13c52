use serde_json::{Value, json};

use super::*;

fn parse(pairs: &[(&str, Value)]) -> Result<Hyperparameters, HyperparameterError> {
    let given = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), text_of(value)))
        .collect();
    Hyperparameters::parse(&given)
}

#[test]
fn nothing_given_means_the_defaults() {
    let parsed = parse(&[
        ("_tuning_objective_metric", json!("validation:accuracy")),
        ("sagemaker_program", json!("x")),
    ]);
    assert_eq!(parsed.unwrap(), Hyperparameters::default());
}

#[test]
fn strings_json_types_and_strings_within_strings_mean_the_same() {
    for five in [
        json!("5"),
        json!(5),
        json!("\"5\""),
        json!(" 5 "),
        json!("\"\\\"5\\\"\""),
    ] {
        assert_eq!(parse(&[("max_depth", five)]).unwrap().max_depth, Some(5));
    }
    for none in [json!("None"), json!(null), json!("null"), json!("\"None\"")] {
        assert_eq!(parse(&[("max_depth", none)]).unwrap().max_depth, None);
    }
    for on in [json!("1"), json!(true), json!("true"), json!("True")] {
        assert!(parse(&[("csv_weights", on)]).unwrap().csv_weights);
    }
    let weights = ClassWeight::Map([("a".to_owned(), 2.0)].into());
    for map in [
        json!({"a": 2}),
        json!("{\"a\": 2.0}"),
        json!("\"{\\\"a\\\": 2}\""),
    ] {
        assert_eq!(
            parse(&[("class_weight", map)]).unwrap().class_weight,
            weights
        );
    }
}

#[test]
fn whole_numbers_count_and_fractions_are_parts() {
    let of = |value: &str| {
        parse(&[("min_samples_split", json!(value))])
            .unwrap()
            .min_samples_split
    };
    assert_eq!(of("7").resolve(1000), 7);
    assert_eq!(of("0.0071").resolve(1000), 8);
    assert_eq!(of("1.0").resolve(1000), 1000);
    let of = |value: &str| {
        parse(&[("max_features", json!(value))])
            .unwrap()
            .max_features
            .map_or(20, |of| of.resolve(20))
    };
    assert_eq!(
        [
            of("3"),
            of("0.5"),
            of("0.01"),
            of("sqrt"),
            of("log2"),
            of("None"),
            of("99")
        ],
        [3, 10, 1, 4, 4, 20, 20]
    );
}

#[test]
fn a_value_out_of_range_names_the_hyperparameter_the_value_and_what_is_allowed() {
    for (name, value, expected) in [
        ("max_depth", "0", "a whole number from 1 up, or None"),
        ("max_depth", "2.5", "a whole number from 1 up, or None"),
        ("max_depth", "", "a whole number from 1 up, or None"),
        ("max_leaf_nodes", "1", "a whole number from 2 up, or None"),
        ("criterion", "mse", "gini, entropy, log_loss"),
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
        ("min_impurity_decrease", "nan", "a number from 0 up"),
        ("min_impurity_decrease", "inf", "a number from 0 up"),
        ("min_weight_fraction_leaf", "0.6", "a number from 0 to 0.5"),
        (
            "random_state",
            "-1",
            "a whole number from 0 to 4294967295, or None",
        ),
        ("engine", "cart", "exact, linfa"),
        ("header", "yes", "auto, true, false"),
        ("csv_weights", "2", "0, 1, false, true"),
    ] {
        let error = parse(&[(name, json!(value))]).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("hyperparameter {name}={value}: expected {expected}")
        );
    }
    for map in [
        "{\"a\": 0}",
        "{\"a\": -1}",
        "{}",
        "[1]",
        "{\"a\": \"x\"}",
        "{\"a\": 1e300}",
    ] {
        assert!(parse(&[("class_weight", json!(map))]).is_err(), "{map}");
    }
}

#[test]
fn an_unknown_name_is_refused() {
    let error = parse(&[("max_dept", json!("5"))]).unwrap_err().to_string();
    assert!(error.starts_with("unknown hyperparameter \"max_dept\": expected one of ccp_alpha, "));
}

#[test]
fn every_name_is_known() {
    for name in NAMES {
        let error = parse(&[(name, json!("?"))]).unwrap_err();
        assert!(matches!(error, HyperparameterError::Value { .. }), "{name}");
    }
    assert!(NAMES.is_sorted());
}

#[test]
fn what_is_shown_reads_back_the_same() {
    let given = [
        ("ccp_alpha", json!("0.001")),
        ("class_weight", json!({"a": 2, "b": 0.5})),
        ("criterion", json!("entropy")),
        ("csv_weights", json!("1")),
        ("engine", json!("linfa")),
        ("header", json!("false")),
        ("max_depth", json!("3")),
        ("max_features", json!("0.5")),
        ("max_leaf_nodes", json!("9")),
        ("min_impurity_decrease", json!("1e-7")),
        ("min_samples_leaf", json!("0.25")),
        ("min_samples_split", json!("1.0")),
        ("min_weight_fraction_leaf", json!("0.5")),
        ("random_state", json!("7")),
    ];
    for settings in [parse(&given).unwrap(), Hyperparameters::default()] {
        let shown = settings.resolved();
        let names: Vec<&str> = shown.iter().map(|pair| pair.0).collect();
        assert_eq!(names, NAMES);
        let shown: Vec<(&str, Value)> = shown.into_iter().map(|(n, v)| (n, json!(v))).collect();
        assert_eq!(parse(&shown).unwrap(), settings);
    }
    let some = parse(&[("max_depth", json!("3")), ("engine", json!("linfa"))]).unwrap();
    assert_eq!(
        some.to_string(),
        "engine=linfa max_depth=3, others at their defaults"
    );
}
