//! Sorting a column once, at the start, by radix.

/// Below this many rows a comparison sort is faster.
const RADIX_FROM: usize = 3_000;
const DIGIT_BITS: u32 = 11;
const BUCKETS: usize = 1 << DIGIT_BITS;
/// Where the digits of the key (the upper 32 bits) begin.
const SHIFTS: [u32; 3] = [32, 32 + DIGIT_BITS, 32 + 2 * DIGIT_BITS];

/// The key of a missing value: after every other.
pub(crate) const MISSING: u32 = u32::MAX;

/// A key that sorts as the float does; `-0.0` and `0.0` are the same value and get the same key.
#[inline(always)]
pub(crate) fn key(value: f32) -> u32 {
    if value.is_nan() {
        return MISSING;
    }
    let bits = (value + 0.0).to_bits();
    bits ^ (((bits as i32 >> 31) as u32) | (1 << 31))
}

/// Sorts entries by their upper 32 bits and keeps the order of equal entries. `spare` has to be as long;
/// its contents are overwritten.
pub(super) fn sort_by_key(entries: &mut Vec<u64>, spare: &mut Vec<u64>) {
    if entries.len() < RADIX_FROM {
        entries.sort_by_key(|entry| entry >> 32);
        return;
    }
    let mut counts = vec![[0u32; BUCKETS]; SHIFTS.len()];
    for &entry in entries.iter() {
        for (counts, shift) in counts.iter_mut().zip(SHIFTS) {
            counts[(entry >> shift) as usize % BUCKETS] += 1;
        }
    }
    let n = entries.len() as u32;
    for (counts, shift) in counts.iter_mut().zip(SHIFTS) {
        if counts.contains(&n) {
            continue;
        }
        let mut at = 0;
        for count in counts.iter_mut() {
            at += std::mem::replace(count, at);
        }
        for &entry in entries.iter() {
            let next = &mut counts[(entry >> shift) as usize % BUCKETS];
            spare[*next as usize] = entry;
            *next += 1;
        }
        std::mem::swap(entries, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_floats_do() {
        let ascending = [
            f32::MIN,
            -1.0,
            -1e-45,
            0.0,
            1e-45,
            1.0,
            1.000_000_1,
            f32::MAX,
            f32::NAN,
        ];
        assert!(ascending.map(key).is_sorted_by(|a, b| a < b));
        assert_eq!(key(-0.0), key(0.0));
    }

    #[test]
    fn radix_agrees_with_comparison() {
        let mut state = 1u64;
        for spread in [1, 1000, u64::from(u32::MAX)] {
            let mut entries: Vec<u64> = (0..10_000u64)
                .map(|row| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    ((state >> 32) % spread) << 32 | row
                })
                .collect();
            let mut expected = entries.clone();
            expected.sort_unstable();
            let mut spare = vec![0; entries.len()];
            sort_by_key(&mut entries, &mut spare);
            assert_eq!(entries, expected);
        }
    }
}
