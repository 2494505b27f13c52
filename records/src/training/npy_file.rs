//! Reads a file that is a numpy array: its header, then blocks of whole rows.

use algorithm::Features;

use super::{
    block::Decoder,
    feeder::{Feeder, File, Stop},
    stream::Piece,
};
use crate::{
    fault::Fault,
    leading::Leading,
    npy::{Header, Layout, head_length},
};

/// Bytes after which the length of a header is known.
const HEAD: usize = 12;

/// Sends the rows of an array.
pub(super) fn send(feeder: &mut Feeder<'_>, file: &mut File<'_>) -> Result<(), Stop> {
    let head = file.stream.peek(HEAD)?;
    if head.is_empty() {
        return Ok(());
    }
    // A header that is cut short is left to `Header::parse`.
    let length = head_length(head).map_err(Fault::whole)?.unwrap_or(HEAD);
    file.stream.peek(length)?;
    let head = file.stream.take(length);
    let (header, _) = Header::parse(&head).map_err(Fault::whole)?;

    let width = match *header.shape.as_slice() {
        [_, columns] => columns,
        _ => 1,
    };
    let leading = feeder.layout.leading(width);
    let shape = header.shape_text();
    let expected =
        |columns: String| Fault::whole(format!("shape {shape}: expected (rows, {columns})"));
    let n_features = match feeder.layout.n_features() {
        Some(n_features) => n_features,
        None => {
            let n_features = width.saturating_sub(leading.count());
            if n_features == 0 {
                return Err(expected(format!("{} or more", leading.count() + 1)).into());
            }
            let given_by = format!("row 1 of {}", file.name);
            let laid_out = feeder
                .layout
                .lay_out(Features::unnamed(n_features), given_by);
            laid_out.map_err(Fault::whole)?;
            n_features
        }
    };
    let layout = Layout::new(&header, n_features, leading);
    let layout = layout.ok_or_else(|| expected((n_features + leading.count()).to_string()))?;
    if header.fortran_order {
        let bytes = file.stream.take_all()?;
        if layout.size() != Some(bytes.len()) {
            return Err(Fault::whole(layout.wrong_size(bytes.len(), &header)).into());
        }
        let is_cut = false;
        return feeder.send(file, Piece { bytes, is_cut }, Decoder::Npy(layout), leading);
    }
    rows(feeder, file, &header, layout, leading)
}

/// Sends the rows of an array in C order.
fn rows(
    feeder: &mut Feeder<'_>,
    file: &mut File<'_>,
    header: &Header,
    layout: Layout,
    leading: Leading,
) -> Result<(), Stop> {
    let row_bytes = layout.n_columns.saturating_mul(layout.dtype.width());
    let block_rows = (file.stream.block_bytes() / row_bytes).max(1);
    let mut left = layout.n_rows;
    let mut found = 0;
    while left > 0 {
        let n_rows = block_rows.min(left);
        let there = file.stream.peek(n_rows.saturating_mul(row_bytes))?.len();
        let n_rows = (there / row_bytes).min(n_rows);
        if n_rows == 0 {
            break;
        }
        let bytes = file.stream.take(n_rows * row_bytes);
        found += bytes.len();
        left -= n_rows;
        let part = Layout { n_rows, ..layout };
        let is_cut = false;
        feeder.send(file, Piece { bytes, is_cut }, Decoder::Npy(part), leading)?;
    }
    let rest = file.stream.skip_all()?;
    if left > 0 || rest > 0 {
        let found = usize::try_from(rest).map_or(usize::MAX, |rest| found.saturating_add(rest));
        return Err(Fault::whole(layout.wrong_size(found, header)).into());
    }
    Ok(())
}
