//! k-means with the crate linfa-clustering: a [`Learner`](algorithm::Learner) of rows without labels, and a
//! [`Predictor`](algorithm::Predictor) that answers the nearest cluster and the distances from all of them.

mod learner;
mod model;

pub use learner::KMeans;
pub use model::FORMAT;
