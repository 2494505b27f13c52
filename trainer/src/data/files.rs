//! The files of a channel.

use std::path::{Path, PathBuf};

use records::ContentType;
use walkdir::{DirEntry, WalkDir};

use super::error::DataError;

/// A named set of files, as `inputdataconfig.json` and the directories under `input/data` give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// As the user named it.
    pub name: String,
    /// Its directory; in Pipe mode its FIFO.
    pub path: PathBuf,
    /// Pipe mode: `path` is read as it comes.
    pub is_pipe: bool,
    /// The format of its files, if the job gives it.
    pub content_type: Option<ContentType>,
    /// What may separate the fields of CSV besides commas, the preferred one first.
    pub separators: &'static str,
}

/// A file and how messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    pub(crate) shown: String,
    pub(crate) bytes: u64,
}

impl Channel {
    /// Every file below a directory, also those that are left out when it is read, by its path within it, with its
    /// size; sorted. `None` if there is no such directory.
    pub(crate) fn all_files(directory: &Path) -> Option<Vec<(String, u64)>> {
        if !directory.is_dir() {
            return None;
        }
        let entries = WalkDir::new(directory).follow_links(true).into_iter();
        // What can't be read is said when the channel is read.
        let files = entries
            .flatten()
            .filter(|entry| !entry.file_type().is_dir());
        let mut files: Vec<(String, u64)> = files
            .map(|entry| {
                let path = entry.path().strip_prefix(directory);
                let name = path.unwrap_or(entry.path()).display().to_string();
                (name, entry.metadata().map_or(0, |metadata| metadata.len()))
            })
            .collect();
        files.sort_unstable();
        Some(files)
    }

    /// Every file below the channel, sorted by path. Hidden files, files whose names begin with `_` (such as
    /// `_SUCCESS`), manifests, and everything in such directories are left out.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>, DataError> {
        if self.is_pipe {
            return Ok(vec![self.file(self.path.clone(), 0)]);
        }
        let mut files = Vec::new();
        let entries = WalkDir::new(&self.path)
            .follow_links(true)
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !is_skipped(entry));
        for entry in entries {
            let entry = entry.map_err(|error| self.unreadable(&error))?;
            if !entry.file_type().is_dir() {
                let metadata = entry.metadata().map_err(|error| self.unreadable(&error))?;
                files.push(self.file(entry.into_path(), metadata.len()));
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Size of its files together; 0 in Pipe mode.
    pub(crate) fn n_bytes(&self) -> Result<u64, DataError> {
        Ok(self.files()?.iter().map(|file| file.bytes).sum())
    }

    /// A complaint about the channel as a whole.
    pub(crate) fn error(&self, what: impl Into<String>) -> DataError {
        DataError::Channel {
            channel: self.name.clone(),
            what: what.into(),
        }
    }

    fn file(&self, path: PathBuf, bytes: u64) -> DataFile {
        let parent = self.path.parent().unwrap_or(Path::new(""));
        let shown = path.strip_prefix(parent).unwrap_or(&path);
        DataFile {
            shown: shown.display().to_string(),
            bytes,
            path,
        }
    }

    fn unreadable(&self, error: &walkdir::Error) -> DataError {
        let path = error.path().unwrap_or(&self.path).to_owned();
        let cause = error.io_error().map_or_else(
            || "it contains itself".to_owned(),
            |error| error.to_string(),
        );
        self.error(format!("{} can't be read: {cause}", path.display()))
    }
}

fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
    let stem = name.strip_suffix(".json").unwrap_or(&name);
    name.starts_with(['.', '_'])
        || stem == "manifest"
        || ["-manifest", ".manifest", "_manifest"]
            .iter()
            .any(|end| stem.ends_with(end))
}
