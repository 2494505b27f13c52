//! Cuts a stream into blocks of whole records, so that blocks can be parsed independently.
//!
//! Only this part has to go through a file from its beginning: whether a line end lies inside quotes
//! depends on all bytes before it. In a block without quotes, the last line end is the cut.

use std::io::{self, Read};

use memchr::{memchr, memchr2, memrchr};

/// Bytes of text that are parsed at a time.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

/// Longest record. A quote that is never closed would otherwise collect the rest of its file.
pub(crate) const MAX_RECORD_BYTES: usize = 64 << 20;

/// The blocks of one stream.
pub(crate) struct Blocks<R> {
    reader: R,
    /// What was read beyond the last cut; it begins a record.
    rest: Vec<u8>,
    ended: bool,
    block_bytes: usize,
}

impl<R: Read> Blocks<R> {
    pub(crate) fn new(reader: R, block_bytes: usize) -> Self {
        Self {
            reader,
            rest: Vec::new(),
            ended: false,
            block_bytes: block_bytes.max(1),
        }
    }

    /// The next block of whole records, never empty; the last one may lack its line end. A record
    /// beyond [`MAX_RECORD_BYTES`] comes cut, which its parser refuses.
    pub(crate) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut block = std::mem::take(&mut self.rest);
        let mut wanted = self.block_bytes;
        // Where the search for the end of an unfinished record goes on.
        let mut scan = Scan::default();
        loop {
            self.fill(&mut block, wanted)?;
            if self.ended {
                return Ok((!block.is_empty()).then_some(block));
            }
            if let Some(cut) = scan.last_record_end(&block) {
                self.rest = block.split_off(cut);
                return Ok(Some(block));
            }
            if block.len() >= MAX_RECORD_BYTES {
                self.ended = true;
                return Ok(Some(block));
            }
            wanted = block.len() * 2;
        }
    }

    /// Reads until `block` holds `wanted` bytes or the stream ends.
    fn fill(&mut self, block: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
        if self.ended || block.len() >= wanted {
            return Ok(());
        }
        block.reserve_exact(wanted - block.len());
        let missing = (wanted - block.len()) as u64;
        let n = self.reader.by_ref().take(missing).read_to_end(block)?;
        self.ended = (n as u64) < missing;
        Ok(())
    }
}

/// How far a buffer that begins at a record's beginning has been searched.
#[derive(Default)]
struct Scan {
    position: usize,
    in_quotes: bool,
    cut: Option<usize>,
}

impl Scan {
    /// The position after the last line end outside quotes.
    fn last_record_end(&mut self, buffer: &[u8]) -> Option<usize> {
        let new = buffer.get(self.position..)?;
        if !self.in_quotes && memchr(b'"', new).is_none() {
            let found = memrchr(b'\n', new).map(|at| self.position + at + 1);
            self.position = buffer.len();
            self.cut = found.or(self.cut);
            return self.cut;
        }
        while let Some(rest) = buffer.get(self.position..) {
            if self.in_quotes {
                let Some(close) = memchr(b'"', rest) else {
                    self.position = buffer.len();
                    break;
                };
                // A doubled quote closes and opens again at once: the next byte has to be known.
                if close + 1 == rest.len() {
                    self.position += close;
                    break;
                }
                self.position += close + 1;
                self.in_quotes = false;
                if buffer.get(self.position) == Some(&b'"') {
                    self.in_quotes = true;
                    self.position += 1;
                }
                continue;
            }
            let Some(at) = memchr2(b'"', b'\n', rest) else {
                self.position = buffer.len();
                break;
            };
            let found = self.position + at;
            self.position = found + 1;
            if buffer.get(found) == Some(&b'\n') {
                self.cut = Some(found + 1);
            } else {
                self.in_quotes = opens_a_field(buffer, found);
            }
        }
        self.cut
    }
}

/// Whether only blanks lie between the quote at `position` and the beginning of its field.
fn opens_a_field(buffer: &[u8], position: usize) -> bool {
    let before = buffer.get(..position).unwrap_or_default();
    let last = before.iter().rev().find(|byte| !is_blank(**byte));
    matches!(last, None | Some(b',' | b'\n'))
}

/// Blanks around a field do not belong to it.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str, block_bytes: usize) -> Vec<String> {
        let mut blocks = Blocks::new(text.as_bytes(), block_bytes);
        let mut found = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            found.push(String::from_utf8(block).unwrap());
        }
        found
    }

    #[test]
    fn a_block_ends_at_a_record_whatever_its_size() {
        let text = "a,1\nbb,2\n\"c\nd\",3\n\"e\"\"\n\",4\nf \"g,5\nh,6";
        let records = [
            "a,1\n",
            "bb,2\n",
            "\"c\nd\",3\n",
            "\"e\"\"\n\",4\n",
            "f \"g,5\n",
            "h,6",
        ];
        for size in 1..text.len() + 2 {
            let found = blocks(text, size);
            assert_eq!(found.concat(), text);
            for block in &found {
                let mut rest = block.as_str();
                while let Some(record) = records.iter().find(|record| rest.starts_with(**record)) {
                    rest = &rest[record.len()..];
                    if rest.is_empty() {
                        break;
                    }
                }
                assert_eq!(rest, "", "block size {size} cut a record: {found:?}");
            }
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_the_rest() {
        assert_eq!(blocks("a,1\n\"b,2\nc,3\n", 5), ["a,1\n", "\"b,2\nc,3\n"]);
    }
}
