//! What trees that are to be written promise, whatever the file's format.

use thiserror::Error;

/// Trees that can't be written: the place, what was found and what is allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("can't write the trees: {0}")]
pub struct WriteError(String);

impl WriteError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The same, with the place around it.
    pub(crate) fn at(self, place: impl std::fmt::Display) -> Self {
        Self(format!("{place}: {}", self.0))
    }
}

/// What a split has, in a tree of any kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) feature: u32,
    pub(crate) threshold: f32,
    pub(crate) children: [u32; 2],
}

/// Checks that nodes are one tree, the root first, a child after its parent.
///
/// # Errors
/// The first promise that is not kept.
pub(crate) fn check_tree(
    n_features: usize,
    nodes: impl ExactSizeIterator<Item = Option<Branch>>,
) -> Result<(), WriteError> {
    let n = nodes.len();
    // Each node but the root is claimed by its one parent, which comes before it, so this is one tree.
    let mut claimed = vec![false; n];
    let Some(root) = claimed.first_mut() else {
        return Err(WriteError::new("found 0 nodes, allowed are 1 or more"));
    };
    *root = true;
    for (id, node) in nodes.enumerate() {
        let refuse = |message: String| Err(WriteError::new(message).at(format!("node {id}")));
        if !claimed[id] {
            return refuse("no node before it has it as a child".into());
        }
        let Some(branch) = node else { continue };
        if branch.feature as usize >= n_features {
            return refuse(format!(
                "found feature {}, allowed are 0 to {}",
                branch.feature,
                n_features - 1
            ));
        }
        if branch.threshold.is_nan() {
            return refuse("found threshold NaN, allowed are numbers".into());
        }
        for child in branch.children.map(|child| child as usize) {
            if child <= id || claimed.get(child) != Some(&false) {
                return refuse(format!(
                    "found child {child}, allowed are {} to {} that are no other node's child",
                    id + 1,
                    n - 1
                ));
            }
            claimed[child] = true;
        }
    }
    Ok(())
}

/// Checks the keys of metadata against those that the file has anyway.
///
/// # Errors
/// The first key that is taken.
pub(crate) fn check_keys(metadata: &[(String, String)], taken: &[&str]) -> Result<(), WriteError> {
    match metadata.iter().find(|(key, _)| taken.contains(&&**key)) {
        Some((key, _)) => Err(WriteError::new(format!("metadata: the key {key} is taken"))),
        None => Ok(()),
    }
}
