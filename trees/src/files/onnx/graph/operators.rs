//! The operators around tree operators.

use std::rc::Rc;

use algorithm::Labels;

use super::{
    super::{
        LoadError,
        attributes::Attributes,
        error::{invalid, unsupported},
        file::Operator,
        tensor::DataType,
    },
    Expression, Meaning, Reader,
};
use crate::{elementwise::Elementwise, number::Float};

/// Most operators between a tree operator and an output; exporters write two or three.
const MAX_CHAIN: usize = 8;

impl Reader<'_> {
    pub(super) fn cast(&self, operator: &Operator<'_>) -> Result<Meaning, LoadError> {
        let attributes = Attributes::read(operator, &["to", "saturate", "round_mode"])?;
        let to = DataType::from_number(attributes.int("to")?.unwrap_or(0));
        let float = match to {
            DataType::Float => Some(Float::Single),
            DataType::Double => Some(Float::Double),
            _ => None,
        };
        match (self.only_input(operator)?, float) {
            (Meaning::Features(casts), Some(float)) if casts.len() < MAX_CHAIN => {
                Ok(Meaning::Features([casts, &[float][..]].concat()))
            }
            (Meaning::Scores(scores), Some(float)) => {
                let mut scores = scores.clone();
                if (scores.float, float) == (Float::Double, Float::Single) {
                    scores.push(Elementwise::Round, operator)?;
                }
                scores.float = float;
                Ok(Meaning::Scores(scores))
            }
            (Meaning::Labels(position), None)
                if matches!(
                    (&self.trees[*position].labels, to),
                    (Some(Labels::Integers(_)), DataType::Int64)
                        | (Some(Labels::Text(_)), DataType::Text)
                ) =>
            {
                Ok(Meaning::Labels(*position))
            }
            (meaning, _) => unsupported!(
                "{}: found a cast of {} to {to}, supported are casts of features and scores to \
                 float32 and float64, and of labels to their own type",
                operator.place,
                meaning.describe()
            ),
        }
    }

    /// `ZipMap` names the columns; the columns themselves stay.
    pub(super) fn zip_map(&self, operator: &Operator<'_>) -> Result<Meaning, LoadError> {
        let names = ["classlabels_strings", "classlabels_int64s"];
        let attributes = Attributes::read(operator, &names)?;
        let scores = self.only_scores(operator)?;
        let labels = match scores.parts.as_slice() {
            [(position, _)] => self.trees[*position].labels.as_ref(),
            _ => None,
        };
        let same = match labels {
            Some(Labels::Text(labels)) => {
                !attributes.has(names[1])
                    && attributes.texts(names[0], |field| Ok(field.text()?))? == *labels
            }
            Some(Labels::Integers(labels)) => {
                !attributes.has(names[0]) && attributes.ints(names[1])? == *labels
            }
            None => false,
        };
        if !same {
            return unsupported!(
                "{}: found other class labels than those of the tree node that gives its input",
                operator.place
            );
        }
        Ok(Meaning::Scores(scores))
    }

    pub(super) fn multiply(&self, operator: &Operator<'_>) -> Result<Meaning, LoadError> {
        Attributes::read(operator, &[])?;
        let [a, b] = operator.inputs.as_slice() else {
            return invalid!(
                "{}: found {} inputs, allowed are 2",
                operator.place,
                operator.inputs.len()
            );
        };
        let (scores, constant) = match (self.constants.get(a), self.constants.get(b)) {
            (None, Some(constant)) => (self.scores(operator, a)?, constant),
            (Some(constant), None) => (self.scores(operator, b)?, constant),
            (None, None) | (Some(_), Some(_)) => {
                return unsupported!(
                    "{}: found no constant factor or two, supported is 1",
                    operator.place
                );
            }
        };
        let mut scores = scores.clone();
        if constant.n_elements != 1 {
            return unsupported!(
                "{}: found a constant of {} numbers, supported is 1",
                operator.place,
                constant.n_elements
            );
        }
        // The values of a tensor are as many as its dimensions say: here 1.
        let factor = match scores.float {
            Float::Single => f64::from(constant.floats(&operator.place)?[0]),
            Float::Double => constant.doubles(&operator.place)?[0],
        };
        if factor != 1.0 {
            scores.push(Elementwise::Multiply(factor), operator)?;
            if scores.float == Float::Single {
                scores.push(Elementwise::Round, operator)?;
            }
        }
        Ok(Meaning::Scores(scores))
    }

    pub(super) fn exp(&self, operator: &Operator<'_>) -> Result<Meaning, LoadError> {
        Attributes::read(operator, &[])?;
        let mut scores = self.only_scores(operator)?;
        scores.push(Elementwise::Exp(scores.float), operator)?;
        Ok(Meaning::Scores(scores))
    }

    /// One sum over tree operators is as far as exporters go (LightGBM's `split`).
    pub(super) fn sum(&self, operator: &Operator<'_>) -> Result<Meaning, LoadError> {
        Attributes::read(operator, &[])?;
        let mut parts = Vec::new();
        let mut kind = None;
        for name in &operator.inputs {
            let Meaning::Scores(Expression {
                parts: one,
                summed: None,
                then,
                float,
            }) = self.meaning(operator, name)?
            else {
                return unsupported!(
                    "{}: found another input, supported are the scores of tree nodes, not sums of \
                     them",
                    operator.place
                );
            };
            // What is not summed yet has one part.
            let (position, _) = one[0];
            let trees = &self.trees[position];
            if trees.labels.is_some() {
                return unsupported!(
                    "{}: found scores of a classifier, supported are those of regressors",
                    operator.place
                );
            }
            if parts.iter().any(|(other, _)| *other == position) {
                return unsupported!(
                    "{}: found the scores of a tree node twice, supported is once",
                    operator.place
                );
            }
            let width = trees.part.trees.width();
            if *kind.get_or_insert((width, *float)) != (width, *float) {
                return unsupported!(
                    "{}: found inputs of different types or numbers of targets, supported are \
                     equal ones",
                    operator.place
                );
            }
            parts.push((position, then.clone()));
        }
        match kind {
            Some((_, float)) => Ok(Meaning::Scores(Expression {
                parts: Rc::new(parts),
                summed: Some(float),
                then: Vec::new(),
                float,
            })),
            None => invalid!("{}: found 0 inputs, allowed are 1 or more", operator.place),
        }
    }
}

impl Expression {
    fn push(&mut self, elementwise: Elementwise, operator: &Operator<'_>) -> Result<(), LoadError> {
        if self.then.len() == MAX_CHAIN {
            return unsupported!(
                "{}: found {} operators after a tree node, supported are up to {MAX_CHAIN}",
                operator.place,
                MAX_CHAIN + 1
            );
        }
        self.then.push(elementwise);
        Ok(())
    }
}
