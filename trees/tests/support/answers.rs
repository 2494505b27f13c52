//! A model's answers against the expected ones; the corpus's README.md says how both are written.

use algorithm::{InputType, Labels, Output, Predictor, Rows, Scores};
use trees::Model;

/// Scores the rows all at once and one by one.
pub(crate) fn compare(
    model: &Model,
    rows: &[u8],
    expected: &[u8],
    tolerance: f64,
) -> Result<(), String> {
    let expected = records(std::str::from_utf8(expected).unwrap());
    let fields = std::str::from_utf8(rows)
        .unwrap()
        .lines()
        .flat_map(|line| line.split(','));
    let n = model.signature().features.len();
    match model.signature().input_type {
        InputType::F32 => {
            let rows: Vec<f32> = fields
                .map(|field| number(field).unwrap_or(f32::NAN))
                .collect();
            check(
                model,
                &expected,
                rows.chunks(n).map(Rows::F32),
                Rows::F32(&rows),
                tolerance,
            )
        }
        InputType::F64 => {
            let rows: Vec<f64> = fields
                .map(|field| number(field).unwrap_or(f64::NAN))
                .collect();
            check(
                model,
                &expected,
                rows.chunks(n).map(Rows::F64),
                Rows::F64(&rows),
                tolerance,
            )
        }
        InputType::I64 => {
            let rows: Vec<i64> = fields.map(|field| number(field).unwrap()).collect();
            check(
                model,
                &expected,
                rows.chunks(n).map(Rows::I64),
                Rows::I64(&rows),
                tolerance,
            )
        }
    }
}

/// A field's value, `None` where it is empty: missing.
fn number<T: std::str::FromStr>(field: &str) -> Option<T> {
    match field {
        "" => None,
        text => Some(text.parse().unwrap_or_else(|_| panic!("field {text:?}"))),
    }
}

fn check<'a>(
    model: &Model,
    expected: &[Vec<String>],
    single: impl Iterator<Item = Rows<'a>>,
    all: Rows<'_>,
    tolerance: f64,
) -> Result<(), String> {
    let mut scores = Scores::new();
    let mut row_scores = Scores::new();
    model
        .predict(all, &mut scores)
        .map_err(|error| error.to_string())?;
    if scores.n_rows() != expected.len() {
        return Err(format!(
            "{} rows, expected {}",
            scores.n_rows(),
            expected.len()
        ));
    }
    for (i, (row, expected)) in single.zip(expected).enumerate() {
        let answer = answer(model, &scores, i, expected, tolerance)
            .map_err(|e| format!("row {}: {e}", i + 1))?;
        model
            .predict(row, &mut row_scores)
            .map_err(|error| error.to_string())?;
        let alone = self::answer(model, &row_scores, 0, expected, tolerance)?;
        if format!("{answer:?}") != format!("{alone:?}") {
            return Err(format!(
                "row {}: {alone:?} alone, {answer:?} in the batch",
                i + 1
            ));
        }
    }
    Ok(())
}

/// A row's label and values, once they are those expected.
fn answer(
    model: &Model,
    scores: &Scores,
    row: usize,
    expected: &[String],
    tolerance: f64,
) -> Result<(Option<String>, Vec<f64>), String> {
    let label = match (&model.signature().output, scores.labels().get(row)) {
        (Output::Classes(Labels::Text(labels)), Some(label)) => {
            Some(labels[*label as usize].clone())
        }
        (Output::Classes(Labels::Integers(labels)), Some(label)) => {
            Some(labels[*label as usize].to_string())
        }
        (Output::Targets(_), None) => None,
        _ => return Err("labels and output do not fit".into()),
    };
    let expected_values = match &label {
        Some(label) if expected.first() != Some(label) => {
            return Err(format!("label {label:?}, expected {expected:?}"));
        }
        Some(_) => &expected[1..],
        None => expected,
    };
    let width = scores.width();
    let values: Vec<f64> = match model.signature().is_double {
        true => scores.doubles()[row * width..(row + 1) * width].to_vec(),
        false => scores
            .row(row)
            .unwrap()
            .iter()
            .map(|value| f64::from(*value))
            .collect(),
    };
    if values.len() != expected_values.len() {
        return Err(format!("{values:?}, expected {expected_values:?}"));
    }
    for (value, expected) in values.iter().zip(expected_values) {
        let wanted: f64 = match model.signature().is_double {
            true => expected.parse().unwrap(),
            false => f64::from(expected.parse::<f32>().unwrap()),
        };
        let exact = value.to_bits() == wanted.to_bits();
        if !exact && (tolerance == 0.0 || (value - wanted).abs() > tolerance * wanted.abs()) {
            return Err(format!("{values:?}, expected {expected_values:?}"));
        }
    }
    Ok((label, values))
}

/// The records of a CSV text without line breaks in fields; quotes as in RFC 4180.
fn records(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| {
            let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
            let mut characters = line.chars().peekable();
            while let Some(character) = characters.next() {
                match character {
                    '"' if quoted && characters.peek() == Some(&'"') => {
                        field.push('"');
                        characters.next();
                    }
                    '"' => quoted = !quoted,
                    ',' if !quoted => fields.push(std::mem::take(&mut field)),
                    other => field.push(other),
                }
            }
            fields.push(field);
            fields
        })
        .collect()
}
