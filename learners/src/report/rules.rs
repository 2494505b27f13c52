//! `tree.txt`: the tree's rules in the form of scikit-learn's `export_text`.

use super::Report;
use crate::{Tree, tree::Side};

/// Splits above the deepest node that is written; indentation would let the file grow with the square of
/// the depth.
const MAX_DEPTH: usize = 101;

impl Report<'_> {
    /// The rules. Thresholds have as many digits as distinguish them from the neighbouring numbers, so
    /// that the rules decide as the tree does.
    pub(crate) fn rules(&self) -> String {
        let Self { tree, .. } = *self;
        let heights = heights(tree);
        let names: Vec<String> = (0..self.features.len())
            .map(|feature| line(&self.features.name(feature)))
            .collect();
        let mut text = String::new();
        for step in tree.top(MAX_DEPTH) {
            if let Some((parent, side)) = step.parent
                && let Some(split) = tree.nodes[parent].split
            {
                let relation = match side {
                    Side::Left => "<=",
                    Side::Right => "> ",
                };
                let name = &names[split.feature];
                let rule = format!("{name} {relation} {}", split.threshold);
                push_line(&mut text, step.level - 1, &rule);
            }
            let node = &tree.nodes[step.node];
            if node.split.is_none() {
                let answer = match node.mean() {
                    Some(mean) => format!("value: [{}]", mean as f32),
                    None => {
                        let class = node.class(tree.n_classes) as usize;
                        format!("class: {}", line(&self.label(class)))
                    }
                };
                push_line(&mut text, step.level, &answer);
            } else if step.level == MAX_DEPTH {
                let height = heights[step.node];
                let rest = format!("truncated branch of depth {height}");
                push_line(&mut text, step.level, &rest);
            }
        }
        text
    }
}

fn push_line(text: &mut String, level: usize, rule: &str) {
    for _ in 0..level {
        text.push_str("|   ");
    }
    text.push_str("|--- ");
    text.push_str(rule);
    text.push('\n');
}

/// For each node the number of levels from it down, itself included, as `export_text` counts them.
fn heights(tree: &Tree) -> Vec<usize> {
    let mut heights = vec![1; tree.nodes.len()];
    for (at, node) in tree.nodes.iter().enumerate().rev() {
        if let Some(split) = node.split {
            heights[at] = 1 + heights[split.left].max(heights[split.right]);
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
    use algorithm::{Features, Labels};

    use super::*;
    use crate::{
        Node,
        tree::samples::{branch, leaf},
    };

    fn node(feature: usize, threshold: f32, left: usize, right: usize) -> Node {
        branch(feature, threshold, [left, right], &[(0, 1.0)])
    }

    fn text(nodes: Vec<Node>) -> String {
        let tree = Tree {
            nodes,
            n_classes: 3,
        };
        let report = Report {
            tree: &tree,
            features: &Features::unnamed(2),
            labels: Some(&Labels::Text(["a", "b", "c"].map(str::to_owned).into())),
        };
        report.rules()
    }

    #[test]
    fn the_form_is_that_of_export_text() {
        let nodes = vec![
            node(1, 2.45, 1, 2),
            leaf(&[(0, 1.0)]),
            node(0, -1e-5, 3, 4),
            leaf(&[(1, 1.0)]),
            leaf(&[(2, 1.0)]),
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
        assert_eq!(text(vec![leaf(&[(1, 1.0)])]), "|--- class: b\n");
    }

    #[test]
    fn a_deep_branch_is_cut_short() {
        let mut nodes = Vec::new();
        for level in 0..50_000 {
            let place = 2 * level;
            nodes.push(node(0, level as f32, place + 1, place + 2));
            nodes.push(leaf(&[(0, 1.0)]));
        }
        nodes.push(leaf(&[(1, 1.0)]));
        let text = text(nodes);
        assert!(text.len() < 200_000);
        assert!(
            text.ends_with("|--- truncated branch of depth 49900\n"),
            "{}",
            &text[text.len() - 99..]
        );
    }
}
