//! What a leaf answers and what a split gains: XGBoost's formulas.

use super::{
    gradient::{Sum, sub},
    params::Params,
};

/// The range that a node's value has to stay in, by the monotone constraints above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Bounds {
    pub(super) const NONE: Self = Self {
        low: f32::MIN,
        high: f32::MAX,
    };

    /// The bounds of the children of a split on a feature with this constraint, whose values are given.
    pub(super) fn children(self, constraint: i8, left: f32, right: f32) -> [Self; 2] {
        let middle = (left + right) / 2.0;
        let (below, above) = (
            Self {
                high: middle,
                ..self
            },
            Self {
                low: middle,
                ..self
            },
        );
        match constraint {
            0 => [self, self],
            1.. => [below, above],
            ..0 => [above, below],
        }
    }
}

pub(super) struct Rule {
    units: [f64; 2],
    lambda: f64,
    alpha: f64,
    max_delta_step: f64,
    min_child_weight: f64,
    is_monotone: bool,
}

impl Rule {
    pub(super) fn new(params: &Params, units: [f64; 2]) -> Self {
        Self {
            units,
            lambda: params.lambda,
            alpha: params.alpha,
            max_delta_step: params.max_delta_step,
            min_child_weight: params.min_child_weight,
            is_monotone: params.is_monotone(),
        }
    }

    pub(super) fn hessian(&self, sum: Sum) -> f64 {
        sum[1] as f64 * self.units[1]
    }

    /// Whether both sides of a split may have enough Hessian.
    pub(super) fn may_split(&self, sum: Sum) -> bool {
        self.hessian(sum) >= 2.0 * self.min_child_weight
    }

    /// The best value of a leaf, before `eta`.
    pub(super) fn weight(&self, sum: Sum, bounds: Bounds) -> f32 {
        let (g, h) = (sum[0] as f64 * self.units[0], self.hessian(sum));
        // Only a root can have less than its children would need; XGBoost gives it 0.
        if h <= 0.0 || h < self.min_child_weight {
            return 0.0f32.clamp(bounds.low, bounds.high);
        }
        let mut weight = -self.shrunk(g) / (h + self.lambda);
        if self.max_delta_step != 0.0 && weight.abs() > self.max_delta_step {
            weight = self.max_delta_step.copysign(weight);
        }
        (weight as f32).clamp(bounds.low, bounds.high)
    }

    /// How much better a leaf with its best value is than one with the value 0.
    #[inline(always)]
    pub(super) fn gain(&self, sum: Sum, bounds: Bounds) -> f64 {
        let (g, h) = (sum[0] as f64 * self.units[0], self.hessian(sum));
        if h <= 0.0 || h < self.min_child_weight {
            return 0.0;
        }
        if self.max_delta_step == 0.0 && !self.is_monotone {
            let g = self.shrunk(g);
            return g * g / (h + self.lambda);
        }
        let weight = f64::from(self.weight(sum, bounds));
        -(2.0 * g * weight + (h + self.lambda) * weight * weight + 2.0 * self.alpha * weight.abs())
    }

    /// The gain of both sides of a split, `None` if it is not allowed.
    #[inline(always)]
    pub(super) fn split_gain(
        &self,
        all: Sum,
        left: Sum,
        bounds: Bounds,
        constraint: i8,
    ) -> Option<f32> {
        let right = sub(all, left);
        let (left_h, right_h) = (self.hessian(left), self.hessian(right));
        if left[1] <= 0
            || right[1] <= 0
            || left_h < self.min_child_weight
            || right_h < self.min_child_weight
        {
            return None;
        }
        if constraint != 0 {
            let (left, right) = (self.weight(left, bounds), self.weight(right, bounds));
            if (constraint > 0 && left > right) || (constraint < 0 && left < right) {
                return None;
            }
        }
        Some((self.gain(left, bounds) + self.gain(right, bounds)) as f32)
    }

    /// The gradient less the penalty `alpha`.
    #[inline(always)]
    fn shrunk(&self, g: f64) -> f64 {
        if self.alpha == 0.0 {
            g
        } else {
            (g.abs() - self.alpha).max(0.0).copysign(g)
        }
    }
}
