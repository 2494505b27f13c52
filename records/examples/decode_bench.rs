//! Measures how fast payloads are decoded, one thread: 50,000 rows of 24 columns, numbers of 1 to 9 digits.
//!
//! Usage: `decode_bench [ROWS]`

use std::{error::Error, hint::black_box, time::Instant};

use algorithm::{Features, Signature};
use records::{Payload, Schema};

const COLUMNS: usize = 24;

/// Decodings of each payload; the best counts.
const REPEATS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let rows: usize = match std::env::args().nth(1) {
        Some(rows) => rows.parse()?,
        None => 50_000,
    };
    let schema = Schema::new(&Signature::regressor(Features::unnamed(COLUMNS), 1));
    let values: Vec<f32> = values().take(rows * COLUMNS).collect();
    let records = || values.chunks(COLUMNS);
    let csv = text(records(), |row| format!("{row}\n"));
    let json = format!(
        "{{\"instances\":[{}]}}",
        text(records(), |row| format!("{{\"features\":[{row}]}},")).trim_end_matches(',')
    );
    let lines = text(records(), |row| format!("[{row}]\n"));
    let mut npy =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {COLUMNS})}}\n");
    npy.insert_str(0, &" ".repeat(118 - npy.len()));
    let header = [b"\x93NUMPY\x01\0\x76\0", npy.as_bytes()].concat();
    let data: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let npy = [header, data].concat();
    for (content_type, body) in [
        ("text/csv", csv.as_bytes()),
        ("application/json", json.as_bytes()),
        ("application/jsonlines", lines.as_bytes()),
        ("application/x-npy", &npy),
    ] {
        let payload = Payload::new(content_type, "", body)?;
        let mut best = f64::INFINITY;
        for _ in 0..REPEATS {
            let mut decoded = 0;
            let start = Instant::now();
            payload.decode(&schema, &mut |rows| decoded += black_box(rows).len())?;
            best = best.min(start.elapsed().as_secs_f64());
            assert_eq!(decoded, values.len());
        }
        let megabytes = body.len() as f64 / 1e6;
        println!(
            "{content_type}: {megabytes:.1} MB in {:.1} ms, {:.0} MB/s, {:.0} ns a value",
            best * 1e3,
            megabytes / best,
            best * 1e9 / values.len() as f64
        );
    }
    Ok(())
}

/// Numbers as sensors and tables have them: whole ones, decimals, small and large ones.
fn values() -> impl Iterator<Item = f32> {
    let mut state = 1_u64;
    (0..).map(move |i: u32| {
        // A linear congruential generator (Knuth's MMIX), of which the high bits are good.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 40) as f32 / (1_u32 << 24) as f32;
        match i % 4 {
            0 => (random * 1000.0).floor(),
            1 => random,
            2 => (random * 100_000.0).round() / 100.0 - 500.0,
            _ => random * 1e-3,
        }
    })
}

fn text<'a>(rows: impl Iterator<Item = &'a [f32]>, line: impl Fn(String) -> String) -> String {
    rows.map(|row| {
        let fields: Vec<String> = row.iter().map(f32::to_string).collect();
        line(fields.join(","))
    })
    .collect()
}
