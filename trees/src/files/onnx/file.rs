//! The outer messages: model, graph, operator, input and output. ONNX calls an operator of the graph a
//! node; here a node is always one of a tree.

use algorithm::text::excerpt;
use proto::{
    onnx::field::{
        graph_proto, model_proto, node_proto, operator_set_id_proto, string_string_entry_proto,
        tensor_shape_proto, type_proto, value_info_proto,
    },
    wire::Message,
};

use super::{
    LoadError,
    error::{invalid, unsupported},
    tensor::DataType,
};

/// Most operators, initializers, inputs or outputs of a graph. The largest exports that a tree model
/// makes (LightGBM with `split`) have three operators a part.
const MAX_GRAPH_ITEMS: usize = 10_000;

/// A model file: its graph, and the fields beside it.
pub(super) struct ModelFile<'a> {
    message: Message<'a>,
    pub(super) graph: GraphItems<'a>,
}

/// The items of the graph, each still as bytes.
pub(super) struct GraphItems<'a> {
    pub(super) operators: Vec<Message<'a>>,
    pub(super) initializers: Vec<Message<'a>>,
    pub(super) inputs: Vec<Message<'a>>,
    pub(super) outputs: Vec<Message<'a>>,
}

/// One operator of the graph.
pub(super) struct Operator<'a> {
    /// What errors begin with: `` node `name` ``, or its position and type if it has no name.
    pub(super) place: String,
    pub(super) domain: &'a str,
    pub(super) kind: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: Vec<Message<'a>>,
}

/// A graph input or output.
pub(super) struct ValueInfo<'a> {
    pub(super) name: &'a str,
    /// `None` if it is not a tensor (`ZipMap` gives a sequence of maps).
    pub(super) tensor: Option<TensorType>,
}

/// A declared tensor type.
pub(super) struct TensorType {
    pub(super) element: DataType,
    /// The dimensions, `None` for an unknown one; no list at all if no shape is declared.
    pub(super) shape: Option<Vec<Option<i64>>>,
}

impl<'a> ModelFile<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        if bytes.is_empty() {
            return Err(LoadError::Malformed("the file is empty".into()));
        }
        let message = Message::new(bytes, "the model");
        let mut graph = None;
        for field in message.each(model_proto::GRAPH) {
            if graph.replace(field?.message("the graph")?).is_some() {
                return invalid!("the model: found two graphs, allowed is one");
            }
        }
        let graph = graph.ok_or_else(|| LoadError::Malformed("it holds no graph".into()))?;
        Ok(Self {
            message,
            graph: GraphItems {
                operators: items(graph, graph_proto::NODE, "a node", "nodes")?,
                initializers: items(
                    graph,
                    graph_proto::INITIALIZER,
                    "an initializer",
                    "initializers",
                )?,
                inputs: items(graph, graph_proto::INPUT, "a graph input", "inputs")?,
                outputs: items(graph, graph_proto::OUTPUT, "a graph output", "outputs")?,
            },
        })
    }

    /// The version of the operator set of `domain` that the file imports. Some exporters list a domain
    /// twice; the last entry counts, as in onnxruntime.
    pub(super) fn opset(&self, domain: &str) -> Result<Option<i64>, LoadError> {
        let mut found = None;
        for field in self.message.each(model_proto::OPSET_IMPORT) {
            let import = field?.message("an opset import")?;
            if import.text(operator_set_id_proto::DOMAIN)? == domain {
                found = Some(import.int(operator_set_id_proto::VERSION)?);
            }
        }
        Ok(found)
    }

    /// The value of a metadata entry; of several with the same key, the last.
    pub(super) fn metadata(&self, key: &str) -> Result<Option<&'a str>, LoadError> {
        let mut found = None;
        for field in self.message.each(model_proto::METADATA_PROPS) {
            let entry = field?.message("a metadata entry")?;
            if entry.text(string_string_entry_proto::KEY)? == key {
                found = Some(entry.text(string_string_entry_proto::VALUE)?);
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
        return unsupported!(
            "the graph: found {count} {many}, supported are up to {MAX_GRAPH_ITEMS}"
        );
    }
    Ok(graph.repeated(number, |field| field.message(one))?)
}

impl<'a> Operator<'a> {
    pub(super) fn read(message: Message<'a>, position: usize) -> Result<Self, LoadError> {
        let name = message.text(node_proto::NAME)?;
        let kind = message.text(node_proto::OP_TYPE)?;
        let domain = message.text(node_proto::DOMAIN)?;
        Ok(Self {
            place: if name.is_empty() {
                format!("node {position} (`{}`)", excerpt(kind.as_bytes()))
            } else {
                format!("node `{}`", excerpt(name.as_bytes()))
            },
            // The default domain has two names.
            domain: if domain == "ai.onnx" { "" } else { domain },
            kind,
            inputs: message.repeated(node_proto::INPUT, |field| field.text())?,
            outputs: message.repeated(node_proto::OUTPUT, |field| field.text())?,
            attributes: message
                .repeated(node_proto::ATTRIBUTE, |field| field.message("an attribute"))?,
        })
    }
}

impl<'a> ValueInfo<'a> {
    pub(super) fn read(message: Message<'a>) -> Result<Self, LoadError> {
        let (mut name, mut kind) = ("", None);
        for field in message.fields() {
            let field = field?;
            match field.number {
                value_info_proto::NAME => name = field.text()?,
                value_info_proto::TYPE => kind = Some(field.message("a type")?),
                _ => {}
            }
        }
        let mut tensor = None;
        for field in kind.map(Message::fields).into_iter().flatten() {
            let field = field?;
            if field.number == type_proto::TENSOR_TYPE {
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
                type_proto::tensor::ELEM_TYPE => element = field.int()?,
                type_proto::tensor::SHAPE => {
                    let dimensions = field.message("a tensor shape")?;
                    shape = Some(dimensions.repeated(tensor_shape_proto::DIM, |field| {
                        dimension(field.message("a dimension")?)
                    })?);
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
            tensor_shape_proto::dimension::DIM_VALUE => value = Some(field.int()?),
            tensor_shape_proto::dimension::DIM_PARAM => value = None,
            _ => {}
        }
    }
    Ok(value)
}
