//! Any bytes as a payload: decoded or refused in one line, and the same in parts.

use algorithm::{Absent, Features, Rows, Signature};
use records::{Leniency, Payload, PayloadError, Schema};

/// Longest line that a client gets, in bytes.
const LONGEST_LINE: usize = 1000;

/// Bytes of a part: few, so that small inputs have parts.
const PART_BYTES: usize = 8;

/// The bits of all values, and the number of rows, those before a fault included.
fn decode(payload: Payload<'_>, schema: &Schema) -> (Result<Vec<u32>, PayloadError>, usize) {
    let mut values = Vec::new();
    let decoded = payload.decode(schema, &mut |rows| {
        let Rows::F32(rows) = rows else {
            panic!("the model takes float32")
        };
        values.extend(rows.iter().map(|value| value.to_bits()));
    });
    let n_rows = values.len() / schema.n_features();
    assert_eq!(values.len(), n_rows * schema.n_features());
    (decoded.map(|()| values), n_rows)
}

/// Decodes a payload for models of three features `a`, `b` and `features`, of the first two, and of the
/// first one, strictly and leniently.
///
/// # Panics
/// The property does not hold.
pub(crate) fn check(content_type: &str, body: &[u8]) {
    for n_features in [3, 2, 1] {
        let names = ["a", "b", "features"].iter().take(n_features);
        let names = names.map(|&name| name.to_owned()).collect();
        let absent = if n_features == 2 {
            Absent::Missing
        } else {
            Absent::Zero
        };
        let signature = Signature {
            absent,
            ..Signature::regressor(Features::named(names), 1)
        };
        let payload = match Payload::new(content_type, "", body) {
            Ok(payload) => payload,
            Err(error) => return check_line(&error),
        };
        for leniency in [Leniency::default(), ALL] {
            check_for(payload, &Schema::new(&signature).with_leniency(leniency));
        }
    }
}

const ALL: Leniency = Leniency {
    short_records: true,
    blank_lines: true,
    beyond: true,
    other_fields: true,
};

fn check_for(payload: Payload<'_>, schema: &Schema) {
    let (whole, n_rows) = decode(payload, schema);
    assert!(n_rows <= payload.max_rows(schema), "{n_rows} rows");
    match &whole {
        Ok(_) => assert!(n_rows > 0),
        Err(error) => check_line(error),
    }
    let parts = payload.parts(PART_BYTES).into_iter();
    let parts: Result<Vec<_>, _> = parts.map(|part| decode(part, schema).0).collect();
    if let Ok(parts) = parts {
        assert_eq!(whole, Ok(parts.concat()));
    }
}

fn check_line(error: &PayloadError) {
    let line = error.to_string();
    assert!(!line.contains(['\n', '\r']), "{line:?}");
    assert!(!line.is_empty() && line.len() <= LONGEST_LINE, "{line:?}");
}
