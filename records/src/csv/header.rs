//! Whether the first record names the columns.

use std::str;

use crate::{number::is_missing, text::trimmed};

/// Whether a record with these fields, without label and weight, looks like a header: no field is a number or
/// missing, all are text without control characters, and at least one begins with a letter or `_`. So `0x10`
/// or `1e400` alone is a malformed number, not a header.
pub(crate) fn is_header<F: AsRef<[u8]>>(fields: impl IntoIterator<Item = F>) -> bool {
    let mut has_name = false;
    for field in fields {
        match text(field.as_ref()) {
            Some(text) => has_name |= begins_like_a_name(text),
            None => return false,
        }
    }
    has_name
}

/// The text of a field, if a header may hold it.
fn text(field: &[u8]) -> Option<&str> {
    let field = trimmed(field);
    // Infinities and overflows are numbers too, although they are not allowed.
    let is_number = fast_float2::parse::<f64, _>(field).is_ok();
    let text = str::from_utf8(field).ok()?;
    (!is_number && !is_missing(field) && !text.contains(char::is_control)).then_some(text)
}

fn begins_like_a_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csv::record;

    #[test]
    fn a_header_has_names_and_neither_numbers_nor_gaps() {
        for line in [
            "length,width",
            "\"length, cm\",\"width\"",
            "_,1st",
            "x,0x10",
            "länge",
            "a \"b\"",
        ] {
            assert!(
                is_header(&record(line.as_bytes()).unwrap().fields),
                "{line}"
            );
        }
        for line in [
            "1,2",
            "length,2",
            "length,",
            "length,nan",
            "length,-NaN",
            "length,na",
            "x,inf",
            "x,1e400",
            "0x10",
            "1_0,2_0",
            "?",
            "\"a\nb\"",
            "x,a\0",
        ] {
            assert!(
                !is_header(&record(line.as_bytes()).unwrap().fields),
                "{line}"
            );
        }
        assert!(!is_header(&record(b"a,\xff").unwrap().fields));
    }
}
