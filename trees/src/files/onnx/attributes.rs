//! An operator's attributes, by name.

use algorithm::text::excerpt;
use proto::{
    onnx::field::attribute_proto,
    wire::{Field, Message},
};

use super::{
    LoadError,
    error::{invalid, unsupported},
    file::Operator,
    tensor::Tensor,
};
use crate::number::{Float, Number};

/// Most attributes of an operator; the tree operators know 22.
const MAX_ATTRIBUTES: usize = 64;

/// Largest number of features of a model.
pub(super) const MAX_FEATURES: usize = 1 << 24;

/// Most targets of a regressor, and so the most values that the answer of one row can hold.
const MAX_TARGETS: i64 = 100_000;

/// ONNX's AttributeType.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Float = 1,
    Int = 2,
    Text = 3,
    Tensor = 4,
    Floats = 6,
    Ints = 7,
    Texts = 8,
}

/// The attributes of one operator: known names only, each at most once.
pub(super) struct Attributes<'a> {
    /// The operator's place, for errors.
    place: &'a str,
    entries: Vec<Attribute<'a>>,
}

struct Attribute<'a> {
    name: &'a str,
    kind: i64,
    message: Message<'a>,
}

impl<'a> Attributes<'a> {
    /// Reads the names and types; `known` are the names that the operator has.
    pub(super) fn read(operator: &'a Operator<'_>, known: &[&str]) -> Result<Self, LoadError> {
        let place = operator.place.as_str();
        let n = operator.attributes.len();
        if n > MAX_ATTRIBUTES {
            return invalid!("{place}: found {n} attributes, allowed are up to {MAX_ATTRIBUTES}");
        }
        let mut entries = Vec::<Attribute<'a>>::with_capacity(n);
        for message in &operator.attributes {
            let (mut name, mut kind) = ("", 0);
            let mut fields = message.fields();
            loop {
                // Each integer is a field of its own, and there may be hundreds of thousands.
                fields.skip_varints(attribute_proto::INTS)?;
                let Some(field) = fields.next() else { break };
                let field = field?;
                match field.number {
                    attribute_proto::NAME => name = field.text()?,
                    attribute_proto::TYPE => kind = field.int()?,
                    _ => {}
                }
            }
            if !known.contains(&name) {
                return unsupported!(
                    "{place}: found attribute `{}`, which {} does not have",
                    excerpt(name.as_bytes()),
                    operator.kind
                );
            }
            if entries.iter().any(|entry| entry.name == name) {
                return invalid!("{place}: found attribute `{name}` twice, allowed is once");
            }
            entries.push(Attribute {
                name,
                kind,
                message: *message,
            });
        }
        Ok(Self { place, entries })
    }

