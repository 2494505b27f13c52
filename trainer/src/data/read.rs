//! A channel's files into one table, with all cores, in one pass forwards through each file.
//!
//! One thread reads and cuts the text into blocks, the others parse. Text lives no longer than its
//! block takes, so the memory is that of the table.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use algorithm::Task;
use memchr::memchr_iter;

use super::{
    blocks::{BLOCK_BYTES, Blocks},
    files::{Channel, DataFile},
    first_line::{FirstLine, Header, first_line, label_columns},
    labels::Dictionary,
    parse::{Layout, Parsed, parse},
    problem::{DataError, Problem},
    source,
};

/// What a byte order mark is in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a channel's files are to be read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What the label column holds, or that there is none.
    pub task: Task,
    /// Whether first lines name the columns.
    pub header: Header,
    /// The column after the label is the row's weight.
    pub csv_weights: bool,
    /// The training channel's columns, if this is another channel.
    pub like: Option<Columns>,
    /// Bytes read so far, for whoever watches.
    pub bytes_read: Arc<AtomicUsize>,
    /// Bytes of text that a thread parses at a time; what is read does not depend on it.
    pub block_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            task: Task::Classes,
            header: Header::default(),
            csv_weights: false,
            like: None,
            bytes_read: Arc::default(),
            block_bytes: BLOCK_BYTES,
        }
    }
}

/// The feature columns of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// How many.
    pub n_features: usize,
    /// Their names, if a header gives them.
    pub names: Option<Vec<String>>,
    /// The line that says so, for messages.
    pub given_by: String,
}

/// The rows of a channel, blocks in file order.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) columns: Columns,
    pub(crate) blocks: Vec<Parsed>,
    /// Of the blocks' codes.
    pub(crate) labels: Dictionary,
    pub(crate) weighted: bool,
    pub(crate) n_files: usize,
    pub(crate) n_bytes: u64,
}

/// Reads all files of a channel.
///
/// # Errors
/// The first problem in the order of the files, lines and columns; it is the same on every run.
pub(crate) fn read(channel: &Channel, options: &ReadOptions) -> Result<Rows, DataError> {
    let files = channel.files()?;
    if files.is_empty() {
        let what = format!("no files in {}, expected CSV files", channel.path.display());
        return Err(channel.error(what));
    }
    if channel.is_pipe {
        source::await_pipe(&channel.path);
    }
    let threads = thread::available_parallelism().map_or(1, |cores| cores.get());
    let (send, receive) = sync_channel(2 * threads);
    let receive = Mutex::new(receive);
    let done = Mutex::new(Vec::new());
    let failed = AtomicBool::new(false);
    let mut feeder = Feeder {
        options,
        files: &files,
        send,
        sent: 0,
        failed: &failed,
        columns: None,
        layout: None,
        first_has_header: None,
    };
    let fed = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| parse_all(&receive, &done, &failed));
        }
        let fed = feeder.run();
        // Without a sender the parsers end.
        let columns = feeder.columns.take();
        let weighted = feeder.layout.as_ref().is_some_and(|layout| layout.weighted);
        drop(feeder);
        fed.map(|()| (columns, weighted))
    });
    let mut done = mem::take(&mut *lock(&done));
    done.sort_by_key(|block: &Done| block.index);
    let mut blocks = place(&files, done)?;
    let (columns, weighted) = fed?;
    let Some(columns) = columns else {
        let what = format!("no rows in {} files, expected at least 1", files.len());
        return Err(channel.error(what));
    };
    let mut labels = Dictionary::default();
    for block in &mut blocks {
        let codes = labels.merge(&mem::take(&mut block.labels));
        for code in &mut block.codes {
            *code = codes[*code as usize];
        }
    }
    Ok(Rows {
        columns,
        blocks,
        labels,
        weighted,
        n_files: files.len(),
        n_bytes: options.bytes_read.load(Ordering::Relaxed) as u64,
    })
}

/// Text to parse.
struct Block {
    index: usize,
    file: usize,
    text: Vec<u8>,
    /// Lines of its file that the text before it does not count: those of the header.
    lines_before: u64,
    layout: Arc<Layout>,
}

struct Done {
    index: usize,
    file: usize,
    lines_before: u64,
    parsed: Parsed,
}

fn parse_all(receive: &Mutex<Receiver<Block>>, done: &Mutex<Vec<Done>>, failed: &AtomicBool) {
    loop {
        let next = lock(receive).recv();
        let Ok(block) = next else { return };
        let parsed = parse(&block.text, &block.layout);
        if parsed.problem.is_some() {
            failed.store(true, Ordering::Relaxed);
        }
        lock(done).push(Done {
            index: block.index,
            file: block.file,
            lines_before: block.lines_before,
            parsed,
        });
    }
}

/// The blocks in file order, or the first problem among them, with its line in its file.
fn place(files: &[DataFile], done: Vec<Done>) -> Result<Vec<Parsed>, DataError> {
    let mut file = usize::MAX;
    let mut lines = 0;
    let mut blocks = Vec::with_capacity(done.len());
    for mut block in done {
        if block.file != file {
            file = block.file;
            lines = 0;
        }
        lines += block.lines_before;
        if let Some(problem) = block.parsed.problem.take() {
            return Err(DataError::Content {
                file: files[file].shown.clone(),
                problem: problem.after(lines),
            });
        }
        lines += block.parsed.lines;
        blocks.push(block.parsed);
    }
    Ok(blocks)
}

