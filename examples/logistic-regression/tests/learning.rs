//! Learning: what the model has to answer, whatever the optimiser does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/fitting.rs"]
mod fitting;

use algorithm::{Fitted, Labels, Predictor, Table, Target};
use fitting::{fit, probabilities, table};
use logistic_regression::FORMAT;
use ndarray::{Array1, Axis};
use proptest::prelude::*;

/// Rows of three features, one of them a thousand times as large, one with a long tail.
fn rows(n: usize, n_classes: usize) -> Table {
    let noise = |row: usize, salt: usize| {
        let hash = (row * 3 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        hash as f32 / (1 << 24) as f32
    };
    let values = (0..n).map(|row| {
        let [a, b, c] = [0, 1, 2].map(|salt| noise(row, salt));
        let class = ((a + b) / 2.0 * n_classes as f32 + c - 0.5).max(0.0) as usize;
        ([a, 1000.0 * b, (12.0 * a).exp()], class.min(n_classes - 1))
    });
    let (values, classes): (Vec<[f32; 3]>, Vec<usize>) = values.unzip();
    let labels = (0..n_classes as i64).map(|class| 10 * class).collect();
    table(values, classes, Labels::Integers(labels))
}

fn reordered(table: &Table, order: &[usize]) -> Table {
    let Target::Classes { labels, of_row } = &table.target else {
        unreachable!("the tables here have classes");
    };
    Table {
        records: table.records.select(Axis(0), order),
        target: Target::Classes {
            labels: labels.clone(),
            of_row: of_row.select(Axis(0), order),
        },
        weights: (table.weights.as_ref()).map(|weights| weights.select(Axis(0), order)),
        ..table.clone()
    }
}

fn model(fitted: &Fitted) -> Box<dyn Predictor> {
    (FORMAT.load)(&fitted.file).unwrap()
}

fn is_near(a: &[f32], b: &[f32], bound: f32) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < bound)
}

#[test]
fn labels_are_learnt_with_probabilities() {
    let labels = Labels::Text(["high", "low", "mid"].map(str::to_owned).to_vec());
    let values = (0..60).map(|row| [row as f32]).collect();
    let classes = (0..60).map(|row| [1, 2, 0][row / 20]).collect();
    let fitted = fit(&table(values, classes, labels.clone()), &[("C", "100")]).unwrap();
    assert_eq!(fitted.title, "A logistic regression for 3 classes");
    assert!(fitted.warnings.is_empty());
    let predictor = model(&fitted);
    assert_eq!(predictor.signature().labels(), Some(&labels));
    let (classes, values) = probabilities(&*predictor, &[5.0, 30.0, 55.0]);
    assert_eq!(classes, [1, 2, 0]);
    for row in values.chunks_exact(3) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(row.iter().any(|value| *value > 0.8));
    }
}

/// The intercepts have no penalty, so that at the minimum a class is as frequent as it is probable: here with scores
/// far apart, where a softmax that is not taken row by row goes wrong.
#[test]
fn a_class_is_as_frequent_as_it_is_probable() {
    for n_classes in [2, 4] {
        let table = rows(500, n_classes);
        let given = [("C", "10"), ("max_iter", "1000"), ("tol", "1e-8")];
        let fitted = fit(&table, &given).unwrap();
        assert!(fitted.warnings.is_empty(), "{:?}", fitted.warnings);
        let rows = table.records.as_standard_layout();
        let (_, values) = probabilities(&*model(&fitted), rows.as_slice().unwrap());
        let Target::Classes { of_row, .. } = &table.target else {
            unreachable!("the table has classes");
        };
        for class in 0..n_classes {
            let probable: f32 = values.iter().skip(class).step_by(n_classes).sum();
            let frequent = of_row.iter().filter(|of_row| **of_row == class).count();
            assert!(
                (probable - frequent as f32).abs() < 1e-3,
                "{class}: {probable} {frequent}"
            );
        }
    }
}

