//! Any bytes as a training file: read, or refused in one line, and the same whatever the size of the blocks.
//!
//! The first byte chooses the options, the rest is the file.

use algorithm::{Absent, Task};
use records::{
    ContentType, Header,
    training::{self, Options, Source, Target},
};

/// Longest line that a user gets, in bytes.
const LONGEST_LINE: usize = 1000;

/// Most bytes of a table: a sparse file of some bytes may stand for any number of values.
const MAX_BYTES: usize = 1 << 20;

/// Bits of the values, what records say beside them, and how many of them do not count.
type Found = (Vec<u32>, Target, Option<Vec<f32>>, u64, Vec<String>);

fn read(content_type: ContentType, file: &[u8], options: &Options) -> Result<Found, String> {
    let open = || Ok(Box::new(file) as Box<dyn std::io::Read + Send>);
    let source = Source::new("training/a", content_type, open);
    let records = training::read(vec![source], options).map_err(|error| error.to_string())?;
    let n_features = records.columns.features.len();
    assert!(records.n_rows > 0 && records.values.len() == records.n_rows * n_features);
    assert!(!records.values.iter().any(|value| value.is_infinite()));
    match &records.target {
        Target::Classes { labels, of_row } => {
            assert_eq!(of_row.len(), records.n_rows);
            let mut is_used = vec![false; labels.len()];
            of_row
                .iter()
                .for_each(|code| is_used[*code as usize] = true);
            assert!(is_used.iter().all(|is_used| *is_used));
        }
        Target::Numbers(numbers) => {
            assert_eq!(numbers.len(), records.n_rows);
            assert!(numbers.iter().all(|number| number.is_finite()));
        }
        Target::None => {}
    }
    if let Some(weights) = &records.weights {
        assert_eq!(weights.len(), records.n_rows);
        assert!(
            weights
                .iter()
                .all(|weight| *weight > 0.0 && weight.is_finite())
        );
    }
    let values = records.values.iter().map(|value| value.to_bits()).collect();
    let names = records.columns.features.names().to_vec();
    let (target, weights) = (records.target, records.weights);
    Ok((values, target, weights, records.n_weightless, names))
}

/// Reads a training file.
///
/// # Panics
/// The property does not hold.
pub(crate) fn check(content_type: &str, data: &[u8]) {
    let Some((choice, file)) = data.split_first() else {
        return;
    };
    let content_type = ContentType::parse(content_type).expect("a content type");
    let with = |block_bytes| Options {
        header: [Header::Auto, Header::Present, Header::Absent][usize::from(choice % 3)],
        csv_weights: choice & 4 != 0,
        absent: if choice & 8 == 0 {
            Absent::Zero
        } else {
            Absent::Missing
        },
        task: match choice >> 4 {
            0..5 => Task::Classes,
            5 => Task::ByLabels,
            6..11 => Task::Numbers,
            _ => Task::Unlabelled,
        },
        max_bytes: MAX_BYTES,
        block_bytes,
        threads: Some(1),
        ..Options::default()
    };
    let whole = read(content_type, file, &with(1 << 20));
    if let Err(line) = &whole {
        assert!(!line.contains(['\n', '\r']), "{line:?}");
        assert!(!line.is_empty() && line.len() <= LONGEST_LINE, "{line:?}");
    }
    assert_eq!(whole, read(content_type, file, &with(1)));
    assert_eq!(whole, read(content_type, file, &with(7)));
}
