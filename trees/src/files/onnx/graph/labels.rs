//! Class labels chosen by a position, and `ZipMap`.

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
    Reader,
    arguments::inputs,
    value::{ClassLabels, Fact, Meaning, Shape, Value},
};
use crate::computation::{LabelSource, Step};

impl<'a> Reader<'a> {
    /// Entries of a constant list at computed positions: class labels, or float numbers. The shape is that of
    /// the positions, or of `ArrayFeatureExtractor`, which lets them follow each other.
    pub(super) fn look_up(
        &mut self,
        operator: &Operator<'a>,
        keeps_shape: bool,
    ) -> Result<Meaning<'a>, LoadError> {
        let [list, positions] = inputs(operator)?;
        let list = self.constant(operator, list)?;
        let positions = self.value(operator, positions)?;
        let n = match (list.dimensions.as_slice(), positions.fact) {
            ([n] | [1, n], Fact::Position(most)) if most <= *n && positions.shape.is_by_rows() => {
                *n
            }
            _ => {
                return unsupported!(
                    "{}: found positions that may not be in its list, supported are those that ArgMax, ArgMin \
                     or TopK choose from as many columns as the list has entries",
                    operator.place
                );
            }
        };
        let width = positions.shape.width();
        let shape = if keeps_shape {
            positions.shape.clone()
        } else {
            Shape {
                dimensions: vec![1, width],
                rows: 1,
            }
        };
        if let DataType::Float | DataType::Double = list.data_type {
            let step = Step::Lookup(list.numbers(&operator.place)?, positions.step);
            return Ok(Meaning::Value(Value {
                step: self.push(operator, step, n, width)?,
                shape,
                element: list.data_type,
                fact: Fact::Nothing,
                classifier: None,
            }));
        }
        let Some(scores) = self.chosen_by.get(&positions.step).filter(|_| width == 1) else {
            return unsupported!(
                "{}: found labels at positions that are not from ArgMax or ArgMin, supported are those",
                operator.place
            );
        };
        let labels = match list.data_type {
            DataType::Text => Labels::Text(list.texts(&operator.place)?),
            _ => Labels::Integers(list.ints(&operator.place)?),
        };
        Ok(Meaning::Labels(ClassLabels {
            source: LabelSource::Step(positions.step),
            labels: Rc::new(labels),
            element: list.data_type,
            shape,
            scores: scores.clone(),
        }))
    }

    /// `ZipMap` names the columns; the columns themselves stay.
    pub(super) fn zip_map(&mut self, operator: &Operator<'a>) -> Result<Meaning<'a>, LoadError> {
        let names = ["classlabels_strings", "classlabels_int64s"];
        let attributes = Attributes::read(operator, &names)?;
        let value = self.only_value(operator)?;
        let labels = match (attributes.has(names[0]), attributes.has(names[1])) {
            (true, false) => {
                Labels::Text(attributes.texts(names[0], |field| Ok(field.text()?.to_owned()))?)
            }
            (false, true) => Labels::Integers(attributes.ints(names[1])?),
            _ => {
                return invalid!(
                    "{}: found both or none of {} and {}, allowed is one of them",
                    operator.place,
                    names[0],
                    names[1]
                );
            }
        };
        Ok(Meaning::Map(
            value,
            Rc::new((operator.place.clone(), labels)),
        ))
    }
}
