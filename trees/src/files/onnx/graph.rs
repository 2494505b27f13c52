//! The graph: tree operators and what exporters put around them.
//!
//! Each name of the graph gets a [`Meaning`] as the operators are read in order, and each operator becomes
//! steps of a [`Computation`], whose types and shapes are checked here. In the end the graph's outputs must
//! mean the labels of a classifier, or numbers: one row of them for each row of the input.

mod arguments;
mod arithmetic;
mod casts;
mod columns;
mod front;
mod input;
mod labels;
mod outputs;
mod shapes;
mod trees;
mod value;

use std::{collections::HashMap, rc::Rc};

use algorithm::{InputType, Labels, Output, text::excerpt};
use proto::onnx::field::attribute_proto;

use super::{
    LoadError,
    attributes::Attributes,
    error::{invalid, unsupported},
    file::{ModelFile, Operator},
    tensor::Tensor,
};
use crate::{
    computation::{Computation, Part, Step},
    number::Float,
};
use input::Input;
use value::{Meaning, Value};

const SUPPORTED: &str = "ai.onnx.ml.TreeEnsembleClassifier, ai.onnx.ml.TreeEnsembleRegressor, \
    ai.onnx.ml.TreeEnsemble, ai.onnx.ml.Scaler, ai.onnx.ml.Normalizer, ai.onnx.ml.Imputer, \
    ai.onnx.ml.ArrayFeatureExtractor, ai.onnx.ml.ZipMap, Add, ArgMax, ArgMin, Cast, Clip, Concat, \
    Constant, ConstantOfShape, CumSum, Div, Equal, Exp, Flatten, Gather, GatherElements, Greater, \
    Identity, Less, Mul, ReduceMean, ReduceSum, Reshape, Shape, Sigmoid, Sub, Sum, TopK, Where";

/// Most numbers that the steps take and give for one row. A boosted model of 500 tree operators and 100
/// classes has 1.5 million.
const MAX_NUMBERS: usize = 1 << 22;

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

/// The graph as far as it is read.
struct Reader<'a> {
    file: &'a ModelFile<'a>,
    input: Input<'a>,
    /// Shared, because any number of names may stand for the same.
    meanings: HashMap<&'a str, Rc<Meaning<'a>>>,
    steps: Vec<Step>,
    /// Numbers a row of each step's value.
    widths: Vec<usize>,
    parts: Vec<Part>,
    /// The class labels of each part that is a classifier.
    class_labels: Vec<Option<Rc<Labels>>>,
    /// The features as values, by their casts.
    features: Vec<(Vec<Float>, Value)>,
    /// What the positions that a step gives are those of: the largest or least of these numbers.
    chosen_by: HashMap<usize, Value>,
    /// Numbers that the steps take and give for one row.
    numbers: usize,
}

/// Reads the whole graph.
pub(super) fn read(file: &ModelFile<'_>) -> Result<Graph, LoadError> {
    let constants = input::constants(file)?;
    let input = Input::read(file, &constants)?;
    let constants = constants.into_iter();
    let mut meanings: HashMap<_, _> = constants
        .map(|(name, tensor)| (name, Rc::new(Meaning::Constant(tensor))))
        .collect();
    meanings.insert(input.name, Rc::new(Meaning::Features(Vec::new())));
    let mut reader = Reader {
        file,
        input,
        meanings,
        // Most operators become one step.
        steps: Vec::with_capacity(file.graph.operators.len()),
        widths: Vec::with_capacity(file.graph.operators.len()),
        parts: Vec::new(),
        class_labels: Vec::new(),
        features: Vec::new(),
        chosen_by: HashMap::new(),
        numbers: 0,
    };
    for (position, message) in file.graph.operators.iter().enumerate() {
        reader.operator(&Operator::read(*message, position)?)?;
    }
    reader.finish()
}

