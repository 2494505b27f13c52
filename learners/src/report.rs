//! What a job's report shows of a tree.

mod drawing;
mod growth;
mod palette;
mod rules;

use algorithm::{Features, Labels};

use crate::Tree;

/// A tree, and what its features and classes are called.
#[derive(Clone, Copy)]
pub(crate) struct Report<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) features: &'a Features,
    pub(crate) labels: &'a Labels,
}
