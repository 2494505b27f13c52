//! Finds and loads the model.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use algorithm::{LoadError, ModelFormat, Predictor};
use thiserror::Error;

/// The file that counts where a directory holds several.
const PREFERRED: &str = "model.onnx";

/// Why there is no model to serve; one line that names the file.
#[derive(Debug, Error)]
pub enum ModelFileError {
    #[error("{}: {reason}", path.display())]
    Io { path: PathBuf, reason: io::Error },
    #[error("{}: no model file, expected one that ends in .onnx", directory.display())]
    None { directory: PathBuf },
    #[error(
        "{}: {count} files end in .onnx, expected one, or one that is named {PREFERRED}",
        directory.display()
    )]
    Several { directory: PathBuf, count: usize },
    #[error("{}: {reason}", path.display())]
    Load { path: PathBuf, reason: LoadError },
}

/// Loads the model in `directory`: its only `.onnx` file, whatever its name; of several, `model.onnx`.
/// Files whose name begins with a dot do not count.
///
/// # Errors
/// No such file, more than one, or one that is not a model.
pub fn load(directory: &Path, format: ModelFormat) -> Result<Box<dyn Predictor>, ModelFileError> {
    let path = find(directory)?;
    let bytes = fs::read(&path).map_err(|reason| ModelFileError::Io {
        path: path.clone(),
        reason,
    })?;
    (format.load)(&bytes).map_err(|reason| ModelFileError::Load { path, reason })
}

fn find(directory: &Path) -> Result<PathBuf, ModelFileError> {
    let failed = |reason| ModelFileError::Io {
        path: directory.to_owned(),
        reason,
    };
    let mut models = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_model(&path) && path.is_file() {
            models.push(path);
        }
    }
    if models.len() > 1 {
        let count = models.len();
        models.retain(|path| path.file_name() == Some(OsStr::new(PREFERRED)));
        if models.is_empty() {
            return Err(ModelFileError::Several {
                directory: directory.to_owned(),
                count,
            });
        }
    }
    models.pop().ok_or_else(|| ModelFileError::None {
        directory: directory.to_owned(),
    })
}

fn is_model(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension() == Some(OsStr::new("onnx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(files: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(directory.path().join(file), b"").unwrap();
        }
        directory
    }

    fn found(files: &[&str]) -> Result<String, String> {
        let directory = directory(files);
        let path = find(directory.path()).map_err(|error| {
            let line = error.to_string();
            line.replace(&directory.path().display().to_string(), "DIR")
        })?;
        Ok(path.file_name().unwrap().to_string_lossy().into_owned())
    }

    #[test]
    fn the_only_model_counts_whatever_its_name() {
        let files = ["leaf.onnx", "._leaf.onnx", ".onnx", "notes.txt"];
        assert_eq!(found(&files), Ok("leaf.onnx".to_owned()));
    }

    #[test]
    fn of_several_model_onnx_counts() {
        let files = ["a.onnx", "model.onnx"];
        assert_eq!(found(&files), Ok("model.onnx".to_owned()));
    }

    #[test]
    fn no_model_and_several_without_the_preferred_name_are_refused() {
        assert_eq!(
            found(&["readme.md"]),
            Err("DIR: no model file, expected one that ends in .onnx".to_owned())
        );
        assert_eq!(
            found(&["a.onnx", "b.onnx"]),
            Err(
                "DIR: 2 files end in .onnx, expected one, or one that is named model.onnx"
                    .to_owned()
            )
        );
    }
}
