//! What is where in a document.

use algorithm::Absent;

use super::{
    base_score,
    document::Document,
    error::{Fault, invalid, unsupported},
    file::{File, MAX_FEATURES},
    forest::ForestBuilder,
    tree::TreeArrays,
    version::Version,
};
use crate::{boosted_model::BoostedNode, files::absent};

/// What was read of a document, in whatever order its members come.
#[derive(Default)]
struct Parts {
    version: Option<Version>,
    has_learner: bool,
    base_score: Option<String>,
    boosts_from_average: bool,
    n_features: Option<usize>,
    n_classes: usize,
    n_targets: usize,
    objective: String,
    feature_names: Vec<String>,
    absent: Option<Absent>,
    booster: String,
    forest: ForestBuilder,
    /// The trees as they are written, if somebody wants to go on with them.
    kept: Option<Kept>,
    /// The entries of `gbtree_model_param.num_trees`.
    n_trees: Option<usize>,
    has_trees: bool,
}

/// What only those need who go on with a model.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) trees: Vec<Vec<BoostedNode>>,
    pub(super) attributes: Vec<(String, String)>,
}

/// Reads a model, with its trees as they are written.
pub(super) fn read_kept(mut document: impl Document) -> Result<(File, Kept), Fault> {
    let mut parts = Parts {
        kept: Some(Kept::default()),
        ..Parts::default()
    };
    document.object(|document, key| parts.member(document, key))?;
    let kept = parts.kept.take().unwrap_or_default();
    Ok((parts.file()?, kept))
}

/// Reads a model, or the snapshot in a pickle, which holds the model beside the training configuration.
pub(super) fn read(mut document: impl Document) -> Result<File, Fault> {
    let mut parts = Parts::default();
    document.object(|document, key| match key {
        "Model" => document.object(|document, key| parts.member(document, key)),
        _ => parts.member(document, key),
    })?;
    parts.file()
}

impl Parts {
    fn member(&mut self, document: &mut impl Document, key: &str) -> Result<(), Fault> {
        match key {
            "version" => {
                let version = document.integers()?;
                let [major, minor, ..] = version[..] else {
                    return invalid!("found {} numbers, expected 3", version.len());
                };
                self.version = Some(Version(major, minor));
                Ok(())
            }
            "learner" => {
                self.has_learner = true;
                document.object(|document, key| self.learner(document, key))
            }
            _ => document.skip(),
        }
    }

    fn learner(&mut self, document: &mut impl Document, key: &str) -> Result<(), Fault> {
        match key {
            "learner_model_param" => document.object(|document, key| {
                match key {
                    "base_score" => self.base_score = Some(document.text()?),
                    "boost_from_average" => self.boosts_from_average = document.text()? == "1",
                    "num_feature" => self.n_features = Some(count(document)?),
                    "num_class" => self.n_classes = count(document)?,
                    "num_target" => self.n_targets = count(document)?,
                    _ => document.skip()?,
                }
                Ok(())
            }),
            "objective" => document.object(|document, key| {
                match key {
                    "name" => self.objective = document.text()?,
                    _ => document.skip()?,
                }
                Ok(())
            }),
            "attributes" => document.object(|document, key| {
                match key {
                    absent::KEY => self.absent = absent::parse(&document.text()?),
                    _ => match &mut self.kept {
                        Some(kept) => kept.attributes.push((key.to_owned(), document.text()?)),
                        None => document.skip()?,
                    },
                }
                Ok(())
            }),
            "feature_names" => {
                let names = &mut self.feature_names;
                names.clear();
                document.array(|document, position| {
                    if position >= MAX_FEATURES {
                        return unsupported!("supported are up to {MAX_FEATURES} names");
                    }
                    // Doubling would take 24 bytes a byte of a list of empty names.
                    if names.len() == names.capacity() {
                        names.reserve_exact(names.len() / 4 + 8);
                    }
                    names.push(document.text()?);
                    Ok(())
                })
            }
            "gradient_booster" => document.object(|document, key| match key {
                "name" => {
                    self.booster = document.text()?;
                    Ok(())
                }
                // `dart` up to 3.2 has the trees one level deeper.
                "gbtree" => document.object(|document, key| self.gbtree(document, key)),
                _ => self.gbtree(document, key),
            }),
            _ => document.skip(),
        }
    }

    fn gbtree(&mut self, document: &mut impl Document, key: &str) -> Result<(), Fault> {
        match key {
            "model" => document.object(|document, key| self.model(document, key)),
            "weight_drop" => self.weight_drop(document),
            _ => document.skip(),
        }
    }

