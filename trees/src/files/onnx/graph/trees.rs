//! A tree operator: which one, on which input type.

use std::{rc::Rc, sync::Arc};

use algorithm::{InputType, Labels};

use super::{
    super::{
        LoadError,
        error::{invalid, unsupported},
        file::{ModelFile, Operator},
        tensor::DataType,
        v3, v5,
    },
    Reader,
    arguments::{element_of, float_of},
    value::{ClassLabels, Fact, Meaning, Shape, Value},
};
use crate::{
    computation::{LabelSource, Part, Source, Step, Unary},
    ensemble::Trees,
    number::{Float, Number},
};

impl<'a> Reader<'a> {
    /// The meanings of the operator's outputs: of a classifier labels and scores, else scores.
    pub(super) fn tree_operator(
        &mut self,
        operator: &Operator<'a>,
    ) -> Result<Vec<Meaning<'a>>, LoadError> {
        let is_classifier = operator.kind == "TreeEnsembleClassifier";
        let (source, mut casts, float, columns) = match Meaning::clone(self.only_input(operator)?) {
            Meaning::Features(casts) => {
                let float = self.float_of_features(operator, &casts, is_classifier)?;
                (Source::Features, casts, float, None)
            }
            Meaning::Value(value) => {
                let Some(columns) = value.shape.columns() else {
                    return unsupported!(
                        "{}: found an input of {} dimensions, supported are 2 (rows, columns)",
                        operator.place,
                        value.shape.rank()
                    );
                };
                let float = float_of(operator, value.element)?;
                (Source::Step(value.step), Vec::new(), float, Some(columns))
            }
            other => {
                return unsupported!(
                    "{}: found {} as input, supported are the graph's input and computed numbers",
                    operator.place,
                    other.describe()
                );
            }
        };
        casts.push(float);
        check_version(self.file, operator)?;
        let (trees, labels) = match float {
            Float::Single => read::<f32>(operator)?,
            Float::Double => read::<f64>(operator)?,
        };
        if let Some(columns) = columns
            && trees.n_features() > columns
        {
            return invalid!(
                "{}: found a split on feature {}, its input has features 0 to {}",
                operator.place,
                trees.n_features() - 1,
                columns - 1
            );
        }
        let (part, width, summary) = (self.parts.len(), trees.width(), trees.summary());
        self.parts.push(Part {
            source,
            casts,
            trees,
            is_classifier,
        });
        let labels = labels.map(Rc::new);
        self.class_labels.push(labels.clone());
        let mut scores = Value {
            step: self.push(operator, Step::Trees(part), columns.unwrap_or(0), width)?,
            shape: Shape::matrix(width),
            element: element_of(float),
            fact: Fact::Nothing,
            classifier: is_classifier.then_some(part),
        };
        // The older two answer in float32, whatever they compute in.
        if !is_v5(operator) && float == Float::Double {
            scores = self.unary(operator, Unary::Round, scores)?;
            scores.element = DataType::Float;
        }
        scores.fact = match summary {
            _ if summary.gives_probabilities => Fact::Shares(1.0),
            _ if summary.gives_opposites => Fact::Opposites,
            _ => Fact::Nothing,
        };
        let Some(labels) = labels else {
            return Ok(vec![Meaning::Value(scores)]);
        };
        let element = match &*labels {
            Labels::Text(_) => DataType::Text,
            Labels::Integers(_) => DataType::Int64,
        };
        let labels = Meaning::Labels(ClassLabels {
            source: LabelSource::Part(part),
            labels,
            element,
            shape: Shape {
                dimensions: vec![1],
                rows: 0,
            },
            scores: scores.clone(),
        });
        Ok(vec![labels, Meaning::Value(scores)])
    }

    /// The type that trees on the features compare in.
    fn float_of_features(
        &self,
        operator: &Operator<'_>,
        casts: &[Float],
        is_classifier: bool,
    ) -> Result<Float, LoadError> {
        match (casts.last(), self.input.element) {
            (Some(float), _) => Ok(*float),
            (None, InputType::F32) => Ok(Float::Single),
            (None, InputType::F64) => Ok(Float::Double),
            (None, InputType::I64) if is_classifier => Ok(Float::Single),
            (None, InputType::I64) => unsupported!(
                "{}: found an integer input, supported are float32 and float64",
                operator.place
            ),
        }
    }
}

fn is_v5(operator: &Operator<'_>) -> bool {
    operator.kind == "TreeEnsemble"
}

/// From version 5 on the older two operators are deprecated, and onnxruntime refuses them.
fn check_version(file: &ModelFile<'_>, operator: &Operator<'_>) -> Result<(), LoadError> {
    let version = file.opset("ai.onnx.ml")?;
    let allowed = if is_v5(operator) { 5..=5 } else { 1..=4 };
    if version.is_some_and(|version| allowed.contains(&version)) {
        return Ok(());
    }
    unsupported!(
        "{}: found {} of operator set ai.onnx.ml, supported for {} are versions {} to {}",
        operator.place,
        version.map_or("no import".into(), |version| format!("version {version}")),
        operator.kind,
        allowed.start(),
        allowed.end()
    )
}

type TreesAndLabels = (Arc<dyn Trees>, Option<Labels>);

/// Reads the trees, which compare and sum in `T`, and the labels of a classifier.
fn read<T: Number>(operator: &Operator<'_>) -> Result<TreesAndLabels, LoadError> {
    Ok(match operator.kind {
        "TreeEnsembleClassifier" => {
            let (ensemble, labels) = v3::classifier::<T>(operator)?;
            (Arc::new(ensemble), Some(labels))
        }
        "TreeEnsembleRegressor" => (Arc::new(v3::regressor::<T>(operator)?), None),
        "TreeEnsemble" => (Arc::new(v5::read::<T>(operator)?), None),
        other => unreachable!("{other} is not a tree operator"),
    })
}
