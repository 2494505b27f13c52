//! Gradient boosting as XGBoost 3.2 does it.
//!
//! | module | holds |
//! | --- | --- |
//! | `math` | `exp` and `ln` with the same bits everywhere |
//! | `sum` | sums that do not depend on the order of their terms |
//! | `labelled` | labels and weights of rows |
//! | [`objective`] | losses: gradients, first score, answers, renewed leaves |
//! | [`metric`] | what is printed after each round |
//! | `sample` | the rows that a tree sees |
//! | [`rounds`] | the loop |

mod labelled;
mod math;
pub mod metric;
pub mod objective;
mod sum;

pub use labelled::Labelled;

/// First and second derivative of a row's loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GradientPair {
    pub g: f32,
    pub h: f32,
}
