//! The names of the classes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The labels of a classifier; a class is its position here. In a file, an array of strings or of integers.
///
/// ```
/// use algorithm::Labels;
///
/// let labels: Labels = serde_json::from_str("[-1, 1]")?;
/// assert_eq!((labels.len(), labels.class("1")), (2, Some(1)));
/// assert_eq!(serde_json::to_string(&Labels::Text(vec!["oak".into()]))?, r#"["oak"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    /// String labels.
    Text(Vec<String>),
    /// Integer labels, which stay integers in model files and answers.
    Integers(Vec<i64>),
}

impl Labels {
    /// Number of classes.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Labels::Text(labels) => labels.len(),
            Labels::Integers(labels) => labels.len(),
        }
    }

    /// Whether there is no class.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of a class as text.
    ///
    /// # Panics
    /// There is no such class.
    pub fn text(&self, class: usize) -> Cow<'_, str> {
        match self {
            Labels::Text(labels) => Cow::Borrowed(&labels[class]),
            Labels::Integers(labels) => Cow::Owned(labels[class].to_string()),
        }
    }

    /// The class of a label as a file has it, if the labels are sorted.
    pub fn class(&self, label: &str) -> Option<usize> {
        match self {
            Labels::Integers(labels) => labels.binary_search(&label.trim().parse().ok()?).ok(),
            Labels::Text(labels) => labels.binary_search_by(|text| (**text).cmp(label)).ok(),
        }
    }

    /// All labels as text, in order.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = Cow<'_, str>> {
        (0..self.len()).map(|class| self.text(class))
    }
}
