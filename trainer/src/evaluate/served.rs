//! The model file as the server will load it.

use algorithm::{
    InputType, Labels, LoadError, ModelFormat, Output, Predictor, Signature, Table, Target,
};
use thiserror::Error;

/// A learner's model file that can't be served, in one sentence.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ServedError {
    /// It does not load.
    #[error("the learner {learner} wrote a model file that can't be read back: {source}")]
    Load {
        /// The learner's name.
        learner: &'static str,
        /// The cause.
        source: LoadError,
    },
    /// It does not fit the training data.
    #[error(
        "the learner {learner} wrote a model of {found}, expected {expected} as in the training data"
    )]
    Signature {
        /// The learner's name.
        learner: &'static str,
        /// What the model has.
        found: String,
        /// What the table has.
        expected: String,
    },
}

/// Loads a model file of `learner` and checks that it fits `table`, which it was trained on.
///
/// # Errors
/// The file does not load, or takes or gives something else than the table has.
pub fn served(
    learner: &'static str,
    format: ModelFormat,
    file: &[u8],
    table: &Table,
) -> Result<Box<dyn Predictor>, ServedError> {
    let predictor = (format.load)(file).map_err(|source| ServedError::Load { learner, source })?;
    match difference(predictor.signature(), table) {
        None => Ok(predictor),
        Some((found, expected)) => Err(ServedError::Signature {
            learner,
            found,
            expected,
        }),
    }
}

/// What the signature has and what it should have, if they differ.
fn difference(signature: &Signature, table: &Table) -> Option<(String, String)> {
    let features = |count: usize| format!("{count} features");
    let (found, expected) = (signature.features.len(), table.features.len());
    if found != expected {
        return Some((features(found), features(expected)));
    }
    if signature.input_type == InputType::I64 {
        return Some(("int64 values".to_owned(), "float values".to_owned()));
    }
    let output = |output: &Output| match output {
        Output::Classes(labels) => format!("{} classes", labels.len()),
        Output::Targets(count) => format!("{count} targets"),
    };
    let found = &signature.output;
    match (found, &table.target) {
        (Output::Classes(found), Target::Classes { labels, .. }) if found == labels => None,
        (Output::Classes(found), Target::Classes { labels, .. }) if found.len() == labels.len() => {
            Some((
                "other labels".to_owned(),
                "the labels in their order".to_owned(),
            ))
        }
        (_, Target::Classes { labels, .. }) => {
            Some((output(found), format!("{} classes", labels.len())))
        }
        // Numbers may stand for classes.
        (Output::Classes(Labels::Integers(_)) | Output::Targets(1), Target::Numbers(_))
        | (_, Target::None) => None,
        (_, Target::Numbers(_)) => Some((output(found), "1 target".to_owned())),
    }
}
