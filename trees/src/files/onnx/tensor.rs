//! Tensors and their element types.

use std::fmt;

use proto::{onnx::field::tensor_proto, wire::Message};

use super::{
    LoadError,
    error::{invalid, unsupported},
};

/// Most dimensions of a tensor; exporters of tree models write up to three.
pub(super) const MAX_DIMENSIONS: usize = 8;

/// A tensor's element type; those that no tree model uses keep their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Float,
    Uint8,
    Int32,
    Int64,
    Text,
    Bool,
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
            9 => DataType::Bool,
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
            DataType::Bool => "bool",
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
    pub(super) dimensions: Vec<usize>,
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
        let dimensions = message.ints(tensor_proto::DIMS)?;
        if dimensions.len() > MAX_DIMENSIONS {
            return unsupported!(
                "{place}: found a tensor of {} dimensions, supported are up to {MAX_DIMENSIONS}",
                dimensions.len()
            );
        }
        let dimensions = dimensions.into_iter().map(usize::try_from);
        let dimensions = dimensions.collect::<Result<Vec<_>, _>>().ok();
        let product = |dimensions: &Vec<usize>| {
            let mut dimensions = dimensions.iter();
            dimensions.try_fold(1_usize, |product, dimension| {
                product.checked_mul(*dimension)
            })
        };
        let (Some(n_elements), Some(dimensions)) =
            (dimensions.as_ref().and_then(product), dimensions)
        else {
            return invalid!(
                "{place}: found dimensions that are negative or too large for the file"
            );
        };
        Ok(Self {
            name,
            data_type: DataType::from_number(data_type),
            dimensions,
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

    /// The values of an int32 or int64 tensor.
    pub(super) fn ints(&self, place: &str) -> Result<Vec<i64>, LoadError> {
        if self.data_type == DataType::Int32 {
            let decode = |bytes| i64::from(i32::from_le_bytes(bytes));
            return self.values(place, DataType::Int32, decode, || {
                Ok(self.message.ints(tensor_proto::INT32_DATA)?)
            });
        }
        self.values(place, DataType::Int64, i64::from_le_bytes, || {
            Ok(self.message.ints(tensor_proto::INT64_DATA)?)
        })
    }

    /// The values of a string tensor.
    pub(super) fn texts(&self, place: &str) -> Result<Vec<String>, LoadError> {
        let texts = || {
            let message = self.message;
            message.repeated(tensor_proto::STRING_DATA, |field| {
                Ok(field.text()?.to_owned())
            })
        };
        self.values(place, DataType::Text, |_: [u8; 1]| String::new(), texts)
    }

    /// The values of a tensor of numbers, each exact as float64.
    pub(super) fn numbers(&self, place: &str) -> Result<Vec<f64>, LoadError> {
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        match self.data_type {
            DataType::Float => Ok(self.floats(place)?.into_iter().map(f64::from).collect()),
            DataType::Double => self.doubles(place),
            _ => {
                let ints = self.ints(place)?;
                match ints.iter().find(|int| int.unsigned_abs() > EXACT) {
                    Some(int) => unsupported!("{place}: found {int}, supported are up to {EXACT}"),
                    None => Ok(ints.into_iter().map(|int| int as f64).collect()),
                }
            }
        }
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
            Some(_) if data_type == DataType::Text => {
                return invalid!("{place}: found texts as bytes, allowed is a list of texts");
            }
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
