//! Medians as XGBoost defines them (`src/common/stats.h`), whatever the order of the values.

/// The median. Without weights it is interpolated between the middle two; with them it is the least value
/// such that it and those below have half of the weight.
/// None of no values.
pub(super) fn median(values: &mut [(f32, f32)], is_weighted: bool) -> Option<f32> {
    if is_weighted {
        weighted(values)
    } else {
        interpolated(values)
    }
}

fn interpolated(values: &mut [(f32, f32)]) -> Option<f32> {
    let n = values.len();
    let upper = n / 2;
    if n == 0 {
        return None;
    }
    let (below, &mut (v1, _), _) = values.select_nth_unstable_by(upper, |a, b| a.0.total_cmp(&b.0));
    if n % 2 == 1 {
        return Some(v1);
    }
    let v0 = below.iter().map(|v| v.0).fold(f32::NEG_INFINITY, f32::max);
    Some((f64::from(v0) + 0.5 * f64::from(v1 - v0)) as f32)
}

fn weighted(values: &mut [(f32, f32)]) -> Option<f32> {
    // Equal values in the order of their weights, so that rounding of the sums does not depend on the order of rows.
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = 0.5 * values.iter().map(|v| f64::from(v.1)).sum::<f64>();
    let mut sum = 0.0;
    let reached = values.iter().find(|v| {
        sum += f64::from(v.1);
        sum >= half
    });
    reached.or(values.last()).map(|v| v.0)
}
