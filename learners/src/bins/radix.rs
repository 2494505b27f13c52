//! Sorting the keys of a column.

/// Below this many keys a comparison sort is faster.
const RADIX_FROM: usize = 3_000;
const DIGIT_BITS: u32 = 11;
const BUCKETS: usize = 1 << DIGIT_BITS;
const SHIFTS: [u32; 3] = [0, DIGIT_BITS, 2 * DIGIT_BITS];

/// Sorts `keys`. `spare` has room for as many; its contents are overwritten.
pub(super) fn sort(keys: &mut Vec<u32>, spare: &mut Vec<u32>) {
    if keys.len() < RADIX_FROM {
        keys.sort_unstable();
        return;
    }
    let mut counts = vec![[0u32; BUCKETS]; SHIFTS.len()];
    for &key in keys.iter() {
        for (counts, shift) in counts.iter_mut().zip(SHIFTS) {
            counts[(key >> shift) as usize % BUCKETS] += 1;
        }
    }
    let n = keys.len();
    spare.resize(n, 0);
    for (counts, shift) in counts.iter_mut().zip(SHIFTS) {
        if counts.contains(&(n as u32)) {
            continue;
        }
        let mut at = 0;
        for count in counts.iter_mut() {
            at += std::mem::replace(count, at);
        }
        for &key in keys.iter() {
            let next = &mut counts[(key >> shift) as usize % BUCKETS];
            spare[*next as usize] = key;
            *next += 1;
        }
        std::mem::swap(keys, spare);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn radix_agrees_with_comparison() {
        let mut state = 1u64;
        for spread in [1, 1000, u64::from(u32::MAX)] {
            let mut keys: Vec<u32> = (0..10_000)
                .map(|_| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    ((state >> 32) % spread) as u32
                })
                .collect();
            let mut expected = keys.clone();
            expected.sort_unstable();
            super::sort(&mut keys, &mut vec![0; 10_000]);
            assert_eq!(keys, expected);
        }
    }
}
