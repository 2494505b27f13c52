//! Tensors and their element types.

use std::fmt;

use super::LoadError;
use super::error::{invalid, unsupported};
use super::wire::{Message, doubles, floats, ints};

/// A tensor's element type; the ones that no tree model uses keep their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataType {
    Float,
    Uint8,
    Int32,
    Int64,
    Text,
    Double,
    Other(i64),
}

impl DataType {
    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            1 => DataType::Float,
            2 => DataType::Uint8,
            6 => DataType::Int32,
            7 => DataType::Int64,
            8 => DataType::Text,
            11 => DataType::Double,
            other => DataType::Other(other),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DataType::Float => "float32",
            DataType::Uint8 => "uint8",
            DataType::Int32 => "int32",
            DataType::Int64 => "int64",
            DataType::Text => "string",
            DataType::Double => "float64",
            DataType::Other(number) => return write!(f, "element type {number}"),
        })
    }
}

/// A tensor, its data still as bytes.
#[derive(Clone, Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: &'a str,
    pub(crate) data_type: DataType,
    /// The product of the dimensions.
    pub(crate) n_elements: usize,
    message: Message<'a>,
    raw: Option<&'a [u8]>,
}

impl<'a> Tensor<'a> {
    pub(crate) fn read(message: Message<'a>, place: &str) -> Result<Self, LoadError> {
        let (mut name, mut data_type, mut raw, mut external) = ("", 0, None, false);
        for field in message.fields() {
            let field = field?;
            match field.number {
                2 => data_type = field.int()?,
                8 => name = field.text()?,
                9 => raw = Some(field.bytes()?),
                14 => external = field.int()? != 0,
                _ => {}
            }
        }
        if external {
            return unsupported!(
                "{place}: the tensor's data are in another file, they must be in the model file"
            );
        }
        let mut n_elements = Some(1_usize);
        for dimension in ints(message, 1)? {
            n_elements = usize::try_from(dimension)
                .ok()
                .and_then(|dimension| n_elements?.checked_mul(dimension));
        }
        let Some(n_elements) = n_elements else {
            return invalid!("{place}: the tensor's dimensions are negative or too large");
        };
        Ok(Self {
            name,
            data_type: DataType::from_number(data_type),
            n_elements,
            message,
            raw,
        })
    }

    /// The values of a float32 tensor.
    pub(crate) fn floats(&self, place: &str) -> Result<Vec<f32>, LoadError> {
        self.values(place, DataType::Float, f32::from_le_bytes, || {
            floats(self.message, 4)
        })
    }

    /// The values of a float64 tensor.
    pub(crate) fn doubles(&self, place: &str) -> Result<Vec<f64>, LoadError> {
        self.values(place, DataType::Double, f64::from_le_bytes, || {
            doubles(self.message, 10)
        })
    }

    /// The values of a uint8 tensor.
    pub(crate) fn bytes(&self, place: &str) -> Result<Vec<u8>, LoadError> {
        self.values(place, DataType::Uint8, u8::from_le_bytes, || {
            let wide = ints(self.message, 5)?;
            let mut narrow = Vec::with_capacity(wide.len());
            for value in wide {
                match u8::try_from(value) {
                    Ok(value) => narrow.push(value),
                    Err(_) => return invalid!("{place}: found {value}, allowed are 0 to 255"),
                }
            }
            Ok(narrow)
        })
    }

    fn values<T, const N: usize>(
        &self,
        place: &str,
        data_type: DataType,
        decode: impl Fn([u8; N]) -> T,
        typed: impl Fn() -> Result<Vec<T>, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        if self.data_type != data_type {
            return invalid!(
                "{place}: found a {} tensor, it must be {data_type}",
                self.data_type
            );
        }
        let values = match self.raw {
            None => typed()?,
            Some(raw) => {
                let (chunks, rest) = raw.as_chunks::<N>();
                if !rest.is_empty() {
                    return invalid!(
                        "{place}: the tensor has {} bytes, that is no whole number of {data_type}",
                        raw.len()
                    );
                }
                chunks.iter().map(|chunk| decode(*chunk)).collect()
            }
        };
        if values.len() != self.n_elements {
            return invalid!(
                "{place}: the tensor holds {} values, its dimensions say {}",
                values.len(),
                self.n_elements
            );
        }
        Ok(values)
    }
}
