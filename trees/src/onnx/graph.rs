//! The graph: tree operators and the few others that exporters put around them.
//!
//! Each name of the graph gets a meaning ([`Flow`]) as the nodes are read in order. In the end the
//! graph's outputs must mean a classifier's labels, or values computed from trees.

mod input;
mod operators;
mod trees;

use std::collections::HashMap;
use std::rc::Rc;

use super::LoadError;
use super::attributes::Attributes;
use super::error::{invalid, quote, unsupported};
use super::file::{ModelFile, Node, ValueInfo};
use super::tensor::Tensor;
use crate::scorer::{Elementwise, Float, Part, Scorer};
use algorithm::{InputType, Labels, Output};

const SUPPORTED: &str = "ai.onnx.ml.TreeEnsembleClassifier, ai.onnx.ml.TreeEnsembleRegressor, \
    ai.onnx.ml.TreeEnsemble, ai.onnx.ml.ZipMap, Identity, Cast, Mul, Exp, Sum";

/// The graph's one input.
pub(super) struct Input {
    pub(super) name: String,
    pub(super) kind: InputType,
    pub(super) n_features: usize,
}

/// What the graph computes, and under which names.
pub(super) struct Outputs {
    pub(super) output: Output,
    pub(super) label_name: Option<String>,
    pub(super) values_name: Option<String>,
    pub(super) scorer: Scorer,
}

/// What a name of the graph stands for.
#[derive(Clone, Debug)]
enum Flow {
    /// The features, converted to these types one after the other.
    Features(Vec<Float>),
    /// The labels of a classifier, by its position in [`Graph::ensembles`].
    Labels(usize),
    /// Values from trees.
    Values(Values),
}

/// Values computed from one tree node, or from the sum of several.
#[derive(Clone, Debug)]
struct Values {
    /// Positions in [`Graph::ensembles`], each with the operators between it and the sum. Shared,
    /// because any number of nodes may take the same sum.
    parts: Rc<Vec<(usize, Vec<Elementwise>)>>,
    /// The type of the sum.
    summed: Option<Float>,
    /// The operators after the tree node or the sum.
    then: Vec<Elementwise>,
    /// The type that the values have here.
    float: Float,
}

/// The graph as far as it is read.
struct Graph<'a> {
    input_type: InputType,
    flows: HashMap<&'a str, Flow>,
    constants: HashMap<&'a str, Tensor<'a>>,
    ensembles: Vec<Ensemble>,
}

/// A tree node's ensemble until an output takes it.
struct Ensemble {
    part: Option<Part>,
    labels: Option<Labels>,
    values: Values,
}

/// Reads the whole graph.
pub(super) fn read(file: &ModelFile<'_>) -> Result<(Input, Outputs), LoadError> {
    let constants = input::constants(file)?;
    let (name, kind, declared) = input::input(file, &constants)?;
    let mut graph = Graph {
        input_type: kind,
        flows: HashMap::from([(name, Flow::Features(Vec::new()))]),
        constants,
        ensembles: Vec::new(),
    };
    for (position, message) in file.graph.nodes.iter().enumerate() {
        graph.node(file, &Node::read(*message, position)?)?;
    }
    let outputs = graph.outputs(file)?;
    let input = Input {
        name: name.to_owned(),
        kind,
        n_features: input::n_features(&outputs.scorer, declared, name)?,
    };
    Ok((input, outputs))
}