impl<'a> Reader<'a> {
    fn operator(&mut self, operator: &Operator<'a>) -> Result<(), LoadError> {
        let meanings = match (operator.domain, operator.kind) {
            ("ai.onnx.ml", "TreeEnsembleClassifier" | "TreeEnsembleRegressor" | "TreeEnsemble") => {
                self.tree_operator(operator)?
            }
            ("", "TopK") => self.top_k(operator)?,
            ("", "Identity") => {
                Attributes::read(operator, &[])?;
                let meaning = Rc::clone(self.only_input(operator)?);
                return self.name(operator, [meaning]);
            }
            ("", "Constant") => vec![constant(operator)?],
            ("", "Cast") => vec![self.cast(operator)?],
            ("", "Reshape") => vec![self.reshape(operator)?],
            ("", "Shape") => vec![self.shape_of(operator)?],
            ("", "Gather") => vec![self.gather(operator)?],
            ("ai.onnx.ml", "ArrayFeatureExtractor") => vec![self.extract(operator)?],
            ("ai.onnx.ml", "ZipMap") => vec![self.zip_map(operator)?],
            _ => vec![Meaning::Value(self.numbers_of(operator)?)],
        };
        self.name(operator, meanings.into_iter().map(Rc::new))
    }

    /// Gives the operator's outputs their meanings.
    fn name(
        &mut self,
        operator: &Operator<'a>,
        meanings: impl IntoIterator<Item = Rc<Meaning<'a>>>,
    ) -> Result<(), LoadError> {
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

    /// The value of an operator that gives numbers, whatever it takes.
    fn numbers_of(&mut self, operator: &Operator<'a>) -> Result<Value, LoadError> {
        match (operator.domain, operator.kind) {
            ("ai.onnx.ml", "Scaler") => self.scaler(operator),
            ("ai.onnx.ml", "Normalizer") => self.normalizer(operator),
            ("ai.onnx.ml", "Imputer") => self.imputer(operator),
            ("", "Add" | "Sub" | "Mul" | "Div" | "Equal" | "Greater" | "Less") => {
                self.binary_operator(operator)
            }
            ("", "Sum") => self.sum(operator),
            ("", "Clip") => self.clip(operator),
            ("", "Where") => self.select(operator),
            ("", "Exp" | "Sigmoid") => self.unary_operator(operator),
            ("", "Concat") => self.concat(operator),
            ("", "ReduceSum" | "ReduceMean") => self.reduce(operator),
            ("", "ArgMax" | "ArgMin") => self.extreme(operator),
            ("", "CumSum") => self.accumulate(operator),
            ("", "GatherElements") => self.take(operator),
            ("", "Flatten") => self.flatten(operator),
            ("", "ConstantOfShape") => self.constant_of_shape(operator),
            (domain, kind) => {
                let dot = if domain.is_empty() { "" } else { "." };
                unsupported!(
                    "{}: operator {} is not supported; supported are {SUPPORTED}",
                    operator.place,
                    excerpt(format!("{domain}{dot}{kind}").as_bytes())
                )
            }
        }
    }

    /// Adds a step that takes `taken` numbers a row and gives `width`.
    fn push(
        &mut self,
        operator: &Operator<'_>,
        step: Step,
        taken: usize,
        width: usize,
    ) -> Result<usize, LoadError> {
        self.charge(operator, taken.saturating_add(width))?;
        self.steps.push(step);
        self.widths.push(width);
        Ok(self.steps.len() - 1)
    }

    /// Counts numbers that the steps take or give for one row.
    fn charge(&mut self, operator: &Operator<'_>, numbers: usize) -> Result<(), LoadError> {
        self.numbers = self.numbers.saturating_add(numbers);
        if self.numbers <= MAX_NUMBERS {
            return Ok(());
        }
        unsupported!(
            "{}: found {} numbers a row that the nodes up to here take and give, supported are up to \
             {MAX_NUMBERS}",
            operator.place,
            self.numbers
        )
    }
}

/// The tensor in the only attribute.
fn constant<'a>(operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
    let attributes = Attributes::read(operator, &["value"])?;
    if attributes.tensor("value")?.is_none() {
        return attributes.missing("value");
    }
    let mut fields = operator.attributes.iter();
    let tensor = fields.find_map(|message| message.each(attribute_proto::T).next());
    let Some(tensor) = tensor else {
        unreachable!("the attribute has a tensor");
    };
    let tensor = Tensor::read(tensor?.message("a tensor")?, &operator.place)?;
    Ok(Meaning::Constant(tensor))
}
