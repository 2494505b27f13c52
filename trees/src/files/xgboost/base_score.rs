//! What the trees are added to, as a file has it.

use algorithm::text::excerpt;

use super::error::{Fault, invalid};

/// One number, or since XGBoost 3.1 a list of one or one an output: `5E-1`, `[5E-1]`, `[1E-1,2E-1]`.
pub(super) fn parse(text: &str) -> Result<Vec<f32>, Fault> {
    let text = text.trim();
    let stripped = [('[', ']'), ('(', ')')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close));
    let list = stripped.unwrap_or(text);
    // Python writes a tuple of one as `(0.5,)`.
    let list = list.strip_suffix(',').unwrap_or(list);
    list.split(',')
        .map(|number| match number.trim().parse::<f32>() {
            Ok(number) => check(number),
            Err(_) => {
                let found = excerpt(number.as_bytes());
                invalid!("found `{found}`, expected a number")
            }
        })
        .collect()
}

/// An estimate that has not been made is NaN.
pub(super) fn check(base_score: f32) -> Result<f32, Fault> {
    if base_score.is_finite() {
        return Ok(base_score);
    }
    invalid!("found {base_score}, expected a number: the model has not been fitted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms() {
        for (text, expected) in [
            ("5E-1", &[0.5][..]),
            ("0.5", &[0.5]),
            ("[5E-1]", &[0.5]),
            ("(0.5,)", &[0.5]),
            ("[1E-1,-2E0, 3]", &[0.1, -2.0, 3.0]),
        ] {
            assert_eq!(parse(text).ok().as_deref(), Some(expected), "{text}");
        }
        for text in [
            "", "[]", "nan", "[1,NaN]", "inf", "1E40", "[1", "x", "[1,,2]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
