//! A model of the directory: a file, or several that are the parts of one.

use std::{fmt, mem, path::Path, ptr};

use algorithm::{LoadError, ModelFormat, Part, Parts, Predictor};

use super::{ModelFileError, directory::ModelFile, listed};

/// A model, not loaded yet.
pub(super) struct Member<'f> {
    /// At least one, sorted by name.
    pub(super) files: Vec<ModelFile<'f>>,
    /// How the files become one, if they are parts.
    parts: Option<Parts>,
    /// What the files hold, if they are parts or the only model: these are not read twice.
    contents: Vec<Vec<u8>>,
}

impl<'f> Member<'f> {
    /// The models that these files hold. Parts are in the place of the first of them.
    pub(super) fn of(files: Vec<ModelFile<'f>>) -> Vec<Self> {
        let is_only = files.len() == 1;
        let mut members: Vec<Self> = Vec::new();
        for file in files {
            // What can't be read says so when it is loaded.
            let read = |parts: Parts| Some((parts, file.read().ok()?));
            let (parts, content) = match file.format.parts().and_then(read) {
                Some((parts, content)) if (parts.is_part)(&content) => (Some(parts), Some(content)),
                Some((_, content)) if is_only => (None, Some(content)),
                _ => (None, None),
            };
            let contents = content.into_iter();
            let is_of = |member: &&mut Self| {
                member.parts.is_some() && ptr::eq(member.format(), file.format)
            };
            match members.iter_mut().find(is_of).filter(|_| parts.is_some()) {
                Some(member) => {
                    member.files.push(file);
                    member.contents.extend(contents);
                }
                None => members.push(Self {
                    files: vec![file],
                    parts,
                    contents: contents.collect(),
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
    pub(super) fn load(&mut self, directory: &Path) -> Result<Box<dyn Predictor>, ModelFileError> {
        let mut contents = mem::take(&mut self.contents);
        let content = match self.parts {
            None => match contents.pop() {
                Some(content) => content,
                None => self.files[0].read()?,
            },
            Some(parts) => {
                tracing::info!(
                    files = listed(self.files.iter().map(ModelFile::to_string)),
                    "parts of one model"
                );
                let joined = self.joined(parts, &contents);
                drop(contents);
                joined.map_err(|reason| ModelFileError::Parts {
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
    fn joined(&self, parts: Parts, contents: &[Vec<u8>]) -> Result<Vec<u8>, LoadError> {
        let files = self.files.iter().zip(contents);
        let files = files.map(|(file, content)| Part {
            name: &file.name,
            content,
        });
        (parts.join)(&files.collect::<Vec<_>>())
    }
}

/// The name of its file, or of its first part, as messages have it.
impl fmt::Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files[0].fmt(f)
    }
}
