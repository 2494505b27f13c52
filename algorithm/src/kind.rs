//! What the value of a hyperparameter may be, and the value itself.

use std::{collections::BTreeMap, fmt};

/// What the value of a hyperparameter may be.
///
/// ```
/// use algorithm::{Kind, Parameter, Value};
///
/// const LOSS: Kind = Kind::Choice(&[("deviance", "log_loss"), ("log_loss", "log_loss")]);
/// let loss = Parameter::new("loss", "log_loss", LOSS, "what is made small");
/// assert_eq!(loss.parse("Deviance"), Ok(Value::Word("log_loss")));
/// assert_eq!(loss.parse("hinge"), Err("deviance, log_loss".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// One of the first words, in any case; the second word is what it stands for.
    Choice(&'static [(&'static str, &'static str)]),
    /// On or off.
    Switch,
    /// A whole number within these bounds, both included; `u64::MAX` is no bound.
    Whole {
        /// The least.
        from: u64,
        /// The most.
        to: u64,
    },
    /// A whole number of either sign within these bounds, both included.
    Integer {
        /// The least.
        from: i64,
        /// The most.
        to: i64,
    },
    /// A number within these bounds, both included; `f64::MAX` is no bound.
    Number {
        /// The least; `f64::MIN_POSITIVE` stands for "above 0".
        from: f64,
        /// The most.
        to: f64,
    },
    /// A number within these bounds, both excluded.
    Between {
        /// The greatest number below all of them.
        above: f64,
        /// The least number above all of them.
        below: f64,
    },
    /// A count of things, or a fraction of all of them.
    Amount {
        /// The least count.
        from: usize,
        /// Whether the fraction may be 1.
        may_be_all: bool,
    },
    /// A JSON map of labels to weights above 0.
    Weights,
    /// A text, not empty, that the learner reads itself; what it is to be, as it follows "expected" in a message.
    Text(&'static str),
}

/// The value of a hyperparameter.
///
/// ```
/// use algorithm::Value;
///
/// assert_eq!(Value::Switch(true).to_string(), "1");
/// assert_eq!(Value::Number(1.0).to_string(), "1.0");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// What a [`Kind::Choice`] stands for, or one of [`Parameter::words`](crate::Parameter::words).
    Word(&'static str),
    /// For a [`Kind::Switch`].
    Switch(bool),
    /// For a [`Kind::Whole`].
    Whole(u64),
    /// For a [`Kind::Integer`].
    Integer(i64),
    /// For a [`Kind::Number`] or [`Kind::Between`].
    Number(f64),
    /// For a [`Kind::Amount`].
    Amount(Amount),
    /// For [`Kind::Weights`].
    Weights(BTreeMap<String, f64>),
    /// For a [`Kind::Text`].
    Text(String),
}

/// A count of things, or a fraction of all of them.
///
/// ```
/// use algorithm::{Amount, Kind, Parameter, Value};
///
/// const ROWS: Kind = Kind::Amount { from: 1, may_be_all: true };
/// let rows = Parameter::new("max_samples", "1.0", ROWS, "rows to draw");
/// assert_eq!(rows.parse("1"), Ok(Value::Amount(Amount::Count(1))));
/// assert_eq!(rows.parse("1.0"), Ok(Value::Amount(Amount::Fraction(1.0))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A count.
    Count(usize),
    /// Above 0 and at most 1.
    Fraction(f64),
}

