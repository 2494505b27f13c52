//! Which XGBoost wrote a file.

/// Its major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) i32, pub(super) i32);
