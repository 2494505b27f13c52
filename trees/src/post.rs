//! What happens to the sums of an ensemble: as onnxruntime does it, or another library.

use crate::{forest::Aggregate, link::Link, number::Number, post_processing::PostProcessing};

/// What happens to a row's sums.
#[derive(Debug)]
pub(crate) enum Post<T> {
    /// What onnxruntime does.
    Onnx(PostProcessing<T>),
    /// What the library does that wrote the file.
    Library {
        /// What the trees are added to, one number a sum.
        base: Vec<T>,
        /// Whether it is added after the trees, and not before them.
        adds_base_last: bool,
        link: Box<dyn Link<T>>,
    },
}

impl<T: Number> Post<T> {
    /// Sums a row.
    pub(crate) fn slots(&self) -> usize {
        match self {
            Post::Onnx(post) => post.rule.slots(),
            Post::Library { link, .. } => link.raw_scores(),
        }
    }

    pub(crate) fn aggregate(&self) -> Aggregate {
        match self {
            Post::Onnx(post) => post.aggregate,
            Post::Library { .. } => Aggregate::Sum,
        }
    }

    /// What the trees of a sum are added to.
    pub(crate) fn base(&self, sum: usize) -> f64 {
        let base = match self {
            Post::Onnx(post) => post.base.get(sum),
            Post::Library { base, .. } => base.get(sum),
        };
        base.map_or(0.0, |base| base.to_f64())
    }

    pub(crate) fn width(&self) -> usize {
        match self {
            Post::Onnx(post) => post.rule.width(),
            Post::Library { link, .. } => link.width(),
        }
    }
}
