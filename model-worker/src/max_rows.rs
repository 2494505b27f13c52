//! How many rows a payload may stand for.

use records::{Format, Schema};

/// An upper bound on the rows of a payload, from a look at its bytes: cheap, and never too low for a payload
/// that can be decoded. A payload in a format that can't be decoded has no rows.
pub(crate) fn max_rows(content_type: &str, body: &[u8], schema: &Schema) -> usize {
    let (name, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    let format = Format::named(name.trim(), Format::DECODED);
    let n_features = schema.n_features();
    let count = |bytes: &[u8]| body.iter().filter(|byte| bytes.contains(byte)).count();
    match format {
        Some(Format::Csv | Format::JsonLines | Format::Libsvm) => {
            let pairs = body.windows(2).filter(|pair| pair == b"\r\n").count();
            let is_open = !body.ends_with(b"\n") && !body.ends_with(b"\r");
            count(b"\n\r") - pairs + usize::from(is_open)
        }
        // A row has brackets of its own, or it is a stretch of values between commas.
        Some(Format::Json) => count(b"[{") + count(b",") / n_features + 1,
        // A value takes at least one byte.
        Some(Format::Npy) => body.len() / n_features,
        // A record has a header of eight bytes.
        Some(Format::RecordIo) => body.len() / 8,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use algorithm::{Features, Signature};
    use records::Payload;

    use super::*;

    #[test]
    fn no_payload_has_more_rows_than_its_bound() {
        let npy = |shape: &str, values: usize| {
            let header = format!("{{'descr':'|u1','fortran_order':False,'shape':{shape}}}\n");
            let length = u16::try_from(header.len()).unwrap().to_le_bytes();
            [
                b"\x93NUMPY\x01\0",
                &length[..],
                header.as_bytes(),
                &vec![0; values],
            ]
            .concat()
        };
        for (n_features, content_type, body, rows) in [
            (1, "text/csv", b"1".to_vec(), 1),
            (1, "csv", b"1\r2\n3\r\n4".to_vec(), 4),
            (2, "text/csv; charset=utf-8", b"1,2\n3,4\n".to_vec(), 2),
            (20_000, "text/libsvm", b"0\n".repeat(1000), 1000),
            (1, "application/jsonlines", b"[1]\n[2]".to_vec(), 2),
            (1, "application/json", b"[1,2,3]".to_vec(), 3),
            (3, "application/json", b"[1,2,3]".to_vec(), 1),
            (2, "application/json", b"[[1,2],[3,4]]".to_vec(), 2),
            (
                2,
                "application/json",
                br#"{"inputs":[{"name":"X","shape":[4,2],"datatype":"FP32","data":[1,2,3,4,5,6,7,8]}]}"#.to_vec(),
                4,
            ),
            (
                2000,
                "application/json",
                br#"{"instances":[{"data":{"features":{"keys":[],"values":[]}}}]}"#.to_vec(),
                1,
            ),
            (1, "application/x-npy", npy("(100,)", 100), 100),
            (3, "application/x-npy", npy("(100, 3)", 300), 100),
        ] {
            let schema = Schema::new(&Signature::regressor(Features::unnamed(n_features), 1));
            let mut found = 0;
            let payload = Payload::new(content_type, "", &body).unwrap();
            let decoded = payload.decode(&schema, &mut |block| found += block.len() / n_features);
            let shown = String::from_utf8_lossy(&body);
            assert_eq!((decoded, found), (Ok(()), rows), "{content_type}: {shown}");
            let most = max_rows(content_type, &body, &schema);
            assert!(!content_type.starts_with("text") || most == rows, "{content_type}: {most}");
            assert!(most >= rows, "{content_type}: {shown}: {most}");
        }
        let schema = Schema::new(&Signature::regressor(Features::unnamed(1), 1));
        assert_eq!(max_rows("image/png", b"\n\n", &schema), 0);
    }
}
