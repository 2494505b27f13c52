//! A node's attributes, by name.

use super::LoadError;
use super::error::{invalid, quote, unsupported};
use super::file::Node;
use super::tensor::Tensor;
use super::wire::{Field, Message, floats, ints};

/// Most attributes of a node; the tree operators know 22.
const MAX_ATTRIBUTES: usize = 64;

/// ONNX's AttributeType.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int = 2,
    Text = 3,
    Tensor = 4,
    Floats = 6,
    Ints = 7,
    Texts = 8,
}

/// The attributes of one node: known names only, each at most once.
pub(crate) struct Attributes<'a> {
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
    pub(crate) fn read(node: &'a Node<'a>, known: &[&str]) -> Result<Self, LoadError> {
        let place = node.place.as_str();
        if node.attributes.len() > MAX_ATTRIBUTES {
            return invalid!(
                "{place}: found {} attributes, at most {MAX_ATTRIBUTES} are allowed",
                node.attributes.len()
            );
        }
        let mut entries = Vec::<Attribute<'a>>::with_capacity(node.attributes.len());
        for message in &node.attributes {
            let (mut name, mut kind) = ("", 0);
            let mut fields = message.fields();
            loop {
                // Integers come one a field, by the hundred thousand.
                fields.skip_varints(8)?;
                let Some(field) = fields.next() else { break };
                let field = field?;
                match field.number {
                    1 => name = field.text()?,
                    20 => kind = field.int()?,
                    _ => {}
                }
            }
            if !known.contains(&name) {
                return unsupported!(
                    "{place}: attribute {} is not known to {}",
                    quote(name),
                    node.op
                );
            }
            if entries.iter().any(|entry| entry.name == name) {
                return invalid!("{place}: attribute `{name}` occurs twice");
            }
            entries.push(Attribute {
                name,
                kind,
                message: *message,
            });
        }
        Ok(Self { place, entries })
    }

    /// Where an attribute stands, for errors.
    pub(crate) fn place(&self, name: &str) -> String {
        format!("{}: {name}", self.place)
    }

    pub(crate) fn node(&self) -> &str {
        self.place
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// A list of integers, empty where the attribute is absent.
    pub(crate) fn ints(&self, name: &str) -> Result<Vec<i64>, LoadError> {
        match self.find(name, Kind::Ints)? {
            Some(message) => ints(message, 8),
            None => Ok(Vec::new()),
        }
    }

    /// A list of float32, empty where the attribute is absent.
    pub(crate) fn floats(&self, name: &str) -> Result<Vec<f32>, LoadError> {
        match self.find(name, Kind::Floats)? {
            Some(message) => floats(message, 7),
            None => Ok(Vec::new()),
        }
    }

    /// A list of texts, each read by `read`; empty where the attribute is absent.
    pub(crate) fn texts<T>(
        &self,
        name: &str,
        read: impl FnMut(Field<'a>) -> Result<T, LoadError>,
    ) -> Result<Vec<T>, LoadError> {
        match self.find(name, Kind::Texts)? {
            Some(message) => message.repeated(9, read),
            None => Ok(Vec::new()),
        }
    }

    /// One integer. ONNX writers leave a 0 out of the bytes.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, LoadError> {
        let Some(message) = self.find(name, Kind::Int)? else {
            return Ok(None);
        };
        let mut value = 0;
        for field in message.fields() {
            let field = field?;
            if field.number == 3 {
                value = field.int()?;
            }
        }
        Ok(Some(value))
    }

    /// One text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, LoadError> {
        let Some(message) = self.find(name, Kind::Text)? else {
            return Ok(None);
        };
        let mut value = "";
        for field in message.fields() {
            let field = field?;
            if field.number == 4 {
                value = field.text()?;
            }
        }
        Ok(Some(value))
    }

    /// One tensor.
    pub(crate) fn tensor(&self, name: &str) -> Result<Option<Tensor<'a>>, LoadError> {
        let Some(message) = self.find(name, Kind::Tensor)? else {
            return Ok(None);
        };
        for field in message.fields() {
            let field = field?;
            if field.number == 5 {
                return Tensor::read(field.message("a tensor")?, &self.place(name)).map(Some);
            }
        }
        invalid!("{}: the attribute has no tensor", self.place(name))
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
