//! Logistic regression with the optimiser of the crate argmin: a [`Learner`](algorithm::Learner) whose model file
//! is ONNX, the operator `LinearClassifier`, and a [`Predictor`](algorithm::Predictor) for such files.

mod learner;
mod loss;
mod predictor;
mod read;
mod write;

pub use learner::LogisticRegression;
pub use read::FORMAT;
