//! Which class a row of values stands for.

/// The position of the first of the largest values. NaN is never chosen, unless all are; 0 if there are none.
///
/// ```
/// use algorithm::first_largest;
///
/// assert_eq!(first_largest([0.25, 0.5, 0.5]), 1);
/// assert_eq!(first_largest([f32::NAN, 0.0]), 1);
/// ```
#[inline]
pub fn first_largest<T: PartialOrd>(values: impl IntoIterator<Item = T>) -> u32 {
    let mut best: Option<(u32, T)> = None;
    for (position, value) in (0..).zip(values) {
        let is_number = value.partial_cmp(&value).is_some();
        if is_number && best.as_ref().is_none_or(|(_, best)| value > *best) {
            best = Some((position, value));
        }
    }
    best.map_or(0, |(position, _)| position)
}
