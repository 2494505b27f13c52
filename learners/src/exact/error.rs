//! Why the engine refuses to grow a tree.

/// A refusal, in one sentence that says what was found and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Records, targets and weights have different lengths.
    #[error("found {found} {what} for {rows} rows, expected one for each")]
    Length {
        rows: usize,
        what: &'static str,
        found: usize,
    },
    /// Nothing to learn from.
    #[error("found no {0} to learn from, expected at least one")]
    Empty(&'static str),
    /// More than the engine can number.
    #[error("found {found} {what}, expected at most {allowed}")]
    TooMany {
        what: &'static str,
        found: usize,
        allowed: usize,
    },
    /// An infinite feature. The row is counted from 0, the column too, as in the name of the feature.
    #[error(
        "row {}: found {value} in feature_{column}, expected a finite number or NaN",
        row + 1
    )]
    Infinite {
        row: usize,
        column: usize,
        value: f32,
    },
    /// A weight that is no weight. The row is counted from 0.
    #[error("row {}: found the weight {value}, expected a finite number from 0", row + 1)]
    Weight { row: usize, value: f64 },
    /// A number that can't be learnt. The row is counted from 0.
    #[error("row {}: found the number {value}, expected {expected}", row + 1)]
    Number {
        row: usize,
        value: f32,
        expected: &'static str,
    },
    /// A class index beyond the number of classes that was set. The row is counted from 0.
    #[error("row {}: found the class {class}, expected 0 to {last}", row + 1)]
    Class {
        row: usize,
        class: usize,
        last: usize,
    },
    /// From linfa's own checks.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
