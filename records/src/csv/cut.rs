//! Where records end, in a text of which more may come.

use memchr::{memchr, memchr3, memrchr2};

use crate::text::is_blank;

/// How far a text that begins at a record's beginning has been searched for record ends.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    at: usize,
    in_quotes: bool,
    cut: Option<usize>,
}

impl Scan {
    /// The position after the last record end outside quotes. `text` begins with what earlier calls have
    /// seen; more of it may come, so a CR at its end does not count as a line end yet.
    pub(crate) fn last_record_end(&mut self, text: &[u8]) -> Option<usize> {
        if !self.in_quotes && memchr(b'"', &text[self.at..]).is_none() {
            let end = text.len() - usize::from(text.ends_with(b"\r"));
            let found = memrchr2(b'\n', b'\r', text.get(self.at..end).unwrap_or(&[]));
            self.cut = found.map(|found| self.at + found + 1).or(self.cut);
            // An undecided CR is looked at again.
            self.at = end.max(self.at);
            return self.cut;
        }
        while let Some(end) = self.next(text) {
            self.cut = Some(end);
        }
        self.cut
    }

    /// The position after the first record end from `from` on.
    pub(crate) fn record_end_from(&mut self, text: &[u8], from: usize) -> Option<usize> {
        std::iter::from_fn(|| self.next(text)).find(|end| *end >= from)
    }

    /// The position after the next record end.
    fn next(&mut self, text: &[u8]) -> Option<usize> {
        loop {
            let rest = &text[self.at..];
            if self.in_quotes {
                let Some(close) = memchr(b'"', rest) else {
                    self.at = text.len();
                    return None;
                };
                // A doubled quote closes and opens again at once: the next byte has to be known.
                let Some(after) = rest.get(close + 1) else {
                    self.at += close;
                    return None;
                };
                self.in_quotes = *after == b'"';
                self.at += close + 1 + usize::from(self.in_quotes);
                continue;
            }
            let Some(found) = memchr3(b'"', b'\n', b'\r', rest) else {
                self.at = text.len();
                return None;
            };
            let at = self.at + found;
            match (rest[found], rest.get(found + 1)) {
                (b'"', _) => {
                    self.in_quotes = opens_a_field(text, at);
                    self.at = at + 1;
                }
                (b'\r', None) => {
                    self.at = at;
                    return None;
                }
                (b'\r', Some(b'\n')) => {
                    self.at = at + 2;
                    return Some(self.at);
                }
                _ => {
                    self.at = at + 1;
                    return Some(self.at);
                }
            }
        }
    }
}

/// Whether only blanks lie between the quote at `at` and the beginning of its field.
fn opens_a_field(text: &[u8], at: usize) -> bool {
    let last = text[..at].iter().rev().find(|byte| !is_blank(**byte));
    matches!(last, None | Some(b',' | b'\n' | b'\r'))
}
