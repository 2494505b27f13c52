//! One field of a record: where it ends, what is in it, and the number that it holds.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

use super::blocks::is_blank;

/// What follows a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A comma: another field of the same record.
    Comma,
    /// The end of the record, or of the block.
    Record,
}

/// A field without the blanks and quotes around it.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) end: End,
    /// Where the next field begins.
    pub(crate) next: usize,
    /// Line ends within its quotes.
    pub(crate) line_ends: u64,
}

/// Why a field can't be told from what surrounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The quote that opens the field is not closed.
    Unclosed,
    /// Something stands between the closing quote and the comma.
    AfterQuote,
}

/// The field that begins at `start`.
pub(crate) fn field(block: &[u8], start: usize) -> Result<Field<'_>, Malformed> {
    let rest = block.get(start..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    if rest.get(blanks) == Some(&b'"') {
        return quoted_field(block, start + blanks + 1);
    }
    let length = memchr2(b',', b'\n', rest).unwrap_or(rest.len());
    let text = rest.get(..length).unwrap_or_default();
    let (end, text) = match rest.get(length) {
        Some(b',') => (End::Comma, text),
        _ => (End::Record, text.strip_suffix(b"\r").unwrap_or(text)),
    };
    Ok(Field {
        text: Cow::Borrowed(trimmed(text)),
        end,
        next: start + length + 1,
        line_ends: 0,
    })
}

/// The field whose text begins at `start`, after the opening quote.
fn quoted_field(block: &[u8], start: usize) -> Result<Field<'_>, Malformed> {
    let mut text = Cow::Borrowed(&[][..]);
    let mut position = start;
    loop {
        let rest = block.get(position..).unwrap_or_default();
        let close = memchr(b'"', rest).ok_or(Malformed::Unclosed)?;
        let part = rest.get(..close).unwrap_or_default();
        if text.is_empty() {
            text = Cow::Borrowed(part);
        } else {
            text.to_mut().extend_from_slice(part);
        }
        position += close + 1;
        if block.get(position) != Some(&b'"') {
            break;
        }
        text.to_mut().push(b'"');
        position += 1;
    }
    let line_ends = memchr_iter(b'\n', block.get(start..position).unwrap_or_default()).count();
    let after = block.get(position..).unwrap_or_default();
    let blanks = after.iter().take_while(|byte| is_blank(**byte)).count();
    let (end, width) = match after.get(blanks..) {
        None | Some([] | [b'\r']) => (End::Record, blanks + 1),
        Some([b',', ..]) => (End::Comma, blanks + 1),
        Some([b'\n', ..]) => (End::Record, blanks + 1),
        Some([b'\r', b'\n', ..]) => (End::Record, blanks + 2),
        Some(_) => return Err(Malformed::AfterQuote),
    };
    Ok(Field {
        text,
        end,
        next: position + width,
        line_ends: line_ends as u64,
    })
}

/// A number as most files have it: nothing around it, nothing else in its field. `None` leaves the field
/// to [`field`] and [`number`].
#[inline]
pub(crate) fn plain_number(block: &[u8], start: usize) -> Option<(f32, End, usize)> {
    let rest = block.get(start..)?;
    let (value, length) = fast_float2::parse_partial::<f32, _>(rest).ok()?;
    if !value.is_finite() {
        return None;
    }
    match rest.get(length..)? {
        [b',', ..] => Some((value, End::Comma, start + length + 1)),
        [] | [b'\n', ..] => Some((value, End::Record, start + length + 1)),
        [b'\r', b'\n', ..] => Some((value, End::Record, start + length + 2)),
        _ => None,
    }
}

/// The number in a field, rounded to the nearest float32: NaN if it is empty or `NaN`, `None` if
/// it is anything but a finite decimal number.
pub(crate) fn number(text: &[u8]) -> Option<f32> {
    let text = trimmed(text);
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    if text.is_empty() || unsigned.eq_ignore_ascii_case(b"nan") {
        return Some(f32::NAN);
    }
    fast_float2::parse(text)
        .ok()
        .filter(|value: &f32| value.is_finite())
}

/// `text` without the blanks around it.
pub(crate) fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte));
    let end = text.iter().rposition(|byte| !is_blank(*byte));
    match (start, end) {
        (Some(start), Some(end)) => text.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut position = 0;
        loop {
            let field = field(line.as_bytes(), position).unwrap();
            found.push(String::from_utf8_lossy(&field.text).into_owned());
            if field.end == End::Record {
                return found;
            }
            position = field.next;
        }
    }

    #[test]
    fn quotes_and_blanks_do_not_belong_to_a_field() {
        assert_eq!(fields("a, b ,\t\"c, d\" ,"), ["a", "b", "c, d", ""]);
        assert_eq!(fields("\"say \"\"hi\"\"\",2\r\n3"), ["say \"hi\"", "2"]);
        assert_eq!(fields("\"\"\"\",\"\"\r\n"), ["\"", ""]);
        assert_eq!(fields("5\" leaf,1\n"), ["5\" leaf", "1"]);
    }

    #[test]
    fn a_damaged_quoted_field_is_told_apart() {
        assert_eq!(field(b"\"a,1\n", 0).unwrap_err(), Malformed::Unclosed);
        assert_eq!(field(b"\"a\"b,1\n", 0).unwrap_err(), Malformed::AfterQuote);
    }

    #[test]
    fn numbers_are_decimal_finite_and_rounded_once() {
        for (text, value) in [
            ("5.1e0", 5.1_f32),
            (" +5.1 ", 5.1),
            ("-.5", -0.5),
            ("5.", 5.0),
            ("1E-3", 0.001),
            ("1e-60", 0.0),
            // Lies just above the middle of two float32; by way of float64 it would become the middle.
            ("1.00000017881393432617187500001", 1.000_000_2),
        ] {
            assert_eq!(number(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["", "  ", "NaN", "nan", "-nan"] {
            assert!(number(text.as_bytes()).unwrap().is_nan(), "{text}");
        }
        for text in [
            "inf",
            "-Infinity",
            "1e400",
            "1e39",
            "0x10",
            "1_0",
            "NA",
            "1 2",
            "5.1.2",
            "e5",
            "-",
            "1,5",
            "1\r2",
            "1\0",
            "١",
        ] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_plain_number_is_the_number_of_its_field() {
        let lines = [
            "1.5,2", "1.5\n2", "1.5\r\n2", "1.5", "-2e-3,", "+7,", " 1,", "1 ,", "1e", "nan,",
            "\"1\",", ",", "1\r",
        ];
        for line in lines {
            let whole = field(line.as_bytes(), 0).unwrap();
            if let Some((value, end, next)) = plain_number(line.as_bytes(), 0) {
                assert_eq!(
                    (Some(value), end),
                    (number(&whole.text), whole.end),
                    "{line}"
                );
                assert!(next >= whole.next, "{line}");
            }
        }
        assert!(plain_number(b"1.5,2", 0).is_some());
        assert!(plain_number(b"1.5\r\n", 0).is_some());
    }
}
