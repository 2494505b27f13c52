use super::{samples::*, *};

#[test]
fn importances_are_normalised() {
    let tree = two_splits([&[(0, 4.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    assert_eq!(tree.feature_importances(2), [1.0, 0.0]);
    let stump = Tree {
        nodes: tree.nodes[1..2].to_vec(),
        n_classes: 3,
    };
    assert_eq!(stump.feature_importances(2), [0.0, 0.0]);
}

#[test]
fn a_leaf_answers_the_first_of_equally_likely_classes() {
    assert_eq!(leaf(&[(1, 2.0), (2, 2.0)]).class(3), 1);
    assert_eq!(leaf(&[(0, 1.0), (2, 3.0)]).class(3), 2);
    // Of two classes the file has only the second's probability.
    assert_eq!(leaf(&[(0, 2.0), (1, 2.0)]).class(2), 0);
    assert_eq!(leaf(&[(0, 2.0), (1, 2.5)]).class(2), 1);
    assert_eq!(leaf(&[(1, 1.0)]).class(2), 1);
    let third = leaf(&[(0, 1.0), (1, 0.0), (2, 2.0)]);
    let probabilities: Vec<(u32, f32)> = third.probabilities().collect();
    assert_eq!(probabilities, [(0, 1.0 / 3.0), (2, 2.0 / 3.0)]);
}

#[test]
fn walks_see_the_first_levels() {
    let tree = two_splits([&[(0, 4.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    let seen = |levels| {
        let steps = tree.top(levels);
        steps
            .map(|step| (step.node, step.level))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(0), [(0, 0)]);
    assert_eq!(seen(1), [(0, 0), (1, 1), (2, 1)]);
    assert_eq!(seen(9), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2)]);
    let last = tree.top(9).last().unwrap();
    assert_eq!(last.parent, Some((2, Side::Right)));
    assert_eq!((tree.depth(), tree.n_leaves()), (2, 3));
    assert_eq!(tree.subtree(2), &tree.nodes[2..]);
    assert_eq!(tree.subtree(1), &tree.nodes[1..2]);
}

#[test]
fn of_equal_improvements_the_lowest_number_is_first() {
    let mut open = BestFirst::new(0.5);
    for (number, improvement) in [0.25, 0.5, 0.1 + 0.2, 0.3, 0.5].into_iter().enumerate() {
        open.push(improvement, number, ());
    }
    let order: Vec<usize> = std::iter::from_fn(|| open.pop().map(|(number, ())| number)).collect();
    // 0.1 + 0.2 and 0.3 differ in the last bit only.
    assert_eq!(order, [1, 4, 2, 3, 0]);
}
