//! From the graph's outputs to the computation, without the steps that they don't need.

use std::{collections::HashMap, rc::Rc};

use algorithm::{Labels, Output, text::excerpt};

use super::{
    super::{
        LoadError,
        error::{invalid, unsupported},
        file::ValueInfo,
        tensor::DataType,
    },
    Graph, Reader,
    value::{ClassLabels, Meaning, Value},
};
use crate::{
    computation::{Computation, LabelSource, Part, Source, Step, Unary},
    number::Float,
};

/// The outputs by their names.
#[derive(Default)]
struct Outputs {
    labels: Option<(String, ClassLabels)>,
    values: Option<(String, Value)>,
    map: Option<Rc<(String, Labels)>>,
}

impl Reader<'_> {
    /// Computes what the graph's outputs name.
    pub(super) fn finish(mut self) -> Result<Graph, LoadError> {
        let Outputs {
            labels,
            values,
            map,
        } = self.outputs()?;
        let (label_name, labels) = labels.unzip();
        let (values_name, values) = values.unzip();
        // A graph may give the labels only: what they were chosen by is there all the same.
        let Some(values) = values.or_else(|| Some(labels.as_ref()?.scores.clone())) else {
            return invalid!("the graph: found 0 outputs, allowed are 1 or more");
        };
        // And it may give the scores of a classifier only.
        let (labels, source) = match (labels, values.classifier) {
            (Some(labels), _) => (Some(labels.labels), Some(labels.source)),
            (None, Some(part)) => (
                self.class_labels[part].clone(),
                Some(LabelSource::Part(part)),
            ),
            (None, None) => (None, None),
        };
        let width = values.shape.width();
        let output_type = match values.element {
            DataType::Float => Float::Single,
            DataType::Double => Float::Double,
            other => {
                return unsupported!(
                    "the graph: found scores of type {other}, supported are float32 and float64"
                );
            }
        };
        if !values.shape.is_by_rows() {
            return unsupported!("the graph: found scores that are not in the order of the rows");
        }
        if let Some(map) = map
            && labels.as_deref() != Some(&map.1)
        {
            return unsupported!(
                "{}: found other class labels than those of the node that gives its input",
                map.0
            );
        }
        if let Some(labels) = &labels
            && labels.len() != width
        {
            return unsupported!(
                "the graph: found {} labels and {width} scores a row, supported are as many scores as labels",
                labels.len()
            );
        }
        self.class_labels.clear();
        let output = match labels {
            // The labels may be most of the file: they are moved, not copied.
            Some(labels) => Output::Classes(Rc::unwrap_or_clone(labels)),
            None => Output::Targets(width),
        };
        let mut computation = Computation {
            gives_probabilities: source.is_some() && values.fact.is_probabilities(),
            replaces_missing: false,
            answer: values.step,
            labels: source,
            output_type,
            parts: self.parts,
            steps: self.steps,
            widths: self.widths,
        };
        keep_needed(&mut computation);
        if computation.parts.is_empty() {
            return unsupported!(
                "the graph: found no tree node that its outputs need, supported are models of trees"
            );
        }
        let mut steps = computation.steps.iter();
        computation.replaces_missing =
            steps.any(|step| matches!(step, Step::Unary(Unary::IsMissing, _)));
        Ok(Graph {
            input_name: self.input.name.to_owned(),
            input_type: self.input.element,
            n_features: self.input.n_features(&computation)?,
            output,
            label_name,
            values_name,
            computation,
        })
    }

    fn outputs(&mut self) -> Result<Outputs, LoadError> {
        let mut outputs = Outputs::default();
        for message in &self.file.graph.outputs {
            let name = ValueInfo::read(*message)?.name;
            let quoted = excerpt(name.as_bytes());
            let is_second = match self.meanings.get(name).map(|meaning| &**meaning) {
                Some(Meaning::Labels(labels)) => {
                    if !matches!(
                        labels.element,
                        DataType::Text | DataType::Int64 | DataType::Int32
                    ) {
                        return unsupported!(
                            "output `{quoted}`: found labels of type {}, supported are string, int32 and int64",
                            labels.element
                        );
                    }
                    outputs
                        .labels
                        .replace((name.to_owned(), labels.clone()))
                        .is_some()
                }
                Some(Meaning::Value(value)) => outputs
                    .values
                    .replace((name.to_owned(), value.clone()))
                    .is_some(),
                Some(Meaning::Map(value, map)) => {
                    outputs.map = Some(Rc::clone(map));
                    outputs
                        .values
                        .replace((name.to_owned(), value.clone()))
                        .is_some()
                }
                Some(other) => {
                    return unsupported!(
                        "output `{quoted}`: found {}, supported are labels and computed numbers",
                        other.describe()
                    );
                }
                None => return invalid!("output `{quoted}`: no node has that output"),
            };
            if is_second {
                return unsupported!(
                    "output `{quoted}`: found a second output of its kind, supported are one of labels and \
                     one of scores"
                );
            }
        }
        self.meanings = HashMap::new();
        Ok(outputs)
    }
}

/// Drops the steps and parts that the answer does not need, and numbers the others anew.
fn keep_needed(computation: &mut Computation) {
    let Computation {
        parts,
        steps,
        widths,
        answer,
        labels,
        ..
    } = computation;
    let mut needed = vec![false; steps.len()];
    needed[*answer] = true;
    if let Some(LabelSource::Step(step)) = labels {
        needed[*step] = true;
    }
    for i in (0..steps.len()).rev() {
        if let (Step::Trees(part), Some(LabelSource::Part(source))) = (&steps[i], &*labels) {
            needed[i] |= part == source;
        }
        if !needed[i] {
            continue;
        }
        if let Step::Trees(part) = steps[i]
            && let Source::Step(step) = parts[part].source
        {
            needed[step] = true;
        }
        steps[i].each_source(|step| needed[*step] = true);
    }
    let (mut step_numbers, mut part_numbers) = (vec![0; steps.len()], vec![0; parts.len()]);
    let old_parts = std::mem::take(parts);
    let mut old_parts: Vec<Option<Part>> = old_parts.into_iter().map(Some).collect();
    let mut kept = 0;
    for i in 0..steps.len() {
        if !needed[i] {
            continue;
        }
        let step = &mut steps[i];
        step.each_source(|source| *source = step_numbers[*source]);
        if let Step::Trees(position) = step
            && let Some(mut part) = old_parts[*position].take()
        {
            if let Source::Step(source) = &mut part.source {
                *source = step_numbers[*source];
            }
            part_numbers[*position] = parts.len();
            *position = parts.len();
            parts.push(part);
        }
        step_numbers[i] = kept;
        steps.swap(kept, i);
        widths.swap(kept, i);
        kept += 1;
    }
    steps.truncate(kept);
    widths.truncate(kept);
    *answer = step_numbers[*answer];
    match labels {
        Some(LabelSource::Step(step)) => *step = step_numbers[*step],
        Some(LabelSource::Part(part)) => *part = part_numbers[*part],
        None => {}
    }
}
