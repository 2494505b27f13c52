//! File formats: bytes in, a checked model out, and back.

mod absent;
mod boosted;
mod library;
pub(crate) mod lightgbm;
pub(crate) mod onnx;
pub(crate) mod xgboost;

pub(crate) use library::LibraryFile;
