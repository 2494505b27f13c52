//! How model files are told apart and read.

use std::fmt;

use thiserror::Error;

use crate::Predictor;

/// How the bytes of a model file become a [`Predictor`], and which files are such files.
///
/// By default a file is of the format if its name ends in the [`extension`](Self::extension).
/// [`recognized_by`](Self::recognized_by) replaces that with a look at the first bytes.
///
/// ```
/// use algorithm::{
///     Features, LoadError, Loaded, ModelFormat, PredictError, Predictor, Rows, Scores, Signature,
/// };
///
/// /// Answers the same number to every row.
/// struct Constant(Signature, f32);
///
/// const FORMAT: ModelFormat = ModelFormat::new("constant", "txt", load);
///
/// fn load(file: &[u8]) -> Loaded {
///     let text = std::str::from_utf8(file).map_err(LoadError::new)?;
///     let number: f32 = text.trim().parse().map_err(LoadError::new)?;
///     if !number.is_finite() {
///         return Err(LoadError::new(format!("found {number}, expected a finite number")));
///     }
///     Ok(Box::new(Constant(Signature::regressor(Features::unnamed(1), 1), number)))
/// }
///
/// impl Predictor for Constant {
///     fn signature(&self) -> &Signature {
///         &self.0
///     }
///
///     fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
///         scores.resize(rows.float32(&self.0)?.len(), &self.0);
///         scores.values_mut().fill(self.1);
///         Ok(())
///     }
/// }
///
/// assert!((FORMAT.load)(b"1.5").is_ok());
/// let error = (FORMAT.load)(b"inf").err().map(|error| error.to_string());
/// assert_eq!(error.as_deref(), Some("found inf, expected a finite number"));
/// assert_eq!(FORMAT.file_name(), "model.txt");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ModelFormat {
    /// What messages call it: `ONNX`.
    pub name: &'static str,
    /// What its files end in, without the dot: `onnx`.
    pub extension: &'static str,
    /// Reads a whole file and checks all of it: a file is as hostile as a payload.
    pub load: fn(&[u8]) -> Loaded,
    /// Judges a file by its first bytes; if there is none, the extension does.
    recognizes: Option<fn(&[u8]) -> bool>,
    /// Says of the first bytes of a file that no format recognises why they are none of this format's.
    refuses: Option<Refuses>,
    /// Whole names of files that are of this format if no format recognises their bytes.
    names: &'static [&'static str],
    /// How files that are parts of one model become one.
    parts: Option<Parts>,
}

/// How the parts of a model that several hosts have learnt become one file: [`ModelFormat::in_parts`].
///
/// ```
/// use algorithm::{LoadError, ModelFormat, Part, Parts};
///
/// /// `+` begins a part.
/// const FORMAT: ModelFormat =
///     ModelFormat::new("text", "txt", |_| Err(LoadError::new("left out here"))).in_parts(Parts {
///         is_part: |file| file.starts_with(b"+"),
///         join: |parts| match parts {
///             [one] => Err(LoadError::new(format!("{} is alone", one.name))),
///             _ => Ok(parts.iter().flat_map(|part| &part.content[1..]).copied().collect()),
///         },
///     });
/// let parts = FORMAT.parts().ok_or("the format has no parts")?;
/// let [a, b] = [("a", &b"+1"[..]), ("b", b"+2")].map(|(name, content)| Part { name, content });
/// assert!((parts.is_part)(a.content));
/// assert_eq!((parts.join)(&[a, b])?, b"12");
/// assert!((parts.join)(&[a]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// Whether a file is a part of a model. The [`load`](ModelFormat::load) of its format may then refuse it.
    pub is_part: fn(&[u8]) -> bool,
    /// The file of the whole model. The parts, at least one, come in the order of their names.
    ///
    /// # Errors
    /// A part that can't be used or is missing, or parts of different models, in one line that names the files.
    pub join: fn(&[Part<'_>]) -> Result<Vec<u8>, LoadError>,
}

/// A file that is a part of a model.
///
/// ```
/// use algorithm::{LoadError, Part};
///
/// let part = Part { name: "model-1-of-2.txt", content: b"" };
/// let error = LoadError::new(format!("{}: the file is empty", part.name));
/// assert_eq!(error.to_string(), "model-1-of-2.txt: the file is empty");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its name, without directories.
    pub name: &'a str,
    /// What it holds.
    pub content: &'a [u8],
}

/// The result of reading a model file.
///
/// ```
/// use algorithm::{LoadError, Loaded};
///
/// fn load(file: &[u8]) -> Loaded {
///     Err(LoadError::new(format!("found {} bytes, expected a model", file.len())))
/// }
///
/// assert!(load(b"").is_err());
/// ```
pub type Loaded = Result<Box<dyn Predictor>, LoadError>;

