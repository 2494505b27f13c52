//! XGBoost's own model files: reading, which trusts no byte, with the library's own answers, and writing.
//!
//! A file without an extension is one of four formats, told apart by its first bytes. Each is read into the
//! same [`file::File`]: JSON and UBJSON hold the same document, the old binary form its fields one after the
//! other, and a pickle holds the bytes of one of these.
//!
//! | module | holds |
//! | --- | --- |
//! | `error` | why a file is refused |
//! | `document` | a document as it is read, whatever its format |
//! | `json`, `ubjson` | the two formats of a document |
//! | `schema` | what is where in the document |
//! | `binary` | the old binary form |
//! | `pickle` | the bytes inside a pickle |
//! | `tree`, `categories` | a tree's arrays, checked, as nodes |
//! | `forest` | the trees of a file |
//! | `version` | which XGBoost wrote a file |
//! | `file` | what a file says, as a model |
//! | `base_score` | what the trees are added to |
//! | `objective` | from margins to answers |
//! | `resume` | boosted trees from a file, to go on with |
//! | `write` | boosted trees as a file |

mod base_score;
mod binary;
mod categories;
mod document;
mod error;
mod file;
mod forest;
mod json;
mod objective;
mod pickle;
mod resume;
mod schema;
mod tree;
mod ubjson;
mod version;
mod write;

pub use error::XGBoostError;

use algorithm::{LoadError, ModelFormat};

use crate::model::Model;
use error::Fault;
use file::File;

/// The file formats in which XGBoost 0.90 and later write models, told apart by their first bytes.
///
/// XGBoost up to 1.0 wrote the binary form without magic, which only reading tells from other files: it is
/// taken under the name that SageMaker's training jobs give it.
pub const XGBOOST: ModelFormat =
    ModelFormat::new("XGBoost", "ubj", |file| match Model::load_xgboost(file) {
        Ok(model) => Ok(Box::new(model)),
        Err(error) => Err(LoadError::new(error)),
    })
    .recognized_by(looks_like_xgboost)
    .refusing(foreign_pickle)
    .named(&["xgboost-model"]);

/// A file's format, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Binary,
    Json,
    Ubjson,
    Pickle,
}

/// Whether the first bytes of a file look like those of an XGBoost model: the old binary form's magic, the class
/// of a pickle, or a document whose first key is a model's. `version` stands in many a JSON file that is none.
fn looks_like_xgboost(head: &[u8]) -> bool {
    match sniff(head) {
        Some(Format::Binary) => true,
        Some(Format::Pickle) => pickle::check(head).is_ok(),
        Some(Format::Json) => {
            let begins = |key: &[u8], value: &[u8]| {
                let rest = head[1..].trim_ascii_start().strip_prefix(key);
                let rest = rest.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
                rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(value))
            };
            let names_learner = || memchr::memmem::find(head, b"\"learner\"").is_some();
            begins(b"\"learner\"", b"{") || (begins(b"\"version\"", b"[") && names_learner())
        }
        Some(Format::Ubjson) => {
            // A length of 8 bytes, then the key.
            let key = head.get(10..).unwrap_or_default();
            key.starts_with(b"learner") || key.starts_with(b"version")
        }
        None => false,
    }
}

/// What a file holds that is a pickle, but not of a `Booster`.
fn foreign_pickle(head: &[u8]) -> Option<LoadError> {
    let fault = pickle::check(head)
        .err()
        .filter(|_| pickle::is_pickle(head))?;
    match XGBoostError::from(fault) {
        error @ XGBoostError::Unsupported(_) => Some(LoadError::new(error)),
        _ => None,
    }
}

impl Model {
    /// Reads an XGBoost model file of any of its formats and checks all of it.
    ///
    /// # Errors
    /// A file that is no XGBoost model, breaks its rules, or is of a kind that is not supported (`gblinear`), in
    /// one line that names the place, what was found and what is allowed.
    pub fn load_xgboost(file: &[u8]) -> Result<Model, XGBoostError> {
        Ok(read(file).and_then(File::load)?)
    }
}

fn sniff(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [b'b', b'i', b'n', b'f', ..] => Some(Format::Binary),
        [b'{', rest @ ..] => match rest.trim_ascii_start() {
            [b'"', ..] => Some(Format::Json),
            // A whole UBJSON length; a document starts with a key.
            [b'L' | b'l' | b'I' | b'i' | b'U', ..] => Some(Format::Ubjson),
            _ => None,
        },
        _ if pickle::is_pickle(bytes) => Some(Format::Pickle),
        _ => None,
    }
}

/// Reads a file. Without magic, a binary file may begin with any byte, one of another format too.
fn read(bytes: &[u8]) -> Result<File, Fault> {
    let format = sniff(bytes);
    let fault = match format {
        Some(Format::Binary) => return binary::read(bytes),
        Some(Format::Pickle) => read_pickle(bytes),
        Some(Format::Json | Format::Ubjson) => inner(bytes),
        None if bytes.is_empty() => return Err(Fault::malformed("the file is empty")),
        None => Err(Fault::malformed(
            "found neither UBJSON, JSON, the old binary form nor a pickle",
        )),
    };
    fault.or_else(|fault| {
        if binary::has_header(bytes) {
            binary::read(bytes)
        } else {
            Err(fault)
        }
    })
}

fn read_pickle(bytes: &[u8]) -> Result<File, Fault> {
    let pickled = pickle::read(bytes)?;
    let mut file = inner(&pickled.model)?;
    if file.feature_names.is_empty() {
        file.feature_names = pickled.feature_names(file.n_features);
    }
    Ok(file)
}

/// Reads a file that is no pickle, or what is in one.
fn inner(bytes: &[u8]) -> Result<File, Fault> {
    match sniff(bytes) {
        Some(Format::Json) => schema::read(json::Json::new(bytes)),
        Some(Format::Ubjson) => schema::read(ubjson::Ubjson::new(bytes)),
        _ => binary::read(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_recognised_by_its_first_key() {
        for head in [
            r#"{"learner":{"attributes":{"#,
            "{ \"learner\" : {",
            r#"{"version":[1,7,6],"learner":{"#,
            "{L\0\0\0\0\0\0\0\x07learner{",
            "binf",
        ] {
            assert!(looks_like_xgboost(head.as_bytes()), "{head}");
        }
        for head in [
            r#"{"version": "1.0.3", "author": "x"}"#,
            r#"{"version": [1,2,3]}"#,
            r#"{"learner":"xgboost"}"#,
            r#"{"Model": "xgb"}"#,
            r#"{"learners":{}}"#,
            "{",
            "",
        ] {
            assert!(!looks_like_xgboost(head.as_bytes()), "{head}");
        }
    }
}
