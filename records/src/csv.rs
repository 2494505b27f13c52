//! CSV as clients send it.
//!
//! A record is a line; LF, CRLF and a lone CR end one. Blank lines do not count. A field is a decimal number with spaces around it or not, in quotes or not; empty, `NaN`,
//! `NA` and `null` mean missing. Where the content type does not tell, the first line is a header if no
//! field of it is a number or missing. A number is rounded once, from its text to the nearest value of
//! the model's type.
//!
//! A line of nothing but numbers and commas, as most are, is read in one pass ([`plain_line`]); every
//! other one, and a faulty one, field by field ([`record`]).

use memchr::{memchr2, memchr3};

use super::{
    content_type::{ContentType, Header},
    excerpt,
    number::{self, Number, is_missing},
    rows::RowBuffer,
};

/// # Errors
/// One line about the first record at fault.
pub(super) fn decode<N: Number>(
    body: &[u8],
    content_type: ContentType,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), String> {
    let n_features = rows.schema().n_features();
    let has_label = content_type.has_label;
    let mut rest = body;
    let mut header = content_type.header;
    let mut skipped = None;
    while !rest.is_empty() {
        if header != Header::Present
            && let Some(length) = rows.row(|values| plain_line(rest, has_label, n_features, values))
        {
            header = Header::Absent;
            rest = rest.get(length..).unwrap_or_default();
            continue;
        }
        let (line, after) = split_line(rest);
        rest = after;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match std::mem::replace(&mut header, Header::Absent) {
            Header::Present => skipped = Some(line),
            Header::Unknown if is_header(line) => skipped = Some(line),
            _ => {
                let read = rows.row(|values| record(line, has_label, n_features, values));
                read.ok_or_else(|| describe(line, has_label, rows))?;
            }
        }
    }
    match skipped {
        Some(header) if rows.row_number() == 1 => Err(format!(
            "the payload is a header line only (\"{}\"), expected rows of numbers after it",
            excerpt(header)
        )),
        _ => Ok(()),
    }
}

/// Reads the line that `text` begins with where it is nothing but numbers and commas. Returns its length
/// with its end.
fn plain_line<N: Number>(
    text: &[u8],
    has_label: bool,
    n_features: usize,
    values: &mut Vec<N>,
) -> Option<usize> {
    let mut at = 0;
    if has_label {
        at = text
            .iter()
            .position(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))?;
        if text.get(at) != Some(&b',') {
            return None;
        }
        at += 1;
    }
    for _ in 1..n_features {
        let (value, length) = N::parse_prefix(text.get(at..)?)?;
        values.push(value);
        at += length;
        if text.get(at) != Some(&b',') {
            return None;
        }
        at += 1;
    }
    let (value, length) = N::parse_prefix(text.get(at..)?)?;
    values.push(value);
    at += length;
    match (text.get(at), text.get(at + 1)) {
        (None, _) => Some(at),
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r' | b'\n'), _) => Some(at + 1),
        _ => None,
    }
}

/// Reads a line field by field; `None` where a field is no number, or there are more or fewer of them.
fn record<N: Number>(
    line: &[u8],
    has_label: bool,
    n_features: usize,
    values: &mut Vec<N>,
) -> Option<()> {
    let mut fields = Fields(Some(line)).skip(usize::from(has_label));
    for field in fields.by_ref().take(n_features) {
        values.push(value(field)?);
    }
    fields.next().is_none().then_some(())
}

/// What is wrong with a line that [`record`] has refused.
fn describe<N: Number>(line: &[u8], has_label: bool, rows: &RowBuffer<'_, N>) -> String {
    let n_features = rows.schema().n_features();
    let columns = Fields(Some(line)).count();
    // A wrong number of columns explains most odd fields (another delimiter, say).
    if columns != n_features + usize::from(has_label) {
        let mut fault = rows.wrong_columns(columns);
        if has_label {
            fault.push_str(" and a label before them (label_size=1)");
        }
        return fault;
    }
    let mut fields = Fields(Some(line)).zip(1..).skip(usize::from(has_label));
    let odd = fields.find(|(field, _)| value::<N>(field).is_none());
    let (field, column) = odd.unwrap_or_default();
    let expected = number::expected::<N>(" or nothing");
    number::fault(
        rows.row_number(),
        &format!("column {column}"),
        field,
        &expected,
    )
}

