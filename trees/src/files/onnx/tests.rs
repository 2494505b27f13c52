//! Models built field by field: every rule of the loader has a file that breaks just that one.

mod bad_graphs;
mod bad_trees;
mod builder;
mod bytes;
mod numbers;
mod operators;

use crate::Model;
use prost::Message;
use proto::onnx::ModelProto;

/// Loads what must load.
fn load(model: &ModelProto) -> Model {
    Model::load(&model.encode_to_vec()).unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that a file is refused in one line that holds `reason`.
#[track_caller]
fn refused(model: &ModelProto, reason: &str) {
    let message = match Model::load(&model.encode_to_vec()) {
        Ok(_) => panic!("loaded, expected: {reason}"),
        Err(error) => error.to_string(),
    };
    assert!(message.contains(reason), "{message}, expected: {reason}");
    assert!(!message.contains('\n'), "{message}");
}
