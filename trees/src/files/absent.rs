//! What a sparse record leaves out, as the metadata of a model file say it: no format has a field for it.

use algorithm::Absent;

/// The key.
pub(super) const KEY: &str = "sparse_absent";

/// The value that says it.
pub(super) fn text(absent: Absent) -> &'static str {
    match absent {
        Absent::Zero => "zero",
        Absent::Missing => "missing",
    }
}

/// What a value says; `None` if it is none of ours.
pub(super) fn parse(value: &str) -> Option<Absent> {
    [Absent::Zero, Absent::Missing]
        .into_iter()
        .find(|absent| text(*absent) == value)
}
