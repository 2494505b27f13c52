//! The operators around tree nodes.

use std::rc::Rc;

use super::super::LoadError;
use super::super::attributes::Attributes;
use super::super::error::{invalid, unsupported};
use super::super::file::Node;
use super::super::tensor::DataType;
use super::{Flow, Graph, Values};
use crate::scorer::{Elementwise, Float};
use algorithm::Labels;

/// Most operators between a tree node and an output; exporters write two or three.
const MAX_CHAIN: usize = 8;

impl Graph<'_> {
    pub(super) fn cast(&self, node: &Node<'_>) -> Result<Flow, LoadError> {
        let attributes = Attributes::read(node, &["to", "saturate", "round_mode"])?;
        let to = DataType::from_number(attributes.int("to")?.unwrap_or(0));
        let float = match to {
            DataType::Float => Some(Float::Single),
            DataType::Double => Some(Float::Double),
            _ => None,
        };
        match (self.only_input(node)?, float) {
            (Flow::Features(casts), Some(float)) if casts.len() < MAX_CHAIN => {
                Ok(Flow::Features([casts.as_slice(), &[float]].concat()))
            }
            (Flow::Values(values), Some(float)) => {
                let mut values = values.clone();
                if (values.float, float) == (Float::Double, Float::Single) {
                    values.push(Elementwise::Round, node)?;
                }
                values.float = float;
                Ok(Flow::Values(values))
            }
            (Flow::Labels(position), None)
                if matches!(
                    (
                        self.ensembles
                            .get(*position)
                            .and_then(|trees| trees.labels.as_ref()),
                        to
                    ),
                    (Some(Labels::Integers(_)), DataType::Int64)
                        | (Some(Labels::Text(_)), DataType::Text)
                ) =>
            {
                Ok(Flow::Labels(*position))
            }
            (flow, _) => unsupported!(
                "{}: found a cast of {} to {to}, supported are casts of features and scores to float32 and float64, and of labels to their own type",
                node.place,
                match flow {
                    Flow::Features(_) => "features",
                    Flow::Labels(_) => "labels",
                    Flow::Values(_) => "scores",
                }
            ),
        }
    }

    /// `ZipMap` names the columns; the columns themselves stay.
    pub(super) fn zip_map(&self, node: &Node<'_>) -> Result<Flow, LoadError> {
        let names = ["classlabels_strings", "classlabels_int64s"];
        let attributes = Attributes::read(node, &names)?;
        let values = self.only_values(node)?;
        let labels = match values.parts.as_slice() {
            [(position, _)] => self
                .ensembles
                .get(*position)
                .and_then(|trees| trees.labels.as_ref()),
            _ => None,
        };
        let same = match labels {
            Some(Labels::Text(labels)) => {
                !attributes.has(names[1])
                    && attributes.texts(names[0], |field| field.text())? == *labels
            }
            Some(Labels::Integers(labels)) => {
                !attributes.has(names[0]) && attributes.ints(names[1])? == *labels
            }
            None => false,
        };
        if !same {
            return unsupported!(
                "{}: its class labels must be those of the tree node that gives its input",
                node.place
            );
        }
        Ok(Flow::Values(values))
    }

    pub(super) fn multiply(&self, node: &Node<'_>) -> Result<Flow, LoadError> {
        Attributes::read(node, &[])?;
        let [a, b] = node.inputs.as_slice() else {
            return invalid!(
                "{}: found {} inputs, 2 are needed",
                node.place,
                node.inputs.len()
            );
        };
        let (values, constant) = match (self.constants.get(a), self.constants.get(b)) {
            (None, Some(constant)) => (self.flow(node, a)?, constant),
            (Some(constant), None) => (self.flow(node, b)?, constant),
            _ => return unsupported!("{}: exactly one factor must be a constant", node.place),
        };
        let Flow::Values(values) = values else {
            return unsupported!(
                "{}: its input must be the scores of a tree node",
                node.place
            );
        };
        let mut values = values.clone();
        if constant.n_elements != 1 {
            return unsupported!(
                "{}: found a constant of {} numbers, supported is 1",
                node.place,
                constant.n_elements
            );
        }
        let factor = match values.float {
            Float::Single => constant
                .floats(&node.place)?
                .first()
                .copied()
                .map(f64::from),
            Float::Double => constant.doubles(&node.place)?.first().copied(),
        };
        if let Some(factor) = factor.filter(|factor| *factor != 1.0) {
            values.push(Elementwise::Multiply(factor), node)?;
            if values.float == Float::Single {
                values.push(Elementwise::Round, node)?;
            }
        }
        Ok(Flow::Values(values))
    }

    pub(super) fn exp(&self, node: &Node<'_>) -> Result<Flow, LoadError> {
        Attributes::read(node, &[])?;
        let mut values = self.only_values(node)?;
        values.push(Elementwise::Exp(values.float), node)?;
        Ok(Flow::Values(values))
    }

    /// One sum over tree nodes is as far as exporters go (LightGBM's `split`).
    pub(super) fn sum(&self, node: &Node<'_>) -> Result<Flow, LoadError> {
        Attributes::read(node, &[])?;
        let mut parts = Vec::new();
        let mut kind = None;
        for name in &node.inputs {
            let Flow::Values(Values {
                parts: one,
                summed: None,
                then,
                float,
            }) = self.flow(node, name)?
            else {
                return unsupported!(
                    "{}: its inputs must be the scores of tree nodes, not sums of them",
                    node.place
                );
            };
            let regressor = one.first().and_then(|(position, _)| {
                let trees = self
                    .ensembles
                    .get(*position)
                    .filter(|trees| trees.labels.is_none())?;
                Some((*position, trees.part.as_ref()?.width()))
            });
            let Some((position, width)) = regressor else {
                return unsupported!("{}: its inputs must be scores of regressors", node.place);
            };
            if parts.iter().any(|(other, _)| *other == position) {
                return unsupported!("{}: each tree node may be summed once only", node.place);
            }
            if *kind.get_or_insert((width, *float)) != (width, *float) {
                return unsupported!(
                    "{}: its inputs must have the same type and number of targets",
                    node.place
                );
            }
            parts.push((position, then.clone()));
        }
        match kind {
            Some((_, float)) => Ok(Flow::Values(Values {
                parts: Rc::new(parts),
                summed: Some(float),
                then: Vec::new(),
                float,
            })),
            None => invalid!("{}: found no input, at least 1 is needed", node.place),
        }
    }
}

impl Values {
    fn push(&mut self, operator: Elementwise, node: &Node<'_>) -> Result<(), LoadError> {
        if self.then.len() == MAX_CHAIN {
            return unsupported!(
                "{}: it is operator {} after a tree node, at most {MAX_CHAIN} are supported",
                node.place,
                MAX_CHAIN + 1
            );
        }
        self.then.push(operator);
        Ok(())
    }
}
