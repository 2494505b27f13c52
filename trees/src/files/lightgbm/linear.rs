//! Leaves that are linear models, as `linear_tree` grows them.

use super::{
    error::{Error, invalid},
    fields::Fields,
};
use crate::linear::LinearLeaves;

/// Whether the leaves of the tree are linear models.
pub(super) fn is_linear(fields: &Fields<'_>) -> Result<bool, Error> {
    let is_linear = fields.get("is_linear");
    Ok(is_linear.map_or(Ok(0), |line| line.integer(1))? == 1)
}

/// Appends the tree's leaves, whose values are `leaf_values`.
pub(super) fn read(
    fields: &Fields<'_>,
    leaf_values: &[f64],
    n_features: usize,
    leaves: &mut LinearLeaves,
) -> Result<(), Error> {
    let n_leaves = leaf_values.len();
    let constants = match fields.get("leaf_const") {
        Some(list) => list.floats(n_leaves)?,
        None => vec![0.0; n_leaves],
    };
    let Some(counts) = fields.get("num_features") else {
        for (constant, value) in constants.into_iter().zip(leaf_values) {
            leaves.push(constant, *value, []);
        }
        return Ok(());
    };
    let (place, counts) = (counts.place, counts.integers(n_leaves)?);
    for (i, count) in counts.iter().enumerate() {
        if !(0..=n_features as i64).contains(count) {
            return invalid!("{place}[{i}]: found {count}, allowed are 0 to {n_features}");
        }
    }
    // Up to 2^31 leaves of up to 2^31 features do not overflow.
    let total = counts.iter().sum::<i64>() as usize;
    let features = fields.need("leaf_features")?;
    let (place, features) = (features.place, features.integers(total)?);
    let coefficients = fields.need("leaf_coeff")?.floats(total)?;
    for (i, feature) in features.iter().enumerate() {
        if !(0..n_features as i64).contains(feature) {
            let most = n_features - 1;
            return invalid!("{place}[{i}]: found {feature}, allowed are 0 to {most}");
        }
    }
    let mut terms = features
        .iter()
        .map(|feature| *feature as u32)
        .zip(coefficients);
    for ((constant, value), count) in constants.into_iter().zip(leaf_values).zip(counts) {
        leaves.push(constant, *value, terms.by_ref().take(count as usize));
    }
    Ok(())
}
