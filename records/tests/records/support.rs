//! Reading for training and for serving.

use algorithm::{Absent, Features, Signature};
use records::{
    ContentType, Payload, Schema,
    training::{self, Options, Records, Source, Target},
};

/// Reads files of one format.
pub(crate) fn train(
    content_type: &str,
    files: &[(&str, &[u8])],
    options: &Options,
) -> Result<Records, String> {
    let content_type = ContentType::parse(content_type)?;
    let sources = files.iter().map(|(name, bytes)| {
        let bytes: &[u8] = bytes;
        Source::new(*name, content_type, move || Ok(Box::new(bytes)))
    });
    training::read(sources.collect(), options).map_err(|error| error.to_string())
}

/// The bits of all values of a payload, for a model of these features.
pub(crate) fn serve(
    content_type: &str,
    body: &[u8],
    features: Features,
    absent: Absent,
) -> Result<Vec<u32>, String> {
    let schema = Schema::new(&Signature {
        absent,
        ..Signature::regressor(features, 1)
    });
    let mut values = Vec::new();
    let payload = Payload::new(content_type, "", body).map_err(|error| error.to_string())?;
    let decoded = payload.decode(&schema, &mut |rows| {
        let algorithm::Rows::F32(rows) = rows else {
            panic!("rows of another type")
        };
        values.extend(rows.iter().map(|value| value.to_bits()));
    });
    decoded.map(|()| values).map_err(|error| error.to_string())
}

/// The bits of the values, row by row.
pub(crate) fn rows(records: &Records) -> Vec<u32> {
    let n_features = records.columns.features.len();
    (0..records.n_rows)
        .flat_map(|row| (0..n_features).map(move |feature| feature * records.n_rows + row))
        .map(|at| records.values[at].to_bits())
        .collect()
}

/// The label of each row.
pub(crate) fn labels(records: &Records) -> Vec<String> {
    let Target::Classes { labels, of_row } = &records.target else {
        panic!("no classes")
    };
    let label = |code: &u32| labels[*code as usize].clone();
    of_row.iter().map(label).collect()
}
