//! Our half of a comparison with the libraries' `pred_contribs`: `shap_bench MODEL ROWS.f32 [OUT.f64]` loads the
//! model and the rows (raw little-endian float32, row-major) and prints seconds for all rows in one call (the
//! median of five), and nanoseconds for a row alone (the median). With a third argument the contributions are in
//! that file, as raw little-endian float64.

use std::{env, error::Error, fs, time::Instant};

use algorithm::{InputType, ModelFormat, Predictor, Rows};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("usage: shap_bench MODEL ROWS.f32 [OUT.f64]".into());
    };
    let model = load(&file, &fs::read(&file)?)?;
    let bytes = fs::read(rows)?;
    let (chunks, _) = bytes.as_chunks::<4>();
    let singles: Vec<f32> = chunks
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect();
    let doubles: Vec<f64> = singles.iter().copied().map(f64::from).collect();
    let rows = match model.signature().input_type {
        InputType::F64 => Rows::F64(&doubles),
        _ => Rows::F32(&singles),
    };
    let width = model.signature().features.len();
    let mut contributions = Vec::new();
    let mut median = |rows: &[Rows<'_>], times: usize| -> Result<f64, Box<dyn Error>> {
        let mut seconds = Vec::new();
        for rows in rows.iter().cycle().take(times) {
            let start = Instant::now();
            model.contributions(*rows, &mut contributions)?;
            seconds.push(start.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[seconds.len() / 2])
    };
    let n_rows = rows.len() / width;
    let alone: Vec<Rows<'_>> = (0..n_rows.min(100))
        .map(|row| rows.slice(row * width..(row + 1) * width))
        .collect();
    let one = median(&alone, 100)?;
    let all = median(&[rows], 5)?;
    println!("batch {all} s, {:.0} rows/s", n_rows as f64 / all);
    println!("single {:.0} us", one * 1e6);
    if let Some(out) = arguments.next() {
        let bytes = contributions.iter().flat_map(|value| value.to_le_bytes());
        fs::write(out, bytes.collect::<Vec<u8>>())?;
    }
    Ok(())
}

/// The model in a file of any format that the crate reads.
fn load(path: &str, file: &[u8]) -> Result<Box<dyn Predictor>, Box<dyn Error>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let format = ModelFormat::of_file(&trees::FORMATS, name, file).ok_or("no model file")?;
    Ok((format.load)(file)?)
}
