//! The parts of a forest that several hosts have grown, as one file.
//!
//! Tree `t` of the forest is in part `t % n`. The lists of the tree operator go tree by tree, so those of the whole
//! forest are made of the very bytes of the parts, and only the numbers of the trees are new: the file is, byte for
//! byte, what one host would have written. All else has to be the same in all parts. Lists are never unpacked, so
//! that a hostile file takes hardly more room than its bytes.

mod cut;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, fmt::Display};

use algorithm::{Part, text};
use prost::encoding::{WireType, encode_key, encode_varint};
use proto::{
    onnx::field::{graph_proto, model_proto, node_proto, string_string_entry_proto},
    wire::{Error, Field, Message},
};

use super::{
    LoadError,
    error::{invalid, unsupported},
    file::ModelFile,
};
use crate::forest_part::ForestPart;
use cut::{Attribute, cut, joined};

/// The key of the metadata entry that says which part a file holds.
pub(super) const KEY: &str = "forest_part";

/// Names of missing files that a line lists.
const LISTED: usize = 10;

/// Whether a file says that it is a part of a forest; no word of whether it is a good one.
pub(super) fn is_part(file: &[u8]) -> bool {
    let entry =
        ModelFile::read(file).and_then(|file| file.metadata(KEY).map(|text| text.is_some()));
    matches!(entry, Ok(true))
}

/// # Errors
/// The file is a part of a forest: its sums are not those of a model.
pub(super) fn refuse(file: &ModelFile<'_>) -> Result<(), LoadError> {
    match file.metadata(KEY)? {
        Some(text) => unsupported!(
            "it is a part of a forest ({}), supported are all parts together",
            text::excerpt(text.as_bytes())
        ),
        None => Ok(()),
    }
}

/// The file of the whole forest.
///
/// # Errors
/// A file that is no part of a forest, parts that are missing, twice there, or of different forests.
pub(super) fn join(files: &[Part<'_>]) -> Result<Vec<u8>, algorithm::LoadError> {
    let failed = |file: &Part<'_>, error: &dyn Display| {
        algorithm::LoadError::new(format!("{}: {error}", shown(file)))
    };
    let mut parts = Vec::with_capacity(files.len());
    for file in files {
        parts.push(Opened::read(file).map_err(|error| failed(file, &error))?);
    }
    check_complete(&parts)?;
    parts.sort_by_key(|part| part.place.index);
    let [first, others @ ..] = parts.as_slice() else {
        return Err(algorithm::LoadError::new("found no part of a forest"));
    };
    for other in others {
        first.check_alike(other)?;
    }
    whole(&parts).map_err(|error| failed(first.file, &error))
}

/// A part, cut into what belongs to each of its trees, and the rest.
struct Opened<'a> {
    file: &'a Part<'a>,
    place: ForestPart,
    model: Message<'a>,
    graph: Message<'a>,
    operator: Message<'a>,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Opened<'a> {
    fn read(file: &'a Part<'a>) -> Result<Self, LoadError> {
        let known = ModelFile::read(file.content)?;
        let Some(text) = known.metadata(KEY)? else {
            return invalid!("the model: the metadata entry {KEY} is missing");
        };
        let place = match text.parse::<ForestPart>() {
            Ok(place) => place,
            Err(error) => {
                return invalid!(
                    "the model: found the metadata entry {KEY} `{}`, {error}",
                    text::excerpt(text.as_bytes())
                );
            }
        };
        let model = Message::new(file.content, "the model");
        let graph = only(model, model_proto::GRAPH, "the graph")?;
        let operator = only(graph, graph_proto::NODE, "a node")?;
        Ok(Self {
            file,
            place,
            model,
            graph,
            operator,
            attributes: cut(operator, place.n_own_trees())?,
        })
    }

    /// Checks that another part differs in its trees alone.
    fn check_alike(&self, other: &Self) -> Result<(), algorithm::LoadError> {
        let failed = |difference: &str| {
            let names = format!("{} and {}", shown(self.file), shown(other.file));
            Err(algorithm::LoadError::new(format!("{names} {difference}")))
        };
        let forest = |place: ForestPart| (place.fingerprint, place.n_trees);
        if forest(self.place) != forest(other.place) {
            return failed(
                "are parts of different forests: their data or their hyperparameters differ",
            );
        }
        let rest = |opened: &Self| {
            let model = others(opened.model, is_own_of_model);
            let graph = others(opened.graph, |field| field.number == graph_proto::NODE);
            let operator = others(opened.operator, |field| {
                field.number == node_proto::ATTRIBUTE
            });
            model.chain(graph).chain(operator)
        };
        let n_attributes = (self.attributes.len(), other.attributes.len());
        if n_attributes.0 != n_attributes.1 || !rest(self).eq(rest(other)) {
            return failed("differ in more than their trees");
        }
        let mut pairs = self.attributes.iter().zip(&other.attributes);
        match pairs.find(|(own, other)| !own.is_like(other)) {
            Some((own, _)) => failed(&format!("differ in {}", own.name)),
            None => Ok(()),
        }
    }
}

