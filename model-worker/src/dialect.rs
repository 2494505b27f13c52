//! Payloads and answers as those of AWS's XGBoost container, so that an endpoint's clients see no difference.
//!
//! What is different on purpose is in docs/xgboost.md. Direct gRPC calls know no dialects.

mod key;
mod keys;
mod objective;
mod payload;
mod recordio;
mod repr;
mod text;

use std::{path::PathBuf, sync::Once};

use algorithm::{Labels, Request, Signature, text::excerpt};
use records::{ContentType, Format, Leniency};
use runtime::settings;

use crate::answer::Writer;
use keys::Keys;
use objective::Objective;
use recordio::RecordWriter;
use text::TextWriter;

pub(crate) use payload::{content_type, text_of};

/// What AWS's training jobs call the model file; those of a job with `_kfold` add `-0`, `-1` and so on.
const MODEL_FILE: &str = "xgboost-model";

/// The formats of answers, the preferred one first.
pub(crate) const ENCODED: &[Format] = &[
    Format::Csv,
    Format::Json,
    Format::JsonLines,
    Format::RecordIo,
];

/// What payloads may leave out or add.
pub(crate) const LENIENCY: Leniency = Leniency {
    short_records: true,
    blank_lines: true,
    beyond: true,
    other_fields: true,
};

/// How a model's answers are written.
pub(crate) struct Dialect {
    objective: Objective,
    /// Number of labels of a classifier.
    n_labels: usize,
    /// What an answer holds; `None` stands for the prediction alone.
    keys: Option<Keys>,
    is_batch: bool,
    /// Whether the log has said that columns are missing.
    told_of_short: Once,
}

impl Dialect {
    /// Whether a model from these files is served in the dialect.
    pub(crate) fn is_meant(setting: Option<settings::Dialect>, files: &[PathBuf]) -> bool {
        match setting {
            Some(dialect) => dialect == settings::Dialect::SagemakerXgboost,
            None => files.iter().any(|file| {
                let name = file.file_name().and_then(|name| name.to_str());
                name.is_some_and(is_model_file)
            }),
        }
    }

    /// The dialect for a model; `None` if nothing says what a classifier's prediction is. `inference_output` are
    /// the keys of an answer, `is_batch` says that a batch transform job asks.
    pub(crate) fn new(
        signature: &Signature,
        inference_output: Option<&str>,
        is_batch: bool,
    ) -> Option<Self> {
        let objective = Objective::of(signature)?;
        let keys = inference_output.map(|text| Keys::parse(text, objective));
        if let Some(keys) = &keys
            && let Some(missing) = keys.missing()
        {
            tracing::warn!(
                "SAGEMAKER_INFERENCE_OUTPUT: the model does not give {missing}; answers hold nan for it"
            );
        }
        Some(Self {
            objective,
            n_labels: signature.labels().map_or(0, Labels::len),
            keys,
            is_batch,
            told_of_short: Once::new(),
        })
    }

    /// Says in the log, once, that the rows of a payload lack the model's last columns. They may be meant to, or
    /// have been cut off.
    pub(crate) fn warn_if_short(&self, content_type: ContentType, text: &[u8], n_features: usize) {
        if self.told_of_short.is_completed() || content_type.format() != Format::Csv {
            return;
        }
        let columns = payload::columns(text);
        if columns < n_features {
            self.told_of_short.call_once(|| {
                tracing::warn!(
                    columns,
                    features = n_features,
                    "CSV has fewer columns than the model has features; the last ones are taken for missing, and this \
                     is said once"
                );
            });
        }
    }

    /// The writer of an answer in one of the formats in [`ENCODED`].
    pub(crate) fn writer(&self, format: Format) -> Box<dyn Writer + '_> {
        // A batch transform job gets lines of text, whatever it accepts, unless it has selected keys.
        let is_text = format != Format::RecordIo || (self.is_batch && self.keys.is_none());
        match is_text {
            true => Box::new(TextWriter::new(self, format)),
            false => Box::new(RecordWriter::new(self)),
        }
    }
}

fn is_model_file(name: &str) -> bool {
    match name.strip_prefix(MODEL_FILE) {
        Some("") => true,
        Some(rest) => rest
            .strip_prefix('-')
            .is_some_and(|fold| !fold.is_empty() && fold.bytes().all(|byte| byte.is_ascii_digit())),
        None => false,
    }
}

/// The line about a payload that its format's decoder can't read; clients look for how it begins.
pub(crate) fn no_payload(request: Request<'_>, line: &str) -> String {
    let content_type = content_type(request).ok().flatten();
    let name = match content_type.map(ContentType::format) {
        Some(Format::Csv) => "csv",
        Some(Format::RecordIo) => "recordio-protobuf",
        _ => "libsvm",
    };
    format!("Loading {name} data failed: {line}")
}

/// The line about a payload of other columns than the model's.
pub(crate) fn misfit(line: &str) -> String {
    format!("Unable to evaluate payload provided: {line}")
}

/// The line about an Accept header that allows no format of the dialect.
pub(crate) fn not_acceptable(accept: &str) -> String {
    let accept = excerpt(accept.trim().as_bytes());
    format!(
        "Accept type {accept} is not supported. Please use supported accept types: ['application/json', \
         'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv']."
    )
}

#[cfg(test)]
mod tests;
