//! Help for the decoders' tests.

use algorithm::{Absent, InputType};

use crate::{Payload, Schema};

/// All rows of a payload, for a model of float32 features with these names; absent values are 0.
pub(crate) fn decode(
    content_type: &str,
    body: impl AsRef<[u8]>,
    names: &[&str],
) -> Result<Vec<f32>, String> {
    let schema = Schema::of_names(names, InputType::F32, Absent::Zero);
    decode_for(content_type, body.as_ref(), &schema)
}

/// All rows of a payload, for a model of float32 features.
pub(crate) fn decode_for(
    content_type: &str,
    body: &[u8],
    schema: &Schema,
) -> Result<Vec<f32>, String> {
    let mut values = Vec::new();
    let payload = Payload::new(content_type, "", body).map_err(|error| error.to_string())?;
    let result = payload.decode(schema, &mut |rows| {
        let algorithm::Rows::F32(rows) = rows else {
            panic!("rows of another type")
        };
        values.extend_from_slice(rows);
    });
    result.map(|()| values).map_err(|error| error.to_string())
}
