//! Scores a CSV file: `score_csv MODEL.onnx ROWS.csv` prints one line a row, label first, values in the
//! shortest text that restores them. For a look at a model, and for checks against other software.

use std::io::Write;
use std::{env, error::Error, fs, io};

use algorithm::{InputType, Labels, Output, Predictor, Rows, Scores};
use trees::Model;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: score_csv MODEL.onnx ROWS.csv".into());
    };
    let model = Model::load(&fs::read(file)?)?;
    let text = fs::read_to_string(rows)?;
    let fields = || text.lines().flat_map(|line| line.split(',')).map(str::trim);
    let mut scores = Scores::new();
    match model.signature().input_type {
        InputType::F32 => {
            let rows = fields().map(|field| {
                if field.is_empty() {
                    Ok(f32::NAN)
                } else {
                    field.parse()
                }
            });
            model.predict(
                Rows::F32(&rows.collect::<Result<Vec<_>, _>>()?),
                &mut scores,
            )?;
        }
        InputType::F64 => {
            let rows = fields().map(|field| {
                if field.is_empty() {
                    Ok(f64::NAN)
                } else {
                    field.parse()
                }
            });
            model.predict(
                Rows::F64(&rows.collect::<Result<Vec<_>, _>>()?),
                &mut scores,
            )?;
        }
        InputType::I64 => {
            let rows = fields().map(str::parse);
            model.predict(
                Rows::I64(&rows.collect::<Result<Vec<_>, _>>()?),
                &mut scores,
            )?;
        }
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in 0..scores.n_rows() {
        let mut columns = Vec::new();
        if let (Output::Classes(labels), Some(label)) =
            (&model.signature().output, scores.labels().get(row))
        {
            columns.push(match labels {
                Labels::Text(labels) => format!("{:?}", labels[*label as usize]),
                Labels::Integers(labels) => labels[*label as usize].to_string(),
            });
        }
        columns.extend(scores.row(row).unwrap_or(&[]).iter().map(f32::to_string));
        writeln!(out, "{}", columns.join(","))?;
    }
    Ok(())
}
