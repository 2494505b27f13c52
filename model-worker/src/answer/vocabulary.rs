//! A model's labels as text.

use algorithm::{Labels, Signature};

use super::text::csv_field;

/// A model's labels as answers show them, made once; empty for a regressor.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// Each label as a field of CSV.
    pub(super) csv: Vec<Vec<u8>>,
    /// Each label as a JSON value.
    pub(super) json: Vec<Vec<u8>>,
    /// All labels as a field of CSV, which holds a JSON array.
    pub(super) csv_list: Vec<u8>,
    /// All labels as a JSON array.
    pub(super) json_list: Vec<u8>,
}

impl Vocabulary {
    pub(crate) fn new(signature: &Signature) -> Self {
        let Some(labels) = signature.labels() else {
            return Self::default();
        };
        let csv = labels.texts().map(|label| {
            let mut field = Vec::new();
            csv_field(label.as_bytes(), &mut field);
            field
        });
        let json: Vec<Vec<u8>> = match labels {
            Labels::Text(labels) => labels
                .iter()
                .map(|label| serde_json::Value::from(&**label).to_string().into())
                .collect(),
            Labels::Integers(labels) => labels
                .iter()
                .map(|label| label.to_string().into())
                .collect(),
        };
        let mut csv_list = Vec::new();
        csv_field(&bracketed(&json, b", "), &mut csv_list);
        Self {
            csv: csv.collect(),
            csv_list,
            json_list: bracketed(&json, b","),
            json,
        }
    }
}

fn bracketed(items: &[Vec<u8>], separator: &[u8]) -> Vec<u8> {
    [b"[", &*items.join(separator), b"]"].concat()
}
