//! The channels of a training job, for a learner with rules of its own.

use std::path::PathBuf;

/// A channel as the job has it.
///
/// ```
/// use algorithm::FoundChannel;
///
/// let channel = FoundChannel {
///     name: "train".to_owned(),
///     settings: vec![("ContentType".to_owned(), "text/csv".to_owned())],
///     path: "/opt/ml/input/data/train".into(),
///     files: Some(vec![("a.csv".to_owned(), 120)]),
/// };
/// assert_eq!(channel.setting("ContentType"), Some("text/csv"));
/// assert_eq!(channel.setting("TrainingInputMode"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundChannel {
    /// Its name.
    pub name: String,
    /// What `inputdataconfig.json` says of it, in the order of the file: `ContentType`, `TrainingInputMode`,
    /// `S3DistributionType` and others; any of them may be missing.
    pub settings: Vec<(String, String)>,
    /// Its directory; in Pipe mode its FIFO.
    pub path: PathBuf,
    /// All files below it, hidden ones too, by their paths within it, with their sizes in bytes; `None` if there is
    /// no directory.
    pub files: Option<Vec<(String, u64)>>,
}

impl FoundChannel {
    /// What `inputdataconfig.json` says.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The channels that a learner uses.
///
/// ```
/// use algorithm::{ChosenChannel, ChosenChannels};
///
/// let channel = |name: &str| ChosenChannel {
///     name: name.to_owned(),
///     content_type: "text/libsvm".to_owned(),
///     separators: "",
/// };
/// let chosen = ChosenChannels { train: channel("train"), validation: Some(channel("validation")) };
/// assert_eq!(chosen.train.name, "train");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenChannels {
    /// The rows to learn from.
    pub train: ChosenChannel,
    /// Rows that are only measured.
    pub validation: Option<ChosenChannel>,
}

/// A channel, and how its files are read.
///
/// ```
/// use algorithm::ChosenChannel;
///
/// // Fields are separated by semicolons, unless there is a comma in the first line of a file.
/// let channel = ChosenChannel {
///     name: "train".to_owned(),
///     content_type: "text/csv".to_owned(),
///     separators: ";",
/// };
/// assert_eq!(channel.separators, ";");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenChannel {
    /// Its name.
    pub name: String,
    /// The content type of its files: `text/csv`; if it is empty, it follows from their endings.
    pub content_type: String,
    /// What may separate the fields of CSV, ASCII, the preferred one first: the first of them that is in a file's
    /// first line does, unless that line has a comma.
    pub separators: &'static str,
}
