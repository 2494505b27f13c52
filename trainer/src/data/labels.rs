//! Labels as they come, and the sorted classes they are.

use std::{
    collections::{BTreeMap, HashMap},
    str,
};

/// Longest label, in bytes.
pub(crate) const MAX_LABEL_BYTES: usize = 1024;

/// What a label may be.
pub(crate) const EXPECTED: &str = "an integer or text";

/// Distinct labels in the order of their first appearance.
#[derive(Default, Debug)]
pub(crate) struct Dictionary {
    codes: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// Neighbouring rows often have the same label.
    last: Option<u32>,
}

impl Dictionary {
    /// The label's number here, counted from 0; what is wrong with it where it can't be one.
    pub(crate) fn code(&mut self, label: &[u8]) -> Result<u32, &'static str> {
        if let Some(last) = self.last
            && let Some(text) = self.texts.get(last as usize)
            && text.as_bytes() == label
        {
            return Ok(last);
        }
        let text = str::from_utf8(label).map_err(|_| "is not valid UTF-8")?;
        let code = match self.codes.get(text) {
            Some(code) => *code,
            None => self.add(text)?,
        };
        self.last = Some(code);
        Ok(code)
    }

    fn add(&mut self, text: &str) -> Result<u32, &'static str> {
        if text.is_empty() {
            return Err("is no label");
        }
        if text.len() > MAX_LABEL_BYTES {
            return Err("is longer than 1024 bytes");
        }
        if text.chars().any(char::is_control) {
            return Err("has control characters");
        }
        let code = u32::try_from(self.texts.len()).map_err(|_| "is one label too many")?;
        self.codes.insert(text.into(), code);
        self.texts.push(text.into());
        Ok(code)
    }

    /// Takes over the labels of `other`; for each of its codes the code here.
    pub(crate) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let codes = other.texts.iter().map(|text| {
            // The other dictionary has checked it.
            self.code(text.as_bytes()).unwrap_or_default()
        });
        codes.collect()
    }

    /// The sorted classes, and for each code its class.
    pub(crate) fn classes(&self) -> (Classes, Vec<usize>) {
        let integers: Option<Vec<i64>> = self.texts.iter().map(|text| integer(text)).collect();
        match integers {
            Some(integers) => {
                let (sorted, places) = sorted_places(integers);
                (Classes::Integers(sorted), places)
            }
            None => {
                let texts = self.texts.iter().map(|text| text.to_string()).collect();
                let (sorted, places) = sorted_places(texts);
                (Classes::Text(sorted), places)
            }
        }
    }
}

/// The classes, sorted as scikit-learn's `classes_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classes {
    /// Every label is an integer.
    Integers(Vec<i64>),
    /// In the order of their Unicode code points.
    Text(Vec<String>),
}

impl Classes {
    /// Number of classes.
    pub fn len(&self) -> usize {
        match self {
            Self::Integers(labels) => labels.len(),
            Self::Text(labels) => labels.len(),
        }
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The labels as text, in order.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Integers(labels) => labels.iter().map(i64::to_string).collect(),
            Self::Text(labels) => labels.clone(),
        }
    }

    /// The class of a label as it stands in a file; `None` where no training row has it.
    pub(crate) fn class_of(&self, label: &str) -> Option<usize> {
        match self {
            Self::Integers(labels) => labels.binary_search(&integer(label)?).ok(),
            Self::Text(labels) => labels
                .binary_search_by(|text| text.as_str().cmp(label))
                .ok(),
        }
    }
}

impl Dictionary {
    /// The labels by code.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}

fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The distinct values in order, and where each of `values` is among them.
fn sorted_places<T: Ord + Clone>(values: Vec<T>) -> (Vec<T>, Vec<usize>) {
    let mut places: BTreeMap<T, usize> = values.iter().cloned().map(|value| (value, 0)).collect();
    for (place, found) in places.values_mut().enumerate() {
        *found = place;
    }
    let of_each = values
        .iter()
        .map(|value| places.get(value).copied().unwrap_or_default())
        .collect();
    (places.into_keys().collect(), of_each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str]) -> (Classes, Vec<usize>) {
        let mut dictionary = Dictionary::default();
        for label in labels {
            dictionary.code(label.as_bytes()).unwrap();
        }
        dictionary.classes()
    }

    #[test]
    fn integers_only_where_all_are() {
        let (found, places) = classes(&["10", "-1", "+2", "02"]);
        assert_eq!(found, Classes::Integers(vec![-1, 2, 10]));
        assert_eq!(places, [2, 0, 1, 1]);
        let (found, places) = classes(&["10", "2", "x"]);
        assert_eq!(
            found,
            Classes::Text(["10", "2", "x"].map(str::to_owned).to_vec())
        );
        assert_eq!(places, [0, 1, 2]);
        assert_eq!(found.class_of("2"), Some(1));
        assert_eq!(found.class_of("02"), None);
    }
}
