//! Random forests against SHAP values by their definition: the mean over all orders of the features.

use proptest::prelude::*;

use super::TreeShap;
use crate::{
    forest::{Block, Categories, Leaf, Linked, Missing, Mode, Node, Test, Weight},
    number::Number,
};

const FEATURES: usize = 5;

const VALUES: [f64; 6] = [0.0, 1.0, 2.0, 2.5, -1.0, f64::NAN];

/// Parts of a branch's cover that its true child has.
const PARTS: [f64; 6] = [0.0, 0.25, 0.5, 0.125, 1.0, 1e-6];

/// Which leaf becomes a branch, and its feature, test, value, missing side and the true child's part.
type Growth = (prop::sample::Index, u32, usize, usize, bool, usize);

fn trees() -> impl Strategy<Value = Vec<Vec<Growth>>> {
    let growth = (
        any::<prop::sample::Index>(),
        0..FEATURES as u32,
        0..7_usize,
        0..VALUES.len() - 1,
        any::<bool>(),
        0..PARTS.len(),
    );
    prop::collection::vec(prop::collection::vec(growth, 0..14), 1..4)
}

fn rows() -> impl Strategy<Value = Vec<f64>> {
    let row = prop::collection::vec(prop::sample::select(VALUES.to_vec()), FEATURES);
    prop::collection::vec(row, 1..40).prop_map(|rows| rows.concat())
}

/// Links the trees; some leaves have a value for each of `slots` targets, some for one.
fn link<T: Number>(trees: &[Vec<Growth>], slots: usize) -> Linked<T> {
    let mut forest = Linked {
        nodes: Vec::new(),
        roots: Vec::new(),
        weights: Vec::new(),
        sets: vec![
            Categories::new(vec![0b101], false),
            Categories::new(vec![], false),
        ],
        covers: Vec::new(),
    };
    for growths in trees {
        let root = forest.nodes.len() as u32;
        forest.roots.push(root);
        forest.nodes.push(Node::Leaf(Leaf { start: 0, end: 0 }));
        forest.covers.push(1000.0);
        let mut leaves = vec![root];
        for (index, feature, test, value, missing_true, part) in growths {
            let parent = leaves.swap_remove(index.index(leaves.len()));
            let value = T::from_f64(VALUES[*value]);
            let first = forest.nodes.len() as u32;
            let cover = forest.covers[parent as usize];
            forest.nodes[parent as usize] = Node::Branch {
                test: match test {
                    0 | 1 => Test::Compare(Mode::Leq, value),
                    2 => Test::Compare(Mode::Lt, value),
                    3 => Test::Compare(Mode::Gt, value),
                    4 => Test::Compare(Mode::Neq, value),
                    set => Test::Member(*set as u32 - 5),
                },
                // Zeros of feature 1 are missing to some of its branches.
                missing: if *feature == 1 && *missing_true {
                    Missing::Zero
                } else {
                    Missing::Nan
                },
                missing_true: *missing_true,
                feature: *feature,
                true_child: first,
                false_child: first + 1,
            };
            for part in [PARTS[*part], 1.0 - PARTS[*part]] {
                leaves.push(forest.nodes.len() as u32);
                forest.nodes.push(Node::Leaf(Leaf { start: 0, end: 0 }));
                forest.covers.push(cover * part);
            }
        }
    }
    for position in 0..forest.nodes.len() {
        if let Node::Leaf(leaf) = &mut forest.nodes[position] {
            let start = forest.weights.len() as u32;
            let targets = if position % 3 == 0 {
                0..slots
            } else {
                position % slots..position % slots + 1
            };
            for target in targets {
                forest.weights.push(Weight {
                    target: target as u32,
                    value: T::from_f64((position * 7 % 11) as f64 - 4.5 + target as f64),
                });
            }
            *leaf = Leaf {
                start,
                end: forest.weights.len() as u32,
            };
        }
    }
    forest
}

