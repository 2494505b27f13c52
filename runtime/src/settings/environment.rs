//! Looks variables up, and says what is wrong with a value that can't be used.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A variable whose value can't be used.
#[derive(Debug, Error, PartialEq)]
#[error("{name}={}: expected {expected}", one_line(.value))]
pub struct SettingError {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) expected: String,
}

/// The value with its control characters, line ends above all, escaped.
fn one_line(value: &str) -> String {
    let escaped = value.chars().map(|c| match c {
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    });
    escaped.collect()
}

/// Looks a variable up in the environment of this process. Bytes that are not UTF-8 become U+FFFD, which no
/// setting takes.
pub fn process_env(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    Some(value.to_string_lossy().into_owned())
}

/// Looks variables up and checks their values. An empty variable counts as not set.
pub(super) struct Environment<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// The variable's text without spaces around it.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The first of `names` that is set, as a number from `low` to `high`.
    pub(super) fn number<N>(
        &self,
        names: &[&'static str],
        low: N,
        high: N,
    ) -> Result<Option<N>, SettingError>
    where
        N: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let Some((name, value)) = names
            .iter()
            .find_map(|name| Some((*name, self.text(name)?)))
        else {
            return Ok(None);
        };
        match value.parse::<N>() {
            Ok(number) if low <= number && number <= high => Ok(Some(number)),
            _ => Err(SettingError {
                name,
                value,
                expected: format!("a whole number from {low} to {high}"),
            }),
        }
    }

    /// The variable's value as a `T`; `expected` says what parses.
    pub(super) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        expected: &str,
    ) -> Result<Option<T>, SettingError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => Err(SettingError {
                name,
                value,
                expected: expected.to_owned(),
            }),
        }
    }

    /// The variable's value as a switch, in any case.
    pub(super) fn switch(&self, name: &'static str) -> Result<Option<bool>, SettingError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match value.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(SettingError {
                name,
                value,
                expected: "true or false".to_owned(),
            }),
        }
    }
}
