//! Boosted trees as a file of XGBoost: UBJSON, with the schema of 3.2 and the members in its order.

mod objective;
mod tree;
mod ubjson;

use algorithm::Absent;

use super::version::Version;
use crate::{
    boosted_model::BoostedModel,
    checks::WriteError,
    files::{absent, boosted},
};
use ubjson::{Ubjson, number};

/// The version whose schema this is.
const VERSION: Version = Version(3, 2);

impl BoostedModel {
    /// The trees as a file in which XGBoost 3.2 saves a model, in UBJSON. Later versions load it too, and so
    /// do earlier ones, from 1.6, if all base scores are equal.
    ///
    /// XGBoost's Python API takes no names of features with `[`, `]` or `<` in them; C++ and this crate do.
    ///
    /// # Errors
    /// Trees that break a rule of the fields.
    pub fn to_xgboost(&self) -> Result<Vec<u8>, WriteError> {
        boosted::check(self)?;
        // Nothing here depends on time, place or hash order.
        Ok(Ubjson::document(|document| {
            document.object("learner", |document| self.learner(document));
            let version = [VERSION.0 as usize, VERSION.1 as usize, 0];
            document.integers("version", version.into_iter());
        }))
    }

    fn learner(&self, document: &mut Ubjson) {
        let mut attributes: Vec<(&str, &str)> = self
            .attributes
            .iter()
            .map(|(key, value)| (&**key, &**value))
            .collect();
        // What is missing is missing: XGBoost's own meaning needs no word.
        if self.absent == Some(Absent::Zero) {
            attributes.push((absent::KEY, absent::text(Absent::Zero)));
        }
        attributes.sort_unstable();
        document.object("attributes", |document| {
            attributes
                .iter()
                .for_each(|(key, value)| document.text(key, value));
        });
        document.texts("feature_names", self.features.names());
        document.texts("feature_types", &[]);
        document.object("gradient_booster", |document| {
            document.object("model", |document| self.trees(document));
            document.text("name", "gbtree");
        });
        let n_classes = self.objective.n_classes();
        let n_targets = if n_classes > 0 {
            1
        } else {
            self.objective.n_outputs()
        };
        document.object("learner_model_param", |document| {
            document.text("base_score", &self.base_score());
            document.text("boost_from_average", "1");
            document.text("num_class", &n_classes.to_string());
            document.text("num_feature", &self.features.len().to_string());
            document.text("num_target", &n_targets.to_string());
        });
        objective::write(self, document);
    }

    /// One number if it is that of all outputs: up to 3.0, XGBoost reads no list.
    fn base_score(&self) -> String {
        let first = self.base_score[0];
        if self.base_score.iter().all(|score| *score == first) {
            return number(first);
        }
        let scores: Vec<String> = self.base_score.iter().map(|score| number(*score)).collect();
        format!("[{}]", scores.join(","))
    }

    fn trees(&self, document: &mut Ubjson) {
        document.object("cats", |document| {
            document.texts("enc", &[]);
            document.i32s("feature_segments", std::iter::empty());
            document.i32s("sorted_idx", std::iter::empty());
        });
        document.object("gbtree_model_param", |document| {
            document.text("num_parallel_tree", &self.num_parallel_tree.to_string());
            document.text("num_trees", &self.trees.len().to_string());
        });
        let in_round = self.trees_in_round();
        let n_rounds = self.trees.len() / in_round;
        let starts = (0..n_rounds + 1).map(|round| round * in_round);
        document.integers("iteration_indptr", starts);
        let outputs = (0..self.trees.len()).map(|tree| self.output_of(tree));
        document.integers("tree_info", outputs);
        let n_features = self.features.len();
        let trees = self.trees.iter().enumerate();
        document.objects("trees", trees, |document, (id, nodes)| {
            tree::write(id, nodes, n_features, document);
        });
    }
}
