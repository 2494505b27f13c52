//! AWS's recordio-protobuf: `proto/proto/recordio.proto` messages in MXNet's RecordIO framing.
//!
//! A record's features are one dense or sparse tensor named `values`, or a tensor of one value for each
//! feature, by its name. A value that a sparse tensor leaves out is missing for a model that tells missing
//! values from others, else 0. When training, the label is the tensor `values` of the map `label`, or its
//! only tensor, and the weight is the tensor `weights` there; when serving, both are ignored. Metadata are
//! always ignored.
//!
//! Records are read in place ([`proto::wire`]): decoded messages would take many times their bytes.

mod frames;
mod tensor;

use std::collections::HashSet;

use algorithm::text::excerpt;
use proto::{
    recordio::field::record,
    wire::{Error, Message},
};

use crate::{fault::Fault, named::Named, number::Number, rows::RowBuffer};

pub use frames::frame;
pub(crate) use frames::{Frames, whole_frames};

use tensor::Tensor;

/// The name of the one tensor that holds all features, or the label.
const VALUES: &str = "values";

/// The name of the tensor that holds the weight, beside the label.
const WEIGHTS: &str = "weights";

/// Most bytes of a record beside its features (labels, an id, metadata).
const OVERHEAD: usize = 64 << 10;

/// Most bytes of a feature in a record: a name, a key and a value.
const FEATURE: usize = 256;

/// The message for bytes that are not a record.
const NO_RECORD: &str = "found another message, expected an aialgs.data.Record";

/// Reads the records of frames.
///
/// # Errors
/// The first record at fault.
pub(crate) fn decode<N: Number>(body: &[u8], rows: &mut RowBuffer<'_, N>) -> Result<(), Fault> {
    // A key of one byte takes eight in memory: a record that is larger than any sensible one is refused.
    let limit = OVERHEAD + FEATURE.saturating_mul(rows.schema().n_features());
    let mut frames = Frames::new(body);
    while let Some(bytes) = frames.next(limit).map_err(|fault| rows.fault(fault))? {
        let entries = Entries::read(&bytes).map_err(|_| rows.fault(NO_RECORD))?;
        row(&entries.features, rows)?;
        lead(&entries.label, rows)?;
        rows.end_record()?;
    }
    Ok(())
}

/// The columns that a record has, and their names if each is a tensor of its own.
///
/// # Errors
/// The bytes are not a record that says how many columns there are.
pub(crate) fn columns(bytes: &[u8]) -> Result<(usize, Vec<String>), String> {
    let entries = Entries::read(bytes).map_err(|_| NO_RECORD)?;
    let [(VALUES, message)] = entries.features.as_slice() else {
        let names = entries.features.iter().map(|(name, _)| (*name).to_owned());
        return Ok((entries.features.len(), names.collect()));
    };
    let tensor = Tensor::read(*message).ok_or_else(|| no_tensor(VALUES))?;
    match tensor.shape.last() {
        _ if !tensor.is_sparse() => Ok((tensor.len(), Vec::new())),
        Some(size) => Ok((usize::try_from(*size).unwrap_or(usize::MAX), Vec::new())),
        None => {
            Err("found a sparse tensor without a shape, expected one in the first record".into())
        }
    }
}

/// The tensors of a record by name, the last one if a name comes twice, as protobuf has it.
struct Entries<'a> {
    features: Vec<(&'a str, Message<'a>)>,
    label: Vec<(&'a str, Message<'a>)>,
}

impl<'a> Entries<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut entries = Self {
            features: Vec::new(),
            label: Vec::new(),
        };
        for field in Message::new(bytes, "a record").fields() {
            let field = field?;
            match field.number {
                record::FEATURES => {
                    entries.features.push(entry(field.message("a feature")?)?);
                }
                record::LABEL => entries.label.push(entry(field.message("a label")?)?),
                _ => {}
            }
        }
        last_of_each(&mut entries.features);
        last_of_each(&mut entries.label);
        Ok(entries)
    }
}

/// An entry of a map of tensors.
fn entry(message: Message<'_>) -> Result<(&str, Message<'_>), Error> {
    use record::features_entry::{KEY, VALUE};
    let mut name = "";
    let mut value = Message::new(&[], "a value");
    for field in message.fields() {
        let field = field?;
        match field.number {
            KEY => name = field.text()?,
            VALUE => value = field.message("a value")?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// Keeps the last entry of each name, in the order of the names if there are several.
fn last_of_each(entries: &mut Vec<(&str, Message<'_>)>) {
    if entries.len() > 1 {
        let mut seen = HashSet::new();
        let mut last: Vec<_> = entries.drain(..).rev().collect();
        last.retain(|(name, _)| seen.insert(*name));
        entries.extend(last.into_iter().rev());
    }
}

fn row<N: Number>(
    features: &[(&str, Message<'_>)],
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let [(VALUES, message)] = features else {
        return named(features, rows);
    };
    let tensor = Tensor::read(*message).ok_or_else(|| rows.fault(no_tensor(VALUES)))?;
    if tensor.is_sparse() {
        tensor.sparse(rows)
    } else {
        tensor.dense(rows)
    }
}

fn no_tensor(name: &str) -> String {
    let name = excerpt(name.as_bytes());
    format!("feature \"{name}\" holds no numbers, expected a tensor of them")
}

/// A row that has a tensor for each feature.
fn named<N: Number>(
    features: &[(&str, Message<'_>)],
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let mut named = Named::new();
    for (name, message) in features {
        let shown = excerpt(name.as_bytes());
        let Some(column) = rows.schema().column(name) else {
            let (owner, known) = (rows.schema().owner(), rows.schema().known_names());
            return Err(rows.fault(format!(
                "found feature \"{shown}\", expected \"{VALUES}\" or a name that {owner}: {known}"
            )));
        };
        let place = format!("feature \"{shown}\"");
        let tensor = Tensor::read(*message).ok_or_else(|| rows.fault(no_tensor(name)))?;
        let position = tensor.only(&place, rows)?;
        named.set(column, tensor.number(position, &place, rows)?, rows)?;
    }
    named.end(rows)
}

/// The label and the weight of a training record.
fn lead<N: Number>(
    entries: &[(&str, Message<'_>)],
    rows: &mut RowBuffer<'_, N>,
) -> Result<(), Fault> {
    let Some(targets) = rows.targets() else {
        return Ok(());
    };
    let is_labelled = targets.is_labelled();
    let named = |wanted| entries.iter().find(|(name, _)| *name == wanted);
    let weight = named(WEIGHTS);
    let label = named(VALUES).or(match entries {
        [only] if weight.is_none() => Some(only),
        _ => None,
    });
    for (entry, is_label) in [(label.filter(|_| is_labelled), true), (weight, false)] {
        let Some((_, message)) = entry else { continue };
        let place = if is_label { "label" } else { "weight" };
        let tensor = Tensor::read(*message);
        let tensor =
            tensor.ok_or_else(|| rows.fault_at(place, "found no numbers, expected one"))?;
        let position = tensor.only(place, rows)?;
        let number = tensor.float(position);
        let Some(targets) = rows.targets() else {
            unreachable!("only training asks for labels")
        };
        let taken = if is_label {
            targets.set_number(number)
        } else {
            targets.set_weight_number(number)
        };
        taken.map_err(|what| rows.fault_at(place, what))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
