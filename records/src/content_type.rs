//! What a Content-Type header says about a payload.

use mediatype::{MediaType, Name, ReadParams as _};

use algorithm::text::excerpt;

use crate::{format::Format, headers::unexpected_type};

/// The format of records, and how to read it.
///
/// ```
/// use records::{ContentType, Format};
///
/// let content_type = ContentType::parse("text/libsvm; indexing_mode=1")?;
/// assert_eq!(content_type.format(), Format::Libsvm);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentType {
    pub(crate) format: Format,
    /// `header`, for CSV.
    pub(crate) header: Header,
    /// `label_size`, for CSV: whether the first column is a label, if the parameter is given.
    pub(crate) has_label: Option<bool>,
    /// `indexing_mode`, for libsvm: the index of the first feature.
    pub(crate) first_index: usize,
}

/// Whether the first record of CSV holds the columns' names (RFC 4180, the parameter `header`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// It does.
    Present,
    /// It does not.
    Absent,
    /// It does if it looks like a header: apart from label and weight, no field is a number or missing, all
    /// are text without control characters, and at least one begins with a letter or `_`.
    #[default]
    Auto,
}

impl From<Format> for ContentType {
    /// The format without parameters.
    fn from(format: Format) -> Self {
        Self {
            format,
            header: Header::Auto,
            has_label: None,
            first_index: 0,
        }
    }
}

impl ContentType {
    /// The format of the records.
    pub fn format(self) -> Format {
        self.format
    }

    /// Whether the first column of CSV is a label, if the parameter `label_size` says so.
    pub fn has_label(self) -> Option<bool> {
        self.has_label
    }

    /// The same type, without a header unless a parameter says that there is one.
    pub fn without_header_by_default(self) -> Self {
        let header = match self.header {
            Header::Auto => Header::Absent,
            given => given,
        };
        Self { header, ..self }
    }

    /// Whether the parameters say that the first column of CSV is a label.
    pub(crate) fn leads_with_label(self) -> bool {
        self.has_label == Some(true) && self.format == Format::Csv
    }

    /// Reads the value of a Content-Type header. Parameters that say nothing about the rows are ignored.
    ///
    /// # Errors
    /// The type is not one that records are read from, or a parameter's value can't be used; one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
        let Some(format) = Format::named(name.trim(), Format::DECODED) else {
            return Err(unexpected_type(text, &Format::list(Format::DECODED)));
        };
        let plain = Self::from(format);
        match parameters.trim() {
            "" => Ok(plain),
            parameters => plain
                .with(parameters)
                .map_err(|what| format!("Content-Type \"{}\": {what}", excerpt(text.as_bytes()))),
        }
    }

    /// The same for lines that come after others: there is no header among them.
    pub(crate) fn without_header(self) -> Self {
        Self {
            header: Header::Absent,
            ..self
        }
    }

    fn with(self, parameters: &str) -> Result<Self, String> {
        // The parser wants a whole media type; the name has been looked at.
        let text = format!("text/csv;{}", parameters.trim_end_matches(';'));
        let parsed = MediaType::parse(&text)
            .map_err(|_| "found malformed parameters, expected NAME=VALUE".to_owned())?;
        let value = |name| {
            let value = parsed.get_param(Name::new_unchecked(name))?;
            Some(value.unquoted_str().to_ascii_lowercase())
        };
        let choice = |name: &'static str, allowed: &'static str| match value(name) {
            Some(found) if !allowed.split(" or ").any(|choice| choice == found) => {
                Err(format!("found {name}={found}, expected {allowed}"))
            }
            found => Ok(found),
        };
        if let Some(charset) = value("charset")
            && !is_ascii_superset(&charset)
        {
            return Err(format!("found charset={charset}, expected utf-8"));
        }
        Ok(Self {
            header: match choice("header", "present or absent")?.as_deref() {
                Some("present") => Header::Present,
                Some("absent") => Header::Absent,
                _ => Header::Auto,
            },
            has_label: choice("label_size", "0 or 1")?.map(|size| size == "1"),
            first_index: usize::from(choice("indexing_mode", "0 or 1")?.as_deref() == Some("1")),
            ..self
        })
    }
}

/// Whether digits and punctuation are the same bytes as in UTF-8. A name that is not UTF-8 is refused when
/// it is read.
fn is_ascii_superset(charset: &str) -> bool {
    matches!(charset, "utf-8" | "utf8" | "us-ascii" | "ascii" | "latin1")
        || charset.starts_with("iso-8859-")
        || charset.starts_with("windows-125")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_any_case() {
        for (text, format, header, has_label) in [
            ("text/csv", Format::Csv, Header::Auto, None),
            ("TEXT/CSV", Format::Csv, Header::Auto, None),
            ("text/csv;", Format::Csv, Header::Auto, None),
            ("text/csv ; charset=UTF-8", Format::Csv, Header::Auto, None),
            (
                "text/csv;label_size=0",
                Format::Csv,
                Header::Auto,
                Some(false),
            ),
            (
                "text/csv; Label_Size=1",
                Format::Csv,
                Header::Auto,
                Some(true),
            ),
            (
                "text/csv; charset=\"utf-8\"; label_size=0; header=Present",
                Format::Csv,
                Header::Present,
                Some(false),
            ),
            (
                "csv;header=absent;label_size=1",
                Format::Csv,
                Header::Absent,
                Some(true),
            ),
            (
                "application/json; charset=utf-8",
                Format::Json,
                Header::Auto,
                None,
            ),
            (
                "Application/X-JsonLines",
                Format::JsonLines,
                Header::Auto,
                None,
            ),
        ] {
            let parsed = ContentType::parse(text).unwrap();
            let expected = ContentType {
                format,
                header,
                has_label,
                first_index: 0,
            };
            assert_eq!(parsed, expected, "{text}");
        }
        let parsed = ContentType::parse("text/libsvm; indexing_mode=1").unwrap();
        assert_eq!(parsed.first_index, 1);
    }

    #[test]
    fn what_can_not_be_read_is_refused_by_name() {
        let formats = "expected text/csv, application/json, application/jsonlines, text/libsvm, \
                       application/x-npy, application/x-recordio-protobuf";
        for (text, line) in [
            ("", format!("Content-Type is missing: {formats}")),
            ("image/png", format!("Content-Type \"image/png\": {formats}")),
            ("text/csvx", format!("Content-Type \"text/csvx\": {formats}")),
            (
                "text/csv; charset=utf-16",
                "Content-Type \"text/csv; charset=utf-16\": found charset=utf-16, expected utf-8"
                    .to_owned(),
            ),
            (
                "text/csv; label_size=2",
                "Content-Type \"text/csv; label_size=2\": found label_size=2, expected 0 or 1"
                    .to_owned(),
            ),
            (
                "text/csv; header=maybe",
                "Content-Type \"text/csv; header=maybe\": found header=maybe, expected present or absent"
                    .to_owned(),
            ),
            (
                "text/csv; header",
                "Content-Type \"text/csv; header\": found malformed parameters, expected NAME=VALUE"
                    .to_owned(),
            ),
        ] {
            assert_eq!(ContentType::parse(text), Err(line));
        }
    }
}
