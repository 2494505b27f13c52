//! A channel's files to a table, with all cores, in one pass forwards through each file.
//!
//! One thread reads and cuts the files into blocks of whole records (`stream`), the others decode them
//! (`block`). The text of a block is dropped once it is decoded, so the memory needed is that of the table.
//! An npy file in Fortran order and a JSON document are one block.
//!
//! The first record gives the number of columns (`layout`); with libsvm it is the largest index of all
//! files. What is read depends neither on the size of blocks nor on the number of threads, and the fault
//! that is returned is the first in the order of files, records and columns.
//!
//! ```
//! use records::{ContentType, Format, training::{self, Options, Source, Target}};
//!
//! let text = "species,length\noak,1.5\nbirch,\n";
//! let source = Source::new("training/a.csv", Format::Csv.into(), || Ok(Box::new(text.as_bytes())));
//! let records = training::read(vec![source], &Options::default())?;
//! assert_eq!(records.columns.features.name(0), "length");
//! assert_eq!((records.values[0], records.n_missing), (1.5, 1));
//! let Target::Classes { labels, of_row } = records.target else { panic!() };
//! assert_eq!((labels, of_row), (vec!["oak".into(), "birch".into()], vec![0, 1]));
//! # Ok::<(), training::ReadError>(())
//! ```

mod assembly;
mod block;
mod error;
mod feeder;
mod file;
mod first;
mod layout;
mod npy_file;
mod options;
mod record_file;
mod source;
mod stream;

use std::{
    mem,
    panic::{self, AssertUnwindSafe},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
};

use block::{Block, Decoded};
use feeder::Feeder;

pub use assembly::{Records, Target};
pub use error::ReadError;
pub use options::Options;
pub use source::Source;

/// Reads all files.
///
/// # Errors
/// The first fault in the order of the files, or there are no rows, or too many for a table.
pub fn read(sources: Vec<Source<'_>>, options: &Options) -> Result<Records, ReadError> {
    let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let n_threads = options.n_threads();
    let (send, receive) = sync_channel(2 * n_threads);
    let receive = Mutex::new(receive);
    let done = Mutex::new(Vec::new());
    let failed = AtomicBool::new(false);
    let mut feeder = Feeder::new(options, send, &failed);
    let fed = thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| decode_all(&receive, &done, &failed));
        }
        let fed = sources
            .into_iter()
            .enumerate()
            .try_for_each(|(index, source)| file::send(&mut feeder, index, source));
        // The decoders end once there is no sender.
        fed.map(|()| feeder.layout.into_columns())
    });
    let mut done = mem::take(&mut *lock(&done));
    done.sort_by_key(|decoded| decoded.index);
    // A fault of the feeder lies after all that it has sent.
    check(&mut done, &names)?;
    let columns = fed?;
    assembly::assemble(done, columns, &names, options)
}

fn decode_all(receive: &Mutex<Receiver<Block>>, done: &Mutex<Vec<Decoded>>, failed: &AtomicBool) {
    loop {
        let next = lock(receive).recv();
        let Ok(block) = next else { return };
        let decoded = panic::catch_unwind(AssertUnwindSafe(|| block.decode()));
        let decoded = decoded.unwrap_or_else(|panic| {
            failed.store(true, Ordering::Relaxed);
            // Otherwise the feeder would wait for room that nobody makes.
            while lock(receive).recv().is_ok() {}
            panic::resume_unwind(panic)
        });
        if decoded.fault.is_some() {
            // What follows need not be read.
            failed.store(true, Ordering::Relaxed);
        }
        lock(done).push(decoded);
    }
}

/// Returns the first fault, with its place in its file.
fn check(done: &mut [Decoded], names: &[String]) -> Result<(), ReadError> {
    let mut file = usize::MAX;
    let (mut rows, mut lines) = (0, 0);
    for decoded in done {
        if decoded.file != file {
            file = decoded.file;
            (rows, lines) = (0, 0);
        }
        lines += decoded.lines_before;
        if let Some(fault) = decoded.fault.take() {
            return Err(ReadError::Record {
                file: names[file].clone(),
                fault: fault.after(rows, lines),
            });
        }
        rows += decoded.n_records;
        lines += decoded.n_lines;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
