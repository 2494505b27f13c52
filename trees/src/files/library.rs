//! From a library's own file, as its reader has it, to a model.

use std::sync::Arc;

use algorithm::{Absent, Features, InputType, Output, Signature, Values};

use crate::{
    computation::Computation,
    ensemble::{Ensemble, Trees},
    forest::{LinkError, Linked},
    link::Link,
    model::Model,
    number::{Float, Number},
    post::Post,
};

/// What a library's file says. `T` is the type that the library compares and sums in.
#[derive(Debug)]
pub(crate) struct LibraryFile<T> {
    /// The trees; the weights of a leaf are for raw scores.
    pub(crate) trees: Linked<T>,
    /// What the trees are added to, one number a raw score.
    pub(crate) base: Vec<T>,
    /// Whether it is added after the trees, and not before them.
    pub(crate) adds_base_last: bool,
    pub(crate) link: Box<dyn Link<T>>,
    pub(crate) output: Output,
    pub(crate) features: Features,
    pub(crate) absent: Absent,
    /// As the library calls it.
    pub(crate) objective: Option<String>,
    /// The kind of model, as the Open Inference Protocol calls it.
    pub(crate) platform: &'static str,
}

impl<T: Number> LibraryFile<T> {
    /// Checks the links of the trees and lays them out. The reader has checked everything else.
    pub(crate) fn load(self) -> Result<Model, LinkError> {
        self.load_as(|ensemble| Arc::new(ensemble))
    }

    /// As [`load`](Self::load), with trees that are made from the ensemble.
    pub(crate) fn load_as(
        self,
        trees: impl FnOnce(Ensemble<T>) -> Arc<dyn Trees>,
    ) -> Result<Model, LinkError> {
        let input_type = match T::FLOAT {
            Float::Single => InputType::F32,
            Float::Double => InputType::F64,
        };
        let of_output = match &self.output {
            Output::Classes(labels) => Signature::classifier(self.features, labels.clone()),
            Output::Targets(count) => Signature::regressor(self.features, *count),
        };
        let values = if self.link.gives_probabilities() {
            Values::Probabilities
        } else {
            Values::Scores
        };
        let raw_scores = self.link.raw_scores();
        let post = Post::Library {
            base: self.base,
            adds_base_last: self.adds_base_last,
            link: self.link,
        };
        let trees = trees(Ensemble::new(self.trees, post)?);
        let is_classifier = matches!(self.output, Output::Classes(_));
        let computation = Computation::of_trees(trees, T::FLOAT, is_classifier);
        let signature = Signature {
            input_type,
            is_double: T::FLOAT == Float::Double,
            values,
            gives_path: computation.n_trees() == 1,
            raw_scores,
            leaves: computation.n_trees(),
            contributions: computation.explains(of_output.features.len()),
            objective: self.objective,
            absent: self.absent,
            platform: self.platform,
            ..of_output
        };
        Ok(Model::new(signature, computation))
    }
}
