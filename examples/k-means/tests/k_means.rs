//! Learning, the model file and answers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use algorithm::{Data, Features, Fitted, Learner as _, Rows, Scores, Settings, Table, Target};
use k_means::{FORMAT, KMeans};
use ndarray::{Array2, Axis};
use proptest::prelude::*;

/// Four points around (0, 0), and four around (9, 9).
const POINTS: [[f32; 2]; 8] = [
    [0.0, 1.0],
    [9.0, 10.0],
    [0.0, -1.0],
    [9.0, 8.0],
    [1.0, 0.0],
    [10.0, 9.0],
    [-1.0, 0.0],
    [8.0, 9.0],
];

fn fit(records: Array2<f32>, given: &[(&str, &str)]) -> Result<Fitted, String> {
    let table = Table {
        features: Features::unnamed(records.ncols()),
        records,
        target: Target::None,
        weights: None,
        absent: None,
    };
    let data = Data {
        train: &table,
        validation: None,
    };
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings::parse(&[KMeans.parameters()], &given).unwrap();
    KMeans
        .fit(data, &settings, &())
        .map_err(|error| error.to_string())
}

fn refused(file: &str) -> String {
    let loaded = (FORMAT.load)(file.as_bytes());
    loaded.err().unwrap().to_string()
}

#[test]
fn a_row_belongs_to_the_nearest_centre() {
    // The centres approach the means step by step.
    let is_near = |found: f64, expected: f64| (found - expected).abs() < 1e-4;
    let fitted = fit(
        Array2::from(POINTS.to_vec()),
        &[("k", "2"), ("tol", "1e-6")],
    )
    .unwrap();
    assert!(matches!(fitted.metrics[..], [("msd", msd)] if is_near(msd, 1.0)));
    let predictor = (FORMAT.load)(&fitted.file).unwrap();
    let mut scores = Scores::new();
    let rows = [0.0, 0.0, 9.0, 9.0, 3.0, 4.0];
    predictor.predict(Rows::F32(&rows), &mut scores).unwrap();
    let signature = predictor.signature();
    scores.check(3, signature).unwrap();
    let [near, far] = [scores.labels()[0], scores.labels()[1]];
    assert_ne!(near, far);
    assert_eq!(scores.labels()[2], near);
    let distance = |row: usize, label: u32| f64::from(scores.row(row).unwrap()[label as usize]);
    assert!(is_near(distance(0, near), 0.0));
    assert!(is_near(distance(2, near), 5.0));
    assert!(is_near(distance(1, near), 162.0_f64.sqrt()));
}

#[test]
fn what_can_not_be_learnt_is_refused() {
    let points = || Array2::from(POINTS.to_vec());
    assert_eq!(
        fit(points(), &[("n_clusters", "9")]).unwrap_err(),
        "hyperparameter n_clusters=9: expected at most 8, the number of rows"
    );
    assert!(fit(points(), &[("n_clusters", "8")]).is_ok());
    // Fewer different rows than clusters.
    assert!(fit(Array2::zeros((3, 2)), &[("n_clusters", "3")]).is_ok());
}

#[test]
fn a_file_that_is_no_model_is_refused() {
    for (file, line) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        (
            r#"{"names": [], "centres": []}"#,
            "centres: expected at least one, of at least one number",
        ),
        (
            r#"{"names": [], "centres": [[]]}"#,
            "centres: expected at least one, of at least one number",
        ),
        (
            r#"{"names": [], "centres": [[1, 2], [3]]}"#,
            "centres[1]: expected 2 finite numbers, as in centres[0]",
        ),
        (
            r#"{"names": [], "centres": [[1, 1e39]]}"#,
            "centres[0]: expected 2 finite numbers, as in centres[0]",
        ),
        (
            r#"{"names": ["x"], "centres": [[1, 2]]}"#,
            "names: found 1, expected none or 2, one a feature",
        ),
    ] {
        assert_eq!(refused(file), line, "{file}");
    }
    for file in [
        r#"{"names": [], "centres": [[1]], "more": 1}"#,
        r#"{"names": [], "centres": [[null]]}"#,
        &"[".repeat(100_000),
    ] {
        refused(file);
    }
}

proptest! {
    #[test]
    fn the_order_of_the_rows_decides_nothing(
        rows in prop::collection::vec(prop::array::uniform3(-3_i8..3), 3..40),
        rotation in 0_usize..40,
    ) {
        let records = Array2::from(rows.clone()).mapv(f32::from);
        let mut order: Vec<usize> = (0..rows.len()).rev().collect();
        order.rotate_left(rotation % rows.len());
        let shuffled = records.select(Axis(0), &order);
        let given = [("n_clusters", "3"), ("n_init", "2")];
        prop_assert_eq!(fit(records, &given).unwrap().file, fit(shuffled, &given).unwrap().file);
    }

    #[test]
    fn no_file_breaks_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (FORMAT.load)(&bytes);
    }
}
