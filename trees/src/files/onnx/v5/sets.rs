//! Tests of membership in a set, as chains of equality tests.

use super::super::{LoadError, attributes::Attributes, error::invalid};
use crate::{
    forest::{Mode, Node, Test},
    number::Number,
};

/// Turns each membership test into a chain of equality tests that share their true child. `tests` are the
/// positions of the branches that test membership, ascending; their mode is equality already.
///
/// The attribute `membership_values` has the sets one after the other, in the order of the tests, with a
/// NaN after each; after the last one it may be left out. onnxruntime 1.31.1 takes some fractions (2.5 for
/// 2) for members of such sets; this follows the specification.
pub(super) fn unroll<T: Number>(
    nodes: &mut Vec<Node<T>>,
    tests: &[usize],
    attributes: &Attributes<'_>,
) -> Result<(), LoadError> {
    let members = attributes.tensor_of::<T>("membership_values")?;
    let mut sets: Vec<&[T]> = members.split(|value| value.is_missing()).collect();
    if members.last().is_none_or(|last| last.is_missing()) {
        // What follows the last NaN is no set.
        sets.pop();
    }
    if sets.len() != tests.len() {
        return invalid!(
            "{}: found {} sets, allowed are {}, one for each node that tests membership",
            attributes.place("membership_values"),
            sets.len(),
            tests.len()
        );
    }
    nodes.reserve_exact(members.len());
    for (test, set) in tests.iter().zip(sets) {
        let (first, rest) = match set {
            [first, rest @ ..] => (*first, rest),
            // An empty set: nothing equals NaN.
            [] => (T::NAN, set),
        };
        set_value(&mut nodes[*test], first);
        let mut last = *test;
        for member in rest {
            let mut link = nodes[last];
            set_value(&mut link, *member);
            let next = nodes.len();
            let Node::Branch { false_child, .. } = &mut nodes[last] else {
                unreachable!("only branches test membership");
            };
            *false_child = next as u32;
            nodes.push(link);
            last = next;
        }
    }
    Ok(())
}

fn set_value<T>(node: &mut Node<T>, member: T) {
    let Node::Branch { test, .. } = node else {
        unreachable!("only branches test membership");
    };
    *test = Test::Compare(Mode::Eq, member);
}
