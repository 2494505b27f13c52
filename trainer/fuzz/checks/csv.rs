//! Any bytes as a training file: read or refused, and the same whatever the size of the blocks.
//!
//! The first byte chooses the options, the rest is the file.

use std::{fs, path::Path};

use trainer::data::{Channel, Header, ReadOptions, Table};

/// Bits of the features, targets, names of the classes.
type Found = (Vec<Vec<u32>>, Vec<usize>, Vec<String>);

fn read(directory: &Path, options: &ReadOptions) -> Result<Found, String> {
    let channel = Channel {
        name: "training".to_owned(),
        path: directory.to_owned(),
        is_pipe: false,
    };
    let (table, classes) = Table::training(&channel, options).map_err(|error| error.to_string())?;
    let records = table.dataset.records.rows();
    let rows = records
        .into_iter()
        .map(|row| row.iter().map(|value| value.to_bits()).collect());
    let targets = table.dataset.targets.to_vec();
    assert!(targets.iter().all(|target| *target < classes.len()));
    assert!(
        !table
            .dataset
            .records
            .iter()
            .any(|value| value.is_infinite())
    );
    Ok((rows.collect(), targets, classes.names()))
}

/// Panics where the property does not hold. The file is written into `directory`.
pub(crate) fn check(directory: &Path, data: &[u8]) {
    let Some((choice, file)) = data.split_first() else {
        return;
    };
    fs::write(directory.join("a.csv"), file).expect("memory");
    let with = |block_bytes| ReadOptions {
        header: [Header::Auto, Header::Yes, Header::No][usize::from(choice % 3)],
        csv_weights: choice & 4 != 0,
        block_bytes,
        ..ReadOptions::default()
    };
    let whole = read(directory, &with(1 << 20));
    if let Err(reason) = &whole {
        assert!(
            !reason.is_empty() && reason.lines().count() == 1,
            "{reason:?}"
        );
        // A damaged .gz ends where its damage is found; smaller blocks see more of what is before.
        if reason.contains("a.csv: cannot be read: ") {
            return;
        }
    }
    assert_eq!(whole, read(directory, &with(1)));
    assert_eq!(whole, read(directory, &with(7)));
}
