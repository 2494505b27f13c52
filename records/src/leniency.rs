//! What a payload may leave out or add.

/// What decoders let pass in a payload. By default nothing: a record has exactly the model's columns.
///
/// A server that takes over another one's clients allows what that one allowed. Training never does.
///
/// ```
/// use algorithm::{Features, Signature};
/// use records::{Leniency, Payload, Schema};
///
/// let schema = Schema::new(&Signature::regressor(Features::unnamed(3), 1));
/// let payload = Payload::new("text/csv", "", b"1,2\n")?;
/// assert!(payload.decode(&schema, &mut |_| ()).is_err());
///
/// let leniency = Leniency { short_records: true, ..Leniency::default() };
/// let schema = schema.with_leniency(leniency);
/// assert!(payload.decode(&schema, &mut |_| ()).is_ok());
/// # Ok::<(), records::PayloadError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// All records of a payload may lack the same last columns, which are missing then.
    pub short_records: bool,
    /// A blank line, of CSV or libsvm, is a record: of one missing value in CSV, of none in libsvm.
    pub blank_lines: bool,
    /// A value of libsvm at an index beyond the model's features is dropped.
    pub beyond: bool,
    /// Fields of libsvm other than `index:value` are passed over, if any record has a value. The first field is
    /// `label:weight` if its index could not come before the next one.
    pub other_fields: bool,
}

#[cfg(test)]
mod tests {
    use algorithm::{Absent, Features, Signature};

    use super::*;
    use crate::{Payload, PayloadError, Schema};

    const ALL: Leniency = Leniency {
        short_records: true,
        blank_lines: true,
        beyond: true,
        other_fields: true,
    };

    fn schema(n_features: usize, leniency: Leniency) -> Schema {
        let signature = Signature {
            absent: Absent::Missing,
            ..Signature::regressor(Features::unnamed(n_features), 1)
        };
        Schema::new(&signature).with_leniency(leniency)
    }

    /// The rows of a payload for a model of three features; `_` is a missing value.
    fn rows(content_type: &str, body: &[u8], leniency: Leniency) -> Result<String, PayloadError> {
        let schema = schema(3, leniency);
        let mut text = Vec::new();
        let payload = Payload::new(content_type, "", body)?;
        payload.decode(&schema, &mut |rows| {
            let algorithm::Rows::F32(values) = rows else {
                panic!("rows of another type")
            };
            text.extend(values.chunks_exact(3).map(|row| {
                let values = row.iter().map(|value| match value.is_nan() {
                    true => "_".to_owned(),
                    false => value.to_string(),
                });
                values.collect::<Vec<_>>().join(" ")
            }));
        })?;
        let max_rows = payload.max_rows(&schema);
        assert!(text.len() <= max_rows, "{} > {max_rows}", text.len());
        Ok(text.join("|"))
    }

    fn lenient(content_type: &str, body: &str) -> Result<String, PayloadError> {
        rows(content_type, body.as_bytes(), ALL)
    }

    #[test]
    fn columns_that_all_records_lack_are_missing() {
        let csv = |body| lenient("text/csv", body);
        assert_eq!(csv("1,2\n3,4").as_deref(), Ok("1 2 _|3 4 _"));
        assert_eq!(csv("1\n\n2").as_deref(), Ok("1 _ _|_ _ _|2 _ _"));
        assert_eq!(csv("1,,3").as_deref(), Ok("1 _ 3"));
        assert_eq!(
            rows("text/csv", b"1,2", Leniency::default()),
            Err(PayloadError::Misfit(
                "row 1: 2 columns, the model takes 3".to_owned()
            ))
        );
    }

