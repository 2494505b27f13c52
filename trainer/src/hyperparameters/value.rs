//! One hyperparameter's value; an error says what is allowed.

use std::collections::BTreeMap;

use crate::exact::{MaxFeatures, Samples};

/// What a row's weight is multiplied by, by its class.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeight {
    /// 1.
    Equal,
    /// n_rows / (n_classes * rows of the class).
    Balanced,
    /// By the label's text; 1 where a label is not named.
    Map(BTreeMap<String, f64>),
}

/// Whether a fraction may be 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    Yes,
    No,
}

pub(super) fn choice<T: Copy>(value: &str, choices: &[(&str, T)]) -> Result<T, String> {
    let found = choices
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(value));
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    })
}

/// A number from `low` to `high`.
pub(super) fn number(value: &str, low: f64, high: f64) -> Result<f64, String> {
    let number = fast_float2::parse::<f64, _>(value).ok();
    number
        .filter(|number| low <= *number && *number <= high && number.is_finite())
        .ok_or_else(|| match high {
            f64::MAX => format!("a number from {low} up"),
            _ => format!("a number from {low} to {high}"),
        })
}

/// A whole number from `low` up; `None` where there is no limit.
pub(super) fn limit(value: &str, low: usize) -> Result<Option<usize>, String> {
    if is_none(value) {
        return Ok(None);
    }
    match whole(value).filter(|number| *number >= low) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("a whole number from {low} up, or None")),
    }
}

/// A whole number from `low` up, or a fraction.
pub(super) fn amount(value: &str, low: usize, one: Whole) -> Result<Samples, String> {
    let expected = || {
        let up_to = if one == Whole::Yes { "up to" } else { "below" };
        format!("a whole number from {low} up, or a fraction above 0.0 and {up_to} 1.0")
    };
    if let Some(count) = whole(value) {
        return (count >= low)
            .then_some(Samples::Count(count))
            .ok_or_else(expected);
    }
    fraction(value, one)
        .map(Samples::Fraction)
        .ok_or_else(expected)
}

pub(super) fn max_features(value: &str) -> Result<Option<MaxFeatures>, String> {
    let expected =
        "a whole number from 1 up, a fraction above 0.0 and up to 1.0, sqrt, log2, or None";
    if is_none(value) {
        return Ok(None);
    }
    if let Some(count) = whole(value) {
        let count = (count >= 1).then_some(MaxFeatures::Count(count));
        return count.map(Some).ok_or_else(|| expected.to_owned());
    }
    match value.to_ascii_lowercase().as_str() {
        "sqrt" => Ok(Some(MaxFeatures::Sqrt)),
        "log2" => Ok(Some(MaxFeatures::Log2)),
        _ => fraction(value, Whole::Yes)
            .map(|fraction| Some(MaxFeatures::Fraction(fraction)))
            .ok_or_else(|| expected.to_owned()),
    }
}
pub(super) fn seed(value: &str) -> Result<Option<u32>, String> {
    if is_none(value) {
        return Ok(None);
    }
    let seed = whole(value).and_then(|number| u32::try_from(number).ok());
    seed.map(Some)
        .ok_or_else(|| format!("a whole number from 0 to {}, or None", u32::MAX))
}

pub(super) fn class_weight(value: &str) -> Result<ClassWeight, String> {
    let expected = || {
        r#"balanced, None, or a JSON map of labels to weights above 0, as {"yes": 5, "no": 1}"#
            .to_owned()
    };
    if is_none(value) {
        return Ok(ClassWeight::Equal);
    }
    if value.eq_ignore_ascii_case("balanced") {
        return Ok(ClassWeight::Balanced);
    }
    let weights: BTreeMap<String, f64> = serde_json::from_str(value).map_err(|_| expected())?;
    // The engines take float32 weights.
    let usable = |weight: &f64| *weight > 0.0 && (*weight as f32).is_normal();
    if weights.is_empty() || !weights.values().all(usable) {
        return Err(expected());
    }
    Ok(ClassWeight::Map(weights))
}

/// As Python and JSON write it.
fn is_none(value: &str) -> bool {
    matches!(value, "None" | "none" | "null")
}

fn whole(value: &str) -> Option<usize> {
    value.parse().ok()
}

fn fraction(value: &str, one: Whole) -> Option<f64> {
    let number = fast_float2::parse::<f64, _>(value).ok()?;
    let allowed = number > 0.0 && (number < 1.0 || (one == Whole::Yes && number == 1.0));
    allowed.then_some(number)
}