impl Kind {
    /// Reads a value; `None` if it is not allowed.
    pub(crate) fn parse(&self, text: &str) -> Option<Value> {
        match *self {
            Kind::Choice(choices) => {
                let found = choices
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(text));
                found.map(|(_, meant)| Value::Word(meant))
            }
            Kind::Switch => match text.to_ascii_lowercase().as_str() {
                "0" | "false" => Some(Value::Switch(false)),
                "1" | "true" => Some(Value::Switch(true)),
                _ => None,
            },
            Kind::Whole { from, to } => {
                let number = text.parse().ok()?;
                (from <= number && number <= to).then_some(Value::Whole(number))
            }
            Kind::Integer { from, to } => {
                let number = text.parse().ok()?;
                (from <= number && number <= to).then_some(Value::Integer(number))
            }
            Kind::Number { from, to } => {
                let number = decimal(text)?;
                (from <= number && number <= to).then_some(Value::Number(number))
            }
            Kind::Between { above, below } => {
                let number = decimal(text)?;
                (above < number && number < below).then_some(Value::Number(number))
            }
            Kind::Amount { from, may_be_all } => {
                if let Ok(count) = text.parse() {
                    return (count >= from).then_some(Value::Amount(Amount::Count(count)));
                }
                let fraction = decimal(text)?;
                let allowed = fraction > 0.0 && (fraction < 1.0 || (may_be_all && fraction == 1.0));
                allowed.then_some(Value::Amount(Amount::Fraction(fraction)))
            }
            Kind::Weights => {
                let weights: BTreeMap<String, f64> = serde_json::from_str(text).ok()?;
                // Learners take float32 weights.
                let usable = |weight: &f64| *weight > 0.0 && (*weight as f32).is_normal();
                let allowed = !weights.is_empty() && weights.values().all(usable);
                allowed.then_some(Value::Weights(weights))
            }
            Kind::Text(_) => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
        }
    }

    /// The alternatives, in words.
    pub(crate) fn expected(&self) -> Vec<String> {
        match *self {
            Kind::Choice(choices) => choices.iter().map(|(name, _)| (*name).to_owned()).collect(),
            Kind::Switch => ["0", "1", "false", "true"].map(str::to_owned).into(),
            Kind::Whole { from, to: u64::MAX } => vec![format!("a whole number from {from} up")],
            Kind::Whole { from, to } => vec![format!("a whole number from {from} to {to}")],
            Kind::Integer { from, to } => vec![format!("a whole number from {from} to {to}")],
            Kind::Between { above, below } => {
                vec![format!("a number above {above} and below {below}")]
            }
            Kind::Number { from, to } => vec![match (from == f64::MIN_POSITIVE, to == f64::MAX) {
                (true, true) => "a number above 0".to_owned(),
                (true, false) => format!("a number above 0 and up to {to}"),
                (false, true) => format!("a number from {from} up"),
                (false, false) => format!("a number from {from} to {to}"),
            }],
            Kind::Amount { from, may_be_all } => {
                let up_to = if may_be_all { "up to" } else { "below" };
                vec![
                    format!("a whole number from {from} up"),
                    format!("a fraction above 0.0 and {up_to} 1.0"),
                ]
            }
            Kind::Weights => {
                vec![
                    r#"a JSON map of labels to weights above 0, as {"yes": 5, "no": 1}"#.to_owned(),
                ]
            }
            Kind::Text(expected) => vec![expected.to_owned()],
        }
    }

    /// Whether values are words.
    pub(crate) fn is_words(&self) -> bool {
        matches!(self, Kind::Choice(_))
    }
}

/// As a job would write it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Word(word) => f.write_str(word),
            Value::Switch(on) => write!(f, "{}", u8::from(*on)),
            Value::Whole(number) => write!(f, "{number}"),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(text),
            Value::Number(number) => write!(f, "{number:?}"),
            Value::Amount(Amount::Count(count)) => write!(f, "{count}"),
            Value::Amount(Amount::Fraction(fraction)) => write!(f, "{fraction:?}"),
            Value::Weights(weights) => write!(f, "{}", serde_json::json!(weights)),
        }
    }
}

/// A finite decimal number.
fn decimal(text: &str) -> Option<f64> {
    let number: f64 = fast_float2::parse(text).ok()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_numbers_in_words() {
        let expected = |from, to| Kind::Number { from, to }.expected().join("");
        let above_0 = f64::MIN_POSITIVE;
        assert_eq!(expected(0.5, 1.0), "a number from 0.5 to 1");
        assert_eq!(expected(-1.0, f64::MAX), "a number from -1 up");
        assert_eq!(expected(above_0, f64::MAX), "a number above 0");
        assert_eq!(expected(above_0, 1.0), "a number above 0 and up to 1");
    }
    #[test]
    fn signed_numbers_open_bounds_and_texts() {
        let seed = Kind::Integer { from: -2, to: 7 };
        assert_eq!(seed.parse("-2"), Some(Value::Integer(-2)));
        assert_eq!((seed.parse("-3"), seed.parse("1.0")), (None, None));
        assert_eq!(seed.expected(), ["a whole number from -2 to 7"]);
        let power = Kind::Between {
            above: 1.0,
            below: 2.0,
        };
        assert_eq!(power.parse("1.5"), Some(Value::Number(1.5)));
        assert_eq!((power.parse("1"), power.parse("2")), (None, None));
        assert_eq!(power.expected(), ["a number above 1 and below 2"]);
        let list = Kind::Text("names separated by commas");
        assert_eq!(list.parse("a,b"), Some(Value::Text("a,b".to_owned())));
        assert_eq!(list.parse(""), None);
        assert_eq!(list.expected(), ["names separated by commas"]);
    }
}
