//! The formats of payloads and answers, and what clients call them.

/// A format that payloads come in, or answers go out in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of comma-separated fields (RFC 4180).
    Csv,
    /// One JSON document for all records.
    Json,
    /// One JSON document a line and record (jsonlines.org).
    JsonLines,
    /// Lines of `index:value` pairs.
    Libsvm,
    /// A numpy array (numpy.lib.format, versions 1 to 3).
    Npy,
    /// AWS's recordio-protobuf: `proto/proto/recordio.proto` in MXNet's RecordIO framing.
    RecordIo,
}

impl Format {
    /// The formats that payloads are decoded from.
    pub const DECODED: &'static [Format] = &[
        Format::Csv,
        Format::Json,
        Format::JsonLines,
        Format::Libsvm,
        Format::Npy,
        Format::RecordIo,
    ];

    /// The formats that answers are encoded in, the preferred one first.
    pub const ENCODED: &'static [Format] =
        &[Format::Csv, Format::Json, Format::JsonLines, Format::Npy];

    /// Whether payloads of this format are text.
    pub const fn is_text(self) -> bool {
        matches!(self, Format::Json) || self.is_lines()
    }

    /// Whether a record is a line, which can be read without the lines before it.
    pub const fn is_lines(self) -> bool {
        matches!(self, Format::Csv | Format::JsonLines | Format::Libsvm)
    }

    /// The media types that mean this format, its own name first. A name without a slash is one that AWS's
    /// containers take as well.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Format::Csv => &["text/csv", "csv"],
            Format::Json => &["application/json", "json"],
            Format::JsonLines => &[
                "application/jsonlines",
                "application/x-jsonlines",
                "application/x-ndjson",
                "application/ndjson",
                "jsonlines",
            ],
            Format::Libsvm => &["text/libsvm", "text/x-libsvm", "libsvm"],
            Format::Npy => &["application/x-npy", "application/npy", "npy"],
            Format::RecordIo => &[
                "application/x-recordio-protobuf",
                "application/x-recordio",
                "recordio-protobuf",
            ],
        }
    }

    /// The endings of files in this format, without the dot.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Format::Csv => &["csv", "txt"],
            Format::Json => &["json"],
            Format::JsonLines => &["jsonl", "ndjson"],
            Format::Libsvm => &["libsvm", "svm"],
            Format::Npy => &["npy"],
            Format::RecordIo => &["recordio", "rec", "pbr", "recordio-protobuf"],
        }
    }

    /// The format that a file's name ends in, in any case, `.gz` after it or not.
    ///
    /// ```
    /// use records::Format;
    ///
    /// assert_eq!(Format::of_file("part-0.JSONL.gz"), Some(Format::JsonLines));
    /// assert_eq!(Format::of_file("part-0"), None);
    /// ```
    pub fn of_file(name: &str) -> Option<Format> {
        let name = name.to_ascii_lowercase();
        let (_, ending) = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?;
        let is_it = |format: &&Format| format.endings().contains(&ending);
        Format::DECODED.iter().find(is_it).copied()
    }

    /// The format among `formats` that a media type without parameters names, in any case.
    pub fn named(name: &str, formats: &[Format]) -> Option<Format> {
        let is_it = |format: &&Format| format.names().iter().any(|n| n.eq_ignore_ascii_case(name));
        formats.iter().find(is_it).copied()
    }

    /// The formats' own names, for messages.
    pub fn list(formats: &[Format]) -> String {
        let names: Vec<&str> = formats.iter().map(|format| format.names()[0]).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_format_in_any_case() {
        for format in Format::DECODED {
            for name in format.names() {
                assert_eq!(Format::named(name, Format::DECODED), Some(*format));
                let upper = name.to_ascii_uppercase();
                assert_eq!(Format::named(&upper, Format::DECODED), Some(*format));
            }
        }
        assert_eq!(Format::named("text/libsvm", Format::ENCODED), None);
        assert_eq!(Format::named("text", Format::DECODED), None);
    }
}
