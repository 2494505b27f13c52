//! Cuts a stream into blocks of whole records, so that blocks can be decoded independently.
//!
//! Only this part has to go through a file from its beginning: whether a line end of CSV lies inside quotes
//! depends on all bytes before it. In a block without quotes, the last line end is the cut.

use std::io::{self, Read};

use memchr::memrchr2;

use crate::{csv::Scan, recordio::whole_frames};

/// Longest record. A quote that is never closed would otherwise collect the rest of its file.
pub(super) const MAX_RECORD_BYTES: usize = 64 << 20;

/// A file that is being read.
pub(super) struct Stream<'a> {
    reader: Box<dyn Read + Send + 'a>,
    /// What was read and not taken yet.
    buffer: Vec<u8>,
    ended: bool,
    block_bytes: usize,
}

/// What separates records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Line ends.
    Lines,
    /// Line ends outside quotes.
    Csv,
    /// The framing of recordio.
    Frames,
}

/// A block of records.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) bytes: Vec<u8>,
    /// The block is the beginning of a record of more than [`MAX_RECORD_BYTES`].
    pub(super) is_cut: bool,
}

impl<'a> Stream<'a> {
    pub(super) fn new(reader: Box<dyn Read + Send + 'a>, block_bytes: usize) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            ended: false,
            block_bytes: block_bytes.max(1),
        }
    }

    /// Bytes of a block.
    pub(super) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// Reads until there are `wanted` bytes or the stream ends; returns all that are there.
    pub(super) fn peek(&mut self, wanted: usize) -> io::Result<&[u8]> {
        while !self.ended && self.buffer.len() < wanted {
            // No memory is reserved for a length that the file only claims.
            let most = self.buffer.len().max(self.block_bytes);
            let missing = (wanted - self.buffer.len()).min(most);
            self.buffer.reserve_exact(missing);
            let mut reader = self.reader.by_ref().take(missing as u64);
            self.ended = reader.read_to_end(&mut self.buffer)? < missing;
        }
        Ok(&self.buffer)
    }

    /// Takes the first bytes, or all if there are fewer.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        let length = length.min(self.buffer.len());
        let rest = self.buffer.split_off(length);
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Takes all bytes.
    pub(super) fn take_all(&mut self) -> io::Result<Vec<u8>> {
        self.peek(usize::MAX)?;
        Ok(std::mem::take(&mut self.buffer))
    }

    /// Reads to the end and forgets it; returns the number of bytes.
    pub(super) fn skip_all(&mut self) -> io::Result<u64> {
        let buffered = std::mem::take(&mut self.buffer).len() as u64;
        Ok(buffered + io::copy(&mut self.reader, &mut io::sink())?)
    }

    /// The next block of whole records, never empty; `None` at the end.
    pub(super) fn next(&mut self, cut: Cut) -> io::Result<Option<Piece>> {
        let mut wanted = self.block_bytes;
        // Keeps the place at which the search for the end of an unfinished record goes on.
        let mut scan = Scan::default();
        loop {
            self.peek(wanted)?;
            if self.ended {
                let bytes = std::mem::take(&mut self.buffer);
                let is_cut = false;
                return Ok((!bytes.is_empty()).then_some(Piece { bytes, is_cut }));
            }
            let end = match cut {
                Cut::Lines => last_line_end(&self.buffer),
                Cut::Csv => scan.last_record_end(&self.buffer),
                Cut::Frames => {
                    let frames = whole_frames(&self.buffer);
                    // The decoder says what is wrong with a broken frame, and reads no further.
                    let end = if frames.is_broken {
                        self.buffer.len()
                    } else {
                        frames.end
                    };
                    Some(end).filter(|end| *end > 0)
                }
            };
            if let Some(end) = end {
                let bytes = self.take(end);
                let is_cut = false;
                return Ok(Some(Piece { bytes, is_cut }));
            }
            if self.buffer.len() >= MAX_RECORD_BYTES {
                let bytes = std::mem::take(&mut self.buffer);
                return Ok(Some(Piece {
                    bytes,
                    is_cut: true,
                }));
            }
            wanted = (2 * self.buffer.len()).clamp(1, MAX_RECORD_BYTES);
        }
    }
}

/// The position after the last line end; a CR at the end of the text may be half of one.
fn last_line_end(text: &[u8]) -> Option<usize> {
    let end = text.len() - usize::from(text.ends_with(b"\r"));
    memrchr2(b'\n', b'\r', &text[..end]).map(|found| found + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, block_bytes: usize, cut: Cut) -> Vec<String> {
        let mut stream = Stream::new(Box::new(text.as_bytes()), block_bytes);
        std::iter::from_fn(|| stream.next(cut).unwrap())
            .map(|piece| String::from_utf8(piece.bytes).unwrap())
            .collect()
    }

    #[test]
    fn a_block_ends_with_a_record_whatever_its_size() {
        let records = [
            "a,1\n",
            "bb,2\r\n",
            "\"c\nd\",3\r",
            "\"e\"\"\r\n\",4\n",
            "f \"g,5\n",
            "\"h\",\"\"\n",
            " \"i\n\"\r\n",
            "j,6",
        ];
        let text = records.concat();
        for size in 1..text.len() + 2 {
            let found = pieces(&text, size, Cut::Csv);
            assert_eq!(found.concat(), text);
            let mut records = records.iter();
            for block in &found {
                let mut rest = block.as_str();
                while !rest.is_empty() {
                    let record = records.next().unwrap();
                    let after = rest.strip_prefix(record);
                    rest = after.unwrap_or_else(|| panic!("block size {size}: {found:?}"));
                }
            }
        }
        assert_eq!(
            pieces("\"\n\r\"\r\n", 1, Cut::Lines),
            ["\"\n", "\r", "\"\r\n"]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_the_rest() {
        let found = pieces("a,1\n\"b,2\nc,3\n", 5, Cut::Csv);
        assert_eq!(found, ["a,1\n", "\"b,2\nc,3\n"]);
    }

    #[test]
    fn a_record_that_does_not_end_is_cut() {
        let mut stream = Stream::new(Box::new(io::repeat(b'1')), 1 << 20);
        let piece = stream.next(Cut::Csv).unwrap().unwrap();
        assert!(piece.is_cut);
        assert_eq!(piece.bytes.len(), MAX_RECORD_BYTES);
    }

    #[test]
    fn a_claim_takes_no_memory() {
        let mut stream = Stream::new(Box::new(&b"abc"[..]), 16);
        assert_eq!(stream.peek(usize::MAX).unwrap(), b"abc");
        assert!(stream.buffer.capacity() < 100);
        assert_eq!(stream.take(2), b"ab");
        assert_eq!(stream.skip_all().unwrap(), 1);
    }
}
