//! From margins to answers, objective by objective, and back for the base score.

use algorithm::{Labels, Output, first_largest};

use super::version::Version;
use crate::link::Link;

/// The least distance of expectiles, and of the logistic base score to 0 and 1 since 3.2: XGBoost's `kRtEps`.
const EPSILON: f32 = 1e-6;

/// An objective's answers, with the number of outputs, the columns of the margins.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectiveLink {
    transform: Transform,
    n_outputs: usize,
}

/// What happens to a row's margins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transform {
    Identity,
    /// Quantiles, ascending.
    Sort,
    /// Expectiles: each is the one before and a distance, whose margin is its inverse softplus.
    Expectiles,
    Exp,
    Sigmoid,
    /// 1 above 0.
    Step,
    /// Probabilities of two classes from one margin.
    Logistic,
    /// Two classes, with the margin for a score.
    LogitRaw,
    /// Two classes, with a score of 0 or 1.
    Hinge,
    /// Probabilities of classes.
    Softmax,
}

impl ObjectiveLink {
    /// An objective by its name in a file that this version wrote. One that XGBoost itself does not know leaves the margins
    /// as they are.
    pub(super) fn new(name: &str, n_outputs: usize, version: Option<Version>) -> Self {
        let is_one = n_outputs == 1;
        let transform = match name {
            "binary:logistic" if is_one => Transform::Logistic,
            "binary:logitraw" if is_one => Transform::LogitRaw,
            "binary:hinge" if is_one => Transform::Hinge,
            // Several targets are labels of their own, not classes that exclude each other.
            "binary:logistic" | "reg:logistic" => Transform::Sigmoid,
            "binary:hinge" => Transform::Step,
            "multi:softmax" | "multi:softprob" => Transform::Softmax,
            "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
                Transform::Exp
            }
            "reg:quantileerror" if version.is_some_and(|version| version >= Version(3, 4)) => {
                Transform::Sort
            }
            "reg:expectileerror" => Transform::Expectiles,
            _ => Transform::Identity,
        };
        Self {
            transform,
            n_outputs,
        }
    }

    pub(super) fn output(self) -> Output {
        match self.transform {
            Transform::Logistic | Transform::LogitRaw | Transform::Hinge => {
                Output::Classes(Labels::Integers(vec![0, 1]))
            }
            Transform::Softmax => {
                Output::Classes(Labels::Integers((0..self.n_outputs as i64).collect()))
            }
            _ => Output::Targets(self.n_outputs),
        }
    }

    /// The margins that give these answers.
    pub(super) fn margins(self, mut answers: Vec<f32>, version: Option<Version>) -> Vec<f32> {
        let clamps = version.is_none_or(|version| version >= Version(3, 2));
        let raw_is_probability = version.is_some_and(|version| version < Version(1, 3));
        match self.transform {
            Transform::Exp => answers.iter_mut().for_each(|answer| *answer = answer.ln()),
            // Up to 1.2 the base score of `binary:logitraw` is a probability.
            Transform::LogitRaw if !raw_is_probability => {}
            Transform::Sigmoid | Transform::Logistic | Transform::LogitRaw => {
                answers.iter_mut().for_each(|answer| {
                    let p = if clamps {
                        answer.clamp(EPSILON, 1.0 - EPSILON)
                    } else {
                        *answer
                    };
                    *answer = -(1.0 / p - 1.0).ln();
                })
            }
            Transform::Expectiles => {
                for j in (1..answers.len()).rev() {
                    answers[j] = inverse_softplus(answers[j] - answers[j - 1] - EPSILON);
                }
            }
            _ => {}
        }
        answers
    }
}

impl Link<f32> for ObjectiveLink {
    fn raw_scores(&self) -> usize {
        self.n_outputs
    }

    fn width(&self) -> usize {
        match self.transform {
            Transform::Logistic | Transform::LogitRaw | Transform::Hinge => 2,
            _ => self.n_outputs,
        }
    }

    fn gives_probabilities(&self) -> bool {
        matches!(self.transform, Transform::Logistic | Transform::Softmax)
    }

    fn answer(&self, margins: &[f32], labels: &mut [u32], values: &mut [f32]) {
        let each = |values: &mut [f32], transform: fn(f32) -> f32| {
            let pairs = values.iter_mut().zip(margins);
            pairs.for_each(|(value, margin)| *value = transform(*margin));
        };
        // The two values of a row from its margin, and the value above which it is class 1.
        let mut two = |transform: fn(f32) -> [f32; 2], above: f32| {
            let pairs = values.as_chunks_mut().0.iter_mut().zip(margins);
            for ((value, margin), label) in pairs.zip(&mut *labels) {
                *value = transform(*margin);
                *label = u32::from(value[1] > above);
            }
        };
        match self.transform {
            Transform::Logistic => two(
                |margin| {
                    let p = sigmoid(margin);
                    [1.0 - p, p]
                },
                0.5,
            ),
            Transform::LogitRaw => two(|margin| [-margin, margin], 0.0),
            Transform::Hinge => two(
                |margin| {
                    let v = step(margin);
                    [1.0 - v, v]
                },
                0.5,
            ),
            Transform::Softmax => {
                values.copy_from_slice(margins);
                let rows = values.chunks_exact_mut(self.n_outputs);
                for (row, label) in rows.zip(labels) {
                    *label = first_largest(&*row);
                    softmax(row);
                }
            }
            Transform::Identity => each(values, |margin| margin),
            Transform::Exp => each(values, f32::exp),
            Transform::Sigmoid => each(values, sigmoid),
            Transform::Step => each(values, step),
            Transform::Sort => {
                values.copy_from_slice(margins);
                let rows = values.chunks_exact_mut(self.n_outputs);
                rows.for_each(|row| row.sort_unstable_by(f32::total_cmp));
            }
            Transform::Expectiles => {
                values.copy_from_slice(margins);
                for row in values.chunks_exact_mut(self.n_outputs) {
                    for j in 1..row.len() {
                        row[j] = row[j - 1] + (EPSILON + softplus(row[j]));
                    }
                }
            }
        }
    }
}

/// With the bound on the exponent and the tiny summand that XGBoost has in it.
fn sigmoid(margin: f32) -> f32 {
    1.0 / ((-margin).min(88.7).exp() + 1.0 + 1e-16)
}

fn step(margin: f32) -> f32 {
    if margin > 0.0 { 1.0 } else { 0.0 }
}

fn softplus(x: f32) -> f32 {
    if x > 0.0 {
        x + (-x).exp().ln_1p()
    } else {
        x.exp().ln_1p()
    }
}

fn inverse_softplus(x: f32) -> f32 {
    let x = x.max(EPSILON);
    x + (-(-x).exp_m1()).ln()
}

/// XGBoost sums in float64 and divides in float32.
fn softmax(row: &mut [f32]) {
    let most = row
        .iter()
        .fold(f32::NEG_INFINITY, |most, value| most.max(*value));
    let mut sum = 0.0_f64;
    for value in &mut *row {
        *value = (*value - most).exp();
        sum += f64::from(*value);
    }
    row.iter_mut().for_each(|value| *value /= sum as f32);
}
