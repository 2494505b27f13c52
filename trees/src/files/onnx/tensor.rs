//! Tensors and their element types.

use std::fmt;

use proto::{onnx::field::tensor_proto, wire::Message};

use super::{
    LoadError,
    error::{invalid, unsupported},
};

/// A tensor's element type; those that no tree model uses keep their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Float,
    Uint8,
    Int32,
    Int64,
    Text,
    Double,
    Other(i64),
}

impl DataType {
    pub(super) fn from_number(number: i64) -> Self {
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
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) data_type: DataType,
    /// The product of the dimensions.
    pub(super) n_elements: usize,
    message: Message<'a>,
    raw: Option<&'a [u8]>,
}

impl<'a> Tensor<'a> {
    pub(super) fn read(message: Message<'a>, place: &str) -> Result<Self, LoadError> {
        let (mut name, mut data_type, mut raw, mut external) = ("", 0, None, false);
        for field in message.fields() {
            let field = field?;
            match field.number {
                tensor_proto::DATA_TYPE => data_type = field.int()?,
                tensor_proto::NAME => name = field.text()?,
                tensor_proto::RAW_DATA => raw = Some(field.bytes()?),
                tensor_proto::DATA_LOCATION => external = field.int()? != 0,
                _ => {}
            }
        }
        if external {
            return unsupported!(
                "{place}: found a tensor whose data are in another file, supported are data in the model file"
            );
        }
        let mut n_elements = Some(1_usize);
        for dimension in message.ints(tensor_proto::DIMS)? {
            n_elements = usize::try_from(dimension)
                .ok()
                .and_then(|dimension| n_elements?.checked_mul(dimension));
        }
        let Some(n_elements) = n_elements else {
            return invalid!(
                "{place}: found dimensions that are negative or too large for the file"
            );
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
    pub(super) fn floats(&self, place: &str) -> Result<Vec<f32>, LoadError> {
        self.values(place, DataType::Float, f32::from_le_bytes, || {
            Ok(self.message.floats(tensor_proto::FLOAT_DATA)?)
        })
    }

    /// The values of a float64 tensor.
    pub(super) fn doubles(&self, place: &str) -> Result<Vec<f64>, LoadError> {
        self.values(place, DataType::Double, f64::from_le_bytes, || {
            Ok(self.message.doubles(tensor_proto::DOUBLE_DATA)?)
        })
    }

    /// The values of a uint8 tensor.
    pub(super) fn bytes(&self, place: &str) -> Result<Vec<u8>, LoadError> {
        self.values(place, DataType::Uint8, u8::from_le_bytes, || {
            let wide = self.message.ints(tensor_proto::INT32_DATA)?;
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
                "{place}: found a {} tensor, allowed is {data_type}",
                self.data_type
            );
        }
        let values = match self.raw {
            None => typed()?,
            Some(raw) => {
                let (chunks, rest) = raw.as_chunks::<N>();
                if !rest.is_empty() {
                    return invalid!(
                        "{place}: found a tensor of {} bytes, allowed is a whole number of {data_type}",
                        raw.len()
                    );
                }
                chunks.iter().map(|chunk| decode(*chunk)).collect()
            }
        };
        if values.len() != self.n_elements {
            return invalid!(
                "{place}: found a tensor of {} values, allowed are {}, the product of its dimensions",
                values.len(),
                self.n_elements
            );
        }
        Ok(values)
    }
}
