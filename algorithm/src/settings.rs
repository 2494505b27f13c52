//! The hyperparameters of a job, parsed by the tables that list them.

use std::{collections::BTreeMap, fmt};

use thiserror::Error;

use crate::{Amount, Parameter, Value, text::excerpt};

/// The value of every hyperparameter of a job; all of them allowed.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use algorithm::{Kind, Parameter, Settings};
///
/// const TABLE: &[Parameter] = &[
///     Parameter::new("alpha", "1.0", Kind::Number { from: 0.0, to: f64::MAX }, "penalty"),
///     Parameter::new("max_iter", "100", Kind::Whole { from: 1, to: 1000 }, "most rounds"),
/// ];
/// let given = BTreeMap::from([("max_iter".to_owned(), "5".to_owned())]);
/// let settings = Settings::parse(&[TABLE], &given)?;
/// assert_eq!((settings.number("alpha"), settings.whole("max_iter")), (1.0, 5));
/// # Ok::<(), algorithm::SettingsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Sorted by name.
    values: Vec<(&'static Parameter, Value)>,
}

/// A hyperparameter that can't be used, in one sentence.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use algorithm::{Kind, Parameter, Settings};
///
/// const TABLE: &[Parameter] =
///     &[Parameter::new("max_iter", "100", Kind::Whole { from: 1, to: 1000 }, "most rounds")];
/// let given = BTreeMap::from([("max_iter".to_owned(), "0".to_owned())]);
/// assert_eq!(
///     Settings::parse(&[TABLE], &given).unwrap_err().to_string(),
///     "hyperparameter max_iter=0: expected a whole number from 1 to 1000"
/// );
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Its value.
    #[error("hyperparameter {name}={value}: expected {expected}")]
    Value {
        /// Its name, as it was given.
        name: String,
        /// The beginning of the value.
        value: String,
        /// What is allowed.
        expected: String,
    },
    /// Its name.
    #[error("unknown hyperparameter {name:?}: expected one of {expected}")]
    Unknown {
        /// As it was given.
        name: String,
        /// All names.
        expected: String,
    },
    /// Anything, in the learner's own words.
    #[error("{0}")]
    Own(String),
    /// Two names of the same hyperparameter.
    #[error("hyperparameter {first} is also given as {second}: expected one of them")]
    Twice {
        /// One name.
        first: String,
        /// The other name.
        second: String,
    },
}

impl Settings {
    /// Reads hyperparameters, given as text by name; those that are not given have their defaults.
    ///
    /// # Errors
    /// The first name, in their order, that no table has, or whose value is not allowed.
    pub fn parse(
        tables: &[&'static [Parameter]],
        given: &BTreeMap<String, String>,
    ) -> Result<Self, SettingsError> {
        let mut parameters: Vec<&'static Parameter> = tables.iter().copied().flatten().collect();
        parameters.sort_by_key(|parameter| parameter.name);
        let mut values: Vec<Option<(&String, Value)>> = vec![None; parameters.len()];
        for (name, text) in given {
            let is_meant = |parameter: &&Parameter| parameter.is_called(name);
            let Some(position) = parameters.iter().position(is_meant) else {
                let names: Vec<&str> = parameters.iter().map(|parameter| parameter.name).collect();
                return Err(SettingsError::Unknown {
                    name: name.clone(),
                    expected: names.join(", "),
                });
            };
            let parameter = parameters[position];
            let value = parameter.parse(text);
            let value = value.map_err(|expected| SettingsError::Value {
                name: name.clone(),
                value: excerpt(text.trim().as_bytes()),
                expected,
            })?;
            if let Some((first, _)) = values[position].replace((name, value)) {
                return Err(SettingsError::Twice {
                    first: first.clone(),
                    second: name.clone(),
                });
            }
        }
        let values = parameters.into_iter().zip(values);
        Ok(Self {
            values: values
                .map(|(parameter, given)| match given {
                    Some((_, value)) => (parameter, value),
                    None => (parameter, parameter.default_value()),
                })
                .collect(),
        })
    }

    /// The value of a hyperparameter.
    ///
    /// # Panics
    /// No table has it, which is a fault of the program and not of the job.
    pub fn value(&self, name: &str) -> &Value {
        let found = self
            .values
            .iter()
            .find(|(parameter, _)| parameter.name == name);
        match found {
            Some((_, value)) => value,
            None => unreachable!("no table has the hyperparameter {name}"),
        }
    }

    /// What a [`Kind::Choice`](crate::Kind::Choice) stands for.
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn choice(&self, name: &str) -> &'static str {
        match self.value(name) {
            Value::Word(word) => word,
            other => mismatch(name, "a choice", other),
        }
    }

