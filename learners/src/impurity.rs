//! The two measures of impurity, over the weights of a node's classes.

/// Gini impurity, from the sum of the classes' squared weights and the sum `all` of their weights.
pub(crate) fn gini(squares: f64, all: f64) -> f64 {
    1.0 - squares / (all * all)
}

/// Shannon entropy in bits, from the classes' weights, each above 0, and their sum `all`.
pub(crate) fn entropy(weights: impl Iterator<Item = f64>, all: f64) -> f64 {
    let shares = weights.map(|weight| weight / all);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}
