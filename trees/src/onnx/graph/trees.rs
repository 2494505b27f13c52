//! A tree operator: which one, on which input type.

use std::rc::Rc;

use super::super::LoadError;
use super::super::error::unsupported;
use super::super::file::{ModelFile, Node};
use super::super::{ensemble, tree_ensemble};
use super::{Ensemble, Flow, Graph, Values};
use crate::scorer::{Elementwise, Float, Part, Trees};
use algorithm::InputType;

impl Graph<'_> {
    pub(super) fn trees(
        &mut self,
        file: &ModelFile<'_>,
        node: &Node<'_>,
    ) -> Result<Vec<Flow>, LoadError> {
        let Flow::Features(casts) = self.only_input(node)? else {
            return unsupported!("{}: its input must be the graph's input", node.place);
        };
        let mut casts = casts.clone();
        let is_classifier = node.op == "TreeEnsembleClassifier";
        let float = match (casts.last(), self.input_type) {
            (Some(float), _) => *float,
            (None, InputType::F32) => Float::Single,
            (None, InputType::F64) => Float::Double,
            (None, InputType::I64) if is_classifier => Float::Single,
            (None, InputType::I64) => {
                return unsupported!(
                    "{}: found an integer input, supported are float32 and float64",
                    node.place
                );
            }
        };
        casts.push(float);
        let version = file.opset("ai.onnx.ml")?;
        let is_version_5 = node.op == "TreeEnsemble";
        // From 5 on the other two are deprecated, and onnxruntime refuses them.
        let allowed = if is_version_5 { 5..=5 } else { 1..=4 };
        if !version.is_some_and(|version| allowed.contains(&version)) {
            return unsupported!(
                "{}: found {} of operator set ai.onnx.ml, {} needs version {} to {}",
                node.place,
                version.map_or("no import".into(), |version| format!("version {version}")),
                node.op,
                allowed.start(),
                allowed.end()
            );
        }
        let (trees, labels) = match (node.op, float) {
            ("TreeEnsembleClassifier", Float::Single) => {
                let (ensemble, labels) = ensemble::classifier(node)?;
                (Trees::Single(ensemble), Some(labels))
            }
            ("TreeEnsembleClassifier", Float::Double) => {
                let (ensemble, labels) = ensemble::classifier(node)?;
                (Trees::Double(ensemble), Some(labels))
            }
            ("TreeEnsemble", Float::Single) => (Trees::Single(tree_ensemble::read(node)?), None),
            ("TreeEnsemble", Float::Double) => (Trees::Double(tree_ensemble::read(node)?), None),
            (_, Float::Single) => (Trees::Single(ensemble::regressor(node)?), None),
            (_, Float::Double) => (Trees::Double(ensemble::regressor(node)?), None),
        };
        // The older two answer in float32, whatever they compute in.
        let (float, then) = match (is_version_5, float) {
            (false, Float::Double) => (Float::Single, vec![Elementwise::Round]),
            _ => (float, Vec::new()),
        };
        let position = self.ensembles.len();
        let values = Values {
            parts: Rc::new(vec![(position, Vec::new())]),
            summed: None,
            then,
            float,
        };
        self.ensembles.push(Ensemble {
            part: Some(Part {
                casts,
                trees,
                then: Vec::new(),
            }),
            labels,
            values: values.clone(),
        });
        let values = Flow::Values(values);
        Ok(if is_classifier {
            vec![Flow::Labels(position), values]
        } else {
            vec![values]
        })
    }
}