/// As scikit-learn 1.9: `LogisticRegression(C=0.5).fit([[0], [1], [2], [3]], [0, 0, 1, 1])`, on standardised features.
#[test]
fn the_penalty_is_that_of_scikit_learn() {
    let labels = || Labels::Integers(vec![0, 1]);
    let values = vec![[0.0], [1.0], [2.0], [3.0]];
    let fitted = fit(
        &table(values, vec![0, 0, 1, 1], labels()),
        &[("C", "0.5"), ("tol", "1e-9")],
    );
    let (_, values) = probabilities(&*model(&fitted.unwrap()), &[0.0, 1.5]);
    assert!(is_near(&values, &EXPECTED, 1e-5), "{values:?}");
}

const EXPECTED: [f32; 4] = [0.692_696_4, 0.307_303_64, 0.5, 0.5];

#[test]
fn a_feature_may_be_constant_and_in_any_unit() {
    let table = rows(200, 3);
    let mut scaled = table.clone();
    scaled
        .records
        .column_mut(1)
        .mapv_inplace(|value| value / 4096.0 + 3.0);
    scaled.records.column_mut(2).fill(0.1);
    let mut constant = table;
    constant.records.column_mut(2).fill(7e7);
    let given = [("tol", "1e-8"), ("max_iter", "1000")];
    let of = |table: &Table| {
        let rows = table.records.as_standard_layout();
        let fitted = fit(table, &given).unwrap();
        probabilities(&*model(&fitted), rows.as_slice().unwrap()).1
    };
    assert!(is_near(&of(&scaled), &of(&constant), 1e-3));
}

#[test]
fn without_intercepts_zeros_say_nothing() {
    let fitted = fit(&rows(100, 4), &[("fit_intercept", "0")]).unwrap();
    let (_, values) = probabilities(&*model(&fitted), &[0.0; 3]);
    assert_eq!(values, [0.25; 4]);
}

#[test]
fn a_weight_is_as_many_rows() {
    let table = rows(40, 3);
    let order: Vec<usize> = (0..40).flat_map(|row| vec![row; 1 + row % 3]).collect();
    let repeated = reordered(&table, &order);
    let weights = Array1::from_shape_fn(40, |row| (1 + row % 3) as f32);
    let weighted = Table {
        weights: Some(weights),
        ..table
    };
    let of = |table| {
        let fitted = fit(table, &[("tol", "1e-9"), ("max_iter", "1000")]).unwrap();
        probabilities(&*model(&fitted), &[0.2, 700.0, 30.0, 0.9, 10.0, 3e4]).1
    };
    assert!(is_near(&of(&weighted), &of(&repeated), 1e-4));
}

#[test]
fn what_went_wrong_is_said() {
    let fitted = fit(&rows(100, 3), &[("max_iter", "1")]).unwrap();
    assert_eq!(
        fitted.warnings,
        ["not converged after 1 iterations: a larger max_iter or tol, or a smaller C, may help"]
    );
    for extreme in [
        ("C", "1e-300"),
        ("C", "1e300"),
        ("tol", "1e-300"),
        ("tol", "1e300"),
    ] {
        let fitted = fit(&rows(50, 2), &[extreme]).unwrap();
        model(&fitted);
    }
    let values = vec![[0.0], [1e-44], [2e-44], [3e-44]];
    let close = table(values, vec![0, 0, 1, 1], Labels::Integers(vec![0, 1]));
    assert_eq!(
        fit(&close, &[("C", "1000")]).unwrap_err(),
        "feature \"feature_0\": its values are too close to each other for a coefficient of float32, multiply them"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_order_of_the_rows_decides_nothing(
        seed in 0_usize..1000,
        n_classes in 2_usize..5,
        is_weighted: bool,
        rotation in 0_usize..60,
    ) {
        let mut table = rows(60 + seed % 7, n_classes);
        // Equal rows, with other classes and weights.
        table.records.row_mut(3).fill(0.5);
        table.records.row_mut(5).fill(0.5);
        let n = table.n_rows();
        if is_weighted {
            table.weights = Some(Array1::from_shape_fn(n, |row| 0.5 + (row * seed % 11) as f32));
        }
        let mut order: Vec<usize> = (0..n).rev().collect();
        order.rotate_left(rotation);
        let shuffled = reordered(&table, &order);
        prop_assert_eq!(fit(&table, &[]).unwrap().file, fit(&shuffled, &[]).unwrap().file);
    }
}