/// The bytes of all fields but those of the part's own; an error is one of the fields.
fn others<'a>(
    message: Message<'a>,
    is_own: fn(&Field<'_>) -> bool,
) -> impl Iterator<Item = Result<&'a [u8], Error>> {
    let fields = message.with_bytes();
    fields.filter_map(move |field| match field {
        Ok((field, _)) if is_own(&field) => None,
        other => Some(other.map(|(_, bytes)| bytes)),
    })
}

/// The graph, and the metadata entry of the part.
fn is_own_of_model(field: &Field<'_>) -> bool {
    match field.number {
        model_proto::GRAPH => true,
        model_proto::METADATA_PROPS => {
            let entry = field.message("a metadata entry");
            let key = entry.and_then(|entry| entry.text(string_string_entry_proto::KEY));
            key == Ok(KEY)
        }
        _ => false,
    }
}

/// The only field with this number.
fn only<'a>(
    message: Message<'a>,
    number: u32,
    name: &'static str,
) -> Result<Message<'a>, LoadError> {
    let mut found = message.each(number);
    match (found.next(), found.next()) {
        (Some(field), None) => Ok(field?.message(name)?),
        _ => invalid!("a part of a forest: found {name} not just once, expected one"),
    }
}

/// A file's name, as messages have it.
fn shown(file: &Part<'_>) -> String {
    text::excerpt(file.name.as_bytes())
}

/// Checks that each part of one forest is there once.
fn check_complete(parts: &[Opened<'_>]) -> Result<(), algorithm::LoadError> {
    let failed = |sentence: String| Err(algorithm::LoadError::new(sentence));
    let mut found = HashMap::with_capacity(parts.len());
    let Some(first) = parts.first() else {
        return Ok(());
    };
    let count = first.place.count;
    for part in parts {
        let ForestPart {
            index, count: own, ..
        } = part.place;
        if own != count {
            return failed(format!(
                "{} is part {} of {count}, {} is part {} of {own}: expected the parts of one forest",
                shown(first.file),
                first.place.index + 1,
                shown(part.file),
                index + 1
            ));
        }
        if let Some(same) = found.insert(index, part.file) {
            return failed(format!(
                "{} and {} are both part {} of {count}, expected it once",
                shown(same),
                shown(part.file),
                index + 1
            ));
        }
    }
    let n_missing = count - found.len();
    if n_missing == 0 {
        return Ok(());
    }
    // There may be any number of them.
    let missing = (0..count).filter(|index| !found.contains_key(index));
    let names = missing
        .take(LISTED)
        .map(|index| ForestPart::name_of(index, count));
    let mut names = names.collect::<Vec<_>>().join(", ");
    if n_missing > LISTED {
        names.push_str(&format!(" and {} more", n_missing - LISTED));
    }
    let verb = if n_missing == 1 { "is" } else { "are" };
    failed(format!(
        "{names} {verb} missing: found {} of the {count} parts of a forest",
        found.len()
    ))
}

/// The bytes of the whole forest's file, from parts in their order.
fn whole(parts: &[Opened<'_>]) -> Result<Vec<u8>, LoadError> {
    let first = &parts[0];
    let room = parts.iter().map(|part| part.file.content.len()).sum();
    let attributes = (0..first.attributes.len()).map(|number| {
        let of_parts = parts.iter().map(|part| &part.attributes[number]);
        joined(&of_parts.collect::<Vec<_>>())
    });
    let is_attribute = |field: &Field<'_>| field.number == node_proto::ATTRIBUTE;
    let operator = replaced(first.operator, is_attribute, attributes, room)?;
    let is_node = |field: &Field<'_>| field.number == graph_proto::NODE;
    let graph = replaced(first.graph, is_node, [operator], room)?;
    replaced(first.model, is_own_of_model, [graph], room)
}

/// A message whose fields of its own are these, in their order; if there are fewer, the last of them are left out.
/// It has about `room` bytes.
fn replaced(
    message: Message<'_>,
    is_own: fn(&Field<'_>) -> bool,
    own: impl IntoIterator<Item = Vec<u8>>,
    room: usize,
) -> Result<Vec<u8>, LoadError> {
    let mut own = own.into_iter();
    let mut all = Vec::with_capacity(room);
    for field in message.with_bytes() {
        let (field, bytes) = field?;
        if !is_own(&field) {
            all.extend_from_slice(bytes);
        } else if let Some(own) = own.next() {
            encode_key(field.number, WireType::LengthDelimited, &mut all);
            encode_varint(own.len() as u64, &mut all);
            all.extend_from_slice(&own);
        }
    }
    Ok(all)
}
