//! The old binary form, which XGBoost up to 3.0 wrote: little endian, structures of fixed size one after the
//! other. Up to 1.0 it has no magic.

use algorithm::{Absent, text::excerpt};

use super::{
    base_score, error::Fault, file::File, forest::ForestBuilder, tree::TreeArrays, version::Version,
};

const MAGIC: &[u8] = b"binf";

/// What a snapshot in a pickle of XGBoost 1.0 to 1.2 begins with, before the model's length in 8 bytes.
const SNAPSHOT: &[u8] = b"CONFIG-offset:";

/// Bytes of the structures `LearnerModelParam`, `GBTreeModelParam` and `TreeParam`.
const LEARNER_PARAM: usize = 136;
const GBTREE_PARAM: usize = 160;
const TREE_PARAM: usize = 148;

/// Bytes of a node and of its statistics.
const NODE: usize = 20;
const STATISTICS: usize = 16;

/// The bytes that are left.
struct Binary<'a> {
    rest: &'a [u8],
    length: usize,
}

/// The fields of `LearnerModelParam`.
struct LearnerParam {
    base_score: f32,
    n_features: u32,
    n_classes: u32,
    version: Version,
    n_targets: u32,
}

/// Whether the bytes begin as a file does: with magic, or with structures and the names of an objective and a
/// booster, which hardly any other file has there.
pub(super) fn has_header(bytes: &[u8]) -> bool {
    let mut binary = Binary::new(bytes);
    binary.take(LEARNER_PARAM).is_ok()
        && binary.text().is_ok()
        && binary
            .text()
            .is_ok_and(|booster| ["gbtree", "dart", "gblinear"].contains(&booster))
}

pub(super) fn read(bytes: &[u8]) -> Result<File, Fault> {
    let mut binary = Binary::new(bytes);
    let param = binary.learner_param()?;
    let objective = binary.text()?.to_owned();
    let booster = binary.text()?;
    if !["gbtree", "dart"].contains(&booster) {
        return Err(File::unknown_booster(booster).at("learner.gradient_booster.name"));
    }
    let forest = binary
        .forest(booster == "dart", param.version)
        .map_err(|fault| fault.at("learner.gradient_booster.model"))?;
    // The attributes and the names of metrics that follow change no answer.
    let base_score = base_score::check(param.base_score)
        .map_err(|fault| fault.at("learner.learner_model_param.base_score"))?;
    Ok(File {
        version: Some(param.version),
        base_score: vec![base_score],
        is_margin: param.version < Version(1, 0),
        n_features: param.n_features as usize,
        n_classes: param.n_classes as usize,
        n_targets: param.n_targets as usize,
        is_dart: booster == "dart",
        objective,
        feature_names: Vec::new(),
        absent: Absent::Missing,
        forest,
    })
}