/// A field's value, if it has one.
fn value<N: Number>(field: &[u8]) -> Option<N> {
    number::field(unquote(field.trim_ascii())?)
}

/// The inside of a quoted field; the field itself where it is not quoted. A number needs no escaped
/// quotes, so what holds one is none.
fn unquote(field: &[u8]) -> Option<&[u8]> {
    match field.strip_prefix(b"\"") {
        Some(rest) => Some(rest.strip_suffix(b"\"")?.trim_ascii()),
        None => Some(field),
    }
}

fn is_header(line: &[u8]) -> bool {
    Fields(Some(line)).all(is_text)
}

/// Words, as opposed to a missing value or a number gone wrong: `NaN`, `inf`, `1e400`, `0x10` and binary
/// data are no names.
fn is_text(field: &[u8]) -> bool {
    let field = unquote(field.trim_ascii()).unwrap_or(field);
    let Ok(text) = std::str::from_utf8(field) else {
        return false;
    };
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && !text.contains(char::is_control)
        && !is_missing(field)
        && fast_float2::parse::<f64, _>(field).is_err()
}

/// The first line, without its end, and what comes after it.
pub(super) fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    let rest = rest
        .strip_prefix(b"\r\n")
        .or_else(|| rest.get(1..))
        .unwrap_or_default();
    (line, rest)
}

/// The fields of a line. A comma inside quotes does not end one.
struct Fields<'a>(Option<&'a [u8]>);

impl<'a> Iterator for Fields<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = self.0?;
        let end = field_end(line);
        let (field, rest) = line.split_at_checked(end)?;
        self.0 = rest.strip_prefix(b",");
        Some(field)
    }
}

