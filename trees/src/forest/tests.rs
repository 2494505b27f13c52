//! Random forests against a scorer that recurses through the nodes as they are in the file.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{
    Aggregate, Block, Categories, Checked, Forest, Layout, Leaf, LeafIndices, LinkError, Linked,
    Missing, Mode, Node, Step, Sums, Test, Weight, ZERO,
};
use crate::number::Number;

/// One branch of a tree to grow: which leaf it takes the place of, and its fields; without a mode it asks for a
/// set.
type Growth = (prop::sample::Index, Option<Mode>, u32, usize, bool);

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

/// Further values, so that a feature has more thresholds than a byte counts.
const MORE_VALUES: usize = 700;

/// The value of a number: one of `VALUES`, one of `MORE_VALUES` others, or a category.
fn value(number: usize) -> f64 {
    let more = || match number - VALUES.len() {
        number @ ..MORE_VALUES => number as f64 / 7.0 - 50.0,
        number => (number - MORE_VALUES) as f64,
    };
    VALUES.get(number).copied().unwrap_or_else(more)
}

/// The number of a category for [`value`].
fn of_category(category: usize) -> usize {
    VALUES.len() + MORE_VALUES + category
}

/// Categories of most sets are below.
const CATEGORIES: usize = 600;

/// Categories beyond all ranks.
const LARGE: [usize; 3] = [65_533, 65_534, 70_000];

/// Sets that the branches test for, each by its number.
fn set(number: usize) -> Categories {
    match number {
        0 => Categories::new(vec![0b1011], false),
        1 => Categories::new(vec![1, 2], true),
        2 => Categories::new(vec![], false),
        3 => Categories::of([5, 300, LARGE[0] as u32].into_iter()),
        4 => Categories::of([5, LARGE[1] as u32, LARGE[2] as u32].into_iter()),
        _ => {
            // Half of the categories each.
            let word = |i: u32| {
                let x = (number as u32 * 1024 + i).wrapping_mul(0x7feb_352d);
                let x = (x ^ x >> 15).wrapping_mul(0x846c_a68b);
                x ^ x >> 16
            };
            let words = (0..CATEGORIES as u32 / 32).map(word);
            Categories::new(words.collect(), number.is_multiple_of(8))
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tests {
    /// Comparisons that `<=` can stand for.
    Ordered,
    All,
    /// Mostly whether it is in a set.
    Sets,
}

fn modes(tests: Tests) -> impl Strategy<Value = Option<Mode>> {
    let all = [
        Some(Mode::Leq),
        Some(Mode::Lt),
        Some(Mode::Gt),
        Some(Mode::Gte),
        Some(Mode::Eq),
        Some(Mode::Neq),
        None,
    ];
    prop::sample::select(match tests {
        Tests::Ordered => all[..4].to_vec(),
        Tests::All => all.to_vec(),
        Tests::Sets => vec![Some(Mode::Leq), None, None, None],
    })
}

/// Trees of up to `leaves` leaves.
fn trees(
    tests: Tests,
    leaves: usize,
    n_trees: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<Vec<Growth>>> {
    let value = match tests {
        Tests::Ordered => (0..9_usize).boxed(),
        Tests::All | Tests::Sets => values().boxed(),
    };
    let growth = (
        any::<prop::sample::Index>(),
        modes(tests),
        0..FEATURES as u32,
        value,
        any::<bool>(),
    );
    prop::collection::vec(prop::collection::vec(growth, 0..leaves), n_trees)
}

/// Where zeros are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zeros {
    Nowhere,
    /// In all branches of feature 1.
    InFeature,
    /// There, and in some branches of feature 2.
    InBranches,
}

fn zeros(of: &'static [Zeros]) -> impl Strategy<Value = Zeros> {
    prop::sample::select(of)
}

fn missing(zeros: Zeros, feature: u32, value: usize) -> Missing {
    match (zeros, feature) {
        (Zeros::InFeature | Zeros::InBranches, 1) => Missing::Zero,
        (Zeros::InBranches, 2) if value.is_multiple_of(3) => Missing::Zero,
        _ => Missing::Nan,
    }
}

/// Values by their numbers.
fn values() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..VALUES.len(),
        0..of_category(0),
        of_category(0)..of_category(CATEGORIES + 100),
        prop::sample::select(LARGE.map(of_category).to_vec()),
    ]
}

/// Row values by their numbers, up to 100 rows.
fn rows() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(values(), 0..100 * FEATURES)
}

