//! Random forests against a scorer that recurses through the nodes as they are in the file.

use proptest::prelude::*;

use super::{Aggregate, Forest, Layout, Leaf, Linked, Mode, Node, Weight};
use crate::number::Number;

/// One branch of a tree to grow: which leaf it takes the place of, and its fields.
type Growth = (prop::sample::Index, Mode, u32, usize, bool);

const FEATURES: usize = 4;

/// Values that thresholds and rows are taken from, so that they meet.
const VALUES: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-45,
    -1e-45,
    1e30,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    3.0,
];

fn modes(simple: bool) -> impl Strategy<Value = Mode> {
    let all = [
        Mode::Leq,
        Mode::Lt,
        Mode::Gt,
        Mode::Gte,
        Mode::Eq,
        Mode::Neq,
    ];
    let n = if simple { 4 } else { 6 };
    prop::sample::select(all[..n].to_vec())
}

fn trees(simple: bool) -> impl Strategy<Value = Vec<Vec<Growth>>> {
    let value = if simple { 0..9_usize } else { 0..VALUES.len() };
    let growth = (
        any::<prop::sample::Index>(),
        modes(simple),
        0..FEATURES as u32,
        value,
        any::<bool>(),
    );
    prop::collection::vec(prop::collection::vec(growth, 0..30), 1..20)
}

/// Links the trees. Each leaf has its own weights, for all targets or (`sparse`) for some.
fn link<T: Number>(trees: &[Vec<Growth>], slots: usize, sparse: bool) -> Linked<T> {
    let mut forest = Linked {
        nodes: Vec::new(),
        roots: Vec::new(),
        weights: Vec::new(),
    };
    let empty = Node::Leaf(Leaf { start: 0, end: 0 });
    for tree in trees {
        let root = forest.nodes.len() as u32;
        forest.roots.push(root);
        forest.nodes.push(empty);
        let mut leaves = vec![root];
        for (place, mode, feature, value, missing_true) in tree {
            let leaf = leaves.swap_remove(place.index(leaves.len()));
            let (true_child, false_child) =
                (forest.nodes.len() as u32, forest.nodes.len() as u32 + 1);
            forest.nodes.extend([empty, empty]);
            leaves.extend([true_child, false_child]);
            forest.nodes[leaf as usize] = Node::Branch {
                mode: *mode,
                missing_true: *missing_true,
                feature: *feature,
                value: T::from_f64(VALUES[*value]),
                true_child,
                false_child,
            };
        }
        for leaf in leaves {
            let start = forest.weights.len() as u32;
            for target in 0..slots as u32 {
                if !sparse || (leaf + target) % 3 != 0 {
                    // Sums of these depend on their order.
                    let value = T::from_f64(f64::from(leaf * 7 + target) / 10.0 - 3.0);
                    forest.weights.push(Weight { target, value });
                }
            }
            forest.nodes[leaf as usize] = Node::Leaf(Leaf {
                start,
                end: forest.weights.len() as u32,
            });
        }
    }
    forest
}

/// The leaf that a row reaches, by the words of the specification.
fn walk<T: Number>(forest: &Linked<T>, position: u32, row: &[T]) -> Leaf {
    match forest.nodes[position as usize] {
        Node::Leaf(leaf) => leaf,
        Node::Branch {
            mode,
            missing_true,
            feature,
            value,
            true_child,
            false_child,
        } => {
            let x = row[feature as usize];
            let holds = match mode {
                Mode::Leq => x <= value,
                Mode::Lt => x < value,
                Mode::Gte => x >= value,
                Mode::Gt => x > value,
                Mode::Eq => x == value,
                Mode::Neq => x != value,
            };
            let is_true = holds || (x.is_missing() && missing_true);
            walk(forest, if is_true { true_child } else { false_child }, row)
        }
    }
}

/// A row's sums and which of them a leaf has named.
fn naive<T: Number>(
    forest: &Linked<T>,
    row: &[T],
    aggregate: Aggregate,
    slots: usize,
) -> Vec<Option<f64>> {
    let mut sums: Vec<Option<T>> = vec![None; slots];
    for root in &forest.roots {
        let leaf = walk(forest, *root, row);
        for weight in &forest.weights[leaf.start as usize..leaf.end as usize] {
            let sum = &mut sums[weight.target as usize];
            *sum = Some(match (aggregate, *sum) {
                (Aggregate::Min, Some(sum)) => {
                    if weight.value < sum {
                        weight.value
                    } else {
                        sum
                    }
                }
                (Aggregate::Max, Some(sum)) => {
                    if weight.value > sum {
                        weight.value
                    } else {
                        sum
                    }
                }
                (Aggregate::Min | Aggregate::Max, None) => weight.value,
                (_, sum) => sum.unwrap_or(T::ZERO) + weight.value,
            });
        }
    }
    sums.into_iter()
        .map(|sum| sum.map(Number::to_f64))
        .collect()
}

