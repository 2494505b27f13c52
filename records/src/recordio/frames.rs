//! MXNet's RecordIO framing (dmlc-core, `include/dmlc/recordio.h`): each part of a record is the magic
//! number, a word of 3 bits kind and 29 bits length, and that many bytes, padded to four.

use std::borrow::Cow;

/// What each part begins with, little-endian.
const MAGIC: [u8; 4] = 0xced7_230a_u32.to_le_bytes();

/// Bits of the length.
const LENGTH_BITS: u32 = 29;

/// The records of a payload.
pub(super) struct Frames<'a> {
    rest: &'a [u8],
}

/// Where a part stands in its record. A writer cuts a record where it holds the magic number itself, and
/// leaves that out.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    First,
    Middle,
    Last,
}

impl<'a> Frames<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    /// The next record, `None` after the last.
    ///
    /// # Errors
    /// A part that is not as the format wants it, or a record of more than `limit` bytes; without the row.
    pub(super) fn next(&mut self, limit: usize) -> Result<Option<Cow<'a, [u8]>>, String> {
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
        let Some((head, rest)) = self.rest.split_first_chunk::<8>() else {
            let left = self.rest.len();
            return Err(format!("found {left} bytes at the end, expected a record"));
        };
        let [magic @ .., a, b, c, d] = head;
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
        let Some((part, rest)) = rest.split_at_checked(length) else {
            let left = rest.len();
            return Err(format!(
                "found a record of {length} bytes, the payload has {left} more"
            ));
        };
        if length > limit {
            return Err(too_large(length, limit));
        }
        let padding = length.next_multiple_of(4) - length;
        // Some writers leave out the padding of the last record.
        self.rest = rest.get(padding..).unwrap_or_default();
        Ok((kind, part))
    }
}

fn too_large(found: usize, limit: usize) -> String {
    format!("found a record of {found} bytes, expected at most {limit} for this model")
}
