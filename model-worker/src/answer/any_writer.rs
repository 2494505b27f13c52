//! The writer of the format that an answer has.

use algorithm::Signature;
use records::Format;

use super::{
    csv::CsvWriter, json::JsonWriter, negotiation::NotAcceptable, npy::NpyWriter,
    selection::Selection, vocabulary::Vocabulary, writer::Writer,
};

/// The writer of any format; those of our own without an allocation.
pub(super) enum AnyWriter<'a> {
    Csv(CsvWriter<'a>),
    Json(JsonWriter<'a>),
    Npy(NpyWriter<'a>),
    Other(Box<dyn Writer + 'a>),
}

impl<'a> AnyWriter<'a> {
    /// # Errors
    /// The selection holds something that the format can't.
    pub(super) fn new(
        format: Format,
        signature: &'a Signature,
        selection: &Selection,
        vocabulary: &'a Vocabulary,
    ) -> Result<Self, NotAcceptable> {
        Ok(match format {
            Format::Csv => Self::Csv(CsvWriter::new(vocabulary)),
            Format::Json => Self::Json(JsonWriter::document(vocabulary)),
            Format::JsonLines => Self::Json(JsonWriter::lines(vocabulary)),
            Format::Npy => Self::Npy(NpyWriter::new(signature, selection)?),
            Format::Libsvm | Format::RecordIo => {
                unreachable!("only the formats in Format::ENCODED are negotiated")
            }
        })
    }

    pub(super) fn get(&mut self) -> &mut dyn Writer {
        match self {
            Self::Csv(writer) => writer,
            Self::Json(writer) => writer,
            Self::Npy(writer) => writer,
            Self::Other(writer) => &mut **writer,
        }
    }
}
