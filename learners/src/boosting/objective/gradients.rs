//! First and second derivatives of a row's loss by its margin.

use rayon::prelude::*;

use super::{Labelled, Loss, Objective};
use crate::{
    boosting::{
        math::{exp_f32, ln_1p, sigmoid},
        sum::BLOCK,
    },
    histogram::GradientPair,
};

/// The least second derivative of a softmax, and of a logistic loss.
const LEAST_HESSIAN: f32 = 1e-16;

impl Objective {
    /// Derivatives by the margins of `output` (a class of `multi:*`, else 0). `predictions` are the transformed `margins`;
    /// both hold a row's outputs side by side.
    pub fn gradients(
        &self,
        rows: Labelled<'_>,
        margins: &[f32],
        predictions: &[f32],
        output: usize,
        gradients: &mut [GradientPair],
    ) {
        // A row's score (the margin or the prediction, whichever the formula wants), label and weight give its pair.
        let scale = self.scale_pos_weight;
        let scaled = |y: f32, w: f32| if y == 1.0 { w * scale } else { w };
        match self.loss {
            Loss::SquaredError => each(rows, margins, gradients, |f, y, w| {
                let w = scaled(y, w);
                [(f - y) * w, w]
            }),
            Loss::RegLogistic | Loss::BinaryLogistic => {
                each(rows, predictions, gradients, |p, y, w| {
                    let w = scaled(y, w);
                    [(p - y) * w, (p * (1.0 - p)).max(LEAST_HESSIAN) * w]
                });
            }
            Loss::LogitRaw => each(rows, margins, gradients, |f, y, w| {
                let (p, w) = (sigmoid(f), scaled(y, w));
                [(p - y) * w, (p * (1.0 - p)).max(LEAST_HESSIAN) * w]
            }),
            Loss::Gamma => each(rows, predictions, gradients, |p, y, w| {
                let w = scaled(y, w);
                [(1.0 - y / p) * w, y / p * w]
            }),
            Loss::Poisson { margin } => each(rows, margins, gradients, |f, y, w| {
                [(exp_f32(f) - y) * w, exp_f32(f + margin) * w]
            }),
            Loss::Tweedie { power } => each(rows, margins, gradients, |f, y, w| {
                let (a, b) = (exp_f32((1.0 - power) * f), exp_f32((2.0 - power) * f));
                [
                    (-y * a + b) * w,
                    (-y * (1.0 - power) * a + (2.0 - power) * b) * w,
                ]
            }),
            Loss::SquaredLogError => each(rows, margins, gradients, |f, y, w| {
                let f = f.max(-1.0 + 1e-6);
                let difference = ln_1p(f) - ln_1p(y);
                let h = ((1.0 - difference) / ((f + 1.0) * (f + 1.0))).max(1e-6);
                [difference / (f + 1.0) * w, h * w]
            }),
            Loss::PseudoHuber => each(rows, margins, gradients, |f, y, w| {
                let z = f - y;
                let scale = 1.0 + z * z;
                let root = scale.sqrt();
                [z / root * w, 1.0 / (scale * root) * w]
            }),
            Loss::AbsoluteError => each(rows, margins, gradients, |f, y, w| {
                let sign = f32::from(i8::from(f > y) - i8::from(f < y));
                [sign * w, w]
            }),
            Loss::Hinge => each(rows, margins, gradients, |f, y, w| {
                let y = f64::from(y) * 2.0 - 1.0;
                if f64::from(f) * y < 1.0 {
                    [(-y * f64::from(w)) as f32, w]
                } else {
                    [0.0, f32::MIN_POSITIVE]
                }
            }),
            Loss::Softmax { classes } | Loss::Softprob { classes } => {
                let pair = |p: f32, y: f32, w: f32| {
                    let h = (2.0 * p * (1.0 - p) * w).max(LEAST_HESSIAN);
                    let g = if y == output as f32 { p - 1.0 } else { p };
                    [g * w, h]
                };
                let of_class = |row: usize| predictions[row * classes + output];
                each_row(rows, gradients, |row| {
                    pair(of_class(row), rows.labels[row], rows.weight(row))
                });
            }
        }
    }
}

/// Fills `gradients` from each row's score, label and weight.
fn each(
    rows: Labelled<'_>,
    scores: &[f32],
    gradients: &mut [GradientPair],
    pair: impl Fn(f32, f32, f32) -> [f32; 2] + Sync,
) {
    gradients
        .par_chunks_mut(BLOCK)
        .zip(scores.par_chunks(BLOCK))
        .zip(rows.labels.par_chunks(BLOCK))
        .enumerate()
        .for_each(|(block, ((gradients, scores), labels))| {
            let rows_of_block = gradients.iter_mut().zip(scores.iter().zip(labels));
            // Two loops, so that each is a plain one over slices.
            match rows.weights {
                None => rows_of_block.for_each(|(gradient, (&f, &y))| {
                    let [g, h] = pair(f, y, 1.0);
                    *gradient = GradientPair { g, h };
                }),
                Some(weights) => {
                    let weights = &weights[block * BLOCK..];
                    for ((gradient, (&f, &y)), &w) in rows_of_block.zip(weights) {
                        let [g, h] = pair(f, y, w);
                        *gradient = GradientPair { g, h };
                    }
                }
            }
        });
}

fn each_row(
    rows: Labelled<'_>,
    gradients: &mut [GradientPair],
    pair: impl Fn(usize) -> [f32; 2] + Sync,
) {
    debug_assert_eq!(rows.len(), gradients.len());
    let blocks = gradients.par_chunks_mut(BLOCK).enumerate();
    blocks.for_each(|(block, gradients)| {
        for (i, gradient) in gradients.iter_mut().enumerate() {
            let [g, h] = pair(block * BLOCK + i);
            *gradient = GradientPair { g, h };
        }
    });
}
