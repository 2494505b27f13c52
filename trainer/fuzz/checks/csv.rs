//! Any bytes as a training file: read or refused, and the same whatever the size of the blocks.
//!
//! The first byte chooses the options, the rest is the file.

use std::{fs, path::Path};

use algorithm::{Target, Task};
use trainer::data::{Channel, ChannelTable, Header, ReadOptions};

/// Bits of the features, and the target.
type Found = (Vec<Vec<u32>>, Target);

fn read(directory: &Path, options: &ReadOptions) -> Result<Found, String> {
    let channel = Channel {
        name: "training".to_owned(),
        path: directory.to_owned(),
        is_pipe: false,
    };
    let channel = ChannelTable::training(&channel, options).map_err(|error| error.to_string())?;
    let table = channel.table;
    if let Target::Classes { labels, of_row } = &table.target {
        assert!(of_row.iter().all(|class| *class < labels.len()));
    }
    assert!(!table.records.iter().any(|value| value.is_infinite()));
    let rows = table.records.rows().into_iter();
    let bits = rows.map(|row| row.iter().map(|value| value.to_bits()).collect());
    Ok((bits.collect(), table.target))
}

/// Panics if the property does not hold. The file is written into `directory`.
pub(crate) fn check(directory: &Path, data: &[u8]) {
    let Some((choice, file)) = data.split_first() else {
        return;
    };
    fs::write(directory.join("a.csv"), file).expect("memory");
    let with = |block_bytes| ReadOptions {
        header: [Header::Auto, Header::Yes, Header::No][usize::from(choice % 3)],
        csv_weights: choice & 4 != 0,
        task: match choice >> 4 {
            0..6 => Task::Classes,
            6..11 => Task::Numbers,
            _ => Task::Unlabelled,
        },
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
        if reason.contains("a.csv: can't be read: ") {
            return;
        }
    }
    assert_eq!(whole, read(directory, &with(1)));
    assert_eq!(whole, read(directory, &with(7)));
}
