//! A model of the directory: a file, or several that are the parts of one.

use std::{fmt, path::Path, ptr};

use algorithm::{LoadError, ModelFormat, Part, Parts, Predictor};

use super::{ModelFileError, directory::ModelFile, listed};

/// A model, not loaded yet.
pub(super) struct Member<'f> {
    /// At least one, sorted by name.
    pub(super) files: Vec<ModelFile<'f>>,
    /// How the files become one, if they are parts.
    parts: Option<Parts>,
}

impl<'f> Member<'f> {
    /// The models that these files hold. Parts are in the place of the first of them.
    pub(super) fn of(files: Vec<ModelFile<'f>>) -> Vec<Self> {
        let mut members: Vec<Self> = Vec::new();
        for file in files {
            // What can't be read says so when it is loaded.
            let is_part =
                |parts: &Parts| file.read().is_ok_and(|content| (parts.is_part)(&content));
            let parts = file.format.parts().filter(is_part);
            let is_of = |member: &&mut Self| {
                member.parts.is_some() && ptr::eq(member.format(), file.format)
            };
            match members.iter_mut().find(is_of).filter(|_| parts.is_some()) {
                Some(member) => member.files.push(file),
                None => members.push(Self {
                    files: vec![file],
                    parts,
                }),
            }
        }
        members
    }

    /// The name of the first file.
    pub(super) fn name(&self) -> &str {
        &self.files[0].name
    }

    pub(super) fn format(&self) -> &'f ModelFormat {
        self.files[0].format
    }

    /// # Errors
    /// A file that can't be read or is no model, or parts that are not all of a model.
    pub(super) fn load(&self, directory: &Path) -> Result<Box<dyn Predictor>, ModelFileError> {
        let content = match self.parts {
            None => self.files[0].read()?,
            Some(parts) => {
                tracing::info!(
                    files = listed(self.files.iter().map(ModelFile::to_string)),
                    "parts of one model"
                );
                self.joined(parts)?
                    .map_err(|reason| ModelFileError::Parts {
                        directory: directory.to_owned(),
                        reason,
                    })?
            }
        };
        (self.format().load)(&content).map_err(|reason| ModelFileError::Load {
            path: self.files[0].path.clone(),
            reason,
        })
    }

    /// The file of the whole model.
    fn joined(&self, parts: Parts) -> Result<Result<Vec<u8>, LoadError>, ModelFileError> {
        let contents = self.files.iter().map(ModelFile::read);
        let contents = contents.collect::<Result<Vec<_>, _>>()?;
        let files = self.files.iter().zip(&contents);
        let files = files.map(|(file, content)| Part {
            name: &file.name,
            content,
        });
        Ok((parts.join)(&files.collect::<Vec<_>>()))
    }
}

/// The name of its file, or of its first part, as messages have it.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files[0].fmt(f)
    }
}