    /// The place of an attribute, for errors.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}: {name}", self.place)
    }

    /// The place of the operator, for errors.
    pub(super) fn operator(&self) -> &str {
        self.place
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// A list of integers, empty if the attribute is absent.
    pub(super) fn ints(&self, name: &str) -> Result<Vec<i64>, LoadError> {
        match self.find(name, Kind::Ints)? {
            Some(message) => Ok(message.ints(attribute_proto::INTS)?),
            None => Ok(Vec::new()),
        }
    }

    /// A list of float32, empty if the attribute is absent.
    pub(super) fn floats(&self, name: &str) -> Result<Vec<f32>, LoadError> {
        match self.find(name, Kind::Floats)? {
            Some(message) => Ok(message.floats(attribute_proto::FLOATS)?),
            None => Ok(Vec::new()),
        }
    }

    /// One float32.
    pub(super) fn float(&self, name: &str) -> Result<Option<f32>, LoadError> {
        let Some(message) = self.find(name, Kind::Float)? else {
            return Ok(None);
        };
        let last = message.floats(attribute_proto::F)?.pop();
        Ok(Some(last.unwrap_or(0.0)))
    }

    /// A list of texts, each read by `read`; empty if the attribute is absent.
    pub(super) fn texts<T>(
        &self,
        name: &str,
        read: impl FnMut(Field<'a>) -> Result<T, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        match self.find(name, Kind::Texts)? {
            Some(message) => message.repeated(attribute_proto::STRINGS, read),
            None => Ok(Vec::new()),
        }
    }

    /// One integer. ONNX writers leave a 0 out of the bytes.
    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, LoadError> {
        let Some(message) = self.find(name, Kind::Int)? else {
            return Ok(None);
        };
        Ok(Some(message.int(attribute_proto::I)?))
    }

    /// One text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, LoadError> {
        let Some(message) = self.find(name, Kind::Text)? else {
            return Ok(None);
        };
        Ok(Some(message.text(attribute_proto::S)?))
    }

    /// One tensor.
    pub(super) fn tensor(&self, name: &str) -> Result<Option<Tensor<'a>>, LoadError> {
        let Some(message) = self.find(name, Kind::Tensor)? else {
            return Ok(None);
        };
        for field in message.fields() {
            let field = field?;
            if field.number == attribute_proto::T {
                return Tensor::read(field.message("a tensor")?, &self.place(name)).map(Some);
            }
        }
        invalid!("{}: the attribute has no tensor", self.place(name))
    }

    /// The values of a tensor of the ensemble's own type, empty if the attribute is absent.
    pub(super) fn tensor_of<T: Number>(&self, name: &str) -> Result<Vec<T>, LoadError> {
        let Some(tensor) = self.tensor(name)? else {
            return Ok(Vec::new());
        };
        let place = self.place(name);
        Ok(match T::FLOAT {
            Float::Single => {
                let values = tensor.floats(&place)?.into_iter();
                values.map(T::from_f32).collect()
            }
            Float::Double => {
                let values = tensor.doubles(&place)?.into_iter();
                values.map(T::from_f64).collect()
            }
        })
    }

    /// A list of numbers that is a float32 list or, under another name, a float64 tensor. The tensor
    /// needs an ensemble that computes in float64.
    pub(super) fn numbers<T: Number>(&self, name: &str) -> Result<Vec<T>, LoadError> {
        let tensor_name = format!("{name}_as_tensor");
        if !self.has(&tensor_name) {
            let values = self.floats(name)?.into_iter();
            return Ok(values.map(T::from_f32).collect());
        }
        let place = self.place(&tensor_name);
        if self.has(name) {
            return invalid!("{place}: found beside {name}, allowed is one of the two");
        }
        if T::FLOAT == Float::Single {
            return invalid!("{place}: found with a float32 input, allowed is a float64 input");
        }
        self.tensor_of(&tensor_name)
    }

    /// The attribute `n_targets`.
    pub(super) fn n_targets(&self) -> Result<usize, LoadError> {
        match self.int("n_targets")? {
            Some(n @ 1..=MAX_TARGETS) => Ok(n as usize),
            Some(n) => invalid!(
                "{}: found {n}, allowed are 1 to {MAX_TARGETS}",
                self.place("n_targets")
            ),
            None => self.missing("n_targets"),
        }
    }

    /// The error of an attribute that must be there.
    pub(super) fn missing<T>(&self, name: &str) -> Result<T, LoadError> {
        invalid!("{}: the attribute is missing", self.place(name))
    }

    /// A list that must be as long as another.
    pub(super) fn same_length(
        &self,
        (name, found): (&str, usize),
        (other, expected): (&str, usize),
    ) -> Result<(), LoadError> {
        if found == expected {
            return Ok(());
        }
        invalid!(
            "{}: found {found} entries, {other} has {expected}",
            self.place(name)
        )
    }

    /// Entry `i` of the list of features, which is `id`, as a column.
    pub(super) fn feature(&self, id: i64, i: usize) -> Result<u32, LoadError> {
        match u32::try_from(id) {
            Ok(feature) if (feature as usize) < MAX_FEATURES => Ok(feature),
            _ => invalid!(
                "{}[{i}]: found feature {id}, allowed are 0 to {}",
                self.place("nodes_featureids"),
                MAX_FEATURES - 1
            ),
        }
    }

    fn find(&self, name: &str, kind: Kind) -> Result<Option<Message<'a>>, LoadError> {
        match self.entries.iter().find(|entry| entry.name == name) {
            // Files from before the type was written leave it 0.
            Some(entry) if entry.kind == 0 || entry.kind == kind as i64 => Ok(Some(entry.message)),
            Some(entry) => invalid!(
                "{}: found attribute type {}, allowed is {}",
                self.place(name),
                entry.kind,
                kind as i64
            ),
            None => Ok(None),
        }
    }
}
