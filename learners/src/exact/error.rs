//! Why the engine refuses to grow a tree.

/// A refusal, in one sentence that says what was found and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Records, targets and weights have different lengths.
    #[error("{rows} rows have {found} {what}; allowed is one for each row")]
    Length {
        rows: usize,
        what: &'static str,
        found: usize,
    },
    /// Nothing to learn from.
    #[error("there are no {0} to learn from; at least one is needed")]
    Empty(&'static str),
    /// More than the engine can number.
    #[error("there are {found} {what}; at most {allowed} are allowed")]
    TooMany {
        what: &'static str,
        found: usize,
        allowed: usize,
    },
    /// An infinite feature. Row and column are counted from 0.
    #[error(
        "row {row}, column {column} (counted from 0) is {value}; allowed is a finite number or NaN"
    )]
    Infinite {
        row: usize,
        column: usize,
        value: f32,
    },
    /// A weight that is no weight. The row is counted from 0.
    #[error("row {row} (counted from 0) has the weight {value}; allowed is a finite number from 0")]
    Weight { row: usize, value: f64 },
    /// A class index beyond the number of classes that was set. The row is counted from 0.
    #[error("row {row} (counted from 0) has the class {class}; allowed is 0 to {last}")]
    Class {
        row: usize,
        class: usize,
        last: usize,
    },
    /// From linfa's own checks.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}
