//! Lines of `label index:value index:value ...`, sparse rows.
//!
//! When serving, the label is ignored and may be left out; when training, it is `label` or `label:weight`.
//! `qid:N` is ignored. Indices are counted from 0, as XGBoost and AWS's container read them, or from 1 with
//! the parameter `indexing_mode=1`. `#` begins a comment. A value that a row leaves out is missing for a
//! model that tells missing values from others, else 0. A lenient schema ([`Leniency`](crate::Leniency)) lets
//! more pass.

use algorithm::text::excerpt;
use memchr::memchr;

use crate::{
    fault::Fault,
    number::{self, Number},
    rows::RowBuffer,
    sparse::Row,
    text::lines,
};

/// Reads the records of a text.
///
/// # Errors
/// The first record at fault.
pub(crate) fn decode<N: Number>(
    text: &[u8],
    first_index: usize,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let mut row = Row::counted_from(first_index);
    let leniency = rows.leniency();
    let mut has_value = false;
    for (number, line) in lines(text) {
        rows.line = Some(number);
        let line = &line[..memchr(b'#', line).unwrap_or(line.len())];
        if leniency.blank_lines || !line.trim_ascii().is_empty() {
            has_value |= record(line, &mut row, rows)?;
            rows.end_record()?;
        }
    }
    if leniency.other_fields && !has_value && rows.row_number() > 1 {
        return Err(Fault::whole(
            "no row has a value, expected fields index:value",
        ));
    }
    Ok(())
}

/// Returns whether there was a value, even if it was dropped.
fn record<N: Number>(
    line: &[u8],
    row: &mut Row<N>,
    rows: &mut RowBuffer<'_, N>,
) -> Result<bool, Fault> {
    let is_labelled = rows.targets().is_some_and(|targets| targets.is_labelled());
    let leniency = rows.leniency();
    let mut has_value = false;
    let mut tokens = line
        .split(u8::is_ascii_whitespace)
        .filter(|token| !token.is_empty())
        .enumerate()
        .peekable();
    while let Some((position, token)) = tokens.next() {
        if position == 0 && is_labelled {
            label(token, rows)?;
            continue;
        }
        let next = tokens.peek().map(|(_, token)| *token);
        if position == 0 && leniency.other_fields && is_weighted_label(token, next) {
            continue;
        }
        let Some(colon) = memchr(b':', token) else {
            if leniency.other_fields {
                continue;
            }
            if position == 0 && number::field::<f64>(token).is_some() {
                continue;
            }
            let place = format!("field {}", position + 1);
            return Err(rows.no_number(place, token, "index:value"));
        };
        let (index, value) = (&token[..colon], &token[colon + 1..]);
        if index == b"qid" {
            continue;
        }
        let place = index;
        let index = match leniency.beyond && row.is_beyond(index, rows) {
            true => None,
            false => Some(row.index(index, rows)?),
        };
        // An empty text after the colon is a mistake, not a missing value.
        let number = Some(value).filter(|value| !value.is_empty());
        let Some(number) = number.and_then(number::field::<N>) else {
            let expected = number::expected::<N>(" or nan");
            let place = format!("index {}", excerpt(place));
            return Err(rows.no_number(place, value, &expected));
        };
        has_value = true;
        if let Some(index) = index {
            row.set(index, number, rows)?;
        }
    }
    row.end(rows)?;
    Ok(has_value)
}

/// Whether the first field of a row is `label:weight` and not a value: the indices of values are whole numbers,
/// in ascending order.
fn is_weighted_label(token: &[u8], next: Option<&[u8]>) -> bool {
    fn before_colon(token: &[u8]) -> Option<&[u8]> {
        Some(&token[..memchr(b':', token)?])
    }
    let index = |text| std::str::from_utf8(text).ok()?.parse::<usize>().ok();
    let Some(first) = before_colon(token) else {
        return false;
    };
    match (index(first), next.and_then(before_colon)) {
        (Some(first), Some(next)) => index(next).is_some_and(|next| next <= first),
        (Some(_), None) => false,
        (None, _) => <f64 as Number>::parse(first).is_some(),
    }
}

/// The first field of a training record: `label` or `label:weight`, a number each.
fn label<N: Number>(token: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
    let colon = memchr(b':', token).unwrap_or(token.len());
    let Some(label) = <f64 as Number>::parse(&token[..colon]) else {
        return Err(rows.no_number("field 1", token, "label or label:weight"));
    };
    let Some(targets) = rows.targets() else {
        unreachable!("only training asks for labels")
    };
    let mut taken = targets.set_number(label);
    if let Some(weight) = token.get(colon + 1..)
        && taken.is_ok()
    {
        taken = targets.set_weight(weight);
    }
    taken.map_err(|what| rows.fault_at("field 1", what))
}

#[cfg(test)]
mod tests {
    use algorithm::{Absent, InputType};

    use crate::{Schema, testing};

    fn decode(body: &str) -> Result<Vec<f32>, String> {
        testing::decode("text/libsvm", body, &["a", "b", "c"])
    }

    #[test]
    fn absent_values_are_zero_or_missing() {
        let body = "1 0:1.5 2:-3\n0\n  \n-1 2:2 0:1 # a comment\r\n0:1 1:2 2:3\n1 qid:7 1:4";
        let expected = [
            1.5, 0.0, -3.0, 0.0, 0.0, 0.0, 1.0, 0.0, 2.0, 1.0, 2.0, 3.0, 0.0, 4.0, 0.0,
        ];
        assert_eq!(decode(body).unwrap(), expected);

        let schema = Schema::of_names(&["a", "b", "c"], InputType::F32, Absent::Missing);
        let row = testing::decode_for("text/x-libsvm", b"1 0:1 2:nan", &schema).unwrap();
        assert_eq!(row[0], 1.0);
        assert!(row[1].is_nan() && row[2].is_nan());
    }

    #[test]
    fn indices_may_be_counted_from_one() {
        let decode = |body| testing::decode("text/libsvm; indexing_mode=1", body, &["a", "b", "c"]);
        assert_eq!(decode("1 1:5 3:7").unwrap(), [5.0, 0.0, 7.0]);
        assert_eq!(
            decode("1 0:5").unwrap_err(),
            "row 1: found index 0, expected 1 to 3"
        );
    }

    #[test]
    fn a_fault_is_named() {
        for (body, line) in [
            ("1 0:1\n1 3:1", "row 2: found index 3, expected 0 to 2"),
            ("1 -1:1", "row 1: found index -1, expected 0 to 2"),
            ("1 x:1", "row 1: found index x, expected 0 to 2"),
            ("1 1:1 1:2", "row 1: found index 1 twice, expected it once"),
            (
                "1 1:x",
                "row 1, index 1: found \"x\", expected a finite decimal number or nan",
            ),
            (
                "1 1:",
                "row 1, index 1: found \"\", expected a finite decimal number or nan",
            ),
            (
                "1 1:inf",
                "row 1, index 1: found \"inf\", expected a finite decimal number or nan",
            ),
            ("1 2", "row 1, field 2: found \"2\", expected index:value"),
            (
                "1,2,3",
                "row 1, field 1: found \"1,2,3\", expected index:value",
            ),
            ("", "the payload is empty, expected at least one row"),
            (
                "1 18446744073709551616:1",
                "row 1: found index 18446744073709551616, expected 0 to 2",
            ),
        ] {
            assert_eq!(decode(body), Err(line.to_owned()), "{body}");
        }
    }
}
