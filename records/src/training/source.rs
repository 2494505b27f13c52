//! A file to train on.

use std::{
    fmt,
    io::{self, Read},
};

use crate::ContentType;

/// Opens a file.
type Open<'a> = Box<dyn FnOnce() -> io::Result<Box<dyn Read + Send + 'a>> + Send + 'a>;

/// A file, or whatever else can be read once and forwards.
pub struct Source<'a> {
    pub(super) name: String,
    pub(super) content_type: ContentType,
    pub(super) open: Open<'a>,
}

impl<'a> Source<'a> {
    /// A file that messages call `name`. It is opened when all files before it are read.
    pub fn new(
        name: impl Into<String>,
        content_type: ContentType,
        open: impl FnOnce() -> io::Result<Box<dyn Read + Send + 'a>> + Send + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            content_type,
            open: Box::new(open),
        }
    }
}

impl fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
