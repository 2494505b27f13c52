//! What decoders know about the model.

use std::collections::HashMap;

use algorithm::{Absent, InputType, Signature};

use super::number::Number;

/// The columns that the model takes.
#[derive(Debug)]
pub struct Schema {
    n_features: usize,
    input_type: InputType,
    input_name: String,
    names: Vec<String>,
    /// Column by name. Empty where the names are not unique.
    columns: HashMap<String, usize>,
    absent_is_missing: bool,
}

impl Schema {
    pub fn new(signature: &Signature) -> Self {
        let names = signature.features.names().to_vec();
        let mut columns: HashMap<_, _> = (0..names.len())
            .filter_map(|column| Some((names.get(column)?.clone(), column)))
            .collect();
        if columns.len() != names.len() {
            columns.clear();
        }
        Self {
            n_features: signature.features.len(),
            input_type: signature.input_type,
            input_name: signature.input_name.to_owned(),
            names,
            columns,
            absent_is_missing: signature.absent == Absent::Missing,
        }
    }

    /// Values a row, at least 1.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The type that numbers are rounded to.
    pub fn input_type(&self) -> InputType {
        self.input_type
    }

    /// The name of the model's input tensor.
    pub fn input_name(&self) -> &str {
        &self.input_name
    }

    /// Whether features can be told by name.
    pub fn has_names(&self) -> bool {
        !self.columns.is_empty()
    }

    /// The column of a feature.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    /// The name of a column, or `column N`, counted from 1, where it has none.
    pub fn column_name(&self, column: usize) -> String {
        match self.names.get(column) {
            Some(name) => format!("\"{name}\""),
            None => format!("column {}", column + 1),
        }
    }

    /// The first few names, for messages.
    pub fn known_names(&self) -> String {
        /// Enough to see which names are meant.
        const SHOWN: usize = 10;
        if !self.has_names() {
            return "no feature names".to_owned();
        }
        let names: Vec<String> = self
            .names
            .iter()
            .take(SHOWN)
            .map(|name| format!("\"{name}\""))
            .collect();
        let more = self.names.len().saturating_sub(SHOWN);
        match more {
            0 => names.join(", "),
            _ => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// What a sparse row leaves out: missing where the model tells missing values from others, else 0.
    pub(crate) fn absent<N: Number>(&self) -> N {
        N::MISSING
            .filter(|_| self.absent_is_missing)
            .unwrap_or(N::ZERO)
    }

    /// A schema without a model behind it.
    #[cfg(test)]
    pub(crate) fn of(names: &[&str], input_type: InputType, absent_is_missing: bool) -> Self {
        Self {
            n_features: names.len(),
            input_type,
            input_name: "X".to_owned(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            columns: names
                .iter()
                .zip(0..)
                .map(|(&name, column)| (name.to_owned(), column))
                .collect(),
            absent_is_missing,
        }
    }
}
