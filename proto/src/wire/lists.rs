//! Repeated numbers, packed or not, in vectors of the exact length.

use prost::encoding::decode_varint;

use super::{Error, Message, Value};

impl Message<'_> {
    /// Every value of a repeated field of integers, enums or bools; `convert` takes the bits.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field has another type.
    pub fn varints<T>(self, number: u32, convert: impl Fn(u64) -> T) -> Result<Vec<T>, Error> {
        let mut count = 0;
        let mut fields = self.fields();
        loop {
            count += fields.skip_varints(number)?;
            let Some(field) = fields.next() else { break };
            let field = field?;
            if field.number == number {
                count += match field.value {
                    // The last byte of a varint has no high bit.
                    Value::Bytes(packed) => packed.iter().filter(|byte| **byte < 0x80).count(),
                    _ => 1,
                };
            }
        }
        let mut values = Vec::with_capacity(count);
        let mut fields = self.fields();
        loop {
            while let Some(value) = fields.varint_of(number)? {
                values.push(convert(value));
            }
            let Some(field) = fields.next() else { break };
            let field = field?;
            match field.value {
                _ if field.number != number => {}
                Value::Bytes(mut packed) => {
                    while !packed.is_empty() {
                        let value = decode_varint(&mut packed)
                            .map_err(|_| Error::Malformed { message: self.name })?;
                        values.push(convert(value));
                    }
                }
                _ => values.push(convert(field.uint()?)),
            }
        }
        Ok(values)
    }

    /// Every value of a repeated int64 field.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field has another type.
    pub fn ints(self, number: u32) -> Result<Vec<i64>, Error> {
        // Two's complement.
        self.varints(number, |value| value as i64)
    }

    /// Every value of a repeated float field.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field has another type.
    pub fn floats(self, number: u32) -> Result<Vec<f32>, Error> {
        self.fixed(number, f32::from_le_bytes, |value| match value {
            Value::Fixed32(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// Every value of a repeated double field.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field has another type.
    pub fn doubles(self, number: u32) -> Result<Vec<f64>, Error> {
        self.fixed(number, f64::from_le_bytes, |value| match value {
            Value::Fixed64(bytes) => Some(bytes),
            _ => None,
        })
    }

    fn fixed<T, const N: usize>(
        self,
        number: u32,
        decode: impl Fn([u8; N]) -> T,
        unpacked: impl Fn(Value<'_>) -> Option<[u8; N]>,
    ) -> Result<Vec<T>, Error> {
        let mut count = 0;
        for field in self.fields() {
            let field = field?;
            if field.number == number {
                count += match field.value {
                    Value::Bytes(packed) => packed.len() / N,
                    _ => 1,
                };
            }
        }
        let mut values = Vec::with_capacity(count);
        for field in self.fields() {
            let field = field?;
            if field.number != number {
                continue;
            }
            if let Value::Bytes(packed) = field.value {
                let (chunks, rest) = packed.as_chunks::<N>();
                if !rest.is_empty() {
                    return Err(field.is_not("a whole number of packed values"));
                }
                values.extend(chunks.iter().map(|chunk| decode(*chunk)));
            } else {
                let bytes =
                    unpacked(field.value).ok_or_else(|| field.is_not("a fixed-width number"))?;
                values.push(decode(bytes));
            }
        }
        Ok(values)
    }
}
