//! Gradient boosting as XGBoost 3.2 does it, in jobs as AWS's XGBoost container has them.
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
//! | [`parameters`] | the hyperparameters: one table, and what the learner reads from it |
//! | `python` | numbers, lists and texts as Python reads and writes them |
//! | [`validate`] | the rules and sentences of AWS's container for them |
//! | [`channels`] | the channels of a job, by its rules |
//! | `learner` | [`GradientBoosting`]: the learner, from a job's tables to its model file |

pub mod channels;
mod labelled;
mod learner;
mod math;
pub mod metric;
pub mod objective;
pub mod parameters;
mod python;
pub mod rounds;
pub mod sample;
mod sum;
pub mod validate;

pub use labelled::Labelled;
pub use learner::GradientBoosting;
