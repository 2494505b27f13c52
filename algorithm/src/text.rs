//! How messages quote what they found, and list what they know.

/// Characters of a quotation: enough to recognise the place.
const QUOTED: usize = 40;

/// The beginning of something that a client, a file or a user wrote, fit for a one-line message: up to 40
/// characters, control characters replaced.
///
/// ```
/// assert_eq!(algorithm::text::excerpt(b"abc\n"), "abc\u{fffd}");
/// ```
pub fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..4 * QUOTED).unwrap_or(bytes));
    let mut shown: String = text
        .chars()
        .take(QUOTED)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(QUOTED).is_some() || bytes.len() > 4 * QUOTED {
        shown.push('…');
    }
    shown
}

/// The first `most` of a list: `a, b and 7 more`.
///
/// ```
/// assert_eq!(algorithm::text::listed(["a", "b", "c"], 2), "a, b and 1 more");
/// ```
pub fn listed<I>(items: I, most: usize) -> String
where
    I: IntoIterator<Item: AsRef<str>, IntoIter: ExactSizeIterator>,
{
    let items = items.into_iter();
    let more = items.len().saturating_sub(most);
    let mut listed = String::new();
    for item in items.take(most) {
        if !listed.is_empty() {
            listed.push_str(", ");
        }
        listed.push_str(item.as_ref());
    }
    if more > 0 {
        listed.push_str(&format!(" and {more} more"));
    }
    listed
}
