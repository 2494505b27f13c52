//! Protobuf bytes, walked in place.
//!
//! prost's decoded messages would cost a hostile file dearly: 2 bytes of it can become an empty
//! submessage of a hundred and more. So the reader never builds the messages; it walks the bytes, counts
//! what a field holds before it makes room for it, and borrows every text from the file.

use prost::encoding::{WireType, decode_varint};

use super::LoadError;

/// One message's bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    /// What the message is, for errors: `node`, `attribute`, ...
    what: &'static str,
}

/// A field's value as it is on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed32([u8; 4]),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
}

/// A field: its number and value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
    what: &'static str,
}

impl<'a> Message<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what }
    }

    /// The fields in the order of the file.
    pub(crate) fn fields(self) -> Fields<'a> {
        Fields {
            rest: self.bytes,
            what: self.what,
        }
    }

    /// How often a field occurs.
    pub(crate) fn count(self, number: u32) -> Result<usize, LoadError> {
        let mut count = 0;
        for field in self.fields() {
            count += usize::from(field?.number == number);
        }
        Ok(count)
    }

    /// The values of one repeated field, in a vector of exactly their number.
    pub(crate) fn repeated<T>(
        self,
        number: u32,
        mut read: impl FnMut(Field<'a>) -> Result<T, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        let mut values = Vec::with_capacity(self.count(number)?);
        for field in self.fields() {
            let field = field?;
            if field.number == number {
                values.push(read(field)?);
            }
        }
        Ok(values)
    }
}

/// Iterator over a message's fields; it ends after the first error.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], LoadError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| {
            LoadError::Malformed(format!(
                "a field of {} claims {length} bytes where {} are left (is the file cut short?)",
                self.what,
                self.rest.len()
            ))
        })?;
        self.rest = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], LoadError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The value of the next field if that is a varint under `number`: the quick way through the runs
    /// of such fields that make up most of a model file.
    #[inline]
    fn varint_of(&mut self, number: u32) -> Result<Option<u64>, LoadError> {
        match self.rest {
            [key, rest @ ..] if *key < 0x80 && u32::from(*key) == number << 3 => {
                self.rest = rest;
                self.varint().map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Passes over a run of varints under `number`; returns how many they were.
    pub(crate) fn skip_varints(&mut self, number: u32) -> Result<usize, LoadError> {
        let mut count = 0;
        while self.varint_of(number)?.is_some() {
            count += 1;
        }
        Ok(count)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, LoadError> {
        // Nearly all keys, lengths and ids are one byte long.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        decode_varint(&mut self.rest).map_err(|_| malformed(self.what))
    }

    #[inline]
    fn field(&mut self) -> Result<Field<'a>, LoadError> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|number| *number > 0);
        let (Some(number), Ok(kind)) = (number, WireType::try_from(key & 7)) else {
            return Err(malformed(self.what));
        };
        let value = match kind {
            WireType::Varint => Value::Varint(self.varint()?),
            WireType::ThirtyTwoBit => Value::Fixed32(self.array()?),
            WireType::SixtyFourBit => Value::Fixed64(self.array()?),
            WireType::LengthDelimited => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Value::Bytes(self.take(length)?)
            }
            // ONNX has no groups, and skipping nested ones would need a stack.
            WireType::StartGroup | WireType::EndGroup => return Err(malformed(self.what)),
        };
        Ok(Field {
            number,
            value,
            what: self.what,
        })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, LoadError>;

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

impl<'a> Field<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], LoadError> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong("a length-delimited value")),
        }
    }

    pub(crate) fn message(self, what: &'static str) -> Result<Message<'a>, LoadError> {
        Ok(Message::new(self.bytes()?, what))
    }

    pub(crate) fn text(self) -> Result<&'a str, LoadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.wrong("UTF-8 text"))
    }

    pub(crate) fn int(self) -> Result<i64, LoadError> {
        match self.value {
            // Protobuf's int64: two's complement.
            Value::Varint(value) => Ok(value as i64),
            _ => Err(self.wrong("an integer")),
        }
    }

    fn wrong(self, expected: &str) -> LoadError {
        LoadError::Malformed(format!(
            "field {} of {} is not {expected}",
            self.number, self.what
        ))
    }
}

fn malformed(what: &str) -> LoadError {
    LoadError::Malformed(format!("the bytes of {what} are not protobuf fields"))
}

/// Every int64 of a repeated field, packed or not, in a vector of exactly their number.
pub(crate) fn ints(message: Message<'_>, number: u32) -> Result<Vec<i64>, LoadError> {
    let mut count = 0;
    let mut fields = message.fields();
    loop {
        count += fields.skip_varints(number)?;
        let Some(field) = fields.next() else { break };
        let field = field?;
        if field.number == number {
            count += match field.value {
                // A varint's last byte is the one without the high bit.
                Value::Bytes(packed) => packed.iter().filter(|byte| **byte < 0x80).count(),
                _ => 1,
            };
        }
    }
    let mut values = Vec::with_capacity(count);
    let mut fields = message.fields();
    loop {
        while let Some(value) = fields.varint_of(number)? {
            values.push(value as i64);
        }
        let Some(field) = fields.next() else { break };
        let field = field?;
        match field.value {
            _ if field.number != number => {}
            Value::Bytes(mut packed) => {
                while !packed.is_empty() {
                    let value = decode_varint(&mut packed).map_err(|_| malformed(field.what))?;
                    values.push(value as i64);
                }
            }
            _ => values.push(field.int()?),
        }
    }
    Ok(values)
}

/// Every float32 of a repeated field, packed or not, in a vector of exactly their number.
pub(crate) fn floats(message: Message<'_>, number: u32) -> Result<Vec<f32>, LoadError> {
    fixed(message, number, f32::from_le_bytes, |value| match value {
        Value::Fixed32(bytes) => Some(bytes),
        _ => None,
    })
}

/// Every float64 of a repeated field, packed or not, in a vector of exactly their number.
pub(crate) fn doubles(message: Message<'_>, number: u32) -> Result<Vec<f64>, LoadError> {
    fixed(message, number, f64::from_le_bytes, |value| match value {
        Value::Fixed64(bytes) => Some(bytes),
        _ => None,
    })
}

fn fixed<T, const N: usize>(
    message: Message<'_>,
    number: u32,
    decode: impl Fn([u8; N]) -> T,
    unpacked: impl Fn(Value<'_>) -> Option<[u8; N]>,
) -> Result<Vec<T>, LoadError> {
    let mut count = 0;
    for field in message.fields() {
        let field = field?;
        if field.number == number {
            count += match field.value {
                Value::Bytes(packed) => packed.len() / N,
                _ => 1,
            };
        }
    }
    let mut values = Vec::with_capacity(count);
    for field in message.fields() {
        let field = field?;
        if field.number != number {
            continue;
        }
        if let Value::Bytes(packed) = field.value {
            let (chunks, rest) = packed.as_chunks::<N>();
            if !rest.is_empty() {
                return Err(field.wrong("a whole number of packed values"));
            }
            values.extend(chunks.iter().map(|chunk| decode(*chunk)));
        } else {
            let bytes = unpacked(field.value).ok_or_else(|| field.wrong("a fixed-width number"))?;
            values.push(decode(bytes));
        }
    }
    Ok(values)
}
