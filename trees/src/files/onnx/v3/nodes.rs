//! The `nodes_*` attributes: parallel lists with an entry for each node, found by its tree id and node id.

use algorithm::text::excerpt;
use proto::wire::Field;

use super::{
    super::{LoadError, attributes::Attributes, error::invalid},
    covers,
};
use crate::{
    forest::{Leaf, Missing, Mode, Node, Test},
    number::Number,
};

/// Most nodes: positions are 32 bits wide. A file with more would take at least 60 GB.
const MAX_NODES: usize = u32::MAX as usize / 2;

/// Nodes with their children found. The leaves have no weights yet.
pub(super) struct Nodes<T> {
    pub(super) keys: Keys,
    pub(super) nodes: Vec<Node<T>>,
    pub(super) roots: Vec<u32>,
    /// One a node, or none.
    pub(super) covers: Vec<f64>,
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
    if !(1..=MAX_NODES).contains(&n) {
        return invalid!(
            "{}: found {n} nodes, allowed are 1 to {MAX_NODES}",
            attributes.place("nodes_treeids")
        );
    }
    let same_length =
        |name: &str, found| attributes.same_length((name, found), ("nodes_treeids", n));
    let ints = |name: &str| {
        let values = attributes.ints(name)?;
        same_length(name, values.len())?;
        Ok::<_, LoadError>(values)
    };
    let keys = Keys::new(tree_ids, ints("nodes_nodeids")?, attributes)?;
    let mut position = 0;
    let modes = attributes.texts("nodes_modes", |field| {
        position += 1;
        mode(field, || {
            format!("{}[{}]", attributes.place("nodes_modes"), position - 1)
        })
    })?;
    same_length("nodes_modes", modes.len())?;
    let features = ints("nodes_featureids")?;
    let values = attributes.numbers::<T>("nodes_values")?;
    same_length("nodes_values", values.len())?;
    let true_ids = ints("nodes_truenodeids")?;
    let false_ids = ints("nodes_falsenodeids")?;
    // Of any length, as in onnxruntime: an entry that is not there is 0.
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
            test: Test::Compare(mode, values[i]),
            missing: Missing::Nan,
            missing_true: missing_true.get(i) == Some(&1),
            feature: attributes.feature(features[i], i)?,
            true_child: child("nodes_truenodeids", &true_ids)?,
            false_child: child("nodes_falsenodeids", &false_ids)?,
        });
    }
    // onnxruntime's rule: each run of equal tree ids is a tree, its first node the root.
    let is_root = |i: &usize| *i == 0 || keys.tree_ids[*i] != keys.tree_ids[*i - 1];
    let roots = (0..n).filter(is_root).map(|i| i as u32).collect();
    Ok(Nodes {
        covers: covers::read(attributes, &nodes),
        keys,
        nodes,
        roots,
    })
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
                "{}: found `{}`, allowed are LEAF, BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, \
                 BRANCH_EQ, BRANCH_NEQ",
                place(),
                excerpt(other)
            );
        }
    }))
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
                "{}: found node {node} of tree {tree} twice, allowed is once",
                attributes.place("nodes_nodeids")
            );
        }
        Ok(Self {
            tree_ids,
            node_ids,
            order,
        })
    }

    /// The position of a node. `near` is the position of a node whose tree is likely to be the same: in
    /// nearly every file the nodes of a tree stand in the order of their ids, so one look suffices.
    pub(super) fn position(&self, tree: i64, node: i64, near: usize) -> Option<u32> {
        let id = self.node_ids[near];
        if (0..self.node_ids.len() as i64).contains(&node)
            && let Some(guess) = near.checked_add_signed((node - id) as isize)
            && self.node_ids.get(guess) == Some(&node)
            && self.tree_ids[guess] == tree
        {
            return Some(guess as u32);
        }
        let key = |i: &u32| (self.tree_ids[*i as usize], self.node_ids[*i as usize]);
        let found = self.order.binary_search_by_key(&(tree, node), key).ok()?;
        Some(self.order[found])
    }
}