/// What a node's tree gives for `target` if only the features in `known` are known.
fn mean<T: Number>(forest: &Linked<T>, node: u32, target: u32, row: &[T], known: usize) -> f64 {
    match forest.nodes[node as usize] {
        Node::Leaf(leaf) => {
            let weights = forest.weights_of(leaf).iter();
            let own = weights.filter(|weight| weight.target == target);
            own.map(|weight| weight.value.to_f64()).sum()
        }
        Node::Branch {
            test,
            missing,
            missing_true,
            feature,
            true_child,
            false_child,
        } => {
            let of = |child| mean(forest, child, target, row, known);
            if known >> feature & 1 == 1 {
                let x = row[feature as usize];
                let holds = test.goes_true(missing, missing_true, x, &forest.sets);
                return of(if holds { true_child } else { false_child });
            }
            let cover = |node: u32| forest.covers[node as usize];
            let ratio = |child| {
                if cover(node) == 0.0 {
                    0.0
                } else {
                    cover(child) / cover(node)
                }
            };
            ratio(true_child) * of(true_child) + ratio(false_child) * of(false_child)
        }
    }
}

/// The contributions of all features, and the bias.
fn by_definition<T: Number>(forest: &Linked<T>, target: u32, row: &[T]) -> Vec<f64> {
    let n = row.len();
    let value = |known: usize| -> f64 {
        let roots = forest.roots.iter();
        roots
            .map(|root| mean(forest, *root, target, row, known))
            .sum()
    };
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    let contribution = |feature: usize| {
        let without = (0..1_usize << n).filter(|known| known >> feature & 1 == 0);
        let terms = without.map(|known| {
            let size = known.count_ones() as usize;
            let weight = factorial(size) * factorial(n - size - 1) / factorial(n);
            weight * (value(known | 1 << feature) - value(known))
        });
        terms.sum()
    };
    (0..n).map(contribution).chain([value(0)]).collect()
}

fn contributions<T: Number>(
    forest: &Linked<T>,
    slots: usize,
    rows: &[T],
    n_features: usize,
) -> Vec<f64> {
    let shap = TreeShap::new(forest, &forest.covers, slots).unwrap();
    let mut found = vec![0.0; rows.len() / n_features * slots * (n_features + 1)];
    shap.add(Block::new(rows, n_features), 1.0, &mut found);
    for (i, of_target) in found.chunks_exact_mut(n_features + 1).enumerate() {
        of_target[n_features] += shap.expected(i % slots);
    }
    found
}

fn check<T: Number>(trees: &[Vec<Growth>], slots: usize, rows: &[f64]) {
    let forest = link::<T>(trees, slots);
    let rows: Vec<T> = rows.iter().map(|x| T::from_f64(*x)).collect();
    let found = contributions(&forest, slots, &rows, FEATURES);
    let mut found = found.chunks_exact(FEATURES + 1);
    for row in rows.chunks_exact(FEATURES) {
        for target in 0..slots as u32 {
            let expected = by_definition(&forest, target, row);
            for (found, expected) in found.next().unwrap().iter().zip(&expected) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "target {target}: found {found}, expected {expected}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn contributions_follow_the_definition(trees in trees(), slots in 1..4_usize, rows in rows()) {
        check::<f32>(&trees, slots, &rows);
        check::<f64>(&trees, slots, &rows);
    }
}

/// A list: each branch has a leaf as its true child, which a quarter of the rows reach; feature `i` at level
/// `i % n_features`.
fn list(depth: u32, n_features: u32) -> Linked<f64> {
    let mut forest = link::<f64>(&[vec![]], 1);
    forest.nodes.clear();
    forest.covers.clear();
    let mut cover = 1.0;
    for level in 0..depth {
        forest.nodes.extend([
            Node::Branch {
                test: Test::Compare(Mode::Leq, 0.5 - f64::from(level / n_features)),
                missing: Missing::Nan,
                missing_true: false,
                feature: level % n_features,
                true_child: 2 * level + 1,
                false_child: 2 * level + 2,
            },
            Node::Leaf(Leaf {
                start: level,
                end: level + 1,
            }),
        ]);
        forest.covers.extend([cover, cover / 4.0]);
        cover *= 0.75;
    }
    forest.nodes.push(Node::Leaf(Leaf {
        start: depth,
        end: depth + 1,
    }));
    forest.covers.push(cover);
    let value = |level: u32| Weight {
        target: 0,
        value: f64::from(level % 7) - 2.0,
    };
    forest.weights = (0..=depth).map(value).collect();
    forest
}

#[test]
fn many_features_on_a_path_follow_the_definition() {
    let forest = list(23, 11);
    for ones in [0_usize, 0b111_1111_1111, 0b101_0111_1110] {
        let row: Vec<f64> = (0..11).map(|i| (ones >> i & 1) as f64).collect();
        let found = contributions(&forest, 1, &row, 11);
        for (found, expected) in found.iter().zip(by_definition(&forest, 0, &row)) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{found}, expected {expected}"
            );
        }
    }
}

