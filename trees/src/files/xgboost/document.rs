//! A document as it is read, in JSON or UBJSON: from front to back, once, without a tree of values in memory.

use super::error::Fault;

/// A document at the beginning of a value. Each method reads the whole value.
pub(super) trait Document: Sized {
    /// An object: calls `member` with each key, to read the key's value. Keys become part of an error's place.
    fn object(
        &mut self,
        member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault>;

    /// An array: calls `element` with each position, to read the value there. Positions become part of an
    /// error's place.
    fn array(
        &mut self,
        element: impl FnMut(&mut Self, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault>;

    fn text(&mut self) -> Result<String, Fault>;

    /// An array of whole numbers, or of booleans, which are 0 and 1.
    fn integers(&mut self) -> Result<Vec<i32>, Fault>;

    /// An array of numbers.
    fn floats(&mut self) -> Result<Vec<f32>, Fault>;

    /// Any value, which nobody needs.
    fn skip(&mut self) -> Result<(), Fault>;
}

/// A whole number that is too large for what XGBoost writes.
pub(super) fn too_large(position: usize, found: impl std::fmt::Display) -> Fault {
    let (least, most) = (i32::MIN, i32::MAX);
    Fault::invalid(format!("found {found}, allowed are {least} to {most}"))
        .at(format!("[{position}]"))
}
