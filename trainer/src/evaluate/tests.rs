use algorithm::{Features, Labels, Rows, Scores, Signature, Values};
use ndarray::{Array1, Array2};
use proptest::prelude::*;

use super::*;

/// Answers `x <= 2 ? A : x <= 6 ? B : C`.
struct Steps {
    signature: Signature,
    answers: [Vec<f32>; 3],
}

impl Steps {
    /// Probabilities of each class.
    fn classes(answers: [&[f32]; 3]) -> Self {
        let labels = (0..answers[0].len() as i64).collect();
        Self {
            signature: Signature {
                values: Values::Probabilities,
                ..Signature::classifier(Features::unnamed(1), Labels::Integers(labels))
            },
            answers: answers.map(<[f32]>::to_vec),
        }
    }

    fn numbers(answers: [f32; 3]) -> Self {
        Self {
            signature: Signature::regressor(Features::unnamed(1), 1),
            answers: answers.map(|answer| vec![answer]),
        }
    }
}

impl Predictor for Steps {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let Rows::F32(rows) = rows else {
            return Err(PredictError::input_type(rows, &self.signature));
        };
        scores.resize(rows.len(), &self.signature);
        let width = scores.width();
        for (row, value) in rows.iter().enumerate() {
            let answer = &self.answers[usize::from(*value > 2.0) + usize::from(*value > 6.0)];
            scores.values_mut()[row * width..][..width].copy_from_slice(answer);
            if let Some(label) = scores.labels_mut().get_mut(row) {
                let largest = answer.iter().copied().fold(f32::MIN, f32::max);
                *label = answer.iter().position(|value| *value == largest).unwrap() as u32;
            }
        }
        Ok(())
    }
}

fn table(values: Vec<f32>, target: Target) -> Table {
    Table {
        records: Array2::from_shape_vec((values.len(), 1), values).unwrap(),
        target,
        weights: None,
        features: Features::unnamed(1),
        absent: None,
    }
}

fn classes(steps: &Steps, rows: &[(f32, usize)]) -> Evaluation {
    let target = Target::Classes {
        labels: steps.signature.labels().unwrap().clone(),
        of_row: rows.iter().map(|row| row.1).collect(),
    };
    evaluate(
        steps,
        &table(rows.iter().map(|row| row.0).collect(), target),
    )
    .unwrap()
}

fn metric(evaluation: &Evaluation, name: &str) -> Option<f64> {
    let mut metrics = evaluation.metrics.iter();
    metrics
        .find(|metric| metric.0 == name)
        .map(|metric| metric.1)
}

/// Probabilities are float32.
#[track_caller]
fn close(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    assert!(
        (found - expected).abs() < 1e-6,
        "found {found}, expected {expected}"
    );
}

#[test]
fn figures_of_three_classes_are_those_of_scikit_learn() {
    let steps = Steps::classes([
        &[0.75, 0.25, 0.0, 0.0],
        &[0.0, 1.0, 0.0, 0.0],
        &[0.0, 0.5, 0.5, 0.0],
    ]);
    // The last label is one that training did not have.
    let rows = [
        (1.0, 0),
        (1.0, 1),
        (2.0, 0),
        (3.0, 1),
        (6.0, 2),
        (7.0, 2),
        (9.0, 1),
        (9.0, 4),
    ];
    let found = classes(&steps, &rows);
    // y_true = [0,1,0,1,2,2,1,4], y_pred = [0,0,0,1,1,1,1,1]
    close(metric(&found, "accuracy"), 0.5);
    close(
        metric(&found, "balanced_accuracy"),
        (1.0 + 2.0 / 3.0 + 0.0 + 0.0) / 4.0,
    );
    close(metric(&found, "f1_macro"), (0.8 + 0.5 + 0.0 + 0.0) / 4.0);
    let clipped = -f64::EPSILON.ln();
    let sure = -(1.0 - f64::EPSILON).ln();
    let losses =
        -2.0 * 0.75_f64.ln() - 0.25_f64.ln() + sure + clipped - 2.0 * 0.5_f64.ln() + clipped;
    close(metric(&found, "logloss"), losses / 8.0);
    assert_eq!(metric(&found, "auc"), None);
    let expected = vec![(0, 0, 2), (1, 0, 1), (1, 1, 2), (2, 1, 2), (4, 1, 1)];
    assert_eq!(found.confusion, expected);
    assert_eq!(found.n_rows, 8);
}

#[test]
fn the_area_under_the_curve_counts_equal_scores_half() {
    let steps = Steps::classes([&[0.75, 0.25], &[0.5, 0.5], &[0.0, 1.0]]);
    let found = classes(&steps, &[(1.0, 0), (1.0, 1), (5.0, 0), (5.0, 1), (9.0, 1)]);
    // Pairs: (1: .5 + 0), (5: 1 + .5), (9: 2) of 3 * 2.
    close(metric(&found, "auc"), 4.0 / 6.0);
    // One half each is the first class.
    close(metric(&found, "accuracy"), 3.0 / 5.0);
    for without in [&[(1.0, 1)][..], &[(1.0, 0), (9.0, 1), (9.0, 2)]] {
        assert_eq!(metric(&classes(&steps, without), "auc"), None);
    }
}

