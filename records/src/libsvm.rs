//! Lines of `label index:value index:value ...`, sparse rows.
//!
//! The label may be left out; it does not matter, nor does `qid:N`. Indices are counted from 0, as XGBoost
//! and AWS's container read them, or from 1 with the parameter `indexing_mode=1`. `#` begins a comment.
//! What a row leaves out is missing for a model that tells missing values from others, else 0.

use super::{
    csv::split_line,
    number::{self, Number, fault},
    rows::RowBuffer,
    sparse::Row,
};

/// # Errors
/// One line about the first record at fault.
pub(super) fn decode<N: Number>(
    body: &[u8],
    first_index: usize,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), String> {
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        if !line.trim_ascii().is_empty() {
            record(line, first_index, rows)?;
        }
    }
    Ok(())
}

fn record<N: Number>(
    line: &[u8],
    first_index: usize,
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), String> {
    let number = rows.row_number();
    let mut row = Row::new(number, rows.schema()).counted_from(first_index);
    let tokens = line
        .split(u8::is_ascii_whitespace)
        .filter(|token| !token.is_empty());
    for (position, token) in tokens.enumerate() {
        let Some(colon) = token.iter().position(|byte| *byte == b':') else {
            if position == 0 && number::field::<f64>(token).is_some() {
                continue;
            }
            let expected = "index:value";
            return Err(fault(
                number,
                &format!("field {}", position + 1),
                token,
                expected,
            ));
        };
        let (index, value) = token.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        if index == b"qid" {
            continue;
        }
        let index = row.column(index)?;
        // Nothing after the colon is a slip, not a missing value.
        let value = Some(value).filter(|value| !value.is_empty());
        let value = value.and_then(number::field::<N>).ok_or_else(|| {
            let expected = number::expected::<N>(" or nan");
            fault(
                number,
                &format!("index {index}"),
                value.unwrap_or_default(),
                &expected,
            )
        })?;
        row.set(index, value)?;
    }
    row.end(rows);
    Ok(())
}

#[cfg(test)]
mod tests {
    use algorithm::InputType;

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

        let schema = Schema::of(&["a", "b", "c"], InputType::F32, true);
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
