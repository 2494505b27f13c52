//! Decodes a block of records into columns: the work that all cores share.

use std::{mem, sync::Arc};

use algorithm::Task;

use super::stream::MAX_RECORD_BYTES;
use crate::{
    content_type::Header, csv, fault::Fault, json, leading::Leading, libsvm, npy, recordio,
    rows::RowBuffer, schema::Schema, sparse_rows::SparseRows, target::Targets, text::count_lines,
};

/// Fewest bytes of text that a value takes on average, for the first allocation.
const VALUE_BYTES: usize = 6;

/// How the records of a file are read.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) decoder: Decoder,
    pub(super) schema: Arc<Schema>,
    pub(super) leading: Leading,
    pub(super) task: Task,
}

/// The format of a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decoder {
    Csv,
    Json,
    JsonLines,
    Libsvm { first_index: usize },
    Npy(npy::Layout),
    RecordIo,
}

/// Whole records to decode.
pub(super) struct Block {
    /// Its place among all blocks.
    pub(super) index: usize,
    /// Its file's place among the files.
    pub(super) file: usize,
    pub(super) bytes: Vec<u8>,
    /// It is the beginning of a record that is too long.
    pub(super) is_cut: bool,
    /// Lines of its file that no block holds: those of a header, and blank ones before it.
    pub(super) lines_before: u64,
    pub(super) plan: Plan,
}

/// The records of a block.
pub(super) struct Decoded {
    pub(super) index: usize,
    pub(super) file: usize,
    pub(super) lines_before: u64,
    /// Those that do not count included.
    pub(super) n_records: u64,
    pub(super) n_lines: u64,
    pub(super) n_rows: usize,
    /// Columns of `n_rows` values, unless `sparse` has the rows.
    pub(super) columns: Vec<f32>,
    pub(super) sparse: Option<SparseRows<f32>>,
    pub(super) targets: Targets,
    /// Values that are NaN, without those that sparse records leave out.
    pub(super) n_missing: u64,
    /// The first fault; what follows it is not read.
    pub(super) fault: Option<Fault>,
}

impl Block {
    /// Reads the records, up to the first fault.
    pub(super) fn decode(self) -> Decoded {
        let Plan {
            schema,
            leading,
            task,
            decoder,
        } = &self.plan;
        let n_features = schema.n_features();
        let mut columns = Vec::new();
        let mut n_missing = 0;
        let mut take = |rows: algorithm::Rows<'_>| {
            let algorithm::Rows::F32(rows) = rows else {
                unreachable!("training reads float32")
            };
            n_missing = rows.iter().filter(|value| value.is_nan()).count();
            columns.reserve_exact(rows.len());
            for feature in 0..n_features.min(rows.len()) {
                columns.extend(rows.iter().skip(feature).step_by(n_features));
            }
        };
        let targets = Targets::new(*task);
        let mut rows = RowBuffer::training(schema, *leading, targets, &mut take);
        let fault = if self.is_cut {
            Some(self.too_long(&rows))
        } else {
            let bytes = self.bytes.as_slice();
            let decoded = match *decoder {
                Decoder::Csv => {
                    rows.reserve(bytes.len() / VALUE_BYTES);
                    csv::decode(bytes, Header::Absent, &mut rows)
                }
                Decoder::Json => json::decode(bytes, &mut rows),
                Decoder::JsonLines => json::decode_lines(bytes, &mut rows),
                Decoder::Libsvm { first_index } => libsvm::decode(bytes, first_index, &mut rows),
                Decoder::Npy(layout) => npy::decode_rows(bytes, &layout, &mut rows),
                Decoder::RecordIo => recordio::decode(bytes, &mut rows),
            };
            decoded.err()
        };
        let (n_records, targets, sparse) = rows.end();
        if let Some(sparse) = &sparse {
            n_missing = sparse.values.iter().filter(|value| value.is_nan()).count();
        }
        Decoded {
            index: self.index,
            file: self.file,
            lines_before: self.lines_before,
            n_records: n_records as u64,
            n_lines: self.n_lines(),
            n_rows: targets.n_rows(),
            columns: mem::take(&mut columns),
            sparse,
            targets,
            n_missing: n_missing as u64,
            fault,
        }
    }

    fn n_lines(&self) -> u64 {
        match self.plan.decoder {
            Decoder::Csv | Decoder::JsonLines | Decoder::Libsvm { .. } => {
                count_lines(&self.bytes) as u64
            }
            Decoder::Json | Decoder::Npy(_) | Decoder::RecordIo => 0,
        }
    }

    fn too_long(&self, rows: &RowBuffer<'_, f32>) -> Fault {
        let is_lines = !matches!(self.plan.decoder, Decoder::RecordIo);
        let fault = Fault {
            line: is_lines.then_some(1),
            ..rows.fault(format!(
                "found a record of more than {} MiB, expected a shorter one",
                MAX_RECORD_BYTES >> 20
            ))
        };
        match (self.plan.decoder, csv::record(&self.bytes)) {
            (Decoder::Csv, Err((column, malformed))) => Fault {
                place: Some(format!("column {column}")),
                what: malformed.to_string(),
                ..fault
            },
            _ => fault,
        }
    }
}
