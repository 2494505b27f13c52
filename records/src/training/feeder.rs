//! Reads the files one after another, learns the columns, and sends blocks of records to the decoders.

use std::{
    io, mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
};

use algorithm::{Features, Task};

use super::{
    ReadError,
    block::{Block, Decoder, Plan},
    first::{First, Width, first},
    npy_file,
    options::Options,
    source::Source,
    stream::{Cut, Piece, Stream},
};
use crate::{
    columns::Columns,
    content_type::{ContentType, Header},
    dictionary::quoted,
    fault::Fault,
    format::Format,
    leading::Leading,
    schema::Schema,
    text::{count_lines, is_utf16, mark_length},
};

/// Features that a sparse row can have.
const MAX_FEATURES: usize = u32::MAX as usize;

/// Why a file is read no further.
pub(super) enum Stop {
    Fault(Fault),
    Read(io::Error),
    /// A decoder has found a fault.
    Failed,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Reads files.
pub(super) struct Feeder<'a> {
    options: &'a Options,
    send: SyncSender<Block>,
    n_sent: usize,
    /// A decoder found a fault: what follows need not be read.
    failed: &'a AtomicBool,
    columns: Option<Columns>,
    schema: Option<Arc<Schema>>,
    /// Whether the first CSV file has a header.
    has_header: Option<bool>,
}

