//! Scores to bytes: what an answer holds ([`Selection`]) and how it is written ([`Encoder`]).

mod cells;
mod csv;
mod json;
mod negotiation;
mod npy;
mod selection;
mod text;

use algorithm::{Predictor, Rows, Scores};

pub use negotiation::{NotAcceptable, negotiate};
pub use selection::{BadSelection, Key, Selection, requested};
pub use text::Vocabulary;

use cells::Cells;
use records::Format;

/// An encoded answer.
#[derive(Debug)]
pub struct Encoded {
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// Encoded records, without what comes before and behind all records of an answer.
#[derive(Debug)]
pub struct Part {
    bytes: Vec<u8>,
    /// Where the records begin.
    start: usize,
    /// For the format that tells the number of its records; else 0.
    n_rows: usize,
}

impl Part {
    fn records(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// Writes an answer block by block: N records in, N out, in the same order.
pub struct Encoder<'a> {
    model: &'a dyn Predictor,
    selection: &'a Selection,
    writer: Writer<'a>,
}

enum Writer<'a> {
    Csv(csv::Writer<'a>),
    Json(json::Writer<'a>),
    Npy(npy::Writer<'a>),
}

impl<'a> Encoder<'a> {
    /// # Errors
    /// The selection holds something that the format can't.
    pub fn new(
        format: Format,
        model: &'a dyn Predictor,
        selection: &'a Selection,
        vocabulary: &'a Vocabulary,
    ) -> Result<Self, NotAcceptable> {
        let writer = match format {
            Format::Json => Writer::Json(json::Writer::document(vocabulary)),
            Format::JsonLines => Writer::Json(json::Writer::lines(vocabulary)),
            Format::Npy => Writer::Npy(npy::Writer::new(model, selection)?),
            _ => Writer::Csv(csv::Writer::new(vocabulary)),
        };
        Ok(Self {
            model,
            selection,
            writer,
        })
    }

    /// Adds rows and their scores.
    pub fn push(&mut self, rows: Rows<'_>, scores: &Scores) {
        let cells = Cells::new(self.model, rows, scores);
        let keys = self.selection.keys();
        match &mut self.writer {
            Writer::Csv(writer) => writer.push(keys, &cells),
            Writer::Json(writer) => writer.push(keys, &cells),
            Writer::Npy(writer) => writer.push(keys, &cells),
        }
    }

    /// Ends an answer that is to be a part of another one ([`append`](Self::append)).
    pub fn into_part(self) -> Part {
        match self.writer {
            Writer::Csv(writer) => writer.into_part(),
            Writer::Json(writer) => writer.into_part(),
            Writer::Npy(writer) => writer.into_part(),
        }
    }

    /// Adds the records of a part, made by an encoder like this one.
    pub fn append(&mut self, part: &Part) {
        match &mut self.writer {
            Writer::Csv(writer) => writer.append(part),
            Writer::Json(writer) => writer.append(part),
            Writer::Npy(writer) => writer.append(part),
        }
    }

    /// Bytes of the answer so far.
    pub fn length(&self) -> usize {
        match &self.writer {
            Writer::Csv(writer) => writer.length(),
            Writer::Json(writer) => writer.length(),
            Writer::Npy(writer) => writer.length(),
        }
    }

    /// The whole answer.
    pub fn finish(self) -> Encoded {
        match self.writer {
            Writer::Csv(writer) => writer.finish(),
            Writer::Json(writer) => writer.finish(),
            Writer::Npy(writer) => writer.finish(),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing;
