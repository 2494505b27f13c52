//! From linked nodes to an ensemble, with the place of an error.

use super::{LoadError, file::Operator};
use crate::{
    ensemble::Ensemble, forest::Linked, number::Number, post::Post, post_processing::PostProcessing,
};

/// Checks the links of an operator's nodes and lays them out.
pub(super) fn ensemble<T: Number>(
    operator: &Operator<'_>,
    linked: Linked<T>,
    post: PostProcessing<T>,
) -> Result<Ensemble<T>, LoadError> {
    Ensemble::new(linked, Post::Onnx(post))
        .map_err(|error| LoadError::Invalid(format!("{}: {error}", operator.place)))
}
