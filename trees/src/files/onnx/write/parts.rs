//! A file as parts whose lengths are known before any of them is written.

use prost::encoding::{WireType, encode_key, encode_varint};
use rayon::prelude::*;

use super::lists::{List, Listed};
use crate::tree_model::NodeList;

/// The parts of a message, in their order.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    len: usize,
}

enum Part {
    Bytes(Vec<u8>),
    /// A list, by the length of each tree's part.
    List(List, Vec<usize>),
}

impl Parts {
    pub(super) fn bytes(&mut self, bytes: Vec<u8>) {
        self.len += bytes.len();
        self.parts.push(Part::Bytes(bytes));
    }

    pub(super) fn list(&mut self, list: List, lengths: Vec<usize>) {
        self.len += lengths.iter().sum::<usize>();
        self.parts.push(Part::List(list, lengths));
    }

    /// Adds a message as a field.
    pub(super) fn field(&mut self, number: u32, message: Parts) {
        let mut head = Vec::new();
        encode_key(number, WireType::LengthDelimited, &mut head);
        encode_varint(message.len as u64, &mut head);
        self.bytes(head);
        self.fields(message);
    }

    /// Adds further fields of the message.
    pub(super) fn fields(&mut self, fields: Parts) {
        self.len += fields.len;
        self.parts.extend(fields.parts);
    }

    /// The bytes of all parts; those of lists are written on all threads.
    pub(super) fn write<T: NodeList>(&self, trees: &[Listed<'_, T>]) -> Vec<u8> {
        let mut file = vec![0; self.len];
        let mut rest = &mut file[..];
        let mut places = Vec::new();
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => {
                    let (place, after) = rest.split_at_mut(bytes.len());
                    place.copy_from_slice(bytes);
                    rest = after;
                }
                Part::List(list, lengths) => {
                    for (tree, len) in trees.iter().zip(lengths) {
                        let (place, after) = rest.split_at_mut(*len);
                        places.push((list, tree, place));
                        rest = after;
                    }
                }
            }
        }
        places
            .into_par_iter()
            .for_each(|(list, tree, place)| list.write(tree, place));
        file
    }
}
