//! Labels as files have them, and the sorted classes that they make up.

use std::collections::BTreeMap;

use algorithm::Labels;

/// The classes, sorted as scikit-learn's `classes_`, texts in the order of their Unicode code points; and
/// the class of each of `labels`.
pub(super) fn classes(labels: &[String]) -> (Labels, Vec<usize>) {
    let integers: Option<Vec<i64>> = labels.iter().map(|label| integer(label)).collect();
    match integers {
        Some(integers) => {
            let (sorted, classes) = sorted(&integers);
            (Labels::Integers(sorted), classes)
        }
        None => {
            let (sorted, classes) = sorted(labels);
            (Labels::Text(sorted), classes)
        }
    }
}

/// The class of each of `found`, and those of them that `labels` does not have: they get the numbers from
/// `labels.len()` up.
pub(super) fn classes_of(found: &[String], labels: &Labels) -> (Vec<usize>, Vec<String>) {
    let mut unseen = Vec::new();
    let classes = found.iter().map(|label| {
        labels.class(label).unwrap_or_else(|| {
            unseen.push(label.clone());
            labels.len() + unseen.len() - 1
        })
    });
    (classes.collect(), unseen)
}

fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// The distinct values in order, and the position among them of each of `values`.
fn sorted<T: Ord + Clone>(values: &[T]) -> (Vec<T>, Vec<usize>) {
    let mut positions: BTreeMap<&T, usize> = values.iter().map(|value| (value, 0)).collect();
    for (position, found) in positions.values_mut().enumerate() {
        *found = position;
    }
    let of_each = values.iter().map(|value| positions[value]).collect();
    (positions.into_keys().cloned().collect(), of_each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_only_if_all_are() {
        let texts = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        let labels: Vec<String> = texts(&["10", "-1", "+2", "02"]);
        let (found, of_each) = classes(&labels);
        assert_eq!(found, Labels::Integers(vec![-1, 2, 10]));
        assert_eq!(of_each, [2, 0, 1, 1]);
        let labels: Vec<String> = texts(&["10", "2", "x"]);
        let (found, of_each) = classes(&labels);
        assert_eq!(found, Labels::Text(labels));
        assert_eq!(of_each, [0, 1, 2]);
        let (of_each, unseen) = classes_of(&texts(&["02", "2", "y"]), &found);
        assert_eq!((of_each, unseen), (vec![3, 1, 4], texts(&["02", "y"])));
    }
}
