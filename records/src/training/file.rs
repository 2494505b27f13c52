//! Opens a file, and has it read as its format requires.

use super::{
    error::ReadError,
    feeder::{Feeder, File, Stop},
    npy_file, record_file,
    source::Source,
    stream::Stream,
};
use crate::format::Format;

/// Sends the records of a file; `index` is its place among the files.
///
/// # Errors
/// It can't be read, or a fault that lies after all blocks that were sent.
pub(super) fn send(
    feeder: &mut Feeder<'_>,
    index: usize,
    source: Source<'_>,
) -> Result<(), ReadError> {
    let Source {
        name,
        content_type,
        open,
    } = source;
    let format = content_type.format();
    let unreadable = |file: &str, source| ReadError::Read {
        file: file.to_owned(),
        source,
    };
    let reader = open().map_err(|error| unreadable(&name, error))?;
    let mut file = File {
        index,
        name,
        stream: Stream::new(reader, feeder.options.block_bytes),
        lines_before: 0,
    };
    feeder.layout.open(content_type);
    let sent = match format {
        Format::Npy => npy_file::send(feeder, &mut file),
        _ => record_file::send(feeder, &mut file, content_type),
    };
    match sent {
        Ok(()) | Err(Stop::Failed) => Ok(()),
        Err(Stop::Read(error)) => Err(unreadable(&file.name, error)),
        Err(Stop::Fault(fault)) => Err(ReadError::Record {
            fault,
            file: file.name,
        }),
    }
}
