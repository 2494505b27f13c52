//! Means over rows.

use super::Labelled;
use crate::boosting::{
    math::{exp_f32, ln_1p, ln_f32},
    sum::sums,
};

/// The least probability, and the least mean of a Poisson distribution.
const LEAST: f32 = 1e-16;
/// XGBoost's `kRtEps`.
const EPSILON: f32 = 1e-6;

pub(super) fn rmse(p: &[f32], rows: Labelled<'_>) -> f64 {
    mean(p, rows, |p, y| (y - p) * (y - p)).sqrt()
}

pub(super) fn rmsle(p: &[f32], rows: Labelled<'_>) -> f64 {
    let square = |p, y| {
        let difference = ln_1p(y) - ln_1p(p);
        difference * difference
    };
    mean(p, rows, square).sqrt()
}

pub(super) fn mae(p: &[f32], rows: Labelled<'_>) -> f64 {
    mean(p, rows, |p, y| (y - p).abs())
}

pub(super) fn mape(p: &[f32], rows: Labelled<'_>) -> f64 {
    mean(p, rows, |p, y| ((y - p) / y).abs())
}

pub(super) fn mphe(p: &[f32], rows: Labelled<'_>) -> f64 {
    mean(p, rows, |p, y| (1.0 + (y - p) * (y - p)).sqrt() - 1.0)
}

pub(super) fn mse(p: &[f32], rows: Labelled<'_>) -> f64 {
    let square = |row: usize| {
        let difference = f64::from(rows.labels[row]) - f64::from(p[row]);
        [difference * difference]
    };
    sums(rows.len(), square)[0] / rows.len() as f64
}

pub(super) fn r2(p: &[f32], rows: Labelled<'_>) -> f64 {
    let n = rows.len();
    let label = |row: usize| f64::from(rows.labels[row]);
    let mean = sums(n, |row| [label(row)])[0] / n as f64;
    let [variance] = sums(n, |row| [(label(row) - mean) * (label(row) - mean)]);
    let error = mse(p, rows) * n as f64;
    match (error == 0.0, variance == 0.0) {
        // scikit-learn's values where 0 is divided by 0, and where something is.
        (true, true) => 1.0,
        (false, true) => 0.0,
        _ => 1.0 - error / variance,
    }
}

pub(super) fn logloss(
    p: &[f32],
    rows: Labelled<'_>,
    probability: impl Fn(f32) -> f32 + Sync,
) -> f64 {
    // 0 ln 0 = 0, so a label of 0 or 1 needs one of the two logarithms: without branches, for the loop to vectorise.
    if rows.labels.iter().all(|&y| y == 0.0 || y == 1.0) {
        return mean(p, rows, |p, y| {
            let p = probability(p);
            let of_label = if y == 1.0 { p } else { 1.0 - p };
            -ln_f32(of_label.max(LEAST))
        });
    }
    let part = |y: f32, p: f32| {
        if y == 0.0 {
            0.0
        } else {
            y * ln_f32(p.max(LEAST))
        }
    };
    mean(p, rows, |p, y| {
        let p = probability(p);
        -part(y, p) - part(1.0 - y, 1.0 - p)
    })
}

pub(super) fn error(p: &[f32], rows: Labelled<'_>, is_one: impl Fn(f32) -> bool + Sync) -> f64 {
    mean(p, rows, |p, y| if is_one(p) { 1.0 - y } else { y })
}

pub(super) fn poisson_nloglik(p: &[f32], rows: Labelled<'_>) -> f64 {
    // Counts are small whole numbers, as a rule.
    let of_count: [f32; 256] = std::array::from_fn(|y| libm::lgamma(y as f64 + 1.0) as f32);
    mean(p, rows, |p, y| {
        let p = p.max(LEAST);
        let count = y as u8;
        let ln_factorial = if f32::from(count) == y {
            of_count[usize::from(count)]
        } else {
            libm::lgamma(f64::from(y + 1.0)) as f32
        };
        ln_factorial + p - ln_f32(p) * y
    })
}

pub(super) fn gamma_nloglik(p: &[f32], rows: Labelled<'_>) -> f64 {
    mean(p, rows, |p, y| {
        let p = p.max(EPSILON);
        y / p + ln_f32(p)
    })
}

pub(super) fn gamma_deviance(p: &[f32], rows: Labelled<'_>) -> f64 {
    let half = mean(p, rows, |p, y| {
        let (p, y) = (p + EPSILON, y + EPSILON);
        ln_f32(p / y) + y / p - 1.0
    });
    2.0 * half
}

pub(super) fn tweedie_nloglik(p: &[f32], rows: Labelled<'_>, power: f32) -> f64 {
    mean(p, rows, |p, y| {
        let ln = ln_f32(p);
        let a = y * exp_f32((1.0 - power) * ln) / (1.0 - power);
        let b = exp_f32((2.0 - power) * ln) / (2.0 - power);
        b - a
    })
}

pub(super) fn mlogloss(p: &[f32], n_classes: usize, rows: Labelled<'_>) -> f64 {
    rows.mean(|row| {
        let p = &p[row * n_classes..][..n_classes];
        let p = p.get(rows.labels[row] as usize).copied();
        -ln_f32(p.unwrap_or(f32::NAN).max(LEAST))
    })
}

pub(super) fn merror(p: &[f32], n_classes: usize, rows: Labelled<'_>) -> f64 {
    rows.mean(|row| {
        let class = super::labels::first_maximum(&p[row * n_classes..][..n_classes]);
        f32::from(u8::from(class as f32 != rows.labels[row]))
    })
}

/// The mean of a loss of predictions and labels.
fn mean(p: &[f32], rows: Labelled<'_>, loss: impl Fn(f32, f32) -> f32 + Sync) -> f64 {
    rows.mean_of_many(|first, losses| {
        let rows_of_block = p[first..].iter().zip(&rows.labels[first..]);
        for (of_row, (&p, &y)) in losses.iter_mut().zip(rows_of_block) {
            *of_row = loss(p, y);
        }
    })
}
