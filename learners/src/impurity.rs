//! The measures of impurity: of the weights of a node's classes, and which there are of its numbers.

/// The impurity of a node of numbers that splits lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberCriterion {
    /// The variance: a leaf answers the mean, the best answer by squared error.
    SquaredError,
    /// Half the mean Poisson deviance, for counts and other numbers from 0. Both sides of a split have a mean
    /// above 0.
    Poisson,
}

/// Gini impurity, from the sum of the classes' squared weights and the sum `all` of their weights.
pub(crate) fn gini(squares: f64, all: f64) -> f64 {
    1.0 - squares / (all * all)
}

/// Shannon entropy in bits, from the classes' weights, each above 0, and their sum `all`.
pub(crate) fn entropy(weights: impl Iterator<Item = f64>, all: f64) -> f64 {
    let shares = weights.map(|weight| weight / all);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}
