//! The columns of a table, by number and by name.

use std::borrow::Cow;

use serde::de::IgnoredAny;

/// The features of a table or a model, in the order of the columns.
///
/// A feature without a name is called `feature_N`, counted from 0, as scikit-learn does. This is the
/// only place that says so: rules, reports, explanations and errors all ask [`Features::name`].
///
/// ```
/// use algorithm::Features;
///
/// assert_eq!(Features::unnamed(2).name(1), "feature_1");
/// let named = Features::named(vec!["length".into(), "width".into()]);
/// assert_eq!((named.len(), &*named.name(1)), (2, "width"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Features {
    count: usize,
    /// Empty, or a name for each feature.
    names: Vec<String>,
}

impl Features {
    /// The metadata key of the names in a model file.
    pub const NAMES_KEY: &str = "feature_names";

    /// `count` features without names.
    pub fn unnamed(count: usize) -> Self {
        Self {
            count,
            names: Vec::new(),
        }
    }

    /// A feature for each name.
    pub fn named(names: Vec<String>) -> Self {
        Self {
            count: names.len(),
            names,
        }
    }

    /// `count` features, with a name for each or without names, as a model file has them.
    ///
    /// # Errors
    /// Another number of names, in one line.
    ///
    /// ```
    /// use algorithm::Features;
    ///
    /// assert_eq!(Features::with_names(2, vec![]), Ok(Features::unnamed(2)));
    /// assert_eq!(
    ///     Features::with_names(2, vec!["length".into()]),
    ///     Err("names: found 1, expected none or 2, one a feature".to_owned())
    /// );
    /// ```
    pub fn with_names(count: usize, names: Vec<String>) -> Result<Self, String> {
        match names.len() {
            0 => Ok(Self::unnamed(count)),
            found if found == count => Ok(Self::named(names)),
            found => Err(format!(
                "names: found {found}, expected none or {count}, one a feature"
            )),
        }
    }

    /// `n_features` features with the names that [`to_json`](Self::to_json) wrote; without names if `json` is
    /// anything else, or names another number of features. Takes no memory for names that do not count.
    ///
    /// ```
    /// use algorithm::Features;
    ///
    /// let named = Features::named(vec!["length".into(), "width".into()]);
    /// assert_eq!(Features::from_json(&named.to_json(), 2), named);
    /// assert_eq!(Features::from_json(&named.to_json(), 3), Features::unnamed(3));
    /// ```
    pub fn from_json(json: &str, n_features: usize) -> Self {
        // A vector of `IgnoredAny` only counts.
        let found: Result<Vec<IgnoredAny>, _> = serde_json::from_str(json);
        let is_list = found.is_ok_and(|found| found.len() == n_features);
        match is_list.then(|| serde_json::from_str(json)) {
            Some(Ok(names)) => Self::named(names),
            _ => Self::unnamed(n_features),
        }
    }

    /// The names as a JSON array of strings, for the metadata of model files whose format has no field for
    /// them; the key is [`NAMES_KEY`](Self::NAMES_KEY).
    pub fn to_json(&self) -> String {
        serde_json::json!(self.names).to_string()
    }

    /// Number of features.
    #[inline]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The names, one a feature; empty if the features have none.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What feature `feature`, counted from 0, is called.
    pub fn name(&self, feature: usize) -> Cow<'_, str> {
        match self.names.get(feature) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("feature_{feature}")),
        }
    }
}
