//! Gauss-Legendre quadrature from 0 to 1.

use std::f64::consts::PI;

/// A point of a quadrature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Above 0 and below 1.
    pub(super) t: f64,
    /// 1 - t
    pub(super) rest: f64,
    pub(super) weight: f64,
}

/// `n` points, at least 1, for which the weighted sum of a polynomial of degree up to `2 n - 1` is its integral.
pub(super) fn gauss_legendre(n: usize) -> Vec<Point> {
    let point = |i: usize| {
        // A root of the Legendre polynomial, by Newton's method from Tricomi's estimate; a few steps reach it.
        let mut x = (PI * (i as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..8 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            x -= value / slope;
        }
        Point {
            t: (1.0 + x) / 2.0,
            rest: (1.0 - x) / 2.0,
            weight: 1.0 / ((1.0 - x) * (1.0 + x) * slope * slope),
        }
    };
    (0..n).map(point).collect()
}

/// The Legendre polynomial of degree `n`, at least 1, and its derivative, between -1 and 1.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        let next = ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k;
        (before, value) = (value, next);
    }
    let derivative = n as f64 * (x * value - before) / (x * x - 1.0);
    (value, derivative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for n in (1..=40).chain([100, 256]) {
            let points = gauss_legendre(n);
            for degree in [0, 1, n, 2 * n - 1] {
                let terms = points.iter().map(|p| p.weight * p.t.powi(degree as i32));
                let integral: f64 = terms.sum();
                let expected = 1.0 / (degree as f64 + 1.0);
                assert!(
                    (integral - expected).abs() < 1e-13,
                    "{n} points, degree {degree}: {integral}, expected {expected}"
                );
            }
            assert!(points.iter().all(|p| p.t > 0.0 && p.rest > 0.0));
        }
    }
}