impl<'a> Binary<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let rest = match bytes.strip_prefix(SNAPSHOT) {
            Some(snapshot) => snapshot.get(8..).unwrap_or_default(),
            None => bytes,
        };
        Self {
            rest: rest.strip_prefix(MAGIC).unwrap_or(rest),
            length: bytes.len(),
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            let at = self.length - self.rest.len();
            let left = self.rest.len();
            return Err(Fault::malformed(format!(
                "found {left} bytes at byte {at}, expected {n}"
            )));
        };
        self.rest = rest;
        Ok(taken)
    }

    /// A number of items of `size` bytes, and the items.
    fn counted(&mut self, size: usize) -> Result<&'a [u8], Fault> {
        let count = self.take(8)?.iter().rev();
        let count = count.fold(0, |count, byte| count << 8 | u64::from(*byte));
        // More than there are bytes, if it does not fit.
        let bytes = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .saturating_mul(size);
        self.take(bytes)
    }

    fn text(&mut self) -> Result<&'a str, Fault> {
        let text = self.counted(1)?;
        std::str::from_utf8(text).map_err(|_| {
            Fault::malformed(format!(
                "found the name `{}`, expected UTF-8",
                excerpt(text)
            ))
        })
    }

    fn learner_param(&mut self) -> Result<LearnerParam, Fault> {
        let param = self.take(LEARNER_PARAM)?;
        let place = |name: &str| format!("learner.learner_model_param.{name}");
        Ok(LearnerParam {
            base_score: f32::from_le_bytes(word(param, 0)),
            n_features: u32::from_le_bytes(word(param, 1)),
            n_classes: count(param, 2).map_err(|fault| fault.at(place("num_class")))?,
            version: Version(integer(param, 5), integer(param, 6)),
            n_targets: u32::from_le_bytes(word(param, 7)),
        })
    }

    fn forest(&mut self, is_dart: bool, version: Version) -> Result<ForestBuilder, Fault> {
        let param = self.take(GBTREE_PARAM)?;
        let n_trees =
            count(param, 0).map_err(|fault| fault.at("gbtree_model_param.num_trees"))? as usize;
        let mut forest = ForestBuilder::default();
        for tree in 0..n_trees {
            let tree_of = |fault: Fault| fault.at(format!("trees[{tree}]"));
            let arrays = self.tree(version).map_err(tree_of)?;
            forest.push(&arrays).map_err(tree_of)?;
        }
        let groups = self.take(n_trees.saturating_mul(4))?;
        forest.groups = words(groups).map(i32::from_le_bytes).collect();
        if is_dart && n_trees > 0 {
            let weights = self.counted(4).map_err(|fault| fault.at("weight_drop"))?;
            forest.weight_drop = Some(words(weights).map(f32::from_le_bytes).collect());
        }
        Ok(forest)
    }

    fn tree(&mut self, version: Version) -> Result<TreeArrays, Fault> {
        let param = self.take(TREE_PARAM)?;
        let n = count(param, 1).map_err(|fault| fault.at("tree_param.num_nodes"))? as usize;
        let leaf_size = count(param, 5).map_err(|fault| fault.at("tree_param.size_leaf_vector"))?;
        let nodes = self.take(n.saturating_mul(NODE))?;
        let statistics = self.take(n.saturating_mul(STATISTICS))?;
        if leaf_size != 0 && version < Version(2, 0) {
            // Vectors that no training of XGBoost ever filled.
            self.counted(4)?;
        } else if leaf_size > 1 {
            let message = format!("found {leaf_size}, supported are 0 and 1 in the binary form");
            return Err(Fault::unsupported(message).at("tree_param.size_leaf_vector"));
        }
        let column = |i: usize| nodes.chunks_exact(NODE).map(move |node| integer(node, i));
        let value = |node: &[u8]| f32::from_le_bytes(word(node, 4));
        let hessian = |node: &[u8]| f32::from_le_bytes(word(node, 1));
        Ok(TreeArrays {
            left_children: column(1).collect(),
            right_children: column(2).collect(),
            // The highest bit is the side of missing values.
            split_indices: column(3).map(|feature| feature & i32::MAX).collect(),
            default_left: column(3).map(|feature| i32::from(feature < 0)).collect(),
            split_conditions: nodes.chunks_exact(NODE).map(value).collect(),
            sum_hessian: statistics.chunks_exact(STATISTICS).map(hessian).collect(),
            ..TreeArrays::default()
        })
    }
}

/// Word `i` of a structure, which has that many.
fn word(bytes: &[u8], i: usize) -> [u8; 4] {
    bytes.as_chunks().0[i]
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.as_chunks().0.iter().copied()
}

fn integer(bytes: &[u8], i: usize) -> i32 {
    i32::from_le_bytes(word(bytes, i))
}

fn count(bytes: &[u8], i: usize) -> Result<u32, Fault> {
    let found = integer(bytes, i);
    u32::try_from(found)
        .map_err(|_| Fault::invalid(format!("found {found}, allowed are numbers from 0")))
}
