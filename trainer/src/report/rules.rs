//! `tree.txt`: the tree's rules in the form of scikit-learn's `export_text`.

use std::io::{self, Write};

use crate::{
    data::Columns,
    tree::{Leaves, Tree},
};

/// Deepest level that is written; indentation would let the file grow with the square of the depth.
const MAX_DEPTH: usize = 100;

/// Writes the rules. Thresholds have as many digits as tell them from their neighbours, so that the
/// rules decide as the tree does.
///
/// # Errors
/// Those of the writer.
pub(super) fn write(
    mut out: impl Write,
    tree: &Tree,
    columns: &Columns,
    class_names: &[String],
) -> io::Result<()> {
    let leaves = Leaves::of(tree);
    let heights = heights(tree);
    let names: Vec<String> = (0..columns.n_features)
        .map(|feature| line(&columns.name(feature)))
        .collect();
    // A node, its level, and the rule that leads to it.
    let mut waiting = vec![(0, 0, String::new())];
    while let Some((place, level, rule)) = waiting.pop() {
        let Some(node) = tree.nodes.get(place) else {
            continue;
        };
        if level > 0 {
            writeln!(out, "{}|--- {rule}", "|   ".repeat(level - 1))?;
        }
        let indent = "|   ".repeat(level);
        let Some(split) = node.split else {
            let class = leaves.class(place as u32) as usize;
            let class = class_names.get(class).map_or("", String::as_str);
            writeln!(out, "{indent}|--- class: {}", line(class))?;
            continue;
        };
        if level > MAX_DEPTH {
            let height = heights.get(place).copied().unwrap_or_default();
            writeln!(out, "{indent}|--- truncated branch of depth {height}")?;
            continue;
        }
        let feature = names.get(split.feature).map_or("", String::as_str);
        let threshold = split.threshold;
        waiting.push((split.right, level + 1, format!("{feature} >  {threshold}")));
        waiting.push((split.left, level + 1, format!("{feature} <= {threshold}")));
    }
    out.flush()
}

/// For each node the levels below it, itself included, as `export_text` counts them.
fn heights(tree: &Tree) -> Vec<usize> {
    let mut heights = vec![1; tree.nodes.len()];
    for (place, node) in tree.nodes.iter().enumerate().rev() {
        let Some(split) = node.split else { continue };
        let of = |child: usize| heights.get(child).copied().unwrap_or_default();
        let height = 1 + of(split.left).max(of(split.right));
        if let Some(own) = heights.get_mut(place) {
            *own = height;
        }
    }
    heights
}

/// A name on one line.
fn line(name: &str) -> String {
    name.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Node, Split};

    fn node(split: Option<Split>, class: u32) -> Node {
        Node {
            split,
            impurity: 0.0,
            n_node_samples: 1,
            weighted_n_node_samples: 1.0,
            class_weights: if split.is_none() {
                vec![(class, 1.0)]
            } else {
                vec![]
            },
        }
    }

    fn split(feature: usize, threshold: f32, left: usize, right: usize) -> Option<Split> {
        Some(Split {
            feature,
            threshold,
            missing_go_to_left: false,
            left,
            right,
        })
    }

    fn text(nodes: Vec<Node>) -> String {
        let tree = Tree {
            nodes,
            n_classes: 3,
        };
        let columns = Columns {
            n_features: 2,
            names: None,
            given_by: String::new(),
        };
        let mut out = Vec::new();
        write(
            &mut out,
            &tree,
            &columns,
            &["a", "b", "c"].map(str::to_owned),
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_form_is_that_of_export_text() {
        let nodes = vec![
            node(split(1, 2.45, 1, 2), 0),
            node(None, 0),
            node(split(0, -1e-5, 3, 4), 0),
            node(None, 1),
            node(None, 2),
        ];
        let expected = "\
|--- feature_1 <= 2.45
|   |--- class: a
|--- feature_1 >  2.45
|   |--- feature_0 <= -0.00001
|   |   |--- class: b
|   |--- feature_0 >  -0.00001
|   |   |--- class: c
";
        assert_eq!(text(nodes), expected);
        assert_eq!(text(vec![node(None, 1)]), "|--- class: b\n");
    }

    #[test]
    fn a_deep_branch_is_cut_short() {
        let mut nodes = Vec::new();
        for level in 0..50_000 {
            let place = 2 * level;
            nodes.push(node(split(0, level as f32, place + 1, place + 2), 0));
            nodes.push(node(None, 0));
        }
        nodes.push(node(None, 1));
        let text = text(nodes);
        assert!(text.len() < 200_000);
        assert!(
            text.ends_with("|--- truncated branch of depth 49900\n"),
            "{}",
            &text[text.len() - 99..]
        );
    }
}
