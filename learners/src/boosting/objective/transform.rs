//! From margins to predictions.

use rayon::prelude::*;

use super::{Loss, Objective};
use crate::boosting::{
    math::{exp_f32, sigmoid},
    sum::BLOCK,
};

impl Objective {
    /// Whether predictions are the margins themselves.
    pub fn predicts_margins(&self) -> bool {
        matches!(
            self.loss,
            Loss::SquaredError
                | Loss::SquaredLogError
                | Loss::PseudoHuber
                | Loss::AbsoluteError
                | Loss::LogitRaw
        )
    }

    /// What metrics see of the margins, a row's outputs side by side: probabilities also for `multi:softmax`. If that is
    /// the margins themselves, `buffer` is left alone.
    pub fn predictions<'a>(&self, margins: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        match self.loss {
            Loss::SquaredError
            | Loss::SquaredLogError
            | Loss::PseudoHuber
            | Loss::AbsoluteError
            | Loss::LogitRaw => margins,
            Loss::Gamma | Loss::Poisson { .. } | Loss::Tweedie { .. } => {
                each(margins, buffer, exp_f32)
            }
            Loss::RegLogistic | Loss::BinaryLogistic => each(margins, buffer, sigmoid),
            Loss::Hinge => each(margins, buffer, |f| if f > 0.0 { 1.0 } else { 0.0 }),
            Loss::Softmax { classes } | Loss::Softprob { classes } => {
                buffer.resize(margins.len(), 0.0);
                let block = classes * (BLOCK / classes).max(1);
                buffer
                    .par_chunks_mut(block)
                    .zip(margins.par_chunks(block))
                    .for_each(|(answers, margins)| {
                        let rows = answers.chunks_exact_mut(classes);
                        for (row, margins) in rows.zip(margins.chunks_exact(classes)) {
                            softmax(margins, row);
                        }
                    });
                buffer
            }
        }
    }
}

fn each<'a>(
    margins: &[f32],
    buffer: &'a mut Vec<f32>,
    transform: impl Fn(f32) -> f32 + Sync,
) -> &'a [f32] {
    buffer.resize(margins.len(), 0.0);
    buffer
        .par_chunks_mut(BLOCK)
        .zip(margins.par_chunks(BLOCK))
        .for_each(|(answers, margins)| {
            for (answer, &margin) in answers.iter_mut().zip(margins) {
                *answer = transform(margin);
            }
        });
    buffer
}

fn softmax(margins: &[f32], probabilities: &mut [f32]) {
    let most = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0_f64;
    for (p, margin) in probabilities.iter_mut().zip(margins) {
        *p = exp_f32(margin - most);
        sum += f64::from(*p);
    }
    let sum = sum as f32;
    probabilities.iter_mut().for_each(|p| *p /= sum);
}
