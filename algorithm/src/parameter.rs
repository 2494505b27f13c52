//! One hyperparameter: everything that is known of it, in one row of a learner's table.

use crate::{Kind, Value};

/// A hyperparameter.
///
/// ```
/// use algorithm::{Kind, Parameter, Value};
///
/// const MAX_DEPTH: Parameter = Parameter {
///     words: &["None"],
///     ..Parameter::new(
///         "max_depth",
///         "None",
///         Kind::Whole { from: 1, to: u64::MAX },
///         "most splits between the root and a leaf",
///     )
/// };
/// assert_eq!(MAX_DEPTH.parse("3"), Ok(Value::Whole(3)));
/// assert_eq!(MAX_DEPTH.parse("0"), Err("a whole number from 1 up, or None".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Other names that stand for it.
    pub aliases: &'static [&'static str],
    /// Its value if a job does not set it, as a job would write it.
    pub default: &'static str,
    /// What a value may be.
    pub kind: Kind,
    /// Words that a value may be besides, such as `None`; `null` stands for `None` too.
    pub words: &'static [&'static str],
    /// What it does, in a few words; Markdown.
    pub meaning: &'static str,
}

impl Parameter {
    /// A hyperparameter of one name, without words of its own.
    pub const fn new(
        name: &'static str,
        default: &'static str,
        kind: Kind,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            default,
            kind,
            words: &[],
            meaning,
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// What is allowed, as it follows "expected" in a message.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let is_word =
            |word: &&&str| word.eq_ignore_ascii_case(text) || (**word == "None" && text == "null");
        if let Some(word) = self.words.iter().find(is_word) {
            return Ok(Value::Word(word));
        }
        self.kind.parse(text).ok_or_else(|| self.expected())
    }

    /// Whether it goes by this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// The default value.
    pub fn default_value(&self) -> Value {
        match self.parse(self.default) {
            Ok(value) => value,
            Err(expected) => unreachable!(
                "the default of {} is {:?}, which its own table does not allow: {expected}",
                self.name, self.default
            ),
        }
    }

    /// What a value may be, in words.
    pub fn expected(&self) -> String {
        let mut allowed = self.kind.expected();
        allowed.extend(self.words.iter().map(|word| (*word).to_owned()));
        match allowed.split_last() {
            Some((last, rest)) if !rest.is_empty() && !matches!(self.kind, Kind::Choice(_)) => {
                format!("{}, or {last}", rest.join(", "))
            }
            _ => allowed.join(", "),
        }
    }

    /// Its row of the documentation: `| name | default | meaning |`.
    pub fn markdown(&self) -> String {
        let default = match self.default {
            "None" => "none".to_owned(),
            default if self.kind.is_words() => format!("`{default}`"),
            default => default.to_owned(),
        };
        format!("| `{}` | {default} | {} |", self.name, self.meaning)
    }
}