#[test]
fn calibration_bins_hold_every_row_once() {
    let steps = Steps::classes([&[0.75, 0.25], &[0.0, 1.0], &[0.5, 0.5]]);
    let found = classes(&steps, &[(0.0, 0), (0.0, 1), (5.0, 1), (9.0, 0)]);
    let bins = found.calibration.unwrap();
    let bins: Vec<_> = bins
        .iter()
        .map(|bin| (bin.count, bin.mean_probability, bin.accuracy))
        .collect();
    assert_eq!(bins, [(1, 0.5, 1.0), (2, 0.75, 0.5), (1, 1.0, 1.0)]);
}

#[test]
fn values_that_are_no_probabilities_count_for_nothing() {
    let mut steps = Steps::classes([&[3.0, -3.0], &[0.0, 1.0], &[0.5, 0.5]]);
    steps.signature.values = Values::Scores;
    let found = classes(&steps, &[(0.0, 0), (5.0, 1)]);
    let names: Vec<&str> = found.metrics.iter().map(|metric| metric.0).collect();
    assert_eq!(names, ["accuracy", "balanced_accuracy", "f1_macro"]);
    assert_eq!(found.calibration, None);
}

#[test]
fn figures_of_numbers_are_those_of_scikit_learn() {
    let steps = Steps::numbers([1.0, 2.5, 4.0]);
    let of = |values: &[f32], numbers: &[f32]| {
        let target = Target::Numbers(Array1::from(numbers.to_vec()));
        evaluate(&steps, &table(values.to_vec(), target)).unwrap()
    };
    // y_true = [1, 2, 3, 7], y_pred = [1, 2.5, 2.5, 4]
    let found = of(&[0.0, 3.0, 4.0, 8.0], &[1.0, 2.0, 3.0, 7.0]);
    close(metric(&found, "rmse"), (9.5_f64 / 4.0).sqrt());
    close(metric(&found, "mae"), 1.0);
    // The numbers' mean is 3.25.
    close(metric(&found, "r2"), 1.0 - 9.5 / 20.75);
    close(metric(&of(&[0.0, 0.0], &[1.0, 1.0]), "r2"), 1.0);
    close(metric(&of(&[9.0, 9.0], &[1.0, 1.0]), "r2"), 0.0);
    assert_eq!(metric(&of(&[9.0], &[1.0]), "r2"), None);
}

#[test]
fn an_answer_that_is_none_is_refused() {
    /// Answers what its fields say.
    struct Wrong(Signature, usize, u32);

    impl Predictor for Wrong {
        fn signature(&self) -> &Signature {
            &self.0
        }

        fn predict(&self, _: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
            scores.resize(self.1, &self.0);
            scores.labels_mut().fill(self.2);
            Ok(())
        }
    }

    let labels = Labels::Integers(vec![0, 1]);
    let signature = Signature::classifier(Features::unnamed(1), labels.clone());
    let target = Target::Classes {
        labels,
        of_row: Array1::from(vec![0, 1]),
    };
    let table = table(vec![1.0, 2.0], target);
    for (n_rows, label, sentence) in [
        (3, 0, "the predictor returned scores for 3 rows, expected 2"),
        (2, 2, "the predictor returned class 2, expected 0 to 1"),
    ] {
        let wrong = Wrong(signature.clone(), n_rows, label);
        let error = evaluate(&wrong, &table).unwrap_err();
        assert_eq!(error.to_string(), sentence);
    }
}

proptest! {
    /// Blocks summed up against the definitions, row by row.
    #[test]
    fn figures_of_many_blocks_are_those_of_the_definitions(
        rows in prop::collection::vec((0..10_u8, 0..2_usize), 2..9000),
        answers in [0.0..1.0_f32, 0.0..1.0, 0.0..1.0],
    ) {
        let answers = answers.map(|one| [1.0 - one, one]);
        let steps = Steps::classes([&answers[0], &answers[1], &answers[2]]);
        let rows: Vec<(f32, usize)> = rows.iter().map(|row| (f32::from(row.0), row.1)).collect();
        let found = classes(&steps, &rows);
        let score = |value: f32| f64::from(answers[usize::from(value > 2.0) + usize::from(value > 6.0)][1]);
        let count = |of: &dyn Fn(f32, usize) -> bool| rows.iter().filter(|row| of(row.0, row.1)).count() as f64;
        let right = count(&|value, label| (answers[usize::from(value > 2.0) + usize::from(value > 6.0)][1] > answers[usize::from(value > 2.0) + usize::from(value > 6.0)][0]) == (label == 1));
        close(metric(&found, "accuracy"), right / rows.len() as f64);
        let positives = count(&|_, label| label == 1);
        let negatives = count(&|_, label| label == 0);
        if positives > 0.0 && negatives > 0.0 {
            let mut pairs = 0.0;
            for value in 0..10_u8 {
                let value = f32::from(value);
                let here = count(&|other, label| label == 1 && other == value);
                let below = count(&|other, label| label == 0 && score(other) < score(value));
                let equal = count(&|other, label| label == 0 && score(other) == score(value));
                pairs += here * (below + 0.5 * equal);
            }
            close(metric(&found, "auc"), pairs / (positives * negatives));
        } else {
            prop_assert_eq!(metric(&found, "auc"), None);
        }
        let bins: u64 = found.calibration.unwrap().iter().map(|bin| bin.count).sum();
        prop_assert_eq!(bins, rows.len() as u64);
    }
}
