//! Where a feature is cut.

use crate::exact::plan::threshold;

/// Cuts sorted keys into at most `max_bin` bins.
///
/// If there are more values than bins, each bin takes its share of the rows that are left, to the nearest end
/// of a value's rows; so a value with more rows than that gets a bin of its own, and the others share what
/// it leaves.
pub(super) fn cuts(sorted: &[u32], max_bin: usize) -> Vec<f32> {
    let runs = || sorted.chunk_by(|a, b| a == b);
    if runs().take(max_bin + 1).count() <= max_bin {
        return between(
            runs()
                .map(|run| run[0])
                .zip(runs().skip(1).map(|run| run[0])),
        );
    }
    let mut ends = Vec::with_capacity(max_bin);
    let mut start = 0;
    for bins_left in (2..=max_bin).rev() {
        let share = ((sorted.len() - start) as f64 / bins_left as f64).round() as usize;
        let wanted = start + share.max(1);
        let Some(&value) = sorted.get(wanted - 1) else {
            break;
        };
        let first = start + sorted[start..].partition_point(|&key| key < value);
        let after = first + sorted[first..].partition_point(|&key| key == value);
        let end = match first > start && wanted - first < after - wanted {
            true => first,
            false => after,
        };
        if end == sorted.len() {
            break;
        }
        ends.push((sorted[end - 1], sorted[end]));
        start = end;
    }
    between(ends.into_iter())
}

/// The cut between the values of each pair of keys.
fn between(pairs: impl Iterator<Item = (u32, u32)>) -> Vec<f32> {
    pairs
        .map(|(below, above)| cut(value(below), value(above)))
        .collect()
}

/// The cut between two values, which may be infinite.
fn cut(below: f32, above: f32) -> f32 {
    if above == f32::INFINITY {
        below
    } else {
        threshold(below, above)
    }
}

/// The value of a key: the inverse of `sort::key`.
fn value(key: u32) -> f32 {
    let mask = ((!key as i32 >> 31) as u32) | (1 << 31);
    f32::from_bits(key ^ mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::sort;

    #[test]
    fn a_key_gives_its_value_back() {
        for x in [
            f32::NEG_INFINITY,
            f32::MIN,
            -1.5,
            -1e-45,
            0.0,
            1e-45,
            2.5,
            f32::MAX,
            f32::INFINITY,
        ] {
            assert_eq!(value(sort::key(x)), x);
        }
    }

    #[test]
    fn infinite_values_are_values() {
        assert_eq!(cut(f32::NEG_INFINITY, 1.0), f32::NEG_INFINITY);
        assert_eq!(cut(f32::NEG_INFINITY, f32::INFINITY), f32::NEG_INFINITY);
        assert_eq!(cut(1.0, f32::INFINITY), 1.0);
    }

    #[test]
    fn bins_hold_about_equally_many_rows_and_heavy_values_are_alone() {
        // 0 has half of the rows, 1 to 1000 share the rest.
        let mut keys = vec![sort::key(0.0); 1000];
        keys.extend((1..=1000).map(|x| sort::key(x as f32)));
        let cuts = cuts(&keys, 11);
        assert_eq!(cuts.len(), 10);
        assert_eq!(cuts[0], 0.5);
        for pair in cuts[0..].windows(2) {
            assert!((80.0..=120.0).contains(&(pair[1] - pair[0])), "{cuts:?}");
        }
    }
}
