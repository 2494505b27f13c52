use ndarray::{Array2, ArrayView2, ShapeBuilder};

use super::*;

/// Values with ties, of every magnitude, some missing.
fn table(n_rows: usize, n_features: usize, seed: u64) -> Array2<f32> {
    let mut state = seed;
    Array2::from_shape_simple_fn((n_rows, n_features), || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let x = (state >> 40) as f32 / 16_777_216.0;
        match state >> 33 & 15 {
            0 => f32::NAN,
            1..4 => 0.5,
            4..8 => (x * 10.0).round(),
            8..10 => -x * 1e-30,
            10 => x * 1e30,
            _ => x,
        }
    })
}

fn check(bins: &Bins, records: ArrayView2<'_, f32>) {
    for ((row, feature), &x) in records.indexed_iter() {
        let cuts = bins.cuts(feature);
        assert!(cuts.is_sorted_by(|a, b| a < b));
        let expected = match x.is_nan() {
            true => MISSING,
            false => cuts.iter().filter(|&&cut| x > cut).count() as u8,
        };
        assert_eq!(bins.bin(row, feature), expected, "{x} {cuts:?}");
    }
}

#[test]
fn a_bin_is_the_number_of_cuts_below_the_value() {
    for (n_features, max_bin) in [(1, 256), (5, 2), (9, 17), (20, 256), (37, 300)] {
        let records = table(2_000, n_features, max_bin as u64);
        let bins = Bins::new(records.view(), max_bin);
        check(&bins, records.view());
        let other = table(300, n_features, 99);
        check(&bins.like(other.view()), other.view());
        for feature in 0..n_features {
            assert!(bins.cuts(feature).len() < max_bin.min(255));
            assert!(bins.has_missing(feature));
        }
    }
}

#[test]
fn few_values_are_cut_between_all_of_them() {
    let records = Array2::from_shape_fn((1_000, 1), |(row, _)| (row % 256) as f32);
    let bins = Bins::new(records.view(), 256);
    assert_eq!(
        bins.cuts(0),
        (0..255).map(|b| b as f32 + 0.5).collect::<Vec<_>>()
    );
    assert_eq!(bins.bin(255, 0), 255);
    assert!(!bins.has_missing(0));
}

#[test]
fn columns_without_values_have_one_bin() {
    let records = ndarray::array![[f32::NAN, 3.0], [f32::NAN, 3.0]];
    let bins = Bins::new(records.view(), 256);
    assert_eq!((bins.cuts(0), bins.cuts(1)), (&[][..], &[][..]));
    assert_eq!((bins.bin(0, 0), bins.bin(0, 1)), (MISSING, 0));
    assert_eq!(Bins::new(Array2::zeros((0, 3)).view(), 256).n_rows(), 0);
    assert_eq!(Bins::new(Array2::zeros((3, 0)).view(), 256).n_features(), 0);
}

#[test]
fn order_layout_and_threads_do_not_matter() {
    let records = table(5_000, 19, 7);
    let bins = Bins::new(records.view(), 256);
    let mut column_major = Array2::zeros((5_000, 19).f());
    for ((row, feature), x) in column_major.indexed_iter_mut() {
        *x = records[(4_999 - row, feature)];
    }
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let again = pool.install(|| Bins::new(column_major.view(), 256));
        for feature in 0..19 {
            assert_eq!(bins.cuts(feature), again.cuts(feature));
            for row in 0..5_000 {
                assert_eq!(bins.bin(row, feature), again.bin(4_999 - row, feature));
            }
        }
    }
}
