//! Our half of `bench/scoring.sh`: `score_bench MODEL ROWS.f32` loads the model and the rows (raw little-endian
//! float32, row-major, widened if the model takes float64) and then does what each line on stdin says, one line
//! of answer each:
//!
//! | line | answer |
//! | --- | --- |
//! | `load` | seconds that loading takes |
//! | `batch N` | seconds to score the first N rows in one call |
//! | `single N` | nanoseconds a row, N rows in N calls: p50 and p99 |
//! | `contributions N` | seconds that the contributions of the first N rows take in one call, of the first row alone |
//! | `dump FILE` | scores all rows; label positions (u32) and values (f32) are in FILE |

use std::io::{BufRead, Write};
use std::time::Instant;
use std::{env, error::Error, fs, io};

use algorithm::{InputType, ModelFormat, Predictor, Rows, Scores};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: score_bench MODEL ROWS.f32".into());
    };
    let (name, file) = (file.clone(), fs::read(file)?);
    let model = load(&name, &file)?;
    let bytes = fs::read(rows)?;
    let (chunks, _) = bytes.as_chunks::<4>();
    let rows: Vec<f32> = chunks
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect();
    let width = model.signature().features.len();
    let doubles: Vec<f64> = rows.iter().map(|value| f64::from(*value)).collect();
    let rows = match model.signature().input_type {
        InputType::F32 => Rows::F32(&rows),
        InputType::F64 => Rows::F64(&doubles),
        InputType::I64 => return Err("the model takes whole numbers".into()),
    };
    let n_rows = rows.len() / width;
    let part = |start: usize, end: usize| rows.slice(start * width..end * width);
    let (mut scores, mut contributions) = (Scores::new(), Vec::new());
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (command, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match command {
            "load" => {
                let start = Instant::now();
                let loaded = load(&name, &file)?;
                let seconds = start.elapsed().as_secs_f64();
                drop(loaded);
                seconds.to_string()
            }
            "batch" => {
                let end = argument.parse::<usize>()?;
                if end > n_rows {
                    return Err("too few rows".into());
                }
                let start = Instant::now();
                model.predict(part(0, end), &mut scores)?;
                start.elapsed().as_secs_f64().to_string()
            }
            "single" => {
                let mut nanoseconds = Vec::new();
                for row in 0..n_rows.min(argument.parse()?) {
                    let start = Instant::now();
                    model.predict(part(row, row + 1), &mut scores)?;
                    nanoseconds.push(start.elapsed().as_nanos());
                }
                nanoseconds.sort_unstable();
                let quantile = |q: usize| nanoseconds.get(nanoseconds.len() * q / 100).copied();
                let (p50, p99) = quantile(50).zip(quantile(99)).ok_or("no rows")?;
                format!("{p50} {p99}")
            }
            "contributions" => {
                let end = argument.parse::<usize>()?;
                if end > n_rows {
                    return Err("too few rows".into());
                }
                let mut seconds = |end: usize| -> Result<f64, Box<dyn Error>> {
                    let start = Instant::now();
                    model.contributions(part(0, end), &mut contributions)?;
                    Ok(start.elapsed().as_secs_f64())
                };
                format!("{} {}", seconds(end)?, seconds(1)?)
            }
            "dump" => {
                model.predict(rows, &mut scores)?;
                let mut out = Vec::new();
                scores
                    .labels()
                    .iter()
                    .for_each(|label| out.extend(label.to_le_bytes()));
                scores
                    .values()
                    .iter()
                    .for_each(|value| out.extend(value.to_le_bytes()));
                fs::write(argument, out)?;
                format!("{} rows", scores.n_rows())
            }
            other => return Err(format!("unknown command {other:?}").into()),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// The model in a file of any format that the crate reads.
fn load(path: &str, file: &[u8]) -> Result<Box<dyn Predictor>, Box<dyn Error>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let format = ModelFormat::of_file(&trees::FORMATS, name, file).ok_or("no model file")?;
    Ok((format.load)(file)?)
}
