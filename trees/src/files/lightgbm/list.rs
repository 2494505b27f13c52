//! Lists of numbers, separated by spaces.

use std::fmt;

use algorithm::text::excerpt;

use super::error::{Error, invalid};

/// The value of a line, with its place for errors.
#[derive(Clone, Copy, Debug)]
pub(super) struct List<'a> {
    pub(super) place: Place,
    pub(super) text: &'a [u8],
}

/// A line of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Counted from 0; `None` before the trees.
    pub(super) tree: Option<usize>,
    pub(super) key: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tree {
            Some(tree) => write!(f, "Tree={tree}: {}", self.key),
            None => f.write_str(self.key),
        }
    }
}

impl<'a> List<'a> {
    /// What is between the spaces; LightGBM writes two of them where a list within the list is empty.
    pub(super) fn items(self) -> impl Iterator<Item = &'a [u8]> {
        let items = self.text.split(|byte| *byte == b' ');
        items.filter(|item| !item.is_empty())
    }

    /// The only number of the line: an integer up to `most`.
    pub(super) fn integer(self, most: u32) -> Result<u32, Error> {
        match integer(self.text.trim_ascii()) {
            Some(value) if (0..=i64::from(most)).contains(&value) => Ok(value as u32),
            _ => invalid!(
                "{}: found `{}`, allowed are 0 to {most}",
                self.place,
                excerpt(self.text)
            ),
        }
    }

    /// `expected` floats.
    pub(super) fn floats(self, expected: usize) -> Result<Vec<f64>, Error> {
        self.numbers(expected, "a number", |item| fast_float2::parse(item).ok())
    }

    /// `expected` integers that fit an i64.
    pub(super) fn integers(self, expected: usize) -> Result<Vec<i64>, Error> {
        self.numbers(expected, "an integer", integer)
    }

    /// Takes room for as many numbers as the text can hold, whatever `expected` says.
    fn numbers<T>(
        self,
        expected: usize,
        kind: &str,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let Self { place, text } = self;
        let mut numbers = Vec::with_capacity(expected.min(text.len() / 2 + 1));
        for item in self.items() {
            let i = numbers.len();
            if i == expected {
                return invalid!(
                    "{place}: found more than {expected} numbers, expected {expected}"
                );
            }
            let Some(number) = parse(item) else {
                return invalid!("{place}[{i}]: found `{}`, expected {kind}", excerpt(item));
            };
            numbers.push(number);
        }
        if numbers.len() < expected {
            let found = numbers.len();
            return invalid!("{place}: found {found} numbers, expected {expected}");
        }
        Ok(numbers)
    }
}

/// An integer of up to 18 digits, which cannot overflow.
fn integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = 10 * value + i64::from(digit - b'0');
    }
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-12", Some(-12)),
            ("+3", Some(3)),
            ("999999999999999999", Some(999_999_999_999_999_999)),
            ("1000000000000000000", None),
            ("", None),
            ("-", None),
            ("1.5", None),
            ("0x1", None),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text}");
        }
    }
}
