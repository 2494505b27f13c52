//! Scores to bytes: what an answer holds ([`Selection`]) and how it is written ([`Encoder`]).

mod any_writer;
mod cells;
mod csv;
mod json;
mod negotiation;
mod npy;
mod selection;
mod text;
mod vocabulary;
mod writer;

use std::ops::Range;

use algorithm::{Answer, PredictError, Predictor};
use records::Format;

pub(crate) use cells::{Cell, Cells, Number, Numbers};
pub(crate) use negotiation::{NotAcceptable, negotiate};
pub(crate) use selection::{BadSelection, Key, Selection, requested};
pub(crate) use vocabulary::Vocabulary;
pub(crate) use writer::Writer;

use crate::blocks::Scored;
use any_writer::AnyWriter;

/// Writes an answer block by block: one record for each row, in the same order.
pub(crate) struct Encoder<'a> {
    predictor: &'a dyn Predictor,
    selection: &'a Selection,
    writer: AnyWriter<'a>,
    bytes: Vec<u8>,
    /// Length of what precedes the records, in bytes.
    start: usize,
    n_rows: usize,
}

/// Encoded records that become a part of an answer.
#[derive(Debug)]
pub(crate) struct Part {
    bytes: Vec<u8>,
    /// Length of what precedes the records, in bytes.
    start: usize,
    n_rows: usize,
}

impl<'a> Encoder<'a> {
    /// # Errors
    /// The selection holds something that the format can't.
    pub(crate) fn new(
        format: Format,
        predictor: &'a dyn Predictor,
        selection: &'a Selection,
        vocabulary: &'a Vocabulary,
    ) -> Result<Self, NotAcceptable> {
        let writer = AnyWriter::new(format, predictor.signature(), selection, vocabulary)?;
        Ok(Self::with(writer, predictor, selection))
    }

    /// An encoder with a writer of its own.
    pub(crate) fn with_writer(
        writer: Box<dyn Writer + 'a>,
        predictor: &'a dyn Predictor,
        selection: &'a Selection,
    ) -> Self {
        Self::with(AnyWriter::Other(writer), predictor, selection)
    }

    fn with(writer: AnyWriter<'a>, predictor: &'a dyn Predictor, selection: &'a Selection) -> Self {
        let mut encoder = Self {
            predictor,
            selection,
            writer,
            bytes: Vec::new(),
            start: 0,
            n_rows: 0,
        };
        encoder.writer.get().begin(&mut encoder.bytes);
        encoder.start = encoder.bytes.len();
        encoder
    }

    /// Adds the records of scored rows, all of them or a `range` of them.
    ///
    /// # Errors
    /// The predictor can't explain a row.
    pub(crate) fn push(
        &mut self,
        scored: Scored<'_>,
        range: Range<usize>,
    ) -> Result<(), PredictError> {
        let cells = Cells::new(self.predictor, scored, range);
        let keys = self.selection.keys();
        self.writer.get().records(keys, &cells, &mut self.bytes)?;
        self.n_rows += cells.n_rows();
        Ok(())
    }

    /// Ends an answer that is to be a part of another one.
    pub(crate) fn into_part(self) -> Part {
        Part {
            bytes: self.bytes,
            start: self.start,
            n_rows: self.n_rows,
        }
    }

    /// Adds the records of a part, made by an encoder of the same format and selection.
    pub(crate) fn append(&mut self, part: &Part) {
        if part.n_rows > 0 {
            self.writer.get().separate(&mut self.bytes);
        }
        self.bytes.extend_from_slice(&part.bytes[part.start..]);
        self.n_rows += part.n_rows;
    }

    /// Bytes of the answer so far.
    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// The whole answer.
    pub(crate) fn finish(mut self) -> Answer {
        let writer = self.writer.get();
        writer.end(self.n_rows, &mut self.bytes);
        Answer {
            content_type: writer.content_type().into(),
            body: self.bytes,
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