    fn model(&mut self, document: &mut impl Document, key: &str) -> Result<(), Fault> {
        match key {
            "gbtree_model_param" => document.object(|document, key| {
                match key {
                    "num_trees" => self.n_trees = Some(count(document)?),
                    _ => document.skip()?,
                }
                Ok(())
            }),
            "trees" => {
                if std::mem::replace(&mut self.has_trees, true) {
                    return invalid!("found two lists, expected one");
                }
                let (forest, kept) = (&mut self.forest, &mut self.kept);
                document.array(|document, _| {
                    let tree = tree(document, kept.is_some())?;
                    forest.push(&tree)?;
                    if let Some(kept) = kept {
                        kept.trees.push(tree.boosted()?);
                    }
                    Ok(())
                })
            }
            "tree_info" => {
                self.forest.groups = document.integers()?;
                Ok(())
            }
            "weight_drop" => self.weight_drop(document),
            _ => document.skip(),
        }
    }

    /// The weights of dart, of which there have been three places.
    fn weight_drop(&mut self, document: &mut impl Document) -> Result<(), Fault> {
        self.forest.weight_drop = Some(document.floats()?);
        Ok(())
    }

    fn file(self) -> Result<File, Fault> {
        let in_learner = |fault: Fault| fault.at("learner");
        if !self.has_learner {
            return Err(Fault::malformed("found no `learner`"));
        }
        match self.booster.as_str() {
            "gbtree" | "dart" => {}
            other => {
                return Err(in_learner(
                    File::unknown_booster(other).at("gradient_booster.name"),
                ));
            }
        }
        let of_param = |fault: Fault| in_learner(fault.at("learner_model_param"));
        let Some(text) = &self.base_score else {
            return Err(of_param(Fault::invalid("found no `base_score`")));
        };
        let base_score =
            base_score::parse(text).map_err(|fault| of_param(fault.at("base_score")))?;
        if !self.has_trees {
            return Err(in_learner(
                Fault::invalid("found no `trees`").at("gradient_booster.model"),
            ));
        }
        if let Some(n_trees) = self.n_trees
            && n_trees != self.forest.n_trees()
        {
            let found = self.forest.n_trees();
            return Err(in_learner(
                Fault::invalid(format!("found {found} trees, num_trees says {n_trees}"))
                    .at("gradient_booster.model.trees"),
            ));
        }
        // Since 3.1 the first iteration makes an answer of it, if it is an estimate.
        let is_estimate_to_come = self.boosts_from_average
            && self.forest.n_trees() == 0
            && self.version.is_some_and(|version| version >= Version(3, 1));
        Ok(File {
            version: self.version,
            base_score,
            is_margin: is_estimate_to_come || matches!(self.version, Some(Version(0, _))),
            n_features: self.n_features.unwrap_or(0),
            n_classes: self.n_classes,
            n_targets: self.n_targets,
            is_dart: self.booster == "dart" || self.forest.weight_drop.is_some(),
            objective: self.objective,
            feature_names: self.feature_names,
            absent: self.absent.unwrap_or(Absent::Missing),
            forest: self.forest,
        })
    }
}

/// A count, which is written as a text.
fn count(document: &mut impl Document) -> Result<usize, Fault> {
    let text = document.text()?;
    match text.parse::<u32>() {
        Ok(count) => Ok(count as usize),
        Err(_) => {
            let found = algorithm::text::excerpt(text.as_bytes());
            invalid!("found `{found}`, allowed are 0 to {}", u32::MAX)
        }
    }
}

/// A tree; its gains only if it is kept.
fn tree(document: &mut impl Document, is_kept: bool) -> Result<TreeArrays, Fault> {
    let mut tree = TreeArrays::default();
    document.object(|document, key| {
        match key {
            "tree_param" => document.object(|document, key| {
                match key {
                    "num_nodes" => tree.n_nodes = Some(count(document)?),
                    "size_leaf_vector" => tree.leaf_size = count(document)?,
                    _ => document.skip()?,
                }
                Ok(())
            })?,
            "left_children" => tree.left_children = document.integers()?,
            "right_children" => tree.right_children = document.integers()?,
            "split_indices" => tree.split_indices = document.integers()?,
            "split_conditions" => tree.split_conditions = document.floats()?,
            "default_left" => tree.default_left = document.integers()?,
            "split_type" => tree.split_type = document.integers()?,
            "sum_hessian" => tree.sum_hessian = document.floats()?,
            "loss_changes" if is_kept => tree.loss_changes = document.floats()?,
            "base_weights" => tree.base_weights = document.floats()?,
            "leaf_weights" => tree.leaf_weights = Some(document.floats()?),
            "categories" => tree.categories.codes = document.integers()?,
            "categories_nodes" => tree.categories.nodes = document.integers()?,
            "categories_segments" => tree.categories.segments = document.integers()?,
            "categories_sizes" => tree.categories.sizes = document.integers()?,
            _ => document.skip()?,
        }
        Ok(())
    })?;
    Ok(tree)
}
