//! What is in a model directory.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use algorithm::{LoadError, ModelFormat, text::excerpt};

use super::ModelFileError;

/// What is in a model directory, sorted by name.
pub(super) struct Directory<'f> {
    pub(super) models: Vec<ModelFile<'f>>,
    pub(super) left_out: Vec<LeftOut>,
}

/// What is no model.
pub(super) struct LeftOut {
    pub(super) path: PathBuf,
    /// That of a directory ends in a slash.
    pub(super) name: String,
    /// Why it is no model, if it looks like one.
    pub(super) reason: Option<LoadError>,
}

/// A file that is of one of the formats.
pub(super) struct ModelFile<'f> {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) format: &'f ModelFormat,
}

impl<'f> Directory<'f> {
    /// Looks at every name that does not begin with a dot.
    pub(super) fn read(
        directory: &Path,
        formats: &'f [ModelFormat],
    ) -> Result<Self, ModelFileError> {
        let failed = |reason| ModelFileError::io(directory, reason);
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            entries.push((entry.file_name(), entry.path()));
        }
        entries.sort();

        let mut found = Self {
            models: Vec::new(),
            left_out: Vec::new(),
        };
        for (name, path) in entries {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                found.left_out.push(LeftOut {
                    path,
                    name: name + "/",
                    reason: None,
                });
                continue;
            }
            // Reading a pipe or a device might not end.
            let is_file = path.is_file();
            let head = match is_file {
                true => head(&path).map_err(|reason| ModelFileError::io(&path, reason))?,
                false => Vec::new(),
            };
            match ModelFormat::of_file(formats, &name, &head).filter(|_| is_file) {
                Some(format) => found.models.push(ModelFile { path, name, format }),
                None => found.left_out.push(LeftOut {
                    reason: ModelFormat::refusal(formats, &head),
                    path,
                    name,
                }),
            }
        }
        Ok(found)
    }
}

impl LeftOut {
    /// The path, and why it is no model.
    pub(super) fn refusal(&self) -> Option<(&PathBuf, &LoadError)> {
        self.reason.as_ref().map(|reason| (&self.path, reason))
    }
}

/// As messages list it: `encoder.pkl (found a pickle)`.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(self.name.as_bytes()))?;
        match &self.reason {
            Some(reason) => write!(f, " ({reason})"),
            None => Ok(()),
        }
    }
}

impl ModelFile<'_> {
    /// The whole file.
    pub(super) fn read(&self) -> Result<Vec<u8>, ModelFileError> {
        fs::read(&self.path).map_err(|reason| ModelFileError::io(&self.path, reason))
    }
}

/// Its name, as messages have it.
impl fmt::Display for ModelFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&excerpt(self.name.as_bytes()))
    }
}

/// The first bytes of a file, as many as formats look at.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let file = File::open(path)?;
    file.take(ModelFormat::HEAD_BYTES as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}
