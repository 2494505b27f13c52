//! Finds and loads the model files of a directory.

mod directory;
mod member;

use std::{
    io,
    path::{Path, PathBuf},
};

use algorithm::{LoadError, ModelFormat, Predictor, text};
use thiserror::Error;

use crate::voting::Voting;
use directory::{Directory, LeftOut};
use member::Member;

/// Names of files that a line lists.
const LISTED: usize = 10;

/// What several model files in a directory are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// One model that answers the mean of all, or the label that most of them answer.
    Ensemble,
    /// A choice: the one with a [usual name](ModelFormat::is_usual_name), else the first by name.
    Choice,
}

/// What [`load`] loaded.
pub struct LoadedModel {
    /// The model, or the ensemble.
    pub predictor: Box<dyn Predictor>,
    /// The files that it came from, at least one.
    pub files: Vec<PathBuf>,
}

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
    /// No file is of one of the formats.
    #[error("{}: no model file, expected {expected}; found {found}", directory.display())]
    None {
        /// Where the files were looked for.
        directory: PathBuf,
        /// The formats.
        expected: String,
        /// The names that are there.
        found: String,
    },
    /// The file is not a model.
    #[error("{}: {reason}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: LoadError,
    },
    /// Files that are parts of a model are not all of its parts.
    #[error("{}: {reason}", directory.display())]
    Parts {
        /// Where the files are.
        directory: PathBuf,
        /// Which file is missing or wrong.
        reason: LoadError,
    },
    /// Two models do not fit together.
    #[error(
        "{}: the model files can't be one ensemble: {first} {of_first}, {second} {of_second}",
        directory.display()
    )]
    Disagree {
        /// Where the files are.
        directory: PathBuf,
        /// The name of a file.
        first: String,
        /// What its model takes or gives.
        of_first: String,
        /// The name of the other file.
        second: String,
        /// What its model takes or gives instead.
        of_second: String,
    },
}

/// Loads the models in `directory`: every file that [`ModelFormat::of_file`] knows, in the order of the names. Files
/// that are [parts](ModelFormat::in_parts) of a model are one model, in the place of the first of them.
/// Names that begin with a dot do not count; what else is no model is left out, with a line in the log that says
/// why if the file looks like one.
///
/// # Errors
/// No model, files that only [look like one](ModelFormat::refusing), one that can't be loaded, parts
/// that are not all of a model, or several models that do not fit together.
pub fn load(
    directory: &Path,
    formats: &[ModelFormat],
    several: Several,
) -> Result<LoadedModel, ModelFileError> {
    let Directory { models, left_out } = Directory::read(directory, formats)?;
    if models.is_empty() {
        if let Some((path, reason)) = left_out.iter().find_map(LeftOut::refusal) {
            let (path, reason) = (path.clone(), reason.clone());
            return Err(ModelFileError::Load { path, reason });
        }
        let formats = formats.iter().map(ModelFormat::to_string);
        return Err(ModelFileError::None {
            directory: directory.to_owned(),
            expected: any_of(formats),
            found: listed(left_out.iter().map(LeftOut::to_string))
                .unwrap_or_else(|| "no file".to_owned()),
        });
    }
    if let Some(files) = listed(left_out.iter().map(LeftOut::to_string)) {
        tracing::warn!(files, "no models, left out");
    }
    let models = Member::of(models);
    let mut models = match several {
        _ if models.len() == 1 => models,
        Several::Ensemble => {
            let files = listed(models.iter().map(Member::to_string));
            tracing::info!(files, "several models, served as one ensemble");
            models
        }
        Several::Choice => {
            let (chosen, others) = choose(models);
            let left_out = listed(others.iter().map(Member::to_string));
            tracing::warn!(
                file = chosen.name(),
                left_out,
                "several models, one is served"
            );
            vec![chosen]
        }
    };

    let members = models.iter_mut().map(|model| model.load(directory));
    let members = members.collect::<Result<_, _>>()?;
    let predictor = Voting::of(members).map_err(|disagreement| {
        let name = |member: usize| models[member].to_string();
        let [(first, of_first), (second, of_second)] = disagreement.sides;
        ModelFileError::Disagree {
            directory: directory.to_owned(),
            first: name(first),
            of_first,
            second: name(second),
            of_second,
        }
    })?;
    let files = models.into_iter().flat_map(|model| model.files);
    let files = files.map(|file| file.path).collect();
    Ok(LoadedModel { predictor, files })
}

/// The only model with a usual name, else the first, and the others.
fn choose(mut models: Vec<Member<'_>>) -> (Member<'_>, Vec<Member<'_>>) {
    let is_usual = |model: &Member<'_>| model.format().is_usual_name(model.name());
    let mut usual = (0..models.len()).filter(|&model| is_usual(&models[model]));
    let chosen = match (usual.next(), usual.next()) {
        (Some(only), None) => only,
        _ => 0,
    };
    (models.remove(chosen), models)
}

impl ModelFileError {
    fn io(path: &Path, reason: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            reason,
        }
    }
}

/// The first of a list of files, `None` if it is empty.
fn listed(files: impl ExactSizeIterator<Item = String>) -> Option<String> {
    (files.len() > 0).then(|| text::listed(files, LISTED))
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
mod tests;
