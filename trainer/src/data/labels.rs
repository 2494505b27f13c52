//! Labels in the order of the rows, and the sorted classes that they make up.

use std::{
    collections::{BTreeMap, HashMap},
    str,
};

use algorithm::Labels;

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
    /// The label's number in this dictionary, counted from 0.
    ///
    /// # Errors
    /// What is wrong with a text that can't be a label.
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

    /// Takes over the labels of `other`. Returns the code here of each of its codes.
    pub(crate) fn merge(&mut self, other: &Self) -> Vec<u32> {
        let codes = other
            .texts
            .iter()
            .map(|text| match self.code(text.as_bytes()) {
                Ok(code) => code,
                Err(what) => unreachable!("the other dictionary has taken a label that {what}"),
            });
        codes.collect()
    }

    /// The labels by code.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }

    /// The classes, sorted as scikit-learn's `classes_`, texts in the order of their Unicode code points;
    /// and for each code its class.
    pub(crate) fn classes(&self) -> (Labels, Vec<usize>) {
        let integers: Option<Vec<i64>> = self.texts.iter().map(|text| integer(text)).collect();
        match integers {
            Some(integers) => {
                let (sorted, places) = sorted_places(integers);
                (Labels::Integers(sorted), places)
            }
            None => {
                let texts = self.texts.iter().map(|text| text.to_string()).collect();
                let (sorted, places) = sorted_places(texts);
                (Labels::Text(sorted), places)
            }
        }
    }
}

/// The class of a label as it is in a file; `None` if no training row has it.
pub(crate) fn class_of(labels: &Labels, label: &str) -> Option<usize> {
    match labels {
        Labels::Integers(labels) => labels.binary_search(&integer(label)?).ok(),
        Labels::Text(labels) => labels
            .binary_search_by(|text| text.as_str().cmp(label))
            .ok(),
    }
}

fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The distinct values in order, and the place among them of each of `values`.
fn sorted_places<T: Ord + Clone>(values: Vec<T>) -> (Vec<T>, Vec<usize>) {
    let mut places: BTreeMap<T, usize> = values.iter().cloned().map(|value| (value, 0)).collect();
    for (place, found) in places.values_mut().enumerate() {
        *found = place;
    }
    let of_each = values.iter().map(|value| places[value]).collect();
    (places.into_keys().collect(), of_each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str]) -> (Labels, Vec<usize>) {
        let mut dictionary = Dictionary::default();
        for label in labels {
            dictionary.code(label.as_bytes()).unwrap();
        }
        dictionary.classes()
    }

    #[test]
    fn integers_only_if_all_are() {
        let (found, places) = classes(&["10", "-1", "+2", "02"]);
        assert_eq!(found, Labels::Integers(vec![-1, 2, 10]));
        assert_eq!(places, [2, 0, 1, 1]);
        let (found, places) = classes(&["10", "2", "x"]);
        assert_eq!(
            found,
            Labels::Text(["10", "2", "x"].map(str::to_owned).to_vec())
        );
        assert_eq!(places, [0, 1, 2]);
        assert_eq!(class_of(&found, "2"), Some(1));
        assert_eq!(class_of(&found, "02"), None);
    }
}
