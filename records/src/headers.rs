//! What is wrong with the headers of a payload, in one line; also for payloads that hold no records.

use algorithm::text::excerpt;

/// The line about a Content-Type that is none of the expected ones.
///
/// ```
/// use records::headers::unexpected_type;
///
/// let line = unexpected_type("text/html", "text/csv");
/// assert_eq!(line, "Content-Type \"text/html\": expected text/csv");
/// assert_eq!(unexpected_type("", "text/csv"), "Content-Type is missing: expected text/csv");
/// ```
pub fn unexpected_type(content_type: &str, expected: &str) -> String {
    let found = match content_type.trim() {
        "" => "is missing".to_owned(),
        other => format!("\"{}\"", excerpt(other.as_bytes())),
    };
    format!("Content-Type {found}: expected {expected}")
}

/// Refuses a payload whose Content-Encoding says that it is compressed.
///
/// # Errors
/// The line that says so.
pub fn check_encoding(content_encoding: &str) -> Result<(), String> {
    let encoding = content_encoding.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return Ok(());
    }
    let found = format!("Content-Encoding \"{}\"", excerpt(encoding.as_bytes()));
    Err(compressed(&found))
}

pub(crate) fn compressed(found: &str) -> String {
    format!("{found}: expected a payload that is not compressed")
}
