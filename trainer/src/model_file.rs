//! The model file: the tree as ONNX, put in place whole or not at all.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::{fd::AsRawFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD, linkat};
use thiserror::Error;

use crate::{
    data::{Classes, Columns},
    tree::{Leaves, Tree},
};

/// The file's name below `model/`.
pub const FILE_NAME: &str = "model.onnx";

/// The name of a new file for the moment before it replaces an old one.
const NEXT_NAME: &str = ".model.onnx.next";

/// The model file can't be made.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The tree does not fit into the format.
    #[error("the tree cannot be written as ONNX: {0}")]
    Format(#[from] trees::WriteError),
    /// The operating system.
    #[error("{path} cannot be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// The ONNX file of a tree. `metadata` is added to what the format itself needs.
///
/// # Errors
/// The tree does not fit into the format.
pub fn to_onnx(
    tree: &Tree,
    classes: &Classes,
    columns: &Columns,
    metadata: Vec<(String, String)>,
) -> Result<Vec<u8>, ModelFileError> {
    let leaves = Leaves::of(tree);
    let nodes = tree
        .nodes
        .iter()
        .zip(0..)
        .map(|(node, place)| match node.split {
            Some(split) => trees::TreeNode::Split {
                feature: split.feature as _,
                threshold: split.threshold,
                true_child: split.left as _,
                false_child: split.right as _,
                missing_goes_true: split.missing_go_to_left,
            },
            None => trees::TreeNode::Leaf {
                values: leaves
                    .probabilities(place)
                    .map(|(class, probability)| (class as _, probability))
                    .collect(),
            },
        });
    let labels = match classes {
        Classes::Integers(labels) => algorithm::Labels::Integers(labels.clone()),
        Classes::Text(labels) => algorithm::Labels::Text(labels.clone()),
    };
    let tree = trees::TreeModel {
        trees: vec![nodes.collect()],
        output: algorithm::Output::Classes(labels),
        features: match &columns.names {
            Some(names) => algorithm::Features::named(names.clone()),
            None => algorithm::Features::unnamed(columns.n_features),
        },
        metadata,
    };
    Ok(tree.to_onnx()?)
}

/// Puts the file in place. Until then it has no name (`O_TMPFILE`), so that no crash leaves anything in
/// `model/`, all of which SageMaker packs into the model's archive.
///
/// # Errors
/// The operating system refuses; `model/` is then as before.
pub fn publish(directory: &Path, onnx: &[u8]) -> Result<(), ModelFileError> {
    let path = directory.join(FILE_NAME);
    let write = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let next = directory.join(NEXT_NAME);
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = tempfile::tempfile_in(directory)?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(onnx)?;
        file.sync_all()?;
        if link(&file, &path).is_ok() {
            return Ok(());
        }
        // There is a model already, or the file system can't name a nameless file.
        let placed = link(&file, &next)
            .or_else(|_| fs::write(&next, onnx))
            .and_then(|()| fs::rename(&next, &path));
        if placed.is_err() {
            let _ = fs::remove_file(&next);
        }
        placed
    };
    write().map_err(|source| ModelFileError::Write { path, source })
}

/// Gives a nameless file a name that no other has.
fn link(file: &File, path: &Path) -> io::Result<()> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}
