//! The lines of a text.

use memchr::memchr;

/// What some editors put before a UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines that are left of a text. They may end in `\n` or `\r\n`: copies that went through Windows have
/// the latter, which LightGBM itself cannot read.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            rest: text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text),
        }
    }

    /// The next line, without taking it.
    pub(super) fn peek(&self) -> Option<&'a [u8]> {
        self.clone().next()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let line = match memchr(b'\n', self.rest) {
            Some(end) => {
                let line = &self.rest[..end];
                self.rest = &self.rest[end + 1..];
                line
            }
            None => std::mem::take(&mut self.rest),
        };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// A line's key and value; a line without `=` is a key alone.
pub(super) fn key_and_value(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b'=', line) {
        Some(at) => (&line[..at], &line[at + 1..]),
        None => (line, b""),
    }
}
