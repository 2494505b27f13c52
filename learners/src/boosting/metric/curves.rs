//! Areas under curves, exact, with ties averaged.

use rayon::prelude::*;

use super::Labelled;
use crate::boosting::math::ln_f64;

/// Rows of a curve: prediction, label and weight as keys that sort as the numbers do, the prediction downwards. With
/// equal rows side by side, sums over them round the same way whatever the order of the table.
struct Curve(Vec<[u32; 3]>);

/// Sums of the weights of rows of class 0 and class 1 from the highest prediction on.
#[derive(Clone, Copy, Default)]
struct Point {
    negative: f64,
    positive: f64,
}

impl Curve {
    fn new(n: usize, row: impl Fn(usize) -> [f32; 3] + Sync) -> Self {
        let mut rows: Vec<[u32; 3]> = (0..n)
            .into_par_iter()
            .map(|i| {
                let [prediction, label, weight] = row(i);
                [!key(prediction), label.to_bits(), weight.to_bits()]
            })
            .collect();
        rows.par_sort_unstable();
        Self(rows)
    }

    /// Calls `step` with the ends of each stretch of equal predictions; returns the last end.
    fn walk(&self, mut step: impl FnMut(Point, Point)) -> Point {
        let mut end = Point::default();
        for stretch in self.0.chunk_by(|a, b| a[0] == b[0]) {
            let start = end;
            for &[_, label, weight] in stretch {
                let (label, weight) = (f32::from_bits(label), f32::from_bits(weight));
                end.negative += f64::from((1.0 - label) * weight);
                end.positive += f64::from(label * weight);
            }
            step(start, end);
        }
        end
    }
}

/// A number whose order is the float's; both zeros are one.
fn key(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

/// The area under the ROC curve and the weight of class 1.
fn roc(curve: &Curve) -> (f64, f64) {
    let mut area = 0.0;
    let all = curve.walk(|a, b| {
        area += (b.negative - a.negative) * (a.positive + b.positive) * 0.5;
    });
    if all.negative <= 0.0 || all.positive <= 0.0 {
        return (f64::NAN, 0.0);
    }
    (
        (area / (all.negative * all.positive)).min(1.0),
        all.positive,
    )
}

/// The area under the precision-recall curve, interpolated between its points as in
/// Keilwagen, Grosse, Grau: Area under precision-recall curves for weighted and unweighted data, 2014. XGBoost's mean over classes gives all the same weight.
fn precision_recall(curve: &Curve) -> (f64, f64) {
    let all = curve.walk(|_, _| ());
    if all.negative <= 0.0 || all.positive <= 0.0 {
        return (f64::NAN, 1.0);
    }
    let mut area = 0.0;
    curve.walk(|start, end| {
        let (from, to) = (start.positive / all.positive, end.positive / all.positive);
        let gained = end.positive - start.positive;
        if gained == 0.0 {
            return;
        }
        let h = (end.negative - start.negative) / gained;
        let a = h + 1.0;
        let b = (start.negative - h * start.positive) / all.positive;
        area += if b == 0.0 {
            (to - from) / a
        } else {
            (to - from - b / a * (ln_f64(a * to + b) - ln_f64(a * from + b))) / a
        };
    });
    (area.min(1.0), 1.0)
}

pub(super) fn auc(predictions: &[f32], n_outputs: usize, rows: Labelled<'_>) -> f64 {
    area(predictions, n_outputs, rows, roc)
}

pub(super) fn aucpr(predictions: &[f32], n_outputs: usize, rows: Labelled<'_>) -> f64 {
    area(predictions, n_outputs, rows, precision_recall)
}

/// The area of one output, or the mean over classes of each against the rest.
fn area(
    predictions: &[f32],
    n_outputs: usize,
    rows: Labelled<'_>,
    of_curve: fn(&Curve) -> (f64, f64),
) -> f64 {
    if n_outputs == 1 {
        let row = |i: usize| [predictions[i], rows.labels[i], rows.weight(i)];
        return of_curve(&Curve::new(rows.len(), row)).0;
    }
    let (mut sum, mut weights) = (0.0, 0.0);
    for class in 0..n_outputs {
        let (area, weight) = of_curve(&Curve::new(rows.len(), |i| {
            let is_class = if rows.labels[i] == class as f32 {
                1.0
            } else {
                0.0
            };
            [predictions[i * n_outputs + class], is_class, rows.weight(i)]
        }));
        sum += area * weight;
        weights += weight;
        if area.is_nan() {
            return area;
        }
    }
    sum / weights
}
