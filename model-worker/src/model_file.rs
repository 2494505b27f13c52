//! Finds and loads the model file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use algorithm::{LoadError, ModelFormat, Predictor};
use thiserror::Error;

/// Why there is no model to serve; one line that names the file or the directory.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// The file or the directory can't be read.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file or the directory.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// No file has an ending of the formats.
    #[error("{}: no model file, expected one that ends in {endings}", directory.display())]
    None {
        /// Where the files were looked for.
        directory: PathBuf,
        /// The endings of the formats.
        endings: String,
    },
    /// Several files have such an ending, and not exactly one of them is preferred.
    #[error(
        "{}: {count} files end in {endings}, expected one, or one that is named {preferred}",
        directory.display()
    )]
    Several {
        /// Where the files are.
        directory: PathBuf,
        /// Their number.
        count: usize,
        /// The endings of the formats.
        endings: String,
        /// The names that are preferred.
        preferred: String,
    },
    /// The file is not a model.
    #[error("{}: {reason}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: LoadError,
    },
}

/// Loads the model in `directory`: the only file with the ending of a format, whatever its name; of several,
/// the one whose name is [`ModelFormat::file_name`]. Files whose name begins with a dot do not count.
///
/// # Errors
/// No such file, more than one, or one that is not a model.
pub fn load(
    directory: &Path,
    formats: &[ModelFormat],
) -> Result<Box<dyn Predictor>, ModelFileError> {
    let (path, format) = find(directory, formats)?;
    let bytes = fs::read(&path).map_err(|reason| ModelFileError::Io {
        path: path.clone(),
        reason,
    })?;
    (format.load)(&bytes).map_err(|reason| ModelFileError::Load { path, reason })
}

fn find<'f>(
    directory: &Path,
    formats: &'f [ModelFormat],
) -> Result<(PathBuf, &'f ModelFormat), ModelFileError> {
    let failed = |reason| ModelFileError::Io {
        path: directory.to_owned(),
        reason,
    };
    let mut models = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let Some(format) = format_of(&path, formats)
            && path.is_file()
        {
            models.push((path, format));
        }
    }
    let count = models.len();
    if count > 1 {
        models.retain(|(path, format)| path.file_name() == Some(format.file_name().as_ref()));
    }
    let endings = || {
        any_of(
            formats
                .iter()
                .map(|format| format!(".{}", format.extension)),
        )
    };
    match (models.pop(), models.is_empty()) {
        (Some(model), true) => Ok(model),
        (None, _) if count == 0 => Err(ModelFileError::None {
            directory: directory.to_owned(),
            endings: endings(),
        }),
        _ => Err(ModelFileError::Several {
            directory: directory.to_owned(),
            count,
            endings: endings(),
            preferred: any_of(formats.iter().map(ModelFormat::file_name)),
        }),
    }
}

fn format_of<'f>(path: &Path, formats: &'f [ModelFormat]) -> Option<&'f ModelFormat> {
    let is_hidden = path.file_name()?.as_encoded_bytes().starts_with(b".");
    let extension = path.extension().filter(|_| !is_hidden)?;
    formats.iter().find(|format| extension == format.extension)
}

/// `a, b or c`
fn any_of(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => items.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOY: ModelFormat = ModelFormat::new("toy", "toy", |_| Err(LoadError::new("a toy")));
    const GAME: ModelFormat = ModelFormat::new("game", "game", |_| Err(LoadError::new("a game")));

    fn directory(files: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            fs::write(directory.path().join(file), b"").unwrap();
        }
        directory
    }

    /// What loading says, which names the file, and the format by its line.
    fn loaded(files: &[&str], formats: &[ModelFormat]) -> String {
        let directory = directory(files);
        let error = load(directory.path(), formats).err().unwrap().to_string();
        error.replace(&directory.path().display().to_string(), "DIR")
    }

    #[test]
    fn the_only_model_counts_whatever_its_name() {
        let files = ["leaf.toy", "._leaf.toy", ".toy", "notes.txt"];
        assert_eq!(loaded(&files, &[TOY]), "DIR/leaf.toy: a toy");
        let files = ["leaf.game", "notes.txt"];
        assert_eq!(loaded(&files, &[TOY, GAME]), "DIR/leaf.game: a game");
    }

    #[test]
    fn of_several_models_the_preferred_name_counts() {
        let files = ["a.toy", "model.toy"];
        assert_eq!(loaded(&files, &[TOY]), "DIR/model.toy: a toy");
        let files = ["a.toy", "model.game"];
        assert_eq!(loaded(&files, &[TOY, GAME]), "DIR/model.game: a game");
    }

    #[test]
    fn no_model_and_several_models_are_refused() {
        assert_eq!(
            loaded(&["readme.md"], &[TOY]),
            "DIR: no model file, expected one that ends in .toy"
        );
        assert_eq!(
            loaded(&["readme.md"], &[TOY, GAME]),
            "DIR: no model file, expected one that ends in .toy or .game"
        );
        assert_eq!(
            loaded(&["a.toy", "b.toy"], &[TOY]),
            "DIR: 2 files end in .toy, expected one, or one that is named model.toy"
        );
        assert_eq!(
            loaded(&["model.toy", "model.game"], &[TOY, GAME]),
            "DIR: 2 files end in .toy or .game, expected one, or one that is named model.toy or \
             model.game"
        );
    }
}
