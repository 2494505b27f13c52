//! The lines of a tree.

use super::{
    error::{Error, invalid},
    lines::{Lines, key_and_value},
    list::{List, Place},
};

/// The keys that scoring and contributions need, and the last one of a tree.
const KEYS: [&str; 18] = [
    "num_leaves",
    "num_cat",
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "leaf_value",
    "leaf_count",
    "internal_count",
    "cat_boundaries",
    "cat_threshold",
    "is_linear",
    "leaf_const",
    "num_features",
    "leaf_features",
    "leaf_coeff",
    "shrinkage",
];

/// A tree's lines by their keys.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) tree: usize,
    values: [Option<&'a [u8]>; KEYS.len()],
}

impl<'a> Fields<'a> {
    /// Reads the lines after `Tree=`, up to the empty one that ends the tree.
    pub(super) fn read(tree: usize, lines: &mut Lines<'a>) -> Result<Self, Error> {
        let mut values = [None; KEYS.len()];
        let mut is_whole = false;
        while let Some(line) = lines.peek() {
            let (key, value) = key_and_value(line);
            is_whole = line.is_empty() || key == b"Tree" || key == b"end of trees";
            if is_whole {
                break;
            }
            lines.next();
            if let Some(i) = KEYS.iter().position(|known| known.as_bytes() == key) {
                values[i] = Some(value);
            }
        }
        let fields = Self { tree, values };
        // The file may end after the last line of a tree, but not within it.
        if is_whole || fields.get("shrinkage").is_some() {
            return Ok(fields);
        }
        invalid!("Tree={tree}: the file ends within the tree, it seems to be cut off")
    }

    pub(super) fn get(&self, key: &'static str) -> Option<List<'a>> {
        let Some(i) = KEYS.iter().position(|known| *known == key) else {
            unreachable!("{key} is not among the keys that are read");
        };
        let place = Place {
            tree: Some(self.tree),
            key,
        };
        self.values[i].map(|text| List { place, text })
    }

    /// A line that every tree needs.
    pub(super) fn need(&self, key: &'static str) -> Result<List<'a>, Error> {
        match self.get(key) {
            Some(list) => Ok(list),
            None => invalid!("Tree={}: {key}: the line is missing", self.tree),
        }
    }
}