    #[test]
    fn records_of_different_lengths_are_refused() {
        for (body, line) in [
            ("1,2\n1", "row 2: 1 columns, expected 2 as in row 1"),
            ("1,2\n1,2,3", "row 2: 3 columns, expected 2 as in row 1"),
            ("1,2,3\n1,2", "row 2: 2 columns, the model takes 3"),
            ("1,2\n\n1,2", "row 2: 1 columns, expected 2 as in row 1"),
            (
                "1,x",
                "row 1, column 2: found \"x\", expected a finite decimal number or nothing",
            ),
        ] {
            let error = PayloadError::Bad(line.to_owned());
            assert_eq!(lenient("text/csv", body), Err(error), "{body}");
        }
        let line = "row 1: 4 columns, the model takes 3".to_owned();
        assert_eq!(
            lenient("text/csv", "1,2,3,4"),
            Err(PayloadError::Misfit(line))
        );
        // What can't be read is no row at all, however wide it is.
        let line = "row 1, column 5: found \"x\", expected a finite decimal number or nothing";
        let error = PayloadError::Bad(line.to_owned());
        assert_eq!(lenient("text/csv", "1,2,3,4,x"), Err(error));
    }

    /// Two parts may each look well while the whole does not.
    #[test]
    fn a_part_is_read_as_if_nothing_were_allowed_that_only_the_whole_shows() {
        let schema = schema(3, ALL);
        let payload = Payload::new("text/csv", "", b"1,2\n1,2\n1\n1\n").unwrap();
        let decode = |payload: Payload<'_>| payload.decode(&schema, &mut |_| ());
        assert!(
            payload
                .parts(8)
                .into_iter()
                .all(|part| decode(part).is_err())
        );
        assert_eq!(
            decode(payload),
            Err(PayloadError::Bad(
                "row 3: 1 columns, expected 2 as in row 1".to_owned()
            ))
        );
        assert_eq!(payload.parts(100).len(), 1);
        assert!(
            decode(
                Payload::new("text/csv", "", b"1,2\n1,2\n")
                    .unwrap()
                    .parts(100)[0]
            )
            .is_ok()
        );
    }

    #[test]
    fn libsvm_may_hold_fields_that_are_no_values_and_indices_that_the_model_lacks() {
        let libsvm = |body| lenient("text/libsvm", body);
        for (body, expected) in [
            ("0:1 2:3", "1 _ 3"),
            ("7 0:1 2:3", "1 _ 3"),
            ("7 x 0:1 y 2:3\n0\n\n1 1:2", "1 _ 3|_ _ _|_ _ _|_ 2 _"),
            ("0:1 3:9 785:1", "1 _ _"),
            ("1:0.5 0:3 2:4", "3 _ 4"),
            ("1:0.5 1:3 2:4", "_ 3 4"),
            ("0.5:2 1:3", "_ 3 _"),
            ("-1:2 0:3", "3 _ _"),
            ("1:1 2:3", "_ 1 3"),
            ("1 5:1", "_ _ _"),
        ] {
            assert_eq!(libsvm(body).as_deref(), Ok(expected), "{body}");
        }
        for (body, line) in [
            ("1,2,3", "no row has a value, expected fields index:value"),
            ("1\n2", "no row has a value, expected fields index:value"),
            ("0 x:1", "row 1: found index x, expected 0 to 2"),
            (
                "0 785:x",
                "row 1, index 785: found \"x\", expected a finite decimal number or nan",
            ),
            ("", "the payload is empty, expected at least one row"),
        ] {
            let error = PayloadError::Bad(line.to_owned());
            assert_eq!(libsvm(body), Err(error), "{body}");
        }
    }

    #[test]
    fn a_dense_or_sparse_record_may_be_short() {
        // 42, 6; and 0:1 of two columns
        let dense =
            b"\x0a\x23\xd7\xce\x12\0\0\0\x0a\x10\x0a\x06values\x12\x06:\x04\x0a\x02*\x06\0\0";
        let sparse =
            b"\x0a\x23\xd7\xce\x17\0\0\0\x0a\x15\x0a\x06values\x12\x0b:\x09\x0a\x01\x01\x12\x01\0\x1a\x01\x02\0";
        let record = |body: &[u8]| rows("application/x-recordio-protobuf", body, ALL);
        assert_eq!(record(dense).as_deref(), Ok("42 6 _"));
        assert_eq!(record(sparse).as_deref(), Ok("1 _ _"));
        let both = [&dense[..], &sparse[..]].concat();
        assert_eq!(record(&both).as_deref(), Ok("42 6 _|1 _ _"));
    }
}
