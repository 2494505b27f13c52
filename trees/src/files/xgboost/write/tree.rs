//! A tree: one array a property, one entry a node.

use super::ubjson::Ubjson;
use crate::boosted_model::{BoostedNode, BoostedSplit};

/// The child of a leaf.
const NONE: i32 = -1;

/// The parent of the root.
const NO_PARENT: i32 = i32::MAX;

/// Writes the members of a tree.
pub(super) fn write(id: usize, nodes: &[BoostedNode], n_features: usize, document: &mut Ubjson) {
    let of_split = |of: fn(&BoostedSplit) -> i32, of_leaf: i32| {
        nodes
            .iter()
            .map(move |node| node.split.as_ref().map_or(of_leaf, of))
    };
    let floats = |of: fn(&BoostedNode) -> f32| nodes.iter().map(of);
    document.floats("base_weights", floats(|node| node.weight));
    document.i32s("categories", std::iter::empty());
    document.i32s("categories_nodes", std::iter::empty());
    document.no_i64s("categories_segments");
    document.no_i64s("categories_sizes");
    let default_left = |node: &BoostedNode| {
        let split = node.split.as_ref();
        u8::from(split.is_some_and(|split| split.missing_goes_left))
    };
    document.u8s("default_left", nodes.iter().map(default_left));
    document.integer("id", id as i32);
    document.i32s("left_children", of_split(|split| split.left as i32, NONE));
    document.floats(
        "loss_changes",
        floats(|node| node.split.map_or(0.0, |split| split.gain)),
    );
    document.i32s("parents", parents(nodes).into_iter());
    document.i32s("right_children", of_split(|split| split.right as i32, NONE));
    document.floats("split_conditions", floats(condition));
    document.i32s("split_indices", of_split(|split| split.feature as i32, 0));
    document.u8s("split_type", nodes.iter().map(|_| 0));
    document.floats("sum_hessian", floats(|node| node.sum_hessian));
    document.object("tree_param", |document| {
        document.text("num_deleted", "0");
        document.text("num_feature", &n_features.to_string());
        document.text("num_nodes", &nodes.len().to_string());
        document.text("size_leaf_vector", "1");
    });
}

/// Of a split: XGBoost asks whether a value is below it, so this is the next number, without the sign
/// of -0. Of a leaf: its value.
fn condition(node: &BoostedNode) -> f32 {
    node.split
        .map_or(node.weight, |split| split.threshold.next_up() + 0.0)
}

fn parents(nodes: &[BoostedNode]) -> Vec<i32> {
    let mut parents = vec![NO_PARENT; nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        if let Some(split) = node.split {
            parents[split.left as usize] = id as i32;
            parents[split.right as usize] = id as i32;
        }
    }
    parents
}