#[test]
fn a_deep_tree_loses_no_precision() {
    let forest = list(400, 300);
    for bits in [u64::MAX, 0, 0xfffe_ffff_ffff_ffff] {
        let row: Vec<f64> = (0..300).map(|i| (bits >> (i % 64) & 1) as f64).collect();
        let found = contributions(&forest, 1, &row, 300);
        let mut node = 0;
        let expected = loop {
            match forest.nodes[node as usize] {
                Node::Leaf(leaf) => break forest.weights_of(leaf)[0].value,
                Node::Branch {
                    test,
                    feature,
                    true_child,
                    false_child,
                    ..
                } => {
                    let x = row[feature as usize];
                    let holds = test.goes_true(Missing::Nan, false, x, &forest.sets);
                    node = if holds { true_child } else { false_child };
                }
            }
        };
        let sum: f64 = found.iter().sum();
        assert!((sum - expected).abs() < 1e-11, "{sum}, expected {expected}");
    }
}

#[test]
fn a_forest_without_contributions_says_why() {
    let reason = |forest: &Linked<f64>| TreeShap::new(forest, &forest.covers, 1).unwrap_err();
    let tree = |change: fn(&mut Linked<f64>)| {
        let mut forest = list(3, 3);
        change(&mut forest);
        reason(&forest)
    };
    assert_eq!(
        tree(|forest| forest.covers.clear()),
        "its file has no covers of the nodes"
    );
    let no_weights = "the covers of its nodes are no weights of training rows";
    assert_eq!(tree(|forest| forest.covers[0] = 0.0), no_weights);
    assert_eq!(tree(|forest| forest.covers[3] = f64::NAN), no_weights);
    assert_eq!(tree(|forest| forest.covers[3] = -1.0), no_weights);
    assert_eq!(
        tree(|forest| forest.roots = vec![0, 2]),
        "its trees share nodes"
    );
    assert_eq!(reason(&list(1000, 1000)), "its trees are too deep");
    // A leaf needs no cover, as it has none where all hessians are 0.
    let mut forest = list(3, 3);
    forest.roots.push(forest.nodes.len() as u32);
    forest.nodes.push(Node::Leaf(Leaf { start: 0, end: 1 }));
    forest.covers.push(0.0);
    let with_leaf = TreeShap::new(&forest, &forest.covers, 1).unwrap();
    let alone = TreeShap::new(&list(3, 3), &list(3, 3).covers, 1).unwrap();
    let leaf = forest.weights[0].value;
    assert_eq!(with_leaf.expected(0), alone.expected(0) + leaf);
    // A list is no deeper for a feature that comes again.
    assert!(TreeShap::new(&list(1000, 10), &list(1000, 10).covers, 1).is_ok());
}
