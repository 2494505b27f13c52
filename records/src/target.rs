//! What training reads beside the features: a row's label and weight.

use algorithm::Task;

use crate::{
    dictionary::{Dictionary, quoted},
    number::{self, Number},
    text::trimmed,
};

/// The labels and weights of a block of training rows.
#[derive(Debug)]
pub(crate) struct Targets {
    task: Task,
    /// Those of the record that is being read.
    label: Option<Label>,
    weight: Option<f32>,
    /// For [`Task::Classes`] and [`Task::ByLabels`]: a code a row, by `labels`.
    pub(crate) codes: Vec<u32>,
    pub(crate) labels: Dictionary,
    /// For [`Task::Numbers`]: a number a row.
    pub(crate) numbers: Vec<f32>,
    /// Empty until a record has a weight; then one a row.
    pub(crate) weights: Vec<f32>,
    n_rows: usize,
    /// Rows left out because their weight is 0.
    pub(crate) n_weightless: u64,
}

#[derive(Clone, Copy, Debug)]
enum Label {
    Class(u32),
    Number(f32),
}

impl Targets {
    pub(crate) fn new(task: Task) -> Self {
        Self {
            task,
            label: None,
            weight: None,
            codes: Vec::new(),
            labels: Dictionary::default(),
            numbers: Vec::new(),
            weights: Vec::new(),
            n_rows: 0,
            n_weightless: 0,
        }
    }

    /// Rows that count.
    pub(crate) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Whether records have a label.
    pub(crate) fn is_labelled(&self) -> bool {
        self.task != Task::Unlabelled
    }

    /// Takes the label of the record that is being read, as its text.
    ///
    /// # Errors
    /// It is not a label that the task allows; the message does not say where it is.
    pub(crate) fn set_label(&mut self, text: &[u8]) -> Result<(), String> {
        self.label = match self.task {
            Task::Classes | Task::ByLabels => Some(Label::Class(self.labels.code(text)?)),
            Task::Numbers => {
                let number = <f32 as Number>::parse(trimmed(text));
                let number = number.ok_or_else(|| no_target(&quoted(text)))?;
                Some(Label::Number(number))
            }
            Task::Unlabelled => None,
        };
        Ok(())
    }

    /// Takes a label that the format stores as a number; a whole number gets the text of an integer.
    ///
    /// # Errors
    /// As those of [`set_label`](Self::set_label).
    pub(crate) fn set_number(&mut self, number: f64) -> Result<(), String> {
        match self.task {
            Task::Classes | Task::ByLabels => self.set_label(label_text(number)?.as_bytes()),
            Task::Numbers => {
                let rounded = <f32 as Number>::from_f64(number).filter(|number| !number.is_nan());
                let number = rounded.ok_or_else(|| no_target(&format!("{number:?}")))?;
                self.label = Some(Label::Number(number));
                Ok(())
            }
            Task::Unlabelled => Ok(()),
        }
    }

    /// Takes the weight of the record that is being read, as its text.
    ///
    /// # Errors
    /// It is not a number from 0 up.
    pub(crate) fn set_weight(&mut self, text: &[u8]) -> Result<(), String> {
        let weight = number::field::<f32>(trimmed(text));
        let weight = weight.filter(|weight| *weight >= 0.0);
        self.weight = Some(weight.ok_or_else(|| no_weight(&quoted(text)))?);
        Ok(())
    }

    /// Takes a weight that the format stores as a number.
    ///
    /// # Errors
    /// It is not from 0 up.
    pub(crate) fn set_weight_number(&mut self, number: f64) -> Result<(), String> {
        let weight = <f32 as Number>::from_f64(number).filter(|weight| *weight >= 0.0);
        self.weight = Some(weight.ok_or_else(|| no_weight(&format!("{number:?}")))?);
        Ok(())
    }

    /// Whether the record that is being read has a label or a weight already.
    pub(crate) fn has(&self, is_label: bool) -> bool {
        if is_label {
            self.label.is_some()
        } else {
            self.weight.is_some()
        }
    }

    /// Ends the record. Returns whether it counts: a weight of 0 means that it does not.
    ///
    /// # Errors
    /// It has no label.
    pub(crate) fn end_record(&mut self) -> Result<bool, String> {
        let (label, weight) = (self.label.take(), self.weight.take());
        if self.is_labelled() && label.is_none() {
            return Err("found no label, expected one".to_owned());
        }
        if weight == Some(0.0) {
            // As in scikit-learn, such a row is ignored.
            self.n_weightless += 1;
            return Ok(false);
        }
        match label {
            Some(Label::Class(code)) => self.codes.push(code),
            Some(Label::Number(number)) => self.numbers.push(number),
            None => {}
        }
        if weight.is_some() || !self.weights.is_empty() {
            // If other records have weights, a record without one has the weight 1.
            self.weights.resize(self.n_rows, 1.0);
            self.weights.push(weight.unwrap_or(1.0));
        }
        self.n_rows += 1;
        Ok(true)
    }
}

/// The text of a label that the format stores as a number.
fn label_text(number: f64) -> Result<String, String> {
    /// Up to here a float64 holds every whole number.
    const EXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;
    if !number.is_finite() {
        return Err(format!(
            "found {number:?}, which is no label; expected an integer or text"
        ));
    }
    if number.fract() == 0.0 && number.abs() <= EXACT {
        return Ok((number as i64).to_string());
    }
    Ok(number.to_string())
}

fn no_target(found: &str) -> String {
    format!("found {found}, expected the number to learn, finite and within float32")
}

fn no_weight(found: &str) -> String {
    format!("found {found}, expected the row's weight, a number from 0 up")
}
