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
    /// `None` in a tree of numbers.
    pub(crate) labels: Option<&'a Labels>,
}

impl Report<'_> {
    /// The name of a class.
    fn label(&self, class: usize) -> String {
        match self.labels {
            Some(labels) => labels.text(class).into(),
            None => unreachable!("only trees of classes name them"),
        }
    }
}
