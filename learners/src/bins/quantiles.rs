//! Where a feature is cut.

use crate::exact::plan::threshold;

/// Cuts sorted keys into at most `max_bin` bins.
///
/// If there are more values than bins, bins get about equally many rows. A value with more rows than that
/// gets a bin of its own, and the other values share the bins that are left (as LightGBM does it).
pub(super) fn cuts(sorted: &[u32], max_bin: usize) -> Vec<f32> {
    let runs = || sorted.chunk_by(|a, b| a == b);
    if runs().take(max_bin + 1).count() <= max_bin {
        return between(
            runs()
                .map(|run| run[0])
                .zip(runs().skip(1).map(|run| run[0])),
        );
    }
    let share = sorted.len() / max_bin;
    let is_heavy = |run: &[u32]| run.len() > share;
    let (mut bins_left, mut rows_left) = (max_bin, sorted.len());
    for run in runs().filter(|run| is_heavy(run)) {
        bins_left -= 1;
        rows_left -= run.len();
    }
    let mut ends = Vec::with_capacity(max_bin);
    let mut rows = 0;
    let mut all = runs().peekable();
    while let (Some(run), Some(next)) = (all.next(), all.peek()) {
        rows += run.len();
        if !is_heavy(run) {
            rows_left -= run.len();
        }
        // Rows of a bin, of those that are left.
        let share = rows_left as f64 / bins_left.max(1) as f64;
        let is_full = is_heavy(run)
            || rows as f64 >= share
            || (is_heavy(next) && rows as f64 >= (share / 2.0).max(1.0));
        if is_full {
            ends.push((run[0], next[0]));
            if ends.len() == max_bin - 1 {
                break;
            }
            if !is_heavy(run) {
                bins_left = bins_left.saturating_sub(1);
            }
            rows = 0;
        }
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