impl<'a> Graph<'a> {
    fn node(&mut self, file: &ModelFile<'a>, node: &Node<'a>) -> Result<(), LoadError> {
        let flows = match (node.domain, node.op) {
            ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor" | "TreeEnsemble") => {
                self.trees(file, node)?
            }
            ("", "Identity") => {
                Attributes::read(node, &[])?;
                vec![self.only_input(node)?.clone()]
            }
            ("", "Cast") => vec![self.cast(node)?],
            ("ai.onnx.ml", "ZipMap") => vec![self.zip_map(node)?],
            ("", "Mul") => vec![self.multiply(node)?],
            ("", "Exp") => vec![self.exp(node)?],
            ("", "Sum") => vec![self.sum(node)?],
            (domain, op) => {
                let domain = if domain.is_empty() {
                    String::new()
                } else {
                    format!("{domain}.")
                };
                return unsupported!(
                    "{}: operator {} is not supported; supported are {SUPPORTED}",
                    node.place,
                    quote(&format!("{domain}{op}")).trim_matches('`')
                );
            }
        };
        for (name, flow) in node.outputs.iter().zip(flows) {
            // An optional output that is not asked for has an empty name.
            if !name.is_empty() && self.flows.insert(name, flow).is_some() {
                return invalid!(
                    "{}: found output {}, another node has it",
                    node.place,
                    quote(name)
                );
            }
        }
        Ok(())
    }

    fn flow(&self, node: &Node<'_>, name: &str) -> Result<&Flow, LoadError> {
        match self.flows.get(name) {
            Some(flow) => Ok(flow),
            None => invalid!(
                "{}: found input {}, no input of the graph or earlier node has that name",
                node.place,
                quote(name)
            ),
        }
    }

    fn only_input(&self, node: &Node<'_>) -> Result<&Flow, LoadError> {
        match node.inputs.as_slice() {
            [name] => self.flow(node, name),
            inputs => invalid!("{}: found {} inputs, 1 is needed", node.place, inputs.len()),
        }
    }

    /// The values that a node with one input takes.
    fn only_values(&self, node: &Node<'_>) -> Result<Values, LoadError> {
        match self.only_input(node)? {
            Flow::Values(values) => Ok(values.clone()),
            _ => unsupported!(
                "{}: its input must be the scores of a tree node",
                node.place
            ),
        }
    }

    /// Takes what the graph's outputs name.
    fn outputs(mut self, file: &ModelFile<'_>) -> Result<Outputs, LoadError> {
        let (mut labels, mut values) = (None, None);
        for message in &file.graph.outputs {
            let name = ValueInfo::read(*message)?.name;
            let taken = match self.flows.get(name) {
                Some(Flow::Labels(position)) => {
                    labels.replace((name.to_owned(), *position)).is_some()
                }
                Some(Flow::Values(found)) => {
                    values.replace((name.to_owned(), found.clone())).is_some()
                }
                Some(Flow::Features(_)) => {
                    return unsupported!(
                        "output {}: found the features, supported are labels and scores",
                        quote(name)
                    );
                }
                None => return invalid!("output {}: no node has that output", quote(name)),
            };
            if taken {
                return unsupported!(
                    "output {}: found a second output of its kind, supported are one of labels and one of scores",
                    quote(name)
                );
            }
        }
        let (label_name, position) = labels.unzip();
        let (values_name, values) = values.unzip();
        // A graph may give the labels only; the classifier's scores are there all the same.
        let own = |position: usize| {
            self.ensembles
                .get(position)
                .map(|trees| trees.values.clone())
        };
        let Some(values) = values.or_else(|| own(position?)) else {
            return invalid!("the graph has no output, at least one is needed");
        };
        let mut scorer = Scorer {
            parts: Vec::with_capacity(values.parts.len()),
            sum_double: values.summed == Some(Float::Double),
            then: values.then,
            double_output: values.float == Float::Double,
        };
        let mut output = None;
        for (taken, then) in values.parts.iter() {
            if position.is_some_and(|position| position != *taken) {
                return unsupported!("the graph's labels and scores come from two tree nodes");
            }
            let trees = self.ensembles.get_mut(*taken);
            let Some((part, labels)) =
                trees.and_then(|trees| Some((trees.part.take()?, trees.labels.take())))
            else {
                return unsupported!("a tree node is summed twice");
            };
            output.get_or_insert(match labels {
                Some(labels) => Output::Classes(labels),
                None => Output::Targets(part.width()),
            });
            scorer.parts.push(Part {
                then: then.clone(),
                ..part
            });
        }
        let Some(output) = output else {
            return invalid!("the graph has no tree node, at least one is needed");
        };
        Ok(Outputs {
            output,
            label_name,
            values_name,
            scorer,
        })
    }
}
