use algorithm::{Features, Labels, Table, Target};
use ndarray::Array2;

use super::*;
use crate::{
    Tree,
    tree::samples::{branch, leaf, two_splits},
};

fn drawn(tree: &Tree, features: &Features) -> (String, String) {
    let labels = Labels::Text(["<b>", "other", "third"].map(str::to_owned).into());
    let report = Report {
        tree,
        features,
        labels: Some(&labels),
    };
    let table = Table {
        records: Array2::zeros((3, features.len())),
        target: Target::Classes {
            labels: labels.clone(),
            of_row: vec![0, 1, 2].into(),
        },
        weights: None,
        features: features.clone(),
        absent: None,
    };
    let section = report.drawing(&table);
    let Body::Html(html) = section.body else {
        panic!("{:?}", section.body);
    };
    (section.text, html)
}

#[test]
fn a_small_tree_is_drawn_whole() {
    let tree = two_splits([&[(0, 3.0), (1, 1.0)], &[(1, 4.0)], &[(2, 4.0)]], 3);
    let (text, html) = drawn(&tree, &Features::named(vec!["a & b".to_owned()]));
    assert!(text.starts_with("A row goes up if"), "{text}");
    for part in [
        "a &amp; b ≤ 2<",
        "a &amp; b ≤ 6<",
        "4 rows · 75.0% &lt;b&gt;<",
        "8 rows · 50.0% other<",
        "a &amp; b ≤ 2 (missing values go down)",
        "4 rows, impurity 0.3750",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert!(!html.contains("<b>"));
    assert_eq!(html.matches("<rect class=\"box").count(), 5);
    assert_eq!(html.matches("class=\"edge\"").count(), 4);
}

#[test]
fn a_deep_tree_is_drawn_down_to_its_third_level() {
    let mut nodes = Vec::new();
    for level in 0..50_000 {
        let at = 2 * level;
        nodes.push(branch(
            0,
            level as f32,
            [at + 1, at + 2],
            &[(0, 1.0), (1, 1.0)],
        ));
        nodes.push(leaf(&[(0, 1.0)]));
    }
    nodes.push(leaf(&[(1, 1.0)]));
    let tree = Tree {
        nodes,
        n_classes: 3,
    };
    let (text, html) = drawn(&tree, &Features::unnamed(1));
    assert!(text.starts_with("Its first 3 levels of splits. "), "{text}");
    assert!(html.contains("2 rows · 49,998 leaves on"), "{html}");
    assert!(html.contains("feature_0 ≤ 2<"));
    assert_eq!(html.matches("<rect class=\"box").count(), 7);
}
