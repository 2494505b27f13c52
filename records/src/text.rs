//! Lines and blanks, the same in every format of text.

use std::iter;

use memchr::{memchr, memchr_iter, memchr2};

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Blanks around a field do not belong to it.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `text` without the blanks around it.
pub(crate) fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// Length of the line end (LF, CRLF or a lone CR) that `text` begins with; 0 if it begins with none.
pub(crate) fn line_end(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// The lines of a text without their ends, with their numbers from 1.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = text;
    let lines = iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = split_line(rest);
        rest = after;
        Some(line)
    });
    (1..).zip(lines)
}

/// The first line, without its end, and what comes after it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    (line, &rest[line_end(rest)..])
}

/// Length, with its end, of the blank line that `text` begins with.
pub(crate) fn blank_line(text: &[u8]) -> Option<usize> {
    let blanks = text.iter().take_while(|byte| is_blank(**byte)).count();
    match line_end(&text[blanks..]) {
        0 if blanks < text.len() || text.is_empty() => None,
        end => Some(blanks + end),
    }
}

/// Line ends in a text.
pub(crate) fn count_lines(text: &[u8]) -> usize {
    let feeds = memchr_iter(b'\n', text).count();
    if memchr(b'\r', text).is_none() {
        return feeds;
    }
    let lone = memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n'));
    feeds + lone.count()
}

/// Length of the byte order mark that `text` begins with.
pub(crate) fn mark_length(text: &[u8]) -> usize {
    if text.starts_with(MARK) {
        MARK.len()
    } else {
        0
    }
}

/// Whether `text` begins like UTF-16.
pub(crate) fn is_utf16(text: &[u8]) -> bool {
    text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_three_ways() {
        assert_eq!(split_line(b"a\r\nb"), (&b"a"[..], &b"b"[..]));
        assert_eq!(split_line(b"a\r\rb"), (&b"a"[..], &b"\rb"[..]));
        assert_eq!(split_line(b"a\nb"), (&b"a"[..], &b"b"[..]));
        assert_eq!(split_line(b"a"), (&b"a"[..], &b""[..]));
        assert_eq!(count_lines(b"a\r\n\n\rb\r"), 4);
    }

    #[test]
    fn a_blank_line_holds_nothing_but_blanks() {
        for (text, length) in [
            ("\n1", Some(1)),
            (" \t\r\n1", Some(4)),
            ("\r1", Some(1)),
            ("  ", Some(2)),
            ("", None),
            (" 1\n", None),
        ] {
            assert_eq!(blank_line(text.as_bytes()), length, "{text:?}");
        }
        assert_eq!(trimmed(b" \ta b "), b"a b");
        assert_eq!(trimmed(b" \t"), b"");
    }
}
