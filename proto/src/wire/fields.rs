//! The walk through a message's bytes.

use prost::encoding::{WireType, decode_varint};

use super::{Error, Field, Value};

/// Iterator over the fields of a message; it ends after the first error.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
    message: &'static str,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], message: &'static str) -> Self {
        Self {
            rest: bytes,
            message,
        }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The value of the next field if that is a varint with number `number`: the quick way through the
    /// runs of such fields that make up most of a model file.
    #[inline]
    pub(super) fn varint_of(&mut self, number: u32) -> Result<Option<u64>, Error> {
        match self.rest {
            [key, rest @ ..] if *key < 0x80 && u32::from(*key) == number << 3 => {
                self.rest = rest;
                self.varint().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Skips a run of varints with number `number`, which must be below 16 to be found; returns their
    /// count.
    ///
    /// # Errors
    /// A varint does not end.
    #[inline]
    pub fn skip_varints(&mut self, number: u32) -> Result<usize, Error> {
        let mut count = 0;
        while self.varint_of(number)?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Error::CutShort {
            message: self.message,
            claimed: length,
            left: self.rest.len(),
        })?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Error> {
        // Nearly all keys, lengths and ids are one byte long.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        decode_varint(&mut self.rest).map_err(|_| self.malformed())
    }

    #[inline]
    fn field(&mut self) -> Result<Field<'a>, Error> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0);
        let (Some(number), Ok(wire_type)) = (number, WireType::try_from(key & 7)) else {
            return Err(self.malformed());
        };
        let value = match wire_type {
            WireType::Varint => Value::Varint(self.varint()?),
            WireType::ThirtyTwoBit => Value::Fixed32(self.array()?),
            WireType::SixtyFourBit => Value::Fixed64(self.array()?),
            WireType::LengthDelimited => {
                // A length that does not fit a usize is too long anyway.
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?)
            }
            // Skipping nested groups would need a stack; none of our messages has any.
            WireType::StartGroup | WireType::EndGroup => return Err(self.malformed()),
        };
        Ok(Field {
            number,
            value,
            message: self.message,
        })
    }

    fn malformed(&self) -> Error {
        Error::Malformed {
            message: self.message,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}
