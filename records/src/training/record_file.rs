//! Reads a file whose records stand one after another.

use std::io;

use super::{
    block::Decoder,
    feeder::{Feeder, File, Stop},
    first::first,
    stream::{Cut, Piece, Stream},
};
use crate::{
    content_type::{ContentType, Header},
    fault::Fault,
    format::Format,
    text::{count_lines, is_utf16, mark_length},
};

/// Sends the records of a file.
pub(super) fn send(
    feeder: &mut Feeder<'_>,
    file: &mut File<'_>,
    content_type: ContentType,
) -> Result<(), Stop> {
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
                let header = header(feeder, content_type);
                let found = first(&piece.bytes, content_type, header, |width| {
                    feeder.layout.leading(width)
                });
                let before = file.lines_before;
                let found = found.map_err(|fault| fault.after(0, before))?;
                let Some(found) = found else {
                    file.lines_before += count_lines(&piece.bytes) as u64;
                    continue;
                };
                if content_type.format() == Format::Csv {
                    feeder.has_header.get_or_insert(found.has_header);
                }
                let format = content_type.format();
                let begun = feeder.layout.begin(&found, format, &file.name, before);
                let begun = begun.map_err(|fault| fault.after(0, before))?;
                piece.bytes.drain(..found.skipped);
                file.lines_before += found.skipped_lines;
                *leading.insert(begun)
            }
        };
        let is_cut = piece.is_cut;
        feeder.send(file, piece, decoder, leading)?;
        if is_cut {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the file's first record is a header, as far as that is known.
fn header(feeder: &Feeder<'_>, content_type: ContentType) -> Header {
    match (feeder.options.header, content_type.header) {
        // If the first file has no header, a line of text in a later one is a mistake.
        (Header::Auto, Header::Auto) if feeder.has_header == Some(false) => Header::Absent,
        (Header::Auto, header) => header,
        (header, _) => header,
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
