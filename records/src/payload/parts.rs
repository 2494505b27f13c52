//! A large payload in parts, for several threads.

use memchr::{memchr, memchr2};

use super::Payload;
use crate::{csv, format::Format, text::line_end};

impl Payload<'_> {
    /// Cuts the payload into parts that can be decoded independently, each of at least `bytes` bytes except
    /// the last. A payload whose records are not lines is one part. A fault counts rows from the beginning of
    /// its part, and may be none of the whole payload: only that can tell whether it is as a lenient schema allows.
    pub fn parts(self, bytes: usize) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self;
        if self.content_type.format.is_lines() {
            let has_quotes = self.has_quotes();
            while let Some(end) = record_end(rest.body, bytes.max(1), has_quotes)
                && end < rest.body.len()
            {
                let (part, body) = rest.body.split_at(end);
                rest.is_part = true;
                parts.push(Self { body: part, ..rest });
                rest = Self {
                    content_type: rest.content_type.without_header(),
                    body,
                    is_part: true,
                };
            }
        }
        parts.push(rest);
        parts
    }

    /// Whether a line end may belong to a record.
    fn has_quotes(self) -> bool {
        self.content_type.format == Format::Csv && memchr(b'"', self.body).is_some()
    }
}

/// The end of the first record that ends at `bytes` or later.
fn record_end(text: &[u8], bytes: usize, has_quotes: bool) -> Option<usize> {
    if has_quotes {
        return csv::Scan::default().record_end_from(text, bytes);
    }
    let after = text.get(bytes - 1..)?;
    let found = bytes - 1 + memchr2(b'\n', b'\r', after)?;
    Some(found + line_end(&text[found..]))
}
