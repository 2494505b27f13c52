//! Gradient boosting as XGBoost 3.2 does it.
//!
//! | module | holds |
//! | --- | --- |
//! | `math` | `exp` and `ln` with the same bits everywhere |
//! | `sum` | sums that do not depend on the order of their terms |
//! | `labelled` | labels and weights of rows |
//! | [`objective`] | losses: gradients, first score, answers, renewed leaves |
//! | [`metric`] | what is printed after each round |
//! | [`sample`] | the rows that a tree sees |
//! | [`rounds`] | the loop |

mod labelled;
mod math;
pub mod metric;
pub mod objective;
pub mod rounds;
pub mod sample;
mod sum;

pub use labelled::Labelled;
