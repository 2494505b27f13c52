//! Why a record can't be used, and where it is.
//!
//! Serving and training find the same faults and word them alike; only the place in front differs. A
//! client counts the rows of its payload, a person looks for a line in a file.

/// A record that can't be used.
///
/// ```text
/// row 2, column 3: found "abc", expected a finite decimal number or nothing
/// training/a.csv, line 3, column 4: found "abc", expected a finite decimal number or nothing
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The record's number, from 1; `None` for a fault of the whole text.
    pub(crate) row: Option<u64>,
    /// The line, from 1, if records are lines.
    pub(crate) line: Option<u64>,
    /// The place in the record: `column 3`, `index 7` or `feature "x"`.
    pub(crate) place: Option<String>,
    /// What was found and what is expected.
    pub(crate) what: String,
    /// The record is sound, but its columns are not the model's.
    pub(crate) is_misfit: bool,
}

impl Fault {
    /// A fault of the whole text, or of its head.
    pub(crate) fn whole(what: impl Into<String>) -> Self {
        Self {
            row: None,
            line: None,
            place: None,
            what: what.into(),
            is_misfit: false,
        }
    }

    /// Text in another encoding, which its first bytes say.
    pub(crate) fn utf16() -> Self {
        Self {
            row: Some(1),
            line: Some(1),
            place: Some("column 1".to_owned()),
            what: "found UTF-16 text, expected UTF-8".to_owned(),
            is_misfit: false,
        }
    }

    /// The same fault, seen from a place that lies `rows` rows and `lines` lines earlier.
    pub(crate) fn after(mut self, rows: u64, lines: u64) -> Self {
        self.row = self.row.map(|row| row + rows);
        self.line = self.line.map(|line| line + lines);
        self
    }

    /// The sentence for a client, who counts rows: `row 2, column 3: found ...`.
    pub fn in_payload(&self) -> String {
        self.sentence(None, self.row.map(|row| format!("row {row}")))
    }

    /// The sentence for a file, with the line if records are lines, else with the record's number:
    /// `training/a.csv, line 3, column 4: found ...`.
    pub fn in_file(&self, file: &str) -> String {
        let record = match (self.line, self.row) {
            (Some(line), _) => Some(format!("line {line}")),
            (None, Some(row)) => Some(format!("row {row}")),
            (None, None) => None,
        };
        self.sentence(Some(file.to_owned()), record)
    }

    fn sentence(&self, file: Option<String>, record: Option<String>) -> String {
        let places: Vec<String> = [file, record, self.place.clone()]
            .into_iter()
            .flatten()
            .collect();
        if places.is_empty() {
            return self.what.clone();
        }
        format!("{}: {}", places.join(", "), self.what)
    }
}
