//! The attributes of a part's tree operator, cut into what belongs to each tree.

use std::iter;

use prost::encoding::{WireType, encode_key, encode_varint};
use proto::{
    onnx::field::{attribute_proto, node_proto},
    wire::{Field, Message, Value},
};

use super::super::{LoadError, error::invalid};

/// Most attributes of an operator; the tree operators know 22.
const MAX_ATTRIBUTES: usize = 64;

/// What the names of parallel lists begin with: those of the nodes, and those of the leaves' weights in a classifier
/// and in a regressor.
const PREFIXES: [&str; 3] = ["nodes_", "class_", "target_"];

/// An attribute.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    /// Its fields before the entries of the list; all of them if it is no list.
    head: &'a [u8],
    list: List<'a>,
    /// Its fields after the entries of the list.
    tail: &'a [u8],
}

/// The entries of a list that go tree by tree.
enum List<'a> {
    None,
    /// The entries of each tree.
    Trees(Vec<&'a [u8]>),
    /// The numbers of the trees; how often each of them is there.
    Numbers(Vec<usize>),
}

/// Cuts the attributes of an operator with this number of trees.
pub(super) fn cut(operator: Message<'_>, n_trees: usize) -> Result<Vec<Attribute<'_>>, LoadError> {
    let n = operator.count(node_proto::ATTRIBUTE)?;
    if n > MAX_ATTRIBUTES {
        return invalid!("the node: found {n} attributes, allowed are up to {MAX_ATTRIBUTES}");
    }
    let mut attributes = Vec::with_capacity(n);
    for field in operator.each(node_proto::ATTRIBUTE) {
        let bytes = field?.bytes()?;
        let name = Message::new(bytes, "an attribute").text(attribute_proto::NAME)?;
        attributes.push((name, bytes));
    }
    let mut groups = Vec::new();
    for prefix in PREFIXES {
        let is_numbers = |(name, _): &&(&str, _)| is_numbers_of(prefix, name);
        if let Some((name, bytes)) = attributes.iter().find(is_numbers) {
            groups.push((prefix, runs(name, bytes, n_trees)?));
        }
    }
    let cut = attributes.into_iter().map(|(name, bytes)| {
        match groups.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            Some((prefix, counts)) => {
                let mut attribute = cut_list(name, bytes, counts)?;
                if is_numbers_of(prefix, name) {
                    attribute.list = List::Numbers(counts.clone());
                }
                Ok(attribute)
            }
            None => Ok(Attribute {
                name,
                head: bytes,
                list: List::None,
                tail: &[],
            }),
        }
    });
    cut.collect()
}

fn is_numbers_of(prefix: &str, name: &str) -> bool {
    name.strip_prefix(prefix) == Some("treeids")
}

/// An entry of a list as it is written, each a field of its own.
fn is_entry(field: &Field<'_>) -> bool {
    matches!(
        (field.number, field.value),
        (attribute_proto::INTS, Value::Varint(_))
            | (attribute_proto::FLOATS, Value::Fixed32(_))
            | (attribute_proto::STRINGS, Value::Bytes(_))
    )
}

/// How many entries each tree has, from a list of the trees' numbers: 0, 0, 0, 1, 1, 2 and so on.
fn runs(name: &str, bytes: &[u8], n_trees: usize) -> Result<Vec<usize>, LoadError> {
    let mut counts: Vec<usize> = Vec::new();
    for field in Message::new(bytes, "an attribute").each(attribute_proto::INTS) {
        let number = field?.int()?;
        match usize::try_from(number) {
            Ok(number) if number == counts.len() => counts.push(1),
            Ok(number) if number + 1 == counts.len() => counts[number] += 1,
            _ => {
                return invalid!(
                    "the node: {name}: found tree {number} at tree {}, expected the trees one after the other",
                    counts.len().saturating_sub(1)
                );
            }
        }
    }
    if counts.len() != n_trees {
        return invalid!(
            "the node: {name}: found {} trees, expected {n_trees} in this part",
            counts.len()
        );
    }
    Ok(counts)
}

/// A list with as many entries for each tree as `counts` says.
fn cut_list<'a>(
    name: &'a str,
    bytes: &'a [u8],
    counts: &[usize],
) -> Result<Attribute<'a>, LoadError> {
    let mut trees = Vec::with_capacity(counts.len());
    // Where the list begins, where the entries of this tree do, how many are read, and where the next field begins.
    let (mut list, mut start, mut n, mut at) = (0, 0, 0, 0);
    for field in Message::new(bytes, "an attribute").with_bytes() {
        let (field, field_bytes) = field?;
        let is_begun = n > 0 || !trees.is_empty();
        let is_complete = trees.len() == counts.len();
        let end = at + field_bytes.len();
        match (is_entry(&field), is_begun, is_complete) {
            (true, _, false) => {
                if !is_begun {
                    (list, start) = (at, at);
                }
                n += 1;
                if n == counts[trees.len()] {
                    trees.push(&bytes[start..end]);
                    (start, n) = (end, 0);
                }
            }
            (false, false, _) | (false, _, true) => {}
            _ => break,
        }
        at = end;
    }
    if trees.len() != counts.len() || at != bytes.len() {
        return invalid!(
            "the node: {name}: expected {} entries, a field each",
            counts.iter().sum::<usize>()
        );
    }
    Ok(Attribute {
        name,
        head: &bytes[..list],
        list: List::Trees(trees),
        tail: &bytes[start..],
    })
}

impl<'a> Attribute<'a> {
    /// Whether two attributes differ in the entries of their lists at most.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.name, self.head, self.tail) == (other.name, other.head, other.tail)
            && matches!(
                (&self.list, &other.list),
                (List::None, List::None)
                    | (List::Trees(_), List::Trees(_))
                    | (List::Numbers(_), List::Numbers(_))
            )
    }
}

/// One attribute of all parts, in the order of the parts, which are [alike](Attribute::is_like): tree 0 of the first
/// part, tree 0 of the second and so on.
pub(super) fn joined(parts: &[&Attribute<'_>]) -> Vec<u8> {
    let mut joined = Vec::new();
    let Some(first) = parts.first() else {
        return joined;
    };
    joined.extend_from_slice(first.head);
    match &first.list {
        List::None => {}
        List::Trees(trees) => {
            let of_parts = by_tree(parts, trees.len(), |list| list.trees());
            of_parts.for_each(|entries| joined.extend_from_slice(entries));
        }
        List::Numbers(counts) => {
            let counts = by_tree(parts, counts.len(), |list| list.counts());
            for (number, count) in (0..).zip(counts) {
                for () in iter::repeat_n((), *count) {
                    encode_key(attribute_proto::INTS, WireType::Varint, &mut joined);
                    encode_varint(number, &mut joined);
                }
            }
        }
    }
    joined.extend_from_slice(first.tail);
    joined
}

/// What the lists of the parts have for each tree, in the order of the whole forest; the first part has `n_trees`,
/// none has more.
fn by_tree<'l, 'a, T>(
    parts: &'l [&'l Attribute<'a>],
    n_trees: usize,
    list: fn(&'l List<'a>) -> &'l [T],
) -> impl Iterator<Item = &'l T> {
    (0..n_trees).flat_map(move |tree| {
        let of_parts = parts.iter();
        of_parts.filter_map(move |part| list(&part.list).get(tree))
    })
}

impl<'a> List<'a> {
    fn trees(&self) -> &[&'a [u8]] {
        match self {
            List::Trees(trees) => trees,
            _ => &[],
        }
    }

    fn counts(&self) -> &[usize] {
        match self {
            List::Numbers(counts) => counts,
            _ => &[],
        }
    }
}
