//! The `nodes_*` attributes of the two older operators: one tuple a node, keyed by tree and node id.

use super::LoadError;
use super::attributes::Attributes;
use super::ensemble::numbers;
use super::error::{invalid, quote};
use super::weights::Weights;
use super::wire::Field;
use crate::forest::{Leaf, Linked, Mode, Node};
use crate::number::Number;

/// Nodes with their children found. A leaf's place in the weights is still open.
pub(super) struct Nodes<T> {
    pub(super) keys: Keys,
    nodes: Vec<Node<T>>,
    roots: Vec<u32>,
}

/// Finds a node's position by its tree and node id.
pub(super) struct Keys {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    /// All positions by ascending (tree id, node id).
    order: Vec<u32>,
}

pub(super) fn read<T: Number>(attributes: &Attributes<'_>) -> Result<Nodes<T>, LoadError> {
    let tree_ids = attributes.ints("nodes_treeids")?;
    let n = tree_ids.len();
    // Positions are 32 bits wide; a file of that many nodes would have 60 GB and more.
    if n == 0 || n > u32::MAX as usize / 2 {
        return invalid!(
            "{}: found {n} nodes, at least 1 is needed",
            attributes.place("nodes_treeids")
        );
    }
    let same_length = |name: &str, found: usize| match found == n {
        true => Ok(()),
        false => invalid!(
            "{}: found {found} entries, nodes_treeids has {n}",
            attributes.place(name)
        ),
    };
    let node_ids = attributes.ints("nodes_nodeids")?;
    same_length("nodes_nodeids", node_ids.len())?;
    let keys = Keys::new(tree_ids, node_ids, attributes)?;
    let mut position = 0;
    let modes = attributes.texts("nodes_modes", |field| {
        position += 1;
        mode(field, || {
            format!("{}[{}]", attributes.place("nodes_modes"), position - 1)
        })
    })?;
    same_length("nodes_modes", modes.len())?;
    let features = attributes.ints("nodes_featureids")?;
    same_length("nodes_featureids", features.len())?;
    let values = numbers::<T>(attributes, "nodes_values")?;
    same_length("nodes_values", values.len())?;
    let true_ids = attributes.ints("nodes_truenodeids")?;
    same_length("nodes_truenodeids", true_ids.len())?;
    let false_ids = attributes.ints("nodes_falsenodeids")?;
    same_length("nodes_falsenodeids", false_ids.len())?;
    // As in onnxruntime, of any length: what it does not say is 0.
    let missing_true = attributes.ints("nodes_missing_value_tracks_true")?;

    let mut nodes = Vec::with_capacity(n);
    for (i, mode) in modes.into_iter().enumerate() {
        let Some(mode) = mode else {
            nodes.push(Node::Leaf(Leaf { start: 0, end: 0 }));
            continue;
        };
        let child = |name: &str, ids: &[i64]| {
            keys.position(keys.tree_ids[i], ids[i], i).ok_or_else(|| {
                LoadError::Invalid(format!(
                    "{}[{i}]: found child {}, tree {} has no such node",
                    attributes.place(name),
                    ids[i],
                    keys.tree_ids[i]
                ))
            })
        };
        nodes.push(Node::Branch {
            mode,
            missing_true: missing_true.get(i) == Some(&1),
            feature: feature(features[i], || {
                format!("{}[{i}]", attributes.place("nodes_featureids"))
            })?,
            value: values[i],
            true_child: child("nodes_truenodeids", &true_ids)?,
            false_child: child("nodes_falsenodeids", &false_ids)?,
        });
    }
    // onnxruntime's rule: each run of equal tree ids is a tree, its first node the root.
    let roots = (0..n)
        .filter(|i| *i == 0 || keys.tree_ids[*i] != keys.tree_ids[*i - 1])
        .map(|i| i as u32)
        .collect();
    Ok(Nodes { keys, nodes, roots })
}

/// Largest number of features of a model.
pub(super) const MAX_FEATURES: usize = 1 << 24;

/// A feature id as a column.
pub(super) fn feature(id: i64, place: impl Fn() -> String) -> Result<u32, LoadError> {
    match u32::try_from(id) {
        Ok(feature) if (feature as usize) < MAX_FEATURES => Ok(feature),
        _ => invalid!(
            "{}: found feature {id}, allowed are 0 to {}",
            place(),
            MAX_FEATURES - 1
        ),
    }
}

/// A branch's mode, `None` for a leaf.
fn mode(field: Field<'_>, place: impl Fn() -> String) -> Result<Option<Mode>, LoadError> {
    Ok(Some(match field.bytes()? {
        b"LEAF" => return Ok(None),
        b"BRANCH_LEQ" => Mode::Leq,
        b"BRANCH_LT" => Mode::Lt,
        b"BRANCH_GTE" => Mode::Gte,
        b"BRANCH_GT" => Mode::Gt,
        b"BRANCH_EQ" => Mode::Eq,
        b"BRANCH_NEQ" => Mode::Neq,
        other => {
            return invalid!(
                "{}: found {}, allowed are LEAF, BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, \
                 BRANCH_EQ, BRANCH_NEQ",
                place(),
                quote(&String::from_utf8_lossy(other))
            );
        }
    }))
}

impl<T: Number> Nodes<T> {
    pub(super) fn is_leaf(&self, position: u32) -> bool {
        matches!(self.nodes.get(position as usize), Some(Node::Leaf(_)))
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Gives every leaf its weights.
    pub(super) fn link(mut self, weights: Weights<T>) -> Linked<T> {
        for (node, leaf) in self.nodes.iter_mut().zip(weights.leaves) {
            if let Node::Leaf(place) = node {
                *place = leaf;
            }
        }
        Linked {
            nodes: self.nodes,
            roots: self.roots,
            weights: weights.weights,
        }
    }
}

impl Keys {
    fn new(
        tree_ids: Vec<i64>,
        node_ids: Vec<i64>,
        attributes: &Attributes<'_>,
    ) -> Result<Self, LoadError> {
        let n = tree_ids.len();
        if let Some(i) = node_ids.iter().position(|id| !(0..n as i64).contains(id)) {
            return invalid!(
                "{}[{i}]: found {}, allowed are 0 to {}",
                attributes.place("nodes_nodeids"),
                node_ids[i],
                n - 1
            );
        }
        let key = |i: &u32| (tree_ids[*i as usize], node_ids[*i as usize]);
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_unstable_by_key(key);
        if let Some(pair) = order.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
            let (tree, node) = key(&pair[0]);
            return invalid!(
                "{}: found node {node} of tree {tree} twice, once is allowed",
                attributes.place("nodes_nodeids")
            );
        }
        Ok(Self {
            tree_ids,
            node_ids,
            order,
        })
    }

    /// The position of a node. `near` is a position whose tree is likely to be the same: in nearly every
    /// file a tree's nodes stand in the order of their ids, so one look suffices.
    pub(super) fn position(&self, tree: i64, node: i64, near: usize) -> Option<u32> {
        let id = *self.node_ids.get(near)?;
        if (0..self.node_ids.len() as i64).contains(&node)
            && let Some(guess) = near.checked_add_signed((node - id) as isize)
            && self.node_ids.get(guess) == Some(&node)
            && self.tree_ids.get(guess) == Some(&tree)
        {
            return Some(guess as u32);
        }
        let key = |i: &u32| (self.tree_ids[*i as usize], self.node_ids[*i as usize]);
        let found = self.order.binary_search_by_key(&(tree, node), key).ok()?;
        self.order.get(found).copied()
    }
}