fn check<T: Number>(
    trees: &[Vec<Growth>],
    rows: &[usize],
    slots: usize,
    sparse: bool,
    aggregate: Aggregate,
) -> Result<Layout<T>, TestCaseError> {
    let linked = link::<T>(trees, slots, sparse);
    let rows: Vec<T> = rows
        .iter()
        .map(|value| T::from_f64(VALUES[*value]))
        .collect();
    let rows = &rows[..rows.len() - rows.len() % FEATURES];
    let n_rows = rows.len() / FEATURES;
    let forest = Forest::new(linked.clone(), slots).unwrap();
    let mut sums = vec![T::ZERO; n_rows * slots];
    let mut named = vec![
        false;
        if forest.names_all() {
            0
        } else {
            n_rows * slots
        }
    ];
    forest.sum(rows, FEATURES, aggregate, slots, &mut sums, &mut named);
    for (i, row) in rows.chunks(FEATURES).enumerate() {
        for (target, expected) in naive(&linked, row, aggregate, slots)
            .into_iter()
            .enumerate()
        {
            let slot = i * slots + target;
            let is_named = forest.names_all() || named[slot];
            let found = is_named.then(|| sums[slot].to_f64());
            prop_assert_eq!(
                found.map(f64::to_bits),
                expected.map(f64::to_bits),
                "row {} {:?}",
                i,
                row
            );
        }
    }
    Ok(forest.layout)
}

fn aggregates() -> impl Strategy<Value = Aggregate> {
    prop::sample::select(vec![
        Aggregate::Sum,
        Aggregate::Average,
        Aggregate::Min,
        Aggregate::Max,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_forest(
        trees in trees(false),
        rows in prop::collection::vec(0..VALUES.len(), 0..200),
        slots in 1..4_usize,
        sparse: bool,
        aggregate in aggregates(),
    ) {
        check::<f32>(&trees, &rows, slots, sparse, aggregate)?;
        check::<f64>(&trees, &rows, slots, sparse, aggregate)?;
    }

    /// Forests of order comparisons with ordinary values take the packed form, and it is right.
    #[test]
    fn packed_forests(
        trees in trees(true),
        rows in prop::collection::vec(0..VALUES.len(), 0..200),
        slots in 1..4_usize,
        aggregate in aggregates(),
    ) {
        let layout = check::<f32>(&trees, &rows, slots, false, aggregate)?;
        prop_assert!(matches!(layout, Layout::Narrow(_)));
        check::<f64>(&trees, &rows, slots, false, aggregate)?;
    }
}

/// A comb of more nodes than 16 bits count takes the wide form.
#[test]
fn a_large_tree_is_wide() {
    let branch = |value: f32, child: u32| Node::Branch {
        mode: Mode::Leq,
        missing_true: false,
        feature: 0,
        value,
        true_child: child,
        false_child: child + 1,
    };
    let n = 40_000_u32;
    let mut nodes = vec![];
    for i in 0..n {
        nodes.push(branch((n - i) as f32, 2 * i + 2));
        nodes.push(Node::Leaf(Leaf {
            start: i,
            end: i + 1,
        }));
    }
    // Node 2i is a branch, its children are 2i + 2 (the next branch) and 2i + 3 (a leaf).
    nodes.push(Node::Leaf(Leaf {
        start: n,
        end: n + 1,
    }));
    nodes.push(Node::Leaf(Leaf {
        start: n,
        end: n + 1,
    }));
    let weights = (0..=n)
        .map(|i| Weight {
            target: 0,
            value: i as f32,
        })
        .collect();
    let linked = Linked {
        nodes,
        roots: vec![0],
        weights,
    };
    let forest = Forest::new(linked.clone(), 1).unwrap();
    assert!(matches!(forest.layout, Layout::Wide(_)));
    let rows: Vec<f32> = (0..100).map(|i| (i * 401) as f32).collect();
    let mut sums = vec![0.0; rows.len()];
    forest.sum(&rows, 1, Aggregate::Sum, 1, &mut sums, &mut []);
    for (row, sum) in rows.iter().zip(sums) {
        let leaf = linked.leaf(0, &[*row]);
        assert_eq!(sum, linked.weights[leaf.start as usize].value, "{row}");
    }
}

/// The `<=` that stands for another comparison holds for the same values, all of them but NaN.
#[test]
fn comparisons_as_leq() {
    for mode in [
        Mode::Leq,
        Mode::Lt,
        Mode::Gt,
        Mode::Gte,
        Mode::Eq,
        Mode::Neq,
    ] {
        for value in VALUES.map(|value| value as f32) {
            let Some((bound, swapped)) = mode.as_leq(value) else {
                let ordinary = value.is_finite() || value == f32::INFINITY;
                assert!(
                    !ordinary || matches!(mode, Mode::Eq | Mode::Neq),
                    "{mode:?} {value}"
                );
                continue;
            };
            let near = VALUES.map(|value| value as f32);
            let near = near
                .into_iter()
                .flat_map(|x| [x, x.next_up(), x.next_down()]);
            for x in near.filter(|x| !x.is_nan()) {
                assert_eq!(
                    (x <= bound) != swapped,
                    mode.holds(x, value),
                    "{x} {mode:?} {value}"
                );
            }
        }
    }
}
