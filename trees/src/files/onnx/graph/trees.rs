//! A tree operator: which one, on which input type.

use std::{rc::Rc, sync::Arc};

use algorithm::{InputType, Labels};

use super::{
    super::{
        LoadError,
        error::unsupported,
        file::{ModelFile, Operator},
        v3, v5,
    },
    Expression, Meaning, Reader, TreeOperator,
};
use crate::{
    computation::Part,
    elementwise::Elementwise,
    ensemble::Trees,
    number::{Float, Number},
};

impl Reader<'_> {
    /// The meanings of the operator's outputs: of a classifier labels and scores, else scores.
    pub(super) fn tree_operator(
        &mut self,
        file: &ModelFile<'_>,
        operator: &Operator<'_>,
    ) -> Result<Vec<Meaning>, LoadError> {
        let mut casts = match self.only_input(operator)? {
            Meaning::Features(casts) => casts.clone(),
            other => {
                return unsupported!(
                    "{}: found {} as input, supported is the graph's input",
                    operator.place,
                    other.describe()
                );
            }
        };
        let is_classifier = operator.kind == "TreeEnsembleClassifier";
        let float = match (casts.last(), self.input_type) {
            (Some(float), _) => *float,
            (None, InputType::F32) => Float::Single,
            (None, InputType::F64) => Float::Double,
            (None, InputType::I64) if is_classifier => Float::Single,
            (None, InputType::I64) => {
                return unsupported!(
                    "{}: found an integer input, supported are float32 and float64",
                    operator.place
                );
            }
        };
        casts.push(float);
        check_version(file, operator)?;
        let (trees, labels) = match float {
            Float::Single => read::<f32>(operator)?,
            Float::Double => read::<f64>(operator)?,
        };
        // The older two answer in float32, whatever they compute in.
        let (float, then) = if is_v5(operator) || float == Float::Single {
            (float, Vec::new())
        } else {
            (Float::Single, vec![Elementwise::Round])
        };
        let position = self.trees.len();
        let scores = Expression {
            parts: Rc::new(vec![(position, Vec::new())]),
            summed: None,
            then,
            float,
        };
        self.trees.push(TreeOperator {
            part: Part {
                casts,
                trees,
                then: Vec::new(),
            },
            labels,
            scores: scores.clone(),
        });
        let scores = Meaning::Scores(scores);
        Ok(if is_classifier {
            vec![Meaning::Labels(position), scores]
        } else {
            vec![scores]
        })
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