    /// Whether a [`Kind::Switch`](crate::Kind::Switch) is on.
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn is_on(&self, name: &str) -> bool {
        match self.value(name) {
            Value::Switch(on) => *on,
            other => mismatch(name, "a switch", other),
        }
    }

    /// A [`Kind::Whole`](crate::Kind::Whole).
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn whole(&self, name: &str) -> u64 {
        match self.value(name) {
            Value::Whole(number) => *number,
            other => mismatch(name, "a whole number", other),
        }
    }

    /// A [`Kind::Whole`](crate::Kind::Whole) that may be the word `None`.
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn whole_or_none(&self, name: &str) -> Option<u64> {
        match self.value(name) {
            Value::Whole(number) => Some(*number),
            Value::Word("None") => None,
            other => mismatch(name, "a whole number", other),
        }
    }

    /// A [`Kind::Integer`](crate::Kind::Integer).
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn integer(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::Integer(number) => *number,
            other => mismatch(name, "an integer", other),
        }
    }

    /// A [`Kind::Number`](crate::Kind::Number) or [`Kind::Between`](crate::Kind::Between).
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(number) => *number,
            other => mismatch(name, "a number", other),
        }
    }

    /// A number as [`number`](Self::number) that may be the word `None`.
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn number_or_none(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Value::Number(number) => Some(*number),
            Value::Word("None") => None,
            other => mismatch(name, "a number", other),
        }
    }

    /// A [`Kind::Text`](crate::Kind::Text) that may be the word `None`.
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn text_or_none(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Value::Text(text) => Some(text),
            Value::Word("None") => None,
            other => mismatch(name, "a text", other),
        }
    }

    /// A [`Kind::Amount`](crate::Kind::Amount).
    ///
    /// # Panics
    /// Its table says that it is something else.
    pub fn amount(&self, name: &str) -> Amount {
        match self.value(name) {
            Value::Amount(amount) => *amount,
            other => mismatch(name, "an amount", other),
        }
    }

    /// Every hyperparameter and its value as a job would write it, sorted by name.
    pub fn resolved(&self) -> Vec<(&'static str, String)> {
        let shown =
            |(parameter, value): &(&'static Parameter, Value)| (parameter.name, value.to_string());
        self.values.iter().map(shown).collect()
    }

    /// Those that are not at their defaults.
    pub fn changed(&self) -> Vec<(&'static str, String)> {
        let changed = self
            .values
            .iter()
            .filter(|(parameter, value)| parameter.default_value() != *value);
        changed
            .map(|(parameter, value)| (parameter.name, value.to_string()))
            .collect()
    }
}

/// `name=value` of each that is not at its default.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = self.changed();
        if changed.is_empty() {
            return f.write_str("all at their defaults");
        }
        for (name, value) in changed {
            write!(f, "{name}={value} ")?;
        }
        f.write_str("and all others at their defaults")
    }
}

fn mismatch(name: &str, asked: &str, found: &Value) -> ! {
    unreachable!(
        "the hyperparameter {name} was asked for as {asked}, but its table makes it {found:?}"
    )
}

#[cfg(test)]
mod tests;
