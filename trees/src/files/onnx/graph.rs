//! The graph: tree operators and the few others that exporters put around them.
//!
//! Each name of the graph gets a [`Meaning`] as the operators are read in order. In the end the graph's
//! outputs must mean a classifier's labels, or scores computed from trees.

mod input;
mod operators;
mod trees;

use std::{collections::HashMap, rc::Rc};

use algorithm::{InputType, Labels, Output, text::excerpt};

use super::{
    LoadError,
    attributes::Attributes,
    error::{invalid, unsupported},
    file::{ModelFile, Operator, ValueInfo},
    tensor::Tensor,
};
use crate::{
    computation::{Computation, Part},
    elementwise::Elementwise,
    number::Float,
};
use input::Input;

const SUPPORTED: &str = "ai.onnx.ml.TreeEnsembleClassifier, ai.onnx.ml.TreeEnsembleRegressor, \
    ai.onnx.ml.TreeEnsemble, ai.onnx.ml.ZipMap, Identity, Cast, Mul, Exp, Sum";

/// What the graph takes and computes, and under which names.
pub(super) struct Graph {
    pub(super) input_name: String,
    pub(super) input_type: InputType,
    pub(super) n_features: usize,
    pub(super) output: Output,
    pub(super) label_name: Option<String>,
    pub(super) values_name: Option<String>,
    pub(super) computation: Computation,
}

/// What a name of the graph stands for.
#[derive(Clone, Debug)]
enum Meaning {
    /// The features, cast to these types one after the other.
    Features(Vec<Float>),
    /// The labels of a classifier, by its position in [`Reader::trees`].
    Labels(usize),
    /// Values from trees.
    Scores(Expression),
}

/// Scores of one tree operator or the sum of several, with operators on each value.
#[derive(Clone, Debug)]
struct Expression {
    /// At least one position in [`Reader::trees`], each with the operators between it and the sum.
    /// Shared, because any number of operators may take the same sum.
    parts: Rc<Vec<(usize, Vec<Elementwise>)>>,
    /// The type of the sum.
    summed: Option<Float>,
    /// The operators after the tree operator or the sum.
    then: Vec<Elementwise>,
    /// The type of the values.
    float: Float,
}

/// The graph as far as it is read.
struct Reader<'a> {
    input_type: InputType,
    meanings: HashMap<&'a str, Meaning>,
    constants: HashMap<&'a str, Tensor<'a>>,
    trees: Vec<TreeOperator>,
}

struct TreeOperator {
    part: Part,
    /// Of a classifier.
    labels: Option<Labels>,
    scores: Expression,
}

/// Reads the whole graph.
pub(super) fn read(file: &ModelFile<'_>) -> Result<Graph, LoadError> {
    let constants = input::constants(file)?;
    let input = Input::read(file, &constants)?;
    let mut reader = Reader {
        input_type: input.element,
        meanings: HashMap::from([(input.name, Meaning::Features(Vec::new()))]),
        constants,
        trees: Vec::new(),
    };
    for (position, message) in file.graph.operators.iter().enumerate() {
        reader.operator(file, &Operator::read(*message, position)?)?;
    }
    reader.finish(file, &input)
}

