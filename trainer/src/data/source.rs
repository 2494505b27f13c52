//! A file of a channel as a stream of bytes: unpacked if it is gzip, read once from start to end.

use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flate2::read::MultiGzDecoder;

/// The first bytes of a gzip file (RFC 1952), which no format begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How long a FIFO of Pipe mode may take to appear.
const PIPE_PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks for it.
const PIPE_INTERVAL: Duration = Duration::from_millis(50);

/// Waits for a FIFO, which SageMaker may create only after the container has started. If it does not
/// come in time, opening it fails.
pub(crate) fn await_pipe(path: &Path) {
    let asked = Instant::now();
    while !path.exists() && asked.elapsed() < PIPE_PATIENCE {
        thread::sleep(PIPE_INTERVAL);
    }
}

/// Opens a file, or a FIFO. Gzip is recognised by its content, so its name does not matter. Each byte
/// that is read from the file itself counts in `read`. Where one of `separators` separates fields, commas do after
/// that: the first of them that is in the first line, unless that line has a comma.
pub(crate) fn open(
    path: &Path,
    read: Arc<AtomicUsize>,
    separators: &str,
) -> io::Result<Box<dyn Read + Send>> {
    let mut file = Counted {
        inner: File::open(path)?,
        read,
    };
    let mut head = Vec::with_capacity(GZIP_MAGIC.len());
    file.by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut head)?;
    let is_gzip = head == GZIP_MAGIC;
    let whole = Cursor::new(head).chain(file);
    let unpacked: Box<dyn Read + Send> = if is_gzip {
        Box::new(MultiGzDecoder::new(whole))
    } else {
        Box::new(whole)
    };
    if separators.is_empty() {
        return Ok(unpacked);
    }
    with_commas(unpacked, separators)
}

/// Bytes of a first line that are searched for a separator.
const FIRST_LINE_BYTES: u64 = 1 << 16;

fn with_commas(
    mut file: Box<dyn Read + Send>,
    separators: &str,
) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    file.by_ref()
        .take(FIRST_LINE_BYTES)
        .read_to_end(&mut head)?;
    let mut lines = head.split(|byte| matches!(byte, b'\n' | b'\r'));
    let line = lines.find(|line| !line.trim_ascii().is_empty());
    let line = line.unwrap_or_default().trim_ascii();
    let separator = records::separator(line, separators.as_bytes());
    let whole = Cursor::new(head).chain(file);
    Ok(match separator {
        Some(separator) => Box::new(WithCommas { whole, separator }),
        None => Box::new(whole),
    })
}

struct WithCommas<R> {
    whole: R,
    separator: u8,
}

impl<R: Read> Read for WithCommas<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.whole.read(buffer)?;
        for byte in &mut buffer[..n] {
            if *byte == self.separator {
                *byte = b',';
            }
        }
        Ok(n)
    }
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicUsize>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n, Ordering::Relaxed);
        Ok(n)
    }
}