fn field_end(line: &[u8]) -> usize {
    let mut quoted = false;
    let mut from = 0;
    while let Some(found) = line
        .get(from..)
        .and_then(|rest| memchr3(b',', b'"', b'"', rest))
    {
        let at = from + found;
        if line.get(at) == Some(&b'"') {
            quoted = !quoted;
        } else if !quoted {
            return at;
        }
        from = at + 1;
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testing;

    const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn decode(content_type: &str, body: &[u8], n_features: usize) -> Result<Vec<f32>, String> {
        testing::decode(content_type, body, &NAMES[..n_features])
    }

    fn values(body: &str, n_features: usize) -> Vec<f32> {
        decode("text/csv", body.as_bytes(), n_features).unwrap()
    }

    fn fault(body: &[u8], n_features: usize) -> String {
        decode("text/csv", body, n_features).unwrap_err()
    }

    #[test]
    fn takes_csv_as_it_comes() {
        for body in [
            "5.1,3.5\n4.9,3.0\n",
            "5.1,3.5\n4.9,3.0",
            "5.1,3.5\r\n4.9,3.0\r\n",
            "5.1,3.5\r4.9,3.0\r",
            "\u{feff}5.1,3.5\n4.9,3.0",
            " 5.1 ,\t3.5\n\n  \n4.9,3.0\n\n",
            "\"5.1\",\" 3.5 \"\n4.9,\"3.0\"",
            "51e-1,+3.5E0\n4.9,3",
            "sepal,petal\n5.1,3.5\n4.9,3.0",
            "\"sepal, cm\",petal\n5.1,3.5\n4.9,3.0",
        ] {
            assert_eq!(values(body, 2), [5.1, 3.5, 4.9, 3.0], "{body:?}");
        }
    }

    #[test]
    fn missing_values_are_nan() {
        for body in ["1,", "1,NaN", "1,nan", "1,NA", "1,null", "1,\"\"", "1, "] {
            let row = values(body, 2);
            assert_eq!(row[0], 1.0);
            assert!(row[1].is_nan(), "{body:?}");
        }
    }

    #[test]
    fn a_fault_names_row_column_and_what_was_found() {
        let expected = "expected a finite decimal number or nothing";
        for (body, line) in [
            (
                "1,2\n3,abc",
                format!("row 2, column 2: found \"abc\", {expected}"),
            ),
            (
                "inf,2",
                format!("row 1, column 1: found \"inf\", {expected}"),
            ),
            (
                "1,1e400",
                format!("row 1, column 2: found \"1e400\", {expected}"),
            ),
            (
                "1,0x10",
                format!("row 1, column 2: found \"0x10\", {expected}"),
            ),
            (
                "1,1_0",
                format!("row 1, column 2: found \"1_0\", {expected}"),
            ),
            (
                "1,1\0",
                format!("row 1, column 2: found \"1\u{fffd}\", {expected}"),
            ),
            (
                "1,2\n\n1,2,3",
                "row 2: 3 columns, the model takes 2".to_owned(),
            ),
            ("1,2,", "row 1: 3 columns, the model takes 2".to_owned()),
            ("1;2", "row 1: 1 column, the model takes 2".to_owned()),
            (
                "a;b",
                "the payload is a header line only (\"a;b\"), expected rows of numbers after it"
                    .to_owned(),
            ),
            (
                "",
                "the payload is empty, expected at least one row".to_owned(),
            ),
            (
                " \n\r\n",
                "the payload is empty, expected at least one row".to_owned(),
            ),
        ] {
            assert_eq!(fault(body.as_bytes(), 2), line, "{body:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        for body in [&b"\xff\xfe1\0,\x002\0"[..], b"\x80\x81,\xff"] {
            fault(body, 2);
        }
    }

    #[test]
    fn a_parameter_decides_about_the_header() {
        let rows = b"1,2\n3,4\n";
        let decode = |parameter: &str, body| decode(&format!("text/csv; {parameter}"), body, 2);
        assert_eq!(decode("header=present", rows), Ok(vec![3.0, 4.0]));
        assert_eq!(decode("header=absent", rows), Ok(vec![1.0, 2.0, 3.0, 4.0]));
        assert_eq!(
            decode("header=absent", b"a,b\n1,2"),
            Err(
                "row 1, column 1: found \"a\", expected a finite decimal number or nothing"
                    .to_owned()
            )
        );
        assert_eq!(
            decode("header=present", b"1,2\n"),
            Err(
                "the payload is a header line only (\"1,2\"), expected rows of numbers after it"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_label_column_does_not_count() {
        let decode = |body: &str| decode("text/csv; label_size=1", body.as_bytes(), 2);
        for body in [
            "oak,1,2\n3,3,4",
            "\"oak, white\",1,2\n,3, 4",
            "species,a,b\n7,1,2\n7,3,4",
        ] {
            assert_eq!(decode(body), Ok(vec![1.0, 2.0, 3.0, 4.0]), "{body:?}");
        }
        assert_eq!(
            decode("1,2"),
            Err(
                "row 1: 2 columns, the model takes 2 and a label before them (label_size=1)"
                    .to_owned()
            )
        );
        assert_eq!(
            decode("oak,1,x"),
            Err(
                "row 1, column 3: found \"x\", expected a finite decimal number or nothing"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_payload_of_many_blocks_stays_in_order() {
        let expected: Vec<f32> = (0..200_000_u32).map(|value| value as f32).collect();
        let rows = expected.chunks(5);
        let body: String = rows
            .map(|row| format!("{},{},{},{},{}\n", row[0], row[1], row[2], row[3], row[4]))
            .collect();
        assert!(values(&body, 5) == expected);
    }

    #[test]
    fn text_is_rounded_once_to_the_nearest_float32() {
        // Just above the middle of two floats; by way of float64 it would round down to 1.
        let text = "1.00000005960464477539062500000000000000000000001";
        assert_eq!(values(text, 1), [f32::from_bits(0x3f80_0001)]);
    }

    proptest! {
        #[test]
        fn finite_floats_survive(rows in prop::collection::vec(prop::array::uniform3(prop::num::f32::NORMAL | prop::num::f32::ZERO | prop::num::f32::SUBNORMAL), 1..20)) {
            let body: String = rows.iter().map(|[a, b, c]| format!("{a},{b:e},{c}\n")).collect();
            let flat: Vec<f32> = rows.iter().flatten().copied().collect();
            prop_assert_eq!(values(&body, 3), flat);
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(body in prop::collection::vec(any::<u8>(), 0..200), n in 1_usize..5) {
            if let Ok(values) = decode("text/csv", &body, n) {
                prop_assert!(!values.is_empty() && values.len().is_multiple_of(n));
            }
        }
    }
}
