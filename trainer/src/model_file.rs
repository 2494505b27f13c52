//! The model file, put in place whole or not at all.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::{fd::AsRawFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{AtFlags, CWD, linkat};
use thiserror::Error;

/// The model file can't be written.
#[derive(Debug, Error)]
#[error("{path} can't be written: {source}")]
pub struct ModelFileError {
    /// The file.
    path: PathBuf,
    /// The cause.
    source: io::Error,
}

/// Puts a file with this name and content into `directory`. Until it is complete it has no name
/// (`O_TMPFILE`), so that no crash leaves anything in `model/`, all of which SageMaker packs into the
/// model's archive.
///
/// # Errors
/// The operating system refuses; `directory` is then as before.
pub fn publish(directory: &Path, name: &str, content: &[u8]) -> Result<(), ModelFileError> {
    let path = directory.join(name);
    let write = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        // The name of a new file for the moment before it replaces an old one.
        let next = directory.join(format!(".{name}.next"));
        match fs::remove_file(&next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = tempfile::tempfile_in(directory)?;
        file.set_permissions(Permissions::from_mode(0o644))?;
        file.write_all(content)?;
        file.sync_all()?;
        if link(&file, &path).is_ok() {
            return Ok(());
        }
        // There is a model already, or the file system can't name a nameless file.
        let placed = link(&file, &next)
            .or_else(|_| fs::write(&next, content))
            .and_then(|()| fs::rename(&next, &path));
        if placed.is_err() {
            let _ = fs::remove_file(&next);
        }
        placed
    };
    write().map_err(|source| ModelFileError { path, source })
}

/// Gives a nameless file a name that no other has.
fn link(file: &File, path: &Path) -> io::Result<()> {
    let open = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}
