use algorithm::{Features, Labels, Table, Target};
use ndarray::Array2;
use proptest::prelude::*;

use super::{curve::*, reached::*, *};
use crate::{Tree, grow, tree::samples::two_splits};

fn table(rows: &[(f32, usize)]) -> Table {
    let values = rows.iter().map(|row| row.0).collect();
    Table {
        records: Array2::from_shape_vec((rows.len(), 1), values).unwrap(),
        target: Target::Classes {
            labels: Labels::Integers(vec![0, 1, 2]),
            of_row: rows.iter().map(|row| row.1).collect(),
        },
        weights: None,
        features: Features::unnamed(1),
        absent: None,
    }
}

fn reached(tree: &Tree, rows: &[(f32, usize)]) -> Reached {
    let table = table(rows);
    let settings = defaults();
    let file = crate::to_onnx(tree, &table, &settings).unwrap();
    let model = Model::load(&file).unwrap();
    Reached::new(&model, &table, &Default::default())
}

fn defaults() -> algorithm::Settings {
    algorithm::Settings::parse(&[crate::parameters::TABLE], &Default::default()).unwrap()
}

#[test]
fn the_tree_unfolds_by_the_largest_decrease_and_ends_as_it_is() {
    let tree = two_splits([&[(0, 3.0), (1, 1.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    let rows = [(0.0, 0), (0.0, 0), (0.0, 0), (0.0, 1), (5.0, 1), (9.0, 2)];
    let validation = reached(&tree, &[(0.0, 0), (9.0, 2)]);
    let points = curve(&tree, &reached(&tree, &rows), Some(&validation));
    let found: Vec<_> = points
        .iter()
        .map(|point| (point.n_leaves, point.train, point.validation))
        .collect();
    // The whole predicts 1 (weight 5); of the two children, 0 and 1 (the first of equals).
    let expected = [
        (1, 2.0 / 6.0, Some(0.0)),
        (2, 4.0 / 6.0, Some(0.5)),
        (3, 5.0 / 6.0, Some(1.0)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn long_curves_are_thinned_and_keep_their_ends() {
    let points: Vec<Point> = (1..=100_000)
        .map(|n_leaves| Point {
            n_leaves,
            train: 0.5,
            validation: None,
        })
        .collect();
    let drawn = thinned(&points);
    assert!((200..=POINTS + 2).contains(&drawn.len()), "{}", drawn.len());
    assert_eq!(drawn.first(), points.first());
    assert_eq!(drawn.last(), points.last());
    assert_eq!(thinned(&points[..1]), points[..1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Every prefix of the curve is the tree that `max_leaf_nodes` grows, and the training rows end where
    /// they were when the tree was grown.
    #[test]
    fn smaller_trees_are_those_of_max_leaf_nodes(
        values in prop::collection::vec(0..40_u8, 60),
        labels in prop::collection::vec(0..3_usize, 60),
        limit in 2..20_usize,
    ) {
        let rows: Vec<(f32, usize)> = values.into_iter().map(f32::from).zip(labels).collect();
        let table = table(&rows);
        let grown = |limit: usize| {
            let given = [("max_leaf_nodes".to_owned(), limit.to_string())].into();
            let settings = algorithm::Settings::parse(&[crate::parameters::TABLE], &given).unwrap();
            grow(&table, &settings, Default::default()).unwrap()
        };
        let whole = grown(1000);
        let train = reached(&whole, &rows);
        for (at, node) in whole.nodes.iter().enumerate() {
            let arrived: u64 = train.leaf(at).iter().map(|cell| cell.n_rows).sum();
            let expected = if node.split.is_none() { node.n_node_samples } else { 0 };
            prop_assert_eq!(arrived as usize, expected);
        }
        let points = curve(&whole, &train, None);
        let smaller = grown(limit);
        let point = points[smaller.n_leaves() - 1];
        let last = curve(&smaller, &reached(&smaller, &rows), None).pop().unwrap();
        prop_assert_eq!(point, last);
    }
}