/// Reads the files one after another.
struct Feeder<'a> {
    options: &'a ReadOptions,
    files: &'a [DataFile],
    send: SyncSender<Block>,
    sent: usize,
    /// A parser found a problem: what follows need not be read.
    failed: &'a AtomicBool,
    columns: Option<Columns>,
    layout: Option<Arc<Layout>>,
    first_has_header: Option<bool>,
}

impl Feeder<'_> {
    fn run(&mut self) -> Result<(), DataError> {
        for (index, file) in self.files.iter().enumerate() {
            self.file(index, file)?;
        }
        Ok(())
    }

    fn file(&mut self, index: usize, file: &DataFile) -> Result<(), DataError> {
        let unreadable = |source| DataError::Read {
            file: file.shown.clone(),
            source,
        };
        let reader =
            source::open(&file.path, self.options.bytes_read.clone()).map_err(unreadable)?;
        let mut blocks = Blocks::new(reader, self.options.block_bytes);
        let mut at_start = true;
        let mut is_first = true;
        let mut lines_before = 0;
        while let Some(mut text) = blocks.next().map_err(unreadable)? {
            if self.failed.load(Ordering::Relaxed) {
                return Ok(());
            }
            if mem::take(&mut is_first) {
                check_encoding(&mut text).map_err(|problem| DataError::Content {
                    file: file.shown.clone(),
                    problem,
                })?;
            }
            if at_start {
                let place = |problem: Problem| DataError::Content {
                    file: file.shown.clone(),
                    problem: problem.after(lines_before),
                };
                match self.start(file, &mut text, lines_before).map_err(place)? {
                    Some(lines) => lines_before += lines,
                    None => {
                        lines_before += memchr_iter(b'\n', &text).count() as u64;
                        continue;
                    }
                }
                at_start = false;
            }
            let Some(layout) = self.layout.clone() else {
                continue;
            };
            let block = Block {
                index: self.sent,
                file: index,
                text,
                lines_before: mem::take(&mut lines_before),
                layout,
            };
            self.sent += 1;
            if self.send.send(block).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks at a file's first block and takes what is no record from its beginning. Returns the lines
    /// taken; `None` if all are blank.
    fn start(
        &mut self,
        file: &DataFile,
        text: &mut Vec<u8>,
        lines_before: u64,
    ) -> Result<Option<u64>, Problem> {
        let header = match (self.options.header, self.first_has_header) {
            // If the first file has no header, a line of text at the head of a later file is a mistake.
            (Header::Auto, Some(false)) => Header::No,
            (header, _) => header,
        };
        let Some(first) = first_line(text, header, self.options.task)? else {
            return Ok(None);
        };
        self.first_has_header.get_or_insert(first.header.is_some());
        if self.layout.is_none() {
            self.lay_out(file, &first, lines_before)?;
        }
        let Some((names, records)) = first.header else {
            return Ok(Some(0));
        };
        self.check_names(&names, first.line)?;
        text.drain(..records);
        Ok(Some(first.lines))
    }

    /// The first record of all gives the number of columns.
    fn lay_out(
        &mut self,
        file: &DataFile,
        first: &FirstLine,
        lines_before: u64,
    ) -> Result<(), Problem> {
        let like = self.options.like.as_ref();
        // Weights matter for training only, so that other channels may have the column or not.
        let weighted = self.options.csv_weights
            && like.is_none_or(|columns| {
                first.width != label_columns(self.options.task) + columns.n_features
            });
        let mut layout = first.layout(self.options.task, weighted)?;
        layout.given_by = format!("line {} of {}", lines_before + first.line, file.shown);
        let leading = layout.leading();
        let own_names = || {
            let (names, _) = first.header.as_ref()?;
            Some(names.iter().skip(leading).cloned().collect())
        };
        let columns = match like {
            Some(columns) => {
                layout.n_features = columns.n_features;
                layout.given_by.clone_from(&columns.given_by);
                columns.clone()
            }
            None => Columns {
                n_features: layout.n_features,
                names: own_names(),
                given_by: layout.given_by.clone(),
            },
        };
        self.layout = Some(Arc::new(layout));
        self.columns = Some(columns);
        Ok(())
    }

    /// Columns of different files that go by different names are not the same columns.
    fn check_names(&self, names: &[String], line: u64) -> Result<(), Problem> {
        let (Some(layout), Some(columns)) = (&self.layout, &self.columns) else {
            return Ok(());
        };
        let leading = layout.leading();
        let found = names.get(leading..).unwrap_or_default();
        let Some(expected) = &columns.names else {
            return Ok(());
        };
        let differs = found.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(feature) = differs {
            let what = format!(
                "found the column name {:?}, expected {:?} as in {}",
                found.get(feature).map_or("", String::as_str),
                expected.get(feature).map_or("", String::as_str),
                columns.given_by
            );
            return Err(Problem::new(line, leading + feature + 1, what));
        }
        if found.len() != expected.len() {
            let what = format!(
                "found {} columns, expected {} as in {}",
                names.len(),
                layout.width(),
                layout.given_by
            );
            return Err(Problem::new(
                line,
                names.len().min(layout.width()) + 1,
                what,
            ));
        }
        Ok(())
    }
}

/// Takes a byte order mark from a file's beginning.
fn check_encoding(text: &mut Vec<u8>) -> Result<(), Problem> {
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Err(Problem::new(1, 1, "found UTF-16 text, expected UTF-8"));
    }
    if text.starts_with(BOM) {
        text.drain(..BOM.len());
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
