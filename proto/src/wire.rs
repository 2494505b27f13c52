//! Protobuf bytes, read in place.
//!
//! Messages that prost has decoded cost dearly if the bytes are hostile: 2 bytes can become an empty
//! submessage of a hundred and more. This reader never builds a message. It walks the bytes, counts what
//! a field holds before it allocates room for it, and borrows texts and submessages from its input.
//!
//! Use it for bytes whose size is not bounded by a small limit; otherwise prost's messages are simpler.
//! Field numbers come from the modules `field` beside prost's messages, as `onnx::field`.
//!
//! ```
//! use proto::{onnx::field::operator_set_id_proto, wire::{Error, Message}};
//!
//! let message = Message::new(b"\x0a\x0aai.onnx.ml\x10\x03", "an opset import");
//! assert_eq!(message.text(operator_set_id_proto::DOMAIN)?, "ai.onnx.ml");
//! assert_eq!(message.int(operator_set_id_proto::VERSION)?, 3);
//! # Ok::<(), Error>(())
//! ```

mod fields;
mod lists;

use thiserror::Error;

pub use fields::Fields;

/// The bytes of one message.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    name: &'static str,
}

/// A field: its number and value.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// As the .proto file has it; at least 1.
    pub number: u32,
    /// The value as it is on the wire.
    pub value: Value<'a>,
    message: &'static str,
}

/// The value of a field as it is on the wire. Groups are not supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Integers of any width, enums and bools.
    Varint(u64),
    /// float, fixed32 and sfixed32.
    Fixed32([u8; 4]),
    /// double, fixed64 and sfixed64.
    Fixed64([u8; 8]),
    /// Texts, bytes, messages and packed lists.
    Bytes(&'a [u8]),
}

/// Bytes that are not the message that they should be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// No field starts here, a number does not end, or a group was found.
    #[error("the bytes of {message} are not protobuf fields")]
    Malformed {
        /// What the message is.
        message: &'static str,
    },
    /// A length goes beyond the end.
    #[error(
        "a field of {message} claims {claimed} bytes, {left} are left (is the file cut short?)"
    )]
    CutShort {
        /// What the message is.
        message: &'static str,
        /// The length that was found.
        claimed: usize,
        /// Bytes up to the end of the message.
        left: usize,
    },
    /// A field's value is not what was asked for.
    #[error("field {number} of {message} is not {expected}")]
    WrongType {
        /// What the message is.
        message: &'static str,
        /// The field's number.
        number: u32,
        /// What was asked for.
        expected: &'static str,
    },
}

impl<'a> Message<'a> {
    /// A message that errors call `name`, as in "the bytes of a tensor".
    pub fn new(bytes: &'a [u8], name: &'static str) -> Self {
        Self { bytes, name }
    }

    /// The fields, in their order.
    pub fn fields(self) -> Fields<'a> {
        Fields::new(self.bytes, self.name)
    }

    /// The fields, in their order, each with all of its bytes, the number and the type among them.
    pub fn with_bytes(self) -> impl Iterator<Item = Result<(Field<'a>, &'a [u8]), Error>> {
        let mut fields = self.fields();
        std::iter::from_fn(move || {
            let before = fields.rest();
            let field = fields.next()?;
            let bytes = &before[..before.len() - fields.rest().len()];
            Some(field.map(|field| (field, bytes)))
        })
    }

    /// The fields with this number, in their order; nothing after an error.
    pub fn each(self, number: u32) -> impl Iterator<Item = Result<Field<'a>, Error>> {
        let is_other = move |field: &Result<Field<'_>, Error>| matches!(field, Ok(field) if field.number != number);
        self.fields().filter(move |field| !is_other(field))
    }

    /// A text; of several with the same number the last, and the empty one if there is none.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field is not UTF-8 text.
    pub fn text(self, number: u32) -> Result<&'a str, Error> {
        let last = self.each(number).last();
        last.map_or(Ok(""), |field| field?.text())
    }

    /// An int32, int64 or enum; of several with the same number the last, and 0 if there is none.
    ///
    /// # Errors
    /// The bytes are no protobuf, or the field is no integer.
    pub fn int(self, number: u32) -> Result<i64, Error> {
        let last = self.each(number).last();
        last.map_or(Ok(0), |field| field?.int())
    }

    /// How often a field occurs.
    ///
    /// # Errors
    /// The bytes are no protobuf.
    pub fn count(self, number: u32) -> Result<usize, Error> {
        let mut count = 0;
        for field in self.fields() {
            count += usize::from(field?.number == number);
        }
        Ok(count)
    }

    /// The values of a repeated field of texts or messages, in a vector of the exact length.
    ///
    /// # Errors
    /// The bytes are no protobuf, or what `read` returns.
    pub fn repeated<T, E: From<Error>>(
        self,
        number: u32,
        mut read: impl FnMut(Field<'a>) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut values = Vec::with_capacity(self.count(number)?);
        for field in self.each(number) {
            values.push(read(field?)?);
        }
        Ok(values)
    }
}

impl<'a> Field<'a> {
    /// The bytes of a length-delimited value.
    ///
    /// # Errors
    /// It is a number.
    pub fn bytes(self) -> Result<&'a [u8], Error> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.is_not("a length-delimited value")),
        }
    }

    /// A submessage that errors call `name`.
    ///
    /// # Errors
    /// It is a number.
    pub fn message(self, name: &'static str) -> Result<Message<'a>, Error> {
        Ok(Message::new(self.bytes()?, name))
    }

    /// A text.
    ///
    /// # Errors
    /// It is a number, or not UTF-8.
    pub fn text(self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.is_not("UTF-8 text"))
    }

    /// An int32, int64 or enum.
    ///
    /// # Errors
    /// It is no varint.
    pub fn int(self) -> Result<i64, Error> {
        // Two's complement.
        self.uint().map(|value| value as i64)
    }

    /// A uint32, uint64 or bool.
    ///
    /// # Errors
    /// It is no varint.
    pub fn uint(self) -> Result<u64, Error> {
        match self.value {
            Value::Varint(value) => Ok(value),
            _ => Err(self.is_not("an integer")),
        }
    }

    fn is_not(self, expected: &'static str) -> Error {
        Error::WrongType {
            message: self.message,
            number: self.number,
            expected,
        }
    }
}

#[cfg(test)]
mod tests;