/// The file that is being read.
pub(super) struct File<'a> {
    index: usize,
    pub(super) name: String,
    pub(super) stream: Stream<'a>,
    /// Lines read that no block holds.
    lines_before: u64,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(
        options: &'a Options,
        send: SyncSender<Block>,
        failed: &'a AtomicBool,
    ) -> Self {
        let mut feeder = Self {
            options,
            send,
            n_sent: 0,
            failed,
            columns: options.like.clone(),
            schema: None,
            has_header: None,
        };
        if let Some(columns) = &options.like {
            let schema = Schema::of_channel(columns, options.absent, false);
            feeder.schema = Some(Arc::new(schema));
        }
        feeder
    }

    /// The columns, if a record gave them.
    pub(super) fn into_columns(self) -> Option<Columns> {
        self.columns
    }

    /// Reads a file; `index` is its place among the files.
    ///
    /// # Errors
    /// It can't be read, or a fault that lies after all blocks that were sent.
    pub(super) fn file(&mut self, index: usize, source: Source<'_>) -> Result<(), ReadError> {
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
            stream: Stream::new(reader, self.options.block_bytes),
            lines_before: 0,
        };
        let sent = match format {
            Format::Npy => npy_file::send(self, &mut file),
            _ => self.records(&mut file, content_type),
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

    /// Reads a file whose records stand one after another.
    fn records(&mut self, file: &mut File<'_>, content_type: ContentType) -> Result<(), Stop> {
        let (decoder, cut) = match content_type.format() {
            Format::Csv => (Decoder::Csv, Some(Cut::Csv)),
            Format::Json => (Decoder::Json, None),
            Format::JsonLines => (Decoder::JsonLines, Some(Cut::Lines)),
            Format::Libsvm => {
                let first_index = content_type.first_index;
                (Decoder::Libsvm { first_index }, Some(Cut::Lines))
            }
            Format::RecordIo => (Decoder::RecordIo, Some(Cut::Frames)),
            Format::Npy => unreachable!("an npy file is read by its header"),
        };
        if content_type.format().is_text() {
            let head = file.stream.peek(3)?;
            if is_utf16(head) {
                return Err(Fault::utf16().into());
            }
            let mark = mark_length(head);
            file.stream.take(mark);
        }
        let mut leading = None;
        while let Some(mut piece) = next_piece(&mut file.stream, cut)? {
            let leading = match leading {
                Some(leading) => leading,
                None => {
                    let header = self.header(content_type);
                    let found = first(&piece.bytes, content_type, header, |width| {
                        self.leading(width)
                    });
                    let before = file.lines_before;
                    let found = found.map_err(|fault| fault.after(0, before))?;
                    let Some(found) = found else {
                        file.lines_before += count_lines(&piece.bytes) as u64;
                        continue;
                    };
                    let begun = self.begin(&found, content_type.format(), &file.name, before);
                    let begun = begun.map_err(|fault| fault.after(0, before))?;
                    piece.bytes.drain(..found.skipped);
                    file.lines_before += found.skipped_lines;
                    *leading.insert(begun)
                }
            };
            let is_cut = piece.is_cut;
            self.send(file, piece, decoder, leading)?;
            if is_cut {
                return Ok(());
            }
        }
        Ok(())
    }

    fn header(&self, content_type: ContentType) -> Header {
        match (self.options.header, content_type.header) {
            // If the first file has no header, a line of text in a later one is a mistake.
            (Header::Auto, Header::Auto) if self.has_header == Some(false) => Header::Absent,
            (Header::Auto, header) => header,
            (header, _) => header,
        }
    }

    /// The columns before the features, if a weight is not left out.
    fn all_leading(&self) -> Leading {
        Leading {
            label: self.options.task != Task::Unlabelled,
            weight: self.options.csv_weights,
        }
    }

    /// The columns before the features of lists of `width` values. Weights matter for training only, so that
    /// other channels may have the column or not.
    pub(super) fn leading(&self, width: usize) -> Leading {
        let all = self.all_leading();
        let like = self.options.like.as_ref();
        let is_left_out =
            like.is_some_and(|columns| width == columns.features.len() + usize::from(all.label));
        Leading {
            weight: all.weight && !is_left_out,
            ..all
        }
    }

    /// Takes the columns from a file's first record, unless an earlier file gave them; checks its names.
    fn begin(
        &mut self,
        found: &First,
        format: Format,
        file: &str,
        lines_before: u64,
    ) -> Result<Leading, Fault> {
        if format == Format::Csv {
            self.has_header.get_or_insert(found.has_header);
        }
        let given_by = if format.is_lines() {
            format!("line {} of {file}", lines_before + found.line)
        } else {
            format!("row 1 of {file}")
        };
        let fault = |column: Option<usize>, what: String| Fault {
            row: Some(1),
            line: format.is_lines().then_some(found.line),
            place: column.map(|column| format!("column {column}")),
            what,
        };
        match &found.columns {
            None => Ok(self.all_leading()),
            Some(Width::Features(n_features, names)) => {
                let features = if names.is_empty() {
                    Features::unnamed(*n_features)
                } else {
                    Features::named(names.clone())
                };
                self.lay_out(features, given_by)
                    .map_err(|what| fault(None, what))?;
                Ok(self.all_leading())
            }
            Some(Width::List(width, names)) => {
                let leading = self.leading(*width);
                let n_features = width.saturating_sub(leading.count());
                if n_features == 0 {
                    let is_one = format == Format::Csv && *width == 1;
                    let found = is_one.then_some(found.text.as_slice());
                    return Err(fault(Some(*width), too_narrow(*width, found, leading)));
                }
                let features = match names.get(leading.count()..) {
                    Some(names) if !names.is_empty() => Features::named(names.to_vec()),
                    _ => Features::unnamed(n_features),
                };
                self.lay_out(features, given_by)
                    .map_err(|what| fault(None, what))?;
                if !names.is_empty() {
                    self.check_names(names, leading)
                        .map_err(|(column, what)| fault(column, what))?;
                }
                Ok(leading)
            }
        }
    }

    /// Takes the columns, unless they are known.
    pub(super) fn lay_out(&mut self, features: Features, given_by: String) -> Result<(), String> {
        if self.columns.is_some() {
            return Ok(());
        }
        let n_features = features.len();
        if n_features == 0 || n_features > MAX_FEATURES {
            return Err(format!(
                "found {n_features} features, expected 1 to {MAX_FEATURES}"
            ));
        }
        let columns = Columns { features, given_by };
        let schema = Schema::of_channel(&columns, self.options.absent, true);
        self.schema = Some(Arc::new(schema));
        self.columns = Some(columns);
        Ok(())
    }

    /// Columns of different files that go by different names are not the same columns.
    fn check_names(
        &self,
        names: &[String],
        leading: Leading,
    ) -> Result<(), (Option<usize>, String)> {
        let (Some(columns), Some(schema)) = (&self.columns, &self.schema) else {
            unreachable!("the columns are laid out")
        };
        let (found, expected) = (&names[leading.count()..], columns.features.names());
        if expected.is_empty() {
            return Ok(());
        }
        let differs = found.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(feature) = differs {
            let what = format!(
                "found the column name {:?}, expected {:?} as in {}",
                found[feature], expected[feature], columns.given_by
            );
            return Err((Some(leading.count() + feature + 1), what));
        }
        if found.len() != expected.len() {
            return Err((None, schema.wrong_columns(names.len(), leading)));
        }
        Ok(())
    }

    /// Sends a block to the decoders.
    pub(super) fn send(
        &mut self,
        file: &mut File<'_>,
        piece: Piece,
        decoder: Decoder,
        leading: Leading,
    ) -> Result<(), Stop> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(Stop::Failed);
        }
        let schema = self.schema.clone().unwrap_or_else(|| Arc::new(self.open()));
        let block = Block {
            index: self.n_sent,
            file: file.index,
            bytes: piece.bytes,
            is_cut: piece.is_cut,
            lines_before: mem::take(&mut file.lines_before),
            plan: Plan {
                decoder,
                schema,
                leading,
                task: self.options.task,
            },
        };
        self.n_sent += 1;
        // The decoders end only when there is no sender.
        self.send.send(block).map_err(|_| Stop::Failed)
    }

    /// A schema for rows whose number of columns is not known yet.
    fn open(&self) -> Schema {
        let columns = Columns {
            features: Features::unnamed(MAX_FEATURES),
            given_by: String::new(),
        };
        Schema::of_channel(&columns, self.options.absent, true)
    }

    /// Number of features, if it is known.
    pub(super) fn n_features(&self) -> Option<usize> {
        self.columns.as_ref().map(|columns| columns.features.len())
    }
}

/// The next block; without a cut the whole file is one.
fn next_piece(stream: &mut Stream<'_>, cut: Option<Cut>) -> io::Result<Option<Piece>> {
    if let Some(cut) = cut {
        return stream.next(cut);
    }
    let bytes = stream.take_all()?;
    let is_cut = false;
    Ok((!bytes.is_empty()).then_some(Piece { bytes, is_cut }))
}

/// What to say of a first record that has no features.
fn too_narrow(width: usize, only: Option<&[u8]>, leading: Leading) -> String {
    let found = match only {
        Some(text) => format!("one column, {}", quoted(text)),
        None if width == 1 => "1 column".to_owned(),
        None => format!("{width} columns"),
    };
    let by = if only.is_some() {
        ", separated by commas"
    } else {
        ""
    };
    let before = leading
        .words()
        .replace("a weight", "a weight (csv_weights=1)");
    format!("found {found}, expected {before}at least one feature{by}")
}
