//! Boosted trees from a file, to go on with.

use super::{
    Format, XGBoostError,
    error::{Fault, invalid},
    file::File,
    schema::{self, Kept},
    sniff,
    ubjson::Ubjson,
};
use crate::{boosted_model::BoostedModel, files::boosted};

impl BoostedModel {
    /// This model with the base scores, trees and attributes of a file that [`to_xgboost`](Self::to_xgboost) wrote for
    /// the same objective and features: a training job goes on from its checkpoint. The file is as hostile as
    /// any model file.
    ///
    /// ```
    /// use algorithm::Features;
    /// use trees::{BoostedModel, BoostedNode, Objective};
    ///
    /// let new = || BoostedModel::new(Objective::SquaredError, Features::unnamed(2));
    /// let leaf = BoostedNode { split: None, weight: 0.25, sum_hessian: 8.0 };
    /// let model = BoostedModel { trees: vec![vec![leaf]], ..new() };
    /// assert_eq!(new().resumed(&model.to_xgboost()?)?, model);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A file of another kind or of another objective, other features or another number of parallel trees, or
    /// one that breaks a rule, in one line.
    pub fn resumed(self, file: &[u8]) -> Result<Self, XGBoostError> {
        Ok(resumed(self, file)?)
    }
}

fn resumed(model: BoostedModel, bytes: &[u8]) -> Result<BoostedModel, Fault> {
    if sniff(bytes) != Some(Format::Ubjson) {
        return Err(Fault::malformed("found no UBJSON"));
    }
    let (file, kept) = schema::read_kept(Ubjson::new(bytes))?;
    check_same(&model, &file)?;
    let n_outputs = model.objective.n_outputs();
    let base_score = match file.base_score[..] {
        [one] => vec![one; n_outputs],
        _ => file.base_score,
    };
    let Kept { trees, attributes } = kept;
    let model = BoostedModel {
        base_score,
        trees,
        attributes,
        ..model
    };
    let outputs = (0..model.trees.len()).map(|tree| model.output_of(tree) as i32);
    if !outputs.eq(file.forest.groups) {
        let parallel = model.num_parallel_tree;
        return invalid!("tree_info: expected {n_outputs} outputs of {parallel} trees each");
    }
    match boosted::check(&model) {
        Ok(()) => Ok(model),
        Err(error) => Err(Fault::invalid(error.to_string())),
    }
}

fn check_same(model: &BoostedModel, file: &File) -> Result<(), Fault> {
    let expected = model.objective.name();
    if file.objective != expected {
        let found = algorithm::text::excerpt(file.objective.as_bytes());
        return invalid!("found the objective `{found}`, expected {expected}");
    }
    let (found, expected) = (file.n_features, model.features.len());
    if found != expected {
        return invalid!("found {found} features, expected {expected}");
    }
    if file.feature_names != model.features.names() {
        return invalid!("found other names of features");
    }
    Ok(())
}