/// Why a file that begins with these bytes is none of a format's, if it only looks like one.
type Refuses = fn(&[u8]) -> Option<LoadError>;

impl ModelFormat {
    /// Most bytes of a file that [`of_file`](Self::of_file) looks at.
    pub const HEAD_BYTES: usize = 4096;

    /// The format `name` of the files that end in `.extension`.
    pub const fn new(
        name: &'static str,
        extension: &'static str,
        load: fn(&[u8]) -> Loaded,
    ) -> Self {
        Self {
            name,
            extension,
            load,
            recognizes: None,
            refuses: None,
            names: &[],
            parts: None,
        }
    }

    /// Judges files by their first bytes, at most [`HEAD_BYTES`](Self::HEAD_BYTES), whatever their names. The
    /// extension is then only for the files that a training job writes: it would make a model of every
    /// `config.json`.
    ///
    /// ```
    /// use algorithm::{LoadError, ModelFormat};
    ///
    /// const FORMAT: ModelFormat =
    ///     ModelFormat::new("UBJSON", "ubj", |_| Err(LoadError::new("left out here")))
    ///         .recognized_by(|head| head.starts_with(b"{"));
    /// let is_model = |name, head| ModelFormat::of_file(&[FORMAT], name, head).is_some();
    /// assert!(is_model("anything", b"{L..."));
    /// assert!(!is_model("model.ubj", b"else"));
    /// ```
    #[must_use]
    pub const fn recognized_by(mut self, recognizes: fn(&[u8]) -> bool) -> Self {
        self.recognizes = Some(recognizes);
        self
    }

    /// Says of files that begin like this format's, but hold something else, what they hold. They are no models:
    /// left out beside one, and if there is none, this error names the reason.
    ///
    /// ```
    /// use algorithm::{LoadError, ModelFormat};
    ///
    /// const FORMAT: ModelFormat =
    ///     ModelFormat::new("JSON forest", "json", |_| Err(LoadError::new("left out here")))
    ///         .recognized_by(|head| head.starts_with(b"{\"forest\":"))
    ///         .refusing(|head| {
    ///             let is_linear = head.starts_with(b"{\"linear\":");
    ///             is_linear.then(|| LoadError::new("found a linear model, expected a forest"))
    ///         });
    /// assert!(ModelFormat::of_file(&[FORMAT], "a", b"{\"linear\":").is_none());
    /// assert!(ModelFormat::refusal(&[FORMAT], b"{\"linear\":").is_some());
    /// assert!(ModelFormat::refusal(&[FORMAT], b"anything else").is_none());
    /// ```
    #[must_use]
    pub const fn refusing(mut self, refuses: Refuses) -> Self {
        self.refuses = Some(refuses);
        self
    }

