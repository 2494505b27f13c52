//! The outer messages: model, graph, node, input and output.

use super::LoadError;
use super::error::{invalid, quote, unsupported};
use super::tensor::DataType;
use super::wire::Message;

/// Most nodes, initializers, inputs or outputs of a graph. The largest exports that a tree model makes
/// (LightGBM with `split`) have three nodes a part.
const MAX_GRAPH_ITEMS: usize = 10_000;

/// A model file: its graph and what stands beside it.
pub(crate) struct ModelFile<'a> {
    message: Message<'a>,
    pub(crate) graph: Graph<'a>,
}

/// The graph's parts, each still as bytes.
pub(crate) struct Graph<'a> {
    pub(crate) nodes: Vec<Message<'a>>,
    pub(crate) initializers: Vec<Message<'a>>,
    pub(crate) inputs: Vec<Message<'a>>,
    pub(crate) outputs: Vec<Message<'a>>,
}

/// One operator of the graph.
pub(crate) struct Node<'a> {
    /// `` node `name` (operator) ``, for errors.
    pub(crate) place: String,
    pub(crate) domain: &'a str,
    pub(crate) op: &'a str,
    pub(crate) inputs: Vec<&'a str>,
    pub(crate) outputs: Vec<&'a str>,
    pub(crate) attributes: Vec<Message<'a>>,
}

/// A graph input or output.
pub(crate) struct ValueInfo<'a> {
    pub(crate) name: &'a str,
    /// `None` where it is not a tensor (`ZipMap` gives a sequence of maps).
    pub(crate) tensor: Option<TensorType>,
}

/// A declared tensor type.
pub(crate) struct TensorType {
    pub(crate) element: DataType,
    /// The dimensions, `None` for an unknown one; no list at all where no shape is declared.
    pub(crate) shape: Option<Vec<Option<i64>>>,
}

impl<'a> ModelFile<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        if bytes.is_empty() {
            return Err(LoadError::Malformed("the file is empty".into()));
        }
        let message = Message::new(bytes, "the model");
        let mut graph = None;
        for field in message.fields() {
            let field = field?;
            if field.number == 7 && graph.replace(field.message("the graph")?).is_some() {
                return invalid!("the model has two graphs, one is allowed");
            }
        }
        let graph = graph.ok_or_else(|| LoadError::Malformed("it holds no graph".into()))?;
        Ok(Self {
            message,
            graph: Graph {
                nodes: items(graph, 1, "a node", "nodes")?,
                initializers: items(graph, 5, "an initializer", "initializers")?,
                inputs: items(graph, 11, "a graph input", "inputs")?,
                outputs: items(graph, 12, "a graph output", "outputs")?,
            },
        })
    }

    /// The version of the operator set of `domain` that the file imports. Some exporters list one twice;
    /// the last counts, as in onnxruntime.
    pub(crate) fn opset(&self, domain: &str) -> Result<Option<i64>, LoadError> {
        let mut found = None;
        for field in self.message.fields() {
            let field = field?;
            if field.number != 8 {
                continue;
            }
            let (mut name, mut version) = ("", 0);
            for field in field.message("an opset import")?.fields() {
                let field = field?;
                match field.number {
                    1 => name = field.text()?,
                    2 => version = field.int()?,
                    _ => {}
                }
            }
            if name == domain {
                found = Some(version);
            }
        }
        Ok(found)
    }

    /// The value of a metadata entry.
    pub(crate) fn metadata(&self, key: &str) -> Result<Option<&'a str>, LoadError> {
        let mut found = None;
        for field in self.message.fields() {
            let field = field?;
            if field.number != 14 {
                continue;
            }
            let (mut name, mut value) = ("", "");
            for field in field.message("a metadata entry")?.fields() {
                let field = field?;
                match field.number {
                    1 => name = field.text()?,
                    2 => value = field.text()?,
                    _ => {}
                }
            }
            if name == key {
                found = Some(value);
            }
        }
        Ok(found)
    }
}

fn items<'a>(
    graph: Message<'a>,
    number: u32,
    one: &'static str,
    many: &str,
) -> Result<Vec<Message<'a>>, LoadError> {
    let count = graph.count(number)?;
    if count > MAX_GRAPH_ITEMS {
        return unsupported!("the graph has {count} {many}, at most {MAX_GRAPH_ITEMS} are allowed");
    }
    graph.repeated(number, |field| field.message(one))
}

impl<'a> Node<'a> {
    pub(crate) fn read(message: Message<'a>, position: usize) -> Result<Self, LoadError> {
        let (mut name, mut op, mut domain) = ("", "", "");
        for field in message.fields() {
            let field = field?;
            match field.number {
                3 => name = field.text()?,
                4 => op = field.text()?,
                7 => domain = field.text()?,
                _ => {}
            }
        }
        // Exporters may leave the name out.
        let place = match name {
            "" => format!("node {position} ({})", quote(op)),
            name => format!("node {}", quote(name)),
        };
        Ok(Self {
            place,
            // The default domain has two names.
            domain: if domain == "ai.onnx" { "" } else { domain },
            op,
            inputs: message.repeated(1, |field| field.text())?,
            outputs: message.repeated(2, |field| field.text())?,
            attributes: message.repeated(5, |field| field.message("an attribute"))?,
        })
    }
}

impl<'a> ValueInfo<'a> {
    pub(crate) fn read(message: Message<'a>) -> Result<Self, LoadError> {
        let (mut name, mut kind) = ("", None);
        for field in message.fields() {
            let field = field?;
            match field.number {
                1 => name = field.text()?,
                2 => kind = Some(field.message("a type")?),
                _ => {}
            }
        }
        let mut tensor = None;
        for field in kind.map(Message::fields).into_iter().flatten() {
            let field = field?;
            if field.number == 1 {
                tensor = Some(TensorType::read(field.message("a tensor type")?)?);
            }
        }
        Ok(Self { name, tensor })
    }
}

impl TensorType {
    fn read(message: Message<'_>) -> Result<Self, LoadError> {
        let (mut element, mut shape) = (0, None);
        for field in message.fields() {
            let field = field?;
            match field.number {
                1 => element = field.int()?,
                2 => {
                    let dimensions = field.message("a tensor shape")?;
                    shape = Some(
                        dimensions.repeated(1, |field| dimension(field.message("a dimension")?))?,
                    );
                }
                _ => {}
            }
        }
        Ok(Self {
            element: DataType::from_number(element),
            shape,
        })
    }
}

fn dimension(message: Message<'_>) -> Result<Option<i64>, LoadError> {
    let mut value = None;
    for field in message.fields() {
        let field = field?;
        match field.number {
            1 => value = Some(field.int()?),
            2 => value = None,
            _ => {}
        }
    }
    Ok(value)
}