impl<'a> Reader<'a> {
    fn operator(&mut self, file: &ModelFile<'a>, operator: &Operator<'a>) -> Result<(), LoadError> {
        let meanings = match (operator.domain, operator.kind) {
            ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor" | "TreeEnsemble") => {
                self.tree_operator(file, operator)?
            }
            ("", "Identity") => {
                Attributes::read(operator, &[])?;
                vec![self.only_input(operator)?.clone()]
            }
            ("", "Cast") => vec![self.cast(operator)?],
            ("ai.onnx.ml", "ZipMap") => vec![self.zip_map(operator)?],
            ("", "Mul") => vec![self.multiply(operator)?],
            ("", "Exp") => vec![self.exp(operator)?],
            ("", "Sum") => vec![self.sum(operator)?],
            (domain, kind) => {
                let dot = if domain.is_empty() { "" } else { "." };
                return unsupported!(
                    "{}: operator {} is not supported; supported are {SUPPORTED}",
                    operator.place,
                    excerpt(format!("{domain}{dot}{kind}").as_bytes())
                );
            }
        };
        for (name, meaning) in operator.outputs.iter().zip(meanings) {
            // The name of an optional output that is not asked for is empty.
            if !name.is_empty() && self.meanings.insert(name, meaning).is_some() {
                return invalid!(
                    "{}: found output `{}`, which is the name of another value",
                    operator.place,
                    excerpt(name.as_bytes())
                );
            }
        }
        Ok(())
    }

    fn meaning(&self, operator: &Operator<'_>, name: &str) -> Result<&Meaning, LoadError> {
        match self.meanings.get(name) {
            Some(meaning) => Ok(meaning),
            None => invalid!(
                "{}: found input `{}`, allowed are the graph's input and outputs of earlier nodes",
                operator.place,
                excerpt(name.as_bytes())
            ),
        }
    }

    fn only_input(&self, operator: &Operator<'_>) -> Result<&Meaning, LoadError> {
        match operator.inputs.as_slice() {
            [name] => self.meaning(operator, name),
            inputs => invalid!(
                "{}: found {} inputs, allowed is 1",
                operator.place,
                inputs.len()
            ),
        }
    }

    /// The scores that an operator with one input takes.
    fn only_scores(&self, operator: &Operator<'_>) -> Result<Expression, LoadError> {
        self.only_input(operator)?;
        self.scores(operator, operator.inputs[0]).cloned()
    }

    /// An input that must be scores.
    fn scores(&self, operator: &Operator<'_>, name: &str) -> Result<&Expression, LoadError> {
        match self.meaning(operator, name)? {
            Meaning::Scores(scores) => Ok(scores),
            other => unsupported!(
                "{}: found {} as input, supported are the scores of a tree node",
                operator.place,
                other.describe()
            ),
        }
    }

    /// Computes what the graph's outputs name.
    fn finish(mut self, file: &ModelFile<'_>, input: &Input<'_>) -> Result<Graph, LoadError> {
        let (labels, scores) = self.outputs(file)?;
        let (label_name, position) = labels.unzip();
        let (values_name, scores) = scores.unzip();
        // A graph may give the labels only; the classifier's scores are there all the same.
        let own = |position: usize| self.trees[position].scores.clone();
        let Some(scores) = scores.or_else(|| position.map(own)) else {
            return invalid!("the graph: found 0 outputs, allowed are 1 or more");
        };
        if let Some(position) = position
            && scores.parts.iter().any(|(part, _)| *part != position)
        {
            return unsupported!(
                "the graph: found labels and scores of two tree nodes, supported are those of one"
            );
        }
        let parts = scores.parts.iter().map(|(position, then)| Part {
            then: then.clone(),
            ..self.trees[*position].part.clone()
        });
        let computation = Computation {
            parts: parts.collect(),
            sum_type: scores.summed.unwrap_or(scores.float),
            then: scores.then,
            output_type: scores.float,
        };
        // The labels may be most of the file: they are moved, not copied.
        let first = &mut self.trees[scores.parts[0].0];
        let output = match first.labels.take() {
            Some(labels) => Output::Classes(labels),
            None => Output::Targets(first.part.trees.width()),
        };
        Ok(Graph {
            input_name: input.name.to_owned(),
            input_type: input.element,
            n_features: input.n_features(&computation)?,
            output,
            label_name,
            values_name,
            computation,
        })
    }

    /// The graph's outputs by their names: labels of a classifier, and scores.
    #[expect(
        clippy::type_complexity,
        reason = "two named outputs, taken apart at once"
    )]
    fn outputs(
        &self,
        file: &ModelFile<'_>,
    ) -> Result<(Option<(String, usize)>, Option<(String, Expression)>), LoadError> {
        let (mut labels, mut scores) = (None, None);
        for message in &file.graph.outputs {
            let name = ValueInfo::read(*message)?.name;
            let quoted = excerpt(name.as_bytes());
            let is_second = match self.meanings.get(name) {
                Some(Meaning::Labels(position)) => {
                    labels.replace((name.to_owned(), *position)).is_some()
                }
                Some(Meaning::Scores(found)) => {
                    scores.replace((name.to_owned(), found.clone())).is_some()
                }
                Some(Meaning::Features(_)) => {
                    return unsupported!(
                        "output `{quoted}`: found the features, supported are labels and scores"
                    );
                }
                None => return invalid!("output `{quoted}`: no node has that output"),
            };
            if is_second {
                return unsupported!(
                    "output `{quoted}`: found a second output of its kind, supported are one of \
                     labels and one of scores"
                );
            }
        }
        Ok((labels, scores))
    }
}

impl Meaning {
    /// In words, for errors.
    fn describe(&self) -> &'static str {
        match self {
            Meaning::Features(_) => "features",
            Meaning::Labels(_) => "labels",
            Meaning::Scores(_) => "scores",
        }
    }
}