    /// Takes files of these names that no format recognises, for files whose first bytes say nothing.
    ///
    /// ```
    /// use algorithm::{LoadError, ModelFormat};
    ///
    /// const FORMAT: ModelFormat =
    ///     ModelFormat::new("marked", "bin", |_| Err(LoadError::new("left out here")))
    ///         .recognized_by(|head| head.starts_with(b"MARK"))
    ///         .named(&["old-model"]);
    /// let is_model = |name, head| ModelFormat::of_file(&[FORMAT], name, head).is_some();
    /// assert!(is_model("old-model", b"\0\0\0\x3f"));
    /// assert!(!is_model("old-model.bin", b"\0\0\0\x3f"));
    /// ```
    #[must_use]
    pub const fn named(mut self, names: &'static [&'static str]) -> Self {
        self.names = names;
        self
    }

    /// Makes one model of the files in a directory that are parts of one, as hosts write them that
    /// [share the work](crate::Learner::shares_work).
    #[must_use]
    pub const fn in_parts(mut self, parts: Parts) -> Self {
        self.parts = Some(parts);
        self
    }

    /// How parts become a model, if a model of this format may be in parts.
    pub fn parts(&self) -> Option<Parts> {
        self.parts
    }

    /// The format of the file `name` that begins with `head`, `None` if it is no model: a format without
    /// [`recognized_by`](Self::recognized_by) that the file's name ends in, else the first format that
    /// recognises `head`, else the one that wants the very [`name`](Self::named).
    ///
    /// ```
    /// use algorithm::{LoadError, ModelFormat};
    ///
    /// const FORMAT: ModelFormat =
    ///     ModelFormat::new("ONNX", "onnx", |_| Err(LoadError::new("left out here")));
    /// let format = |name| ModelFormat::of_file(&[FORMAT], name, b"").map(|format| format.name);
    /// assert_eq!(format("leaf.onnx"), Some("ONNX"));
    /// assert_eq!(format("README.md"), None);
    /// ```
    pub fn of_file<'f>(formats: &'f [Self], name: &str, head: &[u8]) -> Option<&'f Self> {
        let head = first_bytes(head);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        let ends =
            |format: &&Self| format.recognizes.is_none() && extension == Some(format.extension);
        let begins = |format: &&Self| format.recognizes.is_some_and(|recognizes| recognizes(head));
        let mut found = formats.iter().find(ends);
        found = found.or_else(|| formats.iter().find(begins));
        found.or_else(|| formats.iter().find(|format| format.names.contains(&name)))
    }

    /// Why a file that begins with `head` is no model though it looks like one, from the first format that
    /// [knows](Self::refusing).
    pub fn refusal(formats: &[Self], head: &[u8]) -> Option<LoadError> {
        let head = first_bytes(head);
        formats
            .iter()
            .find_map(|format| format.refuses.and_then(|refuses| refuses(head)))
    }

    /// The name of the file that a training job writes: `model.onnx`.
    pub fn file_name(&self) -> String {
        format!("model.{}", self.extension)
    }

    /// Whether `name` is the usual one of a model, [`file_name`](Self::file_name) or one of
    /// [`named`](Self::named).
    ///
    /// ```
    /// use algorithm::{LoadError, ModelFormat};
    ///
    /// const FORMAT: ModelFormat =
    ///     ModelFormat::new("ONNX", "onnx", |_| Err(LoadError::new("left out here")));
    /// assert!(FORMAT.is_usual_name("model.onnx"));
    /// assert!(!FORMAT.is_usual_name("leaf.onnx"));
    /// ```
    pub fn is_usual_name(&self, name: &str) -> bool {
        name == self.file_name() || self.names.contains(&name)
    }
}

fn first_bytes(head: &[u8]) -> &[u8] {
    head.get(..ModelFormat::HEAD_BYTES).unwrap_or(head)
}

/// Its name and which files are of it: `ONNX (NAME.onnx)`, or with a look at the first bytes `XGBoost (any name)`.
impl fmt::Display for ModelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.recognizes {
            Some(_) => write!(f, "{} (any name)", self.name),
            None => write!(f, "{} (NAME.{})", self.name, self.extension),
        }
    }
}

/// A model file that can't be used, in one line: the place, what was found and what is allowed.
///
/// ```
/// let error = algorithm::LoadError::new("centres[3]: expected 2 finite numbers");
/// assert_eq!(error.to_string(), "centres[3]: expected 2 finite numbers");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct LoadError(String);

impl LoadError {
    /// The line.
    pub fn new(line: impl fmt::Display) -> Self {
        Self(line.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn format(name: &'static str, extension: &'static str) -> ModelFormat {
        ModelFormat::new(name, extension, |_| Err(LoadError::new("never loaded")))
    }

    const FORMATS: [ModelFormat; 3] = [
        format("text", "txt").recognized_by(|head| head.starts_with(b"model")),
        format("binary", "ubj")
            .recognized_by(|head| head.starts_with(b"bin") && head.len() <= 4096)
            .named(&["old-model"]),
        format("plain", "onnx"),
    ];

    fn name_of(name: &str, head: &[u8]) -> Option<&'static str> {
        ModelFormat::of_file(&FORMATS, name, head).map(|format| format.name)
    }

    #[test]
    fn an_ending_decides_only_for_a_format_that_knows_no_bytes() {
        assert_eq!(name_of("a.onnx", b""), Some("plain"));
        assert_eq!(name_of("a.onnx", b"model"), Some("plain"));
        assert_eq!(name_of("onnx", b""), None);
        assert_eq!(name_of("a.onnx.bak", b""), None);
        assert_eq!(name_of("requirements.txt", b"numpy"), None);
        assert_eq!(name_of("model.ubj", b"?"), None);
    }

    #[test]
    fn bytes_decide_whatever_the_name() {
        assert_eq!(name_of("a", b"model"), Some("text"));
        assert_eq!(name_of("a.ubj", b"model"), Some("text"));
        assert_eq!(name_of("a.txt", b"bin"), Some("binary"));
        let mut long = b"bin".to_vec();
        long.resize(10_000, 0);
        assert_eq!(name_of("a", &long), Some("binary"));
    }

    #[test]
    fn a_name_counts_if_the_bytes_say_nothing() {
        assert_eq!(name_of("old-model", b"?"), Some("binary"));
        assert_eq!(name_of("old-model", b"model"), Some("text"));
        assert_eq!(name_of("old-model-1", b"?"), None);
    }
}
