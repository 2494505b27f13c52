//! How much each feature decides, by the splits on it.

use algorithm::report::Importances;

/// Gain, cover and frequency of each feature, as `xgb.importance` of XGBoost's R package has them: parts of their
/// sums. `gain` has one number a feature; of each split `splits` has the feature and the cover. The meanings are
/// those of gain and cover.
pub(crate) fn importances(
    gain: Vec<f64>,
    splits: impl Iterator<Item = (usize, f64)>,
    [of_gain, of_cover]: [&'static str; 2],
) -> Vec<Importances> {
    let mut covers = vec![0.0; gain.len()];
    let mut counts = vec![0.0; gain.len()];
    for (feature, cover) in splits {
        covers[feature] += cover;
        counts[feature] += 1.0;
    }
    let of_splits = "How many of all splits are on a feature.";
    let all = [
        ("gain", gain, of_gain),
        ("cover", covers, of_cover),
        ("frequency", counts, of_splits),
    ];
    all.map(|(name, values, meaning)| Importances {
        name,
        values: parts(values),
        meaning,
    })
    .into()
}

/// Parts of the sum; all 0 if there is nothing.
pub(crate) fn parts(mut values: Vec<f64>) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_counted_and_weighed() {
        let splits = [(0, 8.0), (2, 6.0), (0, 2.0)];
        let found = importances(vec![1.0, 0.0, 3.0], splits.into_iter(), ["a", "b"]);
        let values: Vec<(&str, &[f64])> = found
            .iter()
            .map(|one| (one.name, &one.values[..]))
            .collect();
        assert_eq!(
            values,
            [
                ("gain", &[0.25, 0.0, 0.75][..]),
                ("cover", &[0.625, 0.0, 0.375]),
                ("frequency", &[2.0 / 3.0, 0.0, 1.0 / 3.0]),
            ]
        );
        let none = importances(vec![0.0], std::iter::empty(), ["a", "b"]);
        assert!(none.iter().all(|one| one.values == [0.0]));
    }
}
