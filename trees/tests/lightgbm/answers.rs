//! Values, raw scores, leaves, contributions and signatures.

use algorithm::{Labels, ModelFormat, Output, Predictor, Rows, Values};
use trees::LIGHTGBM;

use super::corpus::{Case, answers, load, newest};

/// Largest difference from the library's own answer, relative to the larger of it and 1.
const TOLERANCE: f64 = 1e-12;

/// The same of a contribution, relative to the file's largest: its answers have 9 digits.
const CONTRIBUTION_TOLERANCE: f64 = 1e-8;

#[test]
fn answers_are_the_librarys_own() {
    let cases = Case::all();
    assert!(cases.len() >= 250, "only {} files", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        assert!(
            ModelFormat::of_file(&[LIGHTGBM], "any", &case.file).is_some(),
            "{}",
            case.name
        );
        let checked = load(&case.file).and_then(|model| check(&*model, case));
        if let Err(error) = checked {
            failures.push(format!("{}: {error}", case.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Compares the rows all at once and one by one.
fn check(model: &dyn Predictor, case: &Case) -> Result<(), String> {
    let signature = model.signature();
    let n_features = case.rows[0].len();
    assert_eq!(signature.features.len(), n_features);
    assert!(signature.is_double && signature.takes_missing);
    let all = case.rows.concat();
    let batch = answers(model, &all);
    for (i, row) in case.rows.iter().enumerate() {
        let alone = answers(model, row);
        let in_batch = batch.row(i, case.rows.len());
        if format!("{alone:?}") != format!("{in_batch:?}") {
            return Err(format!(
                "row {i}: {alone:?} alone, {in_batch:?} in the batch"
            ));
        }
        let expected = &case.values[i];
        let values = match &signature.output {
            // The library gives a binary classifier's class 1 alone.
            Output::Classes(_) if expected.len() == 1 => {
                close(alone.values[0], 1.0 - expected[0]).map_err(|e| format!("row {i}: {e}"))?;
                &alone.values[1..]
            }
            _ => &alone.values[..],
        };
        for (what, found, expected) in [
            ("values", values, expected),
            ("raw scores", &alone.raw_scores, &case.raw_scores[i]),
        ] {
            if found.len() != expected.len() {
                return Err(format!("row {i}: {what}: {found:?}, expected {expected:?}"));
            }
            for (found, expected) in found.iter().zip(expected) {
                close(*found, *expected).map_err(|e| format!("row {i}: {what}: {e}"))?;
            }
        }
        if let Output::Classes(_) = signature.output {
            assert_eq!(signature.values, Values::Probabilities);
            let mut best = 0;
            for (class, value) in alone.values.iter().enumerate() {
                if *value > alone.values[best] {
                    best = class;
                }
            }
            assert_eq!(alone.labels, [best as u32]);
        } else {
            assert!(alone.labels.is_empty());
        }
        if alone.leaves != case.leaves[i] {
            return Err(format!(
                "row {i}: leaves {:?}, expected {:?}",
                alone.leaves, case.leaves[i]
            ));
        }
    }
    Ok(())
}

fn close(found: f64, expected: f64) -> Result<(), String> {
    let is_close = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
    if is_close || found == expected || (found.is_nan() && expected.is_nan()) {
        return Ok(());
    }
    Err(format!("{found}, expected {expected}"))
}

/// LightGBM's `pred_contrib`, of every model that it explains: all but those with linear trees.
#[test]
fn contributions_are_the_librarys_own() {
    let mut explained = 0;
    for case in Case::all() {
        let model = load(&case.file).unwrap();
        let rows = case.rows.concat();
        let mut contributions = Vec::new();
        let answer = model.contributions(Rows::F64(&rows), &mut contributions);
        assert_eq!(
            answer.is_ok(),
            !case.contributions.is_empty(),
            "{}",
            case.name
        );
        let expected = case.contributions.concat();
        assert_eq!(contributions.len(), expected.len(), "{}", case.name);
        let largest = expected
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        for (i, (found, expected)) in contributions.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() <= CONTRIBUTION_TOLERANCE * largest,
                "{}: {i}: {found}, expected {expected}",
                case.name
            );
        }
        explained += usize::from(answer.is_ok());
    }
    assert!(explained >= 250, "only {explained} files");
}

/// The name of the objective as the file has it, the labels, and the features' names.
#[test]
fn a_signature_says_what_the_file_says() {
    for (name, objective, classes, raw_scores) in [
        ("binary_sigmoid", Some("binary"), Some(2), 1),
        ("multiclass", Some("multiclass"), Some(3), 3),
        ("multiclassova", Some("multiclassova"), Some(3), 3),
        ("cross_entropy", Some("cross_entropy"), None, 1),
        ("sqrt", Some("regression"), None, 1),
        ("custom_three", None, None, 3),
        ("linear_multiclass", Some("multiclass"), Some(3), 3),
    ] {
        let model = load(&newest(name).file).unwrap();
        let signature = model.signature();
        assert_eq!(signature.objective.as_deref(), objective, "{name}");
        let labels = classes.map(|n| Labels::Integers((0..n).collect()));
        assert_eq!(signature.labels(), labels.as_ref(), "{name}");
        assert_eq!(signature.raw_scores, raw_scores, "{name}");
        assert!(!signature.gives_path, "{name}");
    }
    let named = load(&newest("names").file).unwrap();
    assert_eq!(
        named.signature().features.names(),
        ["a=b", "Tree=1", "naïve", "end"]
    );
}

/// Files of old versions may have an objective's other names.
#[test]
fn other_names_of_objectives() {
    let expect = |name: &str, line: &str, renamed: &str| {
        let text = String::from_utf8(newest(name).file).unwrap();
        let renamed = text.replacen(&format!("\nobjective={line}\n"), renamed, 1);
        assert_ne!(text, renamed, "{name}");
        let model = load(renamed.as_bytes()).unwrap();
        let original = load(text.as_bytes()).unwrap();
        let rows = [0.25, -1.0, 0.0, 2.0, -0.5, 1.0, f64::NAN, -3.0];
        let found = answers(&*model, &rows);
        assert_eq!(
            format!("{found:?}"),
            format!("{:?}", answers(&*original, &rows))
        );
        assert_eq!(model.signature().output, original.signature().output);
    };
    for alias in ["l2", "mse", "rmse", "mean_squared_error", "null", "custom"] {
        expect(
            "regression",
            "regression",
            &format!("\nobjective={alias}\n"),
        );
    }
    expect("regression", "regression", "\n");
    for alias in ["l1", "mae", "mean_absolute_error", "mape", "xendcg"] {
        expect(
            "regression_l1",
            "regression_l1",
            &format!("\nobjective={alias}\n"),
        );
    }
    expect(
        "multiclass",
        "multiclass num_class:3",
        "\nobjective=softmax\n",
    );
    for alias in ["ova", "ovr", "multiclass_ova"] {
        let line = format!("\nobjective={alias} num_class:3 sigmoid:1.3\n");
        expect(
            "multiclassova",
            "multiclassova num_class:3 sigmoid:1.3",
            &line,
        );
    }
    expect("cross_entropy", "cross_entropy", "\nobjective=xentropy\n");
    expect(
        "cross_entropy_lambda",
        "cross_entropy_lambda",
        "\nobjective=xentlambda\n",
    );
}
