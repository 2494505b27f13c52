//! MXNet's RecordIO framing (dmlc-core, `include/dmlc/recordio.h`): each part of a record is the magic
//! number, a word of 3 bits kind and 29 bits length, and that many bytes, padded to four.

use std::borrow::Cow;

/// What each part begins with, little-endian.
const MAGIC: [u8; 4] = 0xced7_230a_u32.to_le_bytes();

/// Bits of the length.
const LENGTH_BITS: u32 = 29;

/// Bytes before a part.
const HEAD: usize = 8;

/// Appends a record in its frame, whole and padded to four bytes.
///
/// ```
/// let mut bytes = Vec::new();
/// records::frame(b"abcde", &mut bytes);
/// assert_eq!(bytes, b"\x0a\x23\xd7\xce\x05\0\0\0abcde\0\0\0");
/// ```
///
/// # Panics
/// The record has 512 MiB or more, the most that a frame's head can say.
pub fn frame(record: &[u8], bytes: &mut Vec<u8>) {
    assert!(record.len() < 1 << LENGTH_BITS, "a record for one frame");
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&(record.len() as u32).to_le_bytes());
    bytes.extend_from_slice(record);
    let padding = record.len().next_multiple_of(4) - record.len();
    bytes.extend_from_slice(&[0; 3][..padding]);
}

/// The position of a part in its record. A writer cuts a record at each magic number in it, and leaves that
/// number out.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    First,
    Middle,
    Last,
}

/// What a part begins with.
struct Head {
    kind: Kind,
    /// Bytes of the part, without padding.
    length: usize,
}

impl Head {
    /// The head that `bytes` begin with.
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let Some([magic @ .., a, b, c, d]) = bytes.first_chunk::<HEAD>() else {
            let left = bytes.len();
            return Err(format!("found {left} bytes at the end, expected a record"));
        };
        if *magic != MAGIC {
            return Err(format!(
                "found {magic:02x?} where a record begins, expected {MAGIC:02x?}"
            ));
        }
        let word = u32::from_le_bytes([*a, *b, *c, *d]);
        let kind = match word >> LENGTH_BITS {
            0 => Kind::Whole,
            1 => Kind::First,
            2 => Kind::Middle,
            3 => Kind::Last,
            other => return Err(format!("found a part of kind {other}, expected 0 to 3")),
        };
        let length = (word & ((1 << LENGTH_BITS) - 1)) as usize;
        Ok(Self { kind, length })
    }

    /// Bytes of head, part and padding.
    fn size(&self) -> usize {
        HEAD + self.length.next_multiple_of(4)
    }
}

/// The records in a sequence of frames.
pub(crate) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// The next record, `None` after the last.
    ///
    /// # Errors
    /// A malformed part, or a record of more than `limit` bytes; the message has no row number.
    pub(crate) fn next(&mut self, limit: usize) -> Result<Option<Cow<'a, [u8]>>, String> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (kind, part) = self.part(limit)?;
        match kind {
            Kind::Whole => return Ok(Some(Cow::Borrowed(part))),
            Kind::First => {}
            Kind::Middle | Kind::Last => {
                return Err("found a later part of a record, expected its first".to_owned());
            }
        }
        let mut record = part.to_vec();
        loop {
            let (kind, part) = self.part(limit)?;
            record.extend_from_slice(&MAGIC);
            record.extend_from_slice(part);
            if record.len() > limit {
                return Err(too_large(record.len(), limit));
            }
            match kind {
                Kind::Middle => {}
                Kind::Last => return Ok(Some(Cow::Owned(record))),
                Kind::Whole | Kind::First => {
                    return Err("found a new record, expected the last part of this one".to_owned());
                }
            }
        }
    }

    fn part(&mut self, limit: usize) -> Result<(Kind, &'a [u8]), String> {
        let head = Head::read(self.rest)?;
        if head.length > limit {
            return Err(too_large(head.length, limit));
        }
        let Some((part, _)) = self.rest[HEAD..].split_at_checked(head.length) else {
            let (found, left) = (head.length, self.rest.len() - HEAD);
            return Err(format!(
                "found a record of {found} bytes, expected at most the {left} that are left"
            ));
        };
        // Some writers leave out the padding of the last record.
        self.rest = self.rest.get(head.size()..).unwrap_or(&[]);
        Ok((head.kind, part))
    }
}

fn too_large(found: usize, limit: usize) -> String {
    format!("found a record of {found} bytes, expected at most {limit}")
}

/// What the heads of the parts say about some bytes; the parts themselves are not read.
pub(crate) struct WholeFrames {
    /// Records that begin here.
    pub(crate) n_records: usize,
    /// Where the last whole record ends.
    pub(crate) end: usize,
    /// The walk ended at bytes that are not a part, not because bytes were missing.
    pub(crate) is_broken: bool,
}

/// Walks the heads of bytes of which more may come.
pub(crate) fn whole_frames(text: &[u8]) -> WholeFrames {
    let mut found = WholeFrames {
        n_records: 0,
        end: 0,
        is_broken: false,
    };
    let mut at = 0;
    while text.len().saturating_sub(at) >= HEAD {
        let Ok(head) = Head::read(&text[at..]) else {
            found.is_broken = true;
            break;
        };
        at += head.size();
        found.n_records += usize::from(matches!(head.kind, Kind::Whole | Kind::First));
        if at <= text.len() && matches!(head.kind, Kind::Whole | Kind::Last) {
            found.end = at;
        }
    }
    found
}