/// Which weights a leaf has.
#[derive(Clone, Copy, Debug)]
enum Weights {
    /// For all targets.
    All,
    /// For some.
    Some,
    /// For the target of its tree, as in a boosted classifier.
    OfTree,
}

fn weights() -> impl Strategy<Value = Weights> {
    prop::sample::select(vec![Weights::All, Weights::Some, Weights::OfTree])
}

/// Links the trees. Each leaf has its own weights.
fn link<T: Number>(
    trees: &[Vec<Growth>],
    slots: usize,
    weights: Weights,
    zeros: Zeros,
) -> Linked<T> {
    let mut forest = Linked {
        nodes: Vec::new(),
        roots: Vec::new(),
        weights: Vec::new(),
        sets: Vec::new(),
        covers: Vec::new(),
    };
    let empty = Node::Leaf(Leaf { start: 0, end: 0 });
    for (number, tree) in trees.iter().enumerate() {
        let root = forest.nodes.len() as u32;
        forest.roots.push(root);
        forest.nodes.push(empty);
        let mut leaves = vec![root];
        for (place, mode, feature, number, missing_true) in tree {
            let leaf = leaves.swap_remove(place.index(leaves.len()));
            let (true_child, false_child) =
                (forest.nodes.len() as u32, forest.nodes.len() as u32 + 1);
            forest.nodes.extend([empty, empty]);
            leaves.extend([true_child, false_child]);
            forest.nodes[leaf as usize] = Node::Branch {
                missing: missing(zeros, *feature, *number),
                missing_true: *missing_true,
                feature: *feature,
                test: match mode {
                    Some(mode) => Test::Compare(*mode, T::from_f64(value(*number))),
                    None => {
                        forest.sets.push(set(*number % 64));
                        Test::Member(forest.sets.len() as u32 - 1)
                    }
                },
                true_child,
                false_child,
            };
        }
        for leaf in leaves {
            let start = forest.weights.len() as u32;
            for target in 0..slots as u32 {
                let has_weight = match weights {
                    Weights::All => true,
                    Weights::Some => (leaf + target) % 3 != 0,
                    Weights::OfTree => target as usize == number % slots,
                };
                if has_weight {
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

/// The position and weights of the leaf that a row reaches, as the specification defines it.
fn walk<T: Number>(forest: &Linked<T>, position: u32, row: &[T]) -> (u32, Leaf) {
    match forest.nodes[position as usize] {
        Node::Leaf(leaf) => (position, leaf),
        Node::Branch {
            test,
            missing,
            missing_true,
            feature,
            true_child,
            false_child,
        } => {
            let x = row[feature as usize];
            let holds = match test {
                Test::Compare(Mode::Leq, value) => x <= value,
                Test::Compare(Mode::Lt, value) => x < value,
                Test::Compare(Mode::Gte, value) => x >= value,
                Test::Compare(Mode::Gt, value) => x > value,
                Test::Compare(Mode::Eq, value) => x == value,
                Test::Compare(Mode::Neq, value) => x != value,
                Test::Member(set) => forest.sets[set as usize].contains(x.to_f64()),
            };
            let is_true = if missing == Missing::Zero && x.to_f64().abs() <= ZERO {
                missing_true
            } else {
                holds || (x.is_missing() && missing_true)
            };
            walk(forest, if is_true { true_child } else { false_child }, row)
        }
    }
}

/// A row's sums; `None` for one that no leaf has touched.
fn naive<T: Number>(
    forest: &Linked<T>,
    row: &[T],
    aggregate: Aggregate,
    slots: usize,
) -> Vec<Option<f64>> {
    let mut sums: Vec<Option<T>> = vec![None; slots];
    for root in &forest.roots {
        let (_, leaf) = walk(forest, *root, row);
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

/// Every layout that can hold the trees gives the rows the sums, leaves and paths that they should have. Returns
/// the names of these layouts.
fn check<T: Number>(
    trees: &[Vec<Growth>],
    rows: &[usize],
    slots: usize,
    weights: Weights,
    zeros: Zeros,
    aggregate: Aggregate,
) -> Result<Vec<&'static str>, TestCaseError> {
    let linked = link::<T>(trees, slots, weights, zeros);
    let rows: Vec<T> = rows
        .iter()
        .map(|number| T::from_f64(value(*number)))
        .collect();
    let rows = &rows[..rows.len() - rows.len() % FEATURES];
    let mut names = Vec::new();
    // Without a candidate the nodes stay as they are.
    for candidate in Layout::CANDIDATES.chunks(1).chain([&[][..]]) {
        let forest = Forest::with(Checked::new(linked.clone()).unwrap(), slots, candidate);
        let name = forest.layout.name();
        if names.contains(&name) {
            continue;
        }
        names.push(name);
        check_forest(&forest, &linked, rows, slots, aggregate)?;
    }
    Ok(names)
}

fn check_forest<T: Number>(
    forest: &Forest<T>,
    linked: &Linked<T>,
    rows: &[T],
    slots: usize,
    aggregate: Aggregate,
) -> Result<(), TestCaseError> {
    let n_rows = rows.len() / FEATURES;
    let mut prepared = rows.to_vec();
    forest.prepare(&mut prepared, FEATURES);
    if forest.takes_any_row() {
        prop_assert_eq!(format!("{:?}", rows), format!("{:?}", prepared));
    }
    let block = Block::new(&prepared, FEATURES);
    check_leaves(forest, linked, block, rows)?;
    check_paths(forest, linked, block, rows)?;
    let mut sums = vec![T::ZERO; n_rows * slots];
    let mut touched = vec![
        false;
        if forest.touches_all() {
            0
        } else {
            n_rows * slots
        }
    ];
    let into = Sums {
        slots,
        values: &mut sums,
        touched: &mut touched,
    };
    forest.sum(block, aggregate, into);
    for (i, row) in rows.chunks(FEATURES).enumerate() {
        for (target, expected) in naive(linked, row, aggregate, slots).into_iter().enumerate() {
            let slot = i * slots + target;
            let is_touched = forest.touches_all() || touched[slot];
            let found = is_touched.then(|| sums[slot].to_f64());
            prop_assert_eq!(
                found.map(f64::to_bits),
                expected.map(f64::to_bits),
                "row {} {:?}",
                i,
                row
            );
        }
    }
    Ok(())
}

/// The leaves of all rows in all trees, between the leaves of other trees.
fn check_leaves<T: Number>(
    forest: &Forest<T>,
    linked: &Linked<T>,
    block: Block<'_, T>,
    rows: &[T],
) -> Result<(), TestCaseError> {
    let n_trees = linked.roots.len();
    let (stride, first) = (n_trees + 3, 2);
    let mut indices = vec![u32::MAX; block.n_rows() * stride];
    let leaves = LeafIndices {
        indices: &mut indices,
        stride,
        first,
    };
    forest.apply(block, leaves);
    for (row, indices) in rows.chunks(FEATURES).zip(indices.chunks(stride)) {
        let expected = linked.roots.iter().map(|root| {
            let (position, _) = walk(linked, *root, row);
            position - root
        });
        prop_assert_eq!(
            &indices[first..first + n_trees],
            expected.collect::<Vec<_>>()
        );
        prop_assert_eq!([indices[0], indices[1], indices[stride - 1]], [u32::MAX; 3]);
    }
    Ok(())
}

/// The path through a single tree has the branches of the file, with their own comparisons.
fn check_paths<T: Number>(
    forest: &Forest<T>,
    linked: &Linked<T>,
    block: Block<'_, T>,
    rows: &[T],
) -> Result<(), TestCaseError> {
    for (prepared, row) in block.rows.chunks(FEATURES).zip(rows.chunks(FEATURES)) {
        let Some(path) = forest.path(prepared) else {
            prop_assert!(linked.roots.len() > 1);
            continue;
        };
        let mut position = linked.roots[0];
        for step in path {
            let Node::Branch {
                test,
                missing,
                missing_true,
                feature,
                true_child,
                false_child,
            } = linked.nodes[position as usize]
            else {
                return Err(TestCaseError::fail("the path goes on after a leaf"));
            };
            let x = row[feature as usize];
            let goes_true = test.goes_true(missing, missing_true, x, &linked.sets);
            let feature = feature as usize;
            let expected = Step {
                feature,
                x: prepared[feature],
                test,
                set: match test {
                    Test::Member(set) => Some(linked.sets[set as usize].clone()),
                    Test::Compare(..) => None,
                },
                goes_true,
            };
            prop_assert_eq!(format!("{step:?}"), format!("{expected:?}"));
            position = if goes_true { true_child } else { false_child };
        }
        prop_assert!(matches!(linked.nodes[position as usize], Node::Leaf(_)));
    }
    Ok(())
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
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_forest(
        trees in trees(Tests::All, 30, 1..40),
        rows in rows(),
        slots in 1..4_usize,
        weights in weights(),
        zeros in zeros(&[Zeros::Nowhere, Zeros::InFeature, Zeros::InBranches]),
        aggregate in aggregates(),
    ) {
        check::<f32>(&trees, &rows, slots, weights, zeros, aggregate)?;
        check::<f64>(&trees, &rows, slots, weights, zeros, aggregate)?;
    }

    /// Of trees of more than 32 leaves.
    #[test]
    fn larger_trees(
        trees in trees(Tests::All, 90, 4..12),
        rows in rows(),
        slots in 1..4_usize,
        weights in weights(),
    ) {
        check::<f32>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
        check::<f64>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
    }

    /// Sets that tell more categories apart than a byte counts.
    #[test]
    fn sets_of_many_categories(
        trees in trees(Tests::Sets, 31, 16..40),
        rows in rows(),
        slots in 1..4_usize,
        weights in weights(),
    ) {
        check::<f32>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
        check::<f64>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
    }

    /// Forests of order comparisons with ordinary values take all layouts that their trees are large enough for.
    #[test]
    fn ordered_forests(
        trees in trees(Tests::Ordered, 31, 4..20),
        rows in rows(),
        slots in 1..4_usize,
        zeros in zeros(&[Zeros::Nowhere, Zeros::InFeature]),
        aggregate in aggregates(),
    ) {
        let layouts = check::<f32>(&trees, &rows, slots, Weights::All, zeros, aggregate)?;
        prop_assert!(layouts.contains(&"narrow") && layouts.contains(&"wide"));
        let n_nodes: usize = trees.iter().map(|tree| 2 * tree.len() + 1).sum();
        prop_assert_eq!(layouts.contains(&"small"), n_nodes >= trees.len() * 15);
        prop_assert_eq!(layouts.contains(&"medium"), n_nodes >= trees.len() * 31);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8) })]

    /// More trees than share the ranks of a row.
    #[test]
    fn many_trees(
        trees in trees(Tests::All, 20, 500..700),
        rows in rows(),
        slots in 1..4_usize,
        weights in weights(),
    ) {
        check::<f32>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
        check::<f64>(&trees, &rows, slots, weights, Zeros::Nowhere, Aggregate::Sum)?;
    }
}

/// Full trees that ask for sets alone, of many categories each, take the masks, and their planes are wide.
#[test]
fn many_categories_are_planes() {
    let mut runner = TestRunner::deterministic();
    let mut grow = |tree: usize, i: usize| {
        let place = any::<prop::sample::Index>().new_tree(&mut runner).unwrap();
        let number = 5 + (31 * tree + i) % 59;
        (
            place.current(),
            None,
            (i % 2) as u32,
            number,
            i.is_multiple_of(3),
        )
    };
    let trees = (0..20).map(|tree| (0..31).map(|i| grow(tree, i)).collect());
    let trees: Vec<Vec<Growth>> = trees.collect();
    let linked = link::<f32>(&trees, 1, Weights::All, Zeros::Nowhere);
    let forest = Forest::new(Checked::new(linked.clone()).unwrap(), 1);
    let Layout::Small(masks) = &forest.layout else {
        panic!("{}", forest.layout.name());
    };
    assert!(masks.has_wide_planes());
    let rows: Vec<f32> = (0..CATEGORIES * FEATURES).map(|i| (i / 3) as f32).collect();
    check_forest(&forest, &linked, &rows, 1, Aggregate::Sum).unwrap();
}

/// A comb of more nodes than 16 bits count takes the wide form.
#[test]
fn a_large_tree_is_wide() {
    let branch = |value: f32, child: u32| Node::Branch {
        test: Test::Compare(Mode::Leq, value),
        missing: Missing::Nan,
        missing_true: false,
        feature: 0,
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
        sets: Vec::new(),
        covers: Vec::new(),
    };
    let forest = Forest::new(Checked::new(linked.clone()).unwrap(), 1);
    assert!(matches!(forest.layout, Layout::Wide(_)));
    let rows: Vec<f32> = (0..100).map(|i| (i * 401) as f32).collect();
    let mut sums = vec![0.0; rows.len()];
    let block = Block::new(&rows, 1);
    let into = Sums {
        slots: 1,
        values: &mut sums,
        touched: &mut [],
    };
    forest.sum(block, Aggregate::Sum, into);
    for (row, sum) in rows.iter().zip(sums) {
        let (_, leaf) = linked.leaf(0, &[*row]);
        assert_eq!(sum, linked.weights[leaf.start as usize].value, "{row}");
    }
}

/// A file whose reader did not look at its links.
fn linked(children: &[Option<[u32; 2]>], roots: &[u32]) -> Linked<f32> {
    let node = |children: &Option<[u32; 2]>| match children {
        Some([true_child, false_child]) => Node::Branch {
            test: Test::Compare(Mode::Leq, 0.0),
            missing: Missing::Nan,
            missing_true: false,
            feature: 0,
            true_child: *true_child,
            false_child: *false_child,
        },
        None => Node::Leaf(Leaf { start: 0, end: 1 }),
    };
    Linked {
        nodes: children.iter().map(node).collect(),
        roots: roots.to_vec(),
        weights: vec![Weight {
            target: 0,
            value: 1.0,
        }],
        sets: Vec::new(),
        covers: Vec::new(),
    }
}

#[test]
fn links_lead_to_nodes_and_never_back() {
    let error = |children: &[Option<[u32; 2]>], roots: &[u32]| {
        Checked::new(linked(children, roots))
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(error(&[Some([1, 2]), None], &[0]), LinkError::NoNode(2, 2));
    assert_eq!(error(&[None], &[1]), LinkError::NoNode(1, 1));
    assert_eq!(error(&[Some([0, 1]), None], &[0]), LinkError::Cycle(0));
    let back = [Some([1, 2]), Some([2, 0]), None];
    assert_eq!(error(&back, &[0]), LinkError::Cycle(0));
    assert_eq!(
        error(&back, &[3]).to_string(),
        "found a link to the node at position 3, allowed are positions below 3"
    );
}

/// Leaves count from the first of the tree's nodes, also if that is not the root, or if trees share nodes.
#[test]
fn leaves_of_unusual_trees() {
    let leaves = |children: &[Option<[u32; 2]>], roots: &[u32]| {
        let forest = Forest::new(Checked::new(linked(children, roots)).unwrap(), 1);
        let mut indices = vec![0; 2 * roots.len()];
        let block = Block::new(&[0.0, 1.0], 1);
        let into = LeafIndices {
            indices: &mut indices,
            stride: roots.len(),
            first: 0,
        };
        forest.apply(block, into);
        (indices, matches!(forest.layout, Layout::Linked(_)))
    };
    let root_last = [None, None, None, Some([1, 2])];
    assert_eq!(leaves(&root_last, &[3]), (vec![0, 1], false));
    assert_eq!(leaves(&root_last, &[3, 0]), (vec![0, 0, 1, 0], false));
    let shared = [None, Some([2, 3]), None, Some([2, 4]), None];
    assert_eq!(leaves(&shared, &[1, 3]), (vec![1, 0, 3, 2], true));
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
