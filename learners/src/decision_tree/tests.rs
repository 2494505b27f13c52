use std::collections::BTreeMap;

use algorithm::{
    Absent, Data, Features, Labels, Learner, Rows, Scores, Settings, Table, Target, report::Body,
};
use ndarray::{Array1, Array2, ShapeBuilder};
use proptest::prelude::*;

use super::*;
use crate::targets::classes;

fn settings(given: &[(&str, &str)]) -> Settings {
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Settings::parse(&[DecisionTree.parameters()], &given).unwrap()
}

/// Rows with the integer labels from 0 to `n_classes - 1`.
fn table(rows: &[(Vec<f32>, usize)], n_classes: usize) -> Table {
    let n_features = rows[0].0.len();
    let records = Array2::from_shape_fn((rows.len(), n_features).f(), |(row, feature)| {
        rows[row].0[feature]
    });
    Table {
        records,
        target: Target::Classes {
            labels: Labels::Integers((0..n_classes as i64).collect()),
            of_row: rows.iter().map(|row| row.1).collect(),
        },
        weights: None,
        features: Features::unnamed(n_features),
        absent: None,
    }
}

fn grown(table: &Table, given: &[(&str, &str)]) -> Result<Tree, String> {
    grow(table, &settings(given), Default::default()).map_err(|error| error.to_string())
}

fn fitted(train: &Table, validation: Option<&Table>, given: &[(&str, &str)]) -> Fitted {
    let data = Data { train, validation };
    DecisionTree.fit(data, &settings(given), &()).unwrap()
}

/// The part of a table's rows that the model file predicts.
fn accuracy(file: &[u8], table: &Table) -> f64 {
    let model = (ONNX.load)(file).unwrap();
    let rows: Vec<f32> = table.records.iter().copied().collect();
    let mut scores = Scores::new();
    model.predict(Rows::F32(&rows), &mut scores).unwrap();
    let (_, classes) = classes(table);
    let pairs = scores.labels().iter().zip(classes);
    let right = pairs.filter(|(found, class)| **found as usize == **class);
    right.count() as f64 / table.n_rows() as f64
}

#[test]
fn linfas_tree_goes_the_way_of_its_training_rows() {
    // The midpoint of 1 and 3 is a value of a training row, which linfa trains to the left.
    let rows = table(&[(vec![1.0], 0), (vec![3.0], 1), (vec![2.0], 0)], 2);
    let linfa = [("engine", "linfa")];
    assert_eq!(accuracy(&fitted(&rows, None, &linfa).file, &rows), 1.0);
    let tree = grown(&rows, &linfa).unwrap();
    let split = tree.nodes[0].split.unwrap();
    assert_eq!(
        (split.feature, split.threshold, split.left, split.right),
        (0, 2.5, 1, 2)
    );
    assert_eq!(tree.nodes[1].class_weights(), [(0, 2.0)]);
    assert_eq!(tree.nodes[0].n_node_samples, 3);
    assert!(split.missing_go_to_left);
}

#[test]
fn what_linfa_can_not_express_is_refused() {
    let rows = table(&[(vec![1.0], 0), (vec![3.0], 1)], 2);
    let weighted = Table {
        weights: Some(Array1::from_vec(vec![1.0, 2.0])),
        ..rows.clone()
    };
    for (name, value, rows) in [
        ("max_leaf_nodes", "2", &rows),
        ("max_features", "sqrt", &rows),
        ("ccp_alpha", "0.1", &rows),
        ("random_state", "1", &rows),
        ("min_samples_leaf", "2", &weighted),
    ] {
        let error = grown(rows, &[("engine", "linfa"), (name, value)]).unwrap_err();
        assert_eq!(
            error,
            format!(
                "hyperparameter {name}: engine=linfa can't express it, expected its default, or engine=exact"
            )
        );
    }
    let missing = table(&[(vec![1.0], 0), (vec![f32::NAN], 1)], 2);
    assert!(
        grown(&missing, &[("engine", "linfa")])
            .unwrap_err()
            .starts_with("engine=linfa can't learn from missing values")
    );
}

#[test]
fn linfa_does_not_recurse_without_end() {
    // Neighbouring float32 whose midpoint rounds up to the larger: linfa's split leaves a side empty,
    // which a model file has no answer for.
    let (low, high) = (16_777_218.0_f32, 16_777_220.0_f32);
    let rows = table(&[(vec![low], 0), (vec![high], 1)], 2);
    let tree = grown(&rows, &[("engine", "linfa")]).unwrap();
    assert_eq!(tree.nodes.len(), 1);
    assert_eq!(tree.nodes[0].class_weights(), [(0, 1.0), (1, 1.0)]);
    fitted(&rows, None, &[("engine", "linfa")]);
    let staircase: Vec<_> = (0..3000)
        .map(|step| (vec![(step * step) as f32], step % 2))
        .collect();
    let staircase = table(&staircase, 2);
    match grown(&staircase, &[("engine", "linfa")]) {
        Ok(tree) => assert!(tree.depth() <= 1024),
        Err(error) => assert!(
            error.contains("can't grow deeper than 1024 levels"),
            "{error}"
        ),
    }
}

#[test]
fn class_weights_weigh_rows_in_both_engines() {
    let rows = table(
        &[
            (vec![1.0], 0),
            (vec![1.0], 0),
            (vec![1.0], 1),
            (vec![2.0], 0),
        ],
        2,
    );
    for engine in ["exact", "linfa"] {
        let with = |class_weight| {
            let given = [("engine", engine), ("class_weight", class_weight)];
            grown(&rows, &given)
        };
        let tree = with(r#"{"1": 3}"#).unwrap();
        let split = tree.nodes[0].split.unwrap();
        assert_eq!(split.threshold, 1.5);
        assert_eq!(tree.nodes[split.left].class_weights(), [(0, 2.0), (1, 3.0)]);
        let tree = with("balanced").unwrap();
        assert!((tree.nodes[0].weighted_n_node_samples - 4.0).abs() < 1e-5);
        assert_eq!(
            with(r#"{"7": 3}"#).unwrap_err(),
            "hyperparameter class_weight: no row has the label \"7\", expected labels of the training data"
        );
    }
}

#[test]
fn the_file_says_where_it_comes_from() {
    let rows = table(&[(vec![1.0], 0), (vec![3.0], 1)], 2);
    let sparse = |absent| Table {
        absent,
        ..rows.clone()
    };
    let holds = |absent, text: &str| {
        let file = fitted(&sparse(absent), None, &[("max_depth", "3")]).file;
        let mut parts = file.windows(text.len());
        parts.any(|part| part == text.as_bytes())
    };
    assert!(holds(None, r#""max_depth":"3""#));
    assert!(!holds(None, "sparse_absent"));
    assert!(holds(Some(Absent::Zero), "sparse_absent\x12\x04zero"));
    assert!(holds(Some(Absent::Missing), "sparse_absent\x12\x07missing"));
}

#[test]
fn what_people_are_to_know_is_handed_over() {
    let rows: Vec<_> = (0..40)
        .map(|row| {
            (
                vec![(row % 10) as f32, 0.0],
                usize::from(row % 10 > 4) + usize::from(row == 0),
            )
        })
        .collect();
    let train = table(&rows, 3);
    // A label that training does not have.
    let unseen = table(&[(vec![1.0, 0.0], 0), (vec![9.0, 0.0], 3)], 3);
    let fitted = fitted(&train, Some(&unseen), &[]);
    assert_eq!(fitted.title, "A decision tree for 3 classes");
    let figures = fitted.figures.figures.iter();
    let figures: Vec<_> = figures.map(|f| (f.name, f.label, f.value)).collect();
    assert_eq!(
        figures,
        [
            ("n_leaves", Some("leaves"), 3),
            ("n_nodes", None, 5),
            ("depth", Some("levels deep"), 2)
        ]
    );
    let importances = fitted.importances.iter();
    let importances: Vec<(&str, &[f64])> = importances.map(|i| (i.name, &i.values[..])).collect();
    let all_on_first = &[1.0, 0.0][..];
    assert_eq!(
        importances,
        ["gain", "cover", "frequency"].map(|name| (name, all_on_first))
    );
    assert_eq!(fitted.explained_rows.len(), 40);
    let [drawing, growth] = &fitted.sections[..] else {
        panic!("{:?}", fitted.sections);
    };
    assert!(matches!(&drawing.body, Body::Html(html) if html.contains("feature_0 ≤ 4.5")));
    let Body::Lines(lines) = &growth.body else {
        panic!("{growth:?}");
    };
    let names: Vec<_> = lines.lines.iter().map(|line| line.name).collect();
    assert_eq!(names, ["validation", "training"]);
    // A single leaf predicts class 1, which no validation row has; further leaves gain nothing.
    assert_eq!(lines.mark, Some((2.0, 0.5, "2 leaves: 50.0%".to_owned())));
    let last = lines.lines[1].points.last().copied();
    assert_eq!(last, Some((3.0, accuracy(&fitted.file, &train))));
    let [(name, text)] = &fitted.files[..] else {
        panic!("{:?}", fitted.files);
    };
    assert_eq!(*name, "tree.txt");
    assert!(text.starts_with(b"|--- feature_0 <= 4.5\n"));
}

/// Rows of one feature with the number to learn.
fn table_of_numbers(rows: &[(f32, f32)]) -> Table {
    Table {
        records: Array2::from_shape_fn((rows.len(), 1).f(), |(row, _)| rows[row].0),
        target: Target::Numbers(rows.iter().map(|row| row.1).collect()),
        weights: None,
        features: Features::unnamed(1),
        absent: None,
    }
}

#[test]
fn a_tree_of_numbers_answers_the_mean_of_its_leaf() {
    let rows = [(1.0, 10.0), (1.0, 11.0), (2.0, -3.0), (f32::NAN, 4.5)];
    let train = table_of_numbers(&rows);
    let fitted = fitted(&train, Some(&train), &[]);
    assert_eq!(fitted.title, "A regression tree");
    let model = (ONNX.load)(&fitted.file).unwrap();
    let mut scores = Scores::new();
    model
        .predict(Rows::F32(&[1.0, 2.0, f32::NAN]), &mut scores)
        .unwrap();
    assert_eq!(scores.values(), [10.5, -3.0, 4.5]);
    let [drawing, growth] = &fitted.sections[..] else {
        panic!("{:?}", fitted.sections);
    };
    assert!(matches!(&drawing.body, Body::Html(html) if html.contains("2 rows · mean 10.5")));
    let Body::Lines(lines) = &growth.body else {
        panic!("{growth:?}");
    };
    // The rows' mean is 5.625, that of all but -3 is 8.5.
    let sum = |errors: &[f64]| (errors.iter().map(|e| e * e).sum::<f64>() / 4.0).sqrt();
    let expected = [
        (1.0, sum(&[4.375, 5.375, 8.625, 1.125])),
        (2.0, sum(&[1.5, 2.5, 4.0])),
        (3.0, sum(&[0.5, 0.5])),
    ];
    assert_eq!(lines.lines[0].points, expected);
    assert_eq!(
        lines.mark,
        Some((3.0, expected[2].1, "3 leaves: 0.3536".to_owned()))
    );
    let text = String::from_utf8(fitted.files[0].1.clone()).unwrap();
    assert!(text.contains("|--- value: [10.5]\n"), "{text}");
}

#[test]
fn linfa_learns_no_numbers() {
    let rows = table_of_numbers(&[(1.0, 0.5), (2.0, 1.5)]);
    assert_eq!(
        grown(&rows, &[("engine", "linfa")]).unwrap_err(),
        "hyperparameter engine=linfa: it can't learn numbers, expected engine=exact, or task=classification"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Without ties in the data, linfa skips no split: both engines fit the training rows alike.
    #[test]
    fn both_engines_fit_rows_without_ties_equally(
        labels in prop::collection::vec(0..3_usize, 2..40),
        multiplier in prop_oneof![Just(7_usize), Just(11), Just(13)],
        max_depth in prop_oneof![Just(None), (1..4_usize).prop_map(Some)],
        criterion in prop_oneof![Just("gini"), Just("entropy")],
    ) {
        // Distinct values in both columns, in different orders, far enough apart for linfa.
        let prime = 211;
        let rows: Vec<_> = labels.iter().enumerate().map(|(row, label)| {
            (vec![row as f32, ((row * multiplier * 5 + 3) % prime) as f32], *label)
        }).collect();
        let rows = table(&rows, 3);
        let depth = max_depth.map_or("None".to_owned(), |depth: usize| depth.to_string());
        for engine in ["exact", "linfa"] {
            let given = [("engine", engine), ("criterion", criterion), ("max_depth", &depth)];
            let tree = grown(&rows, &given).unwrap();
            prop_assert_eq!(tree.nodes[0].n_node_samples, labels.len());
            prop_assert!(tree.depth() <= max_depth.unwrap_or(labels.len()));
            if max_depth.is_none() {
                let file = fitted(&rows, None, &given).file;
                prop_assert_eq!(accuracy(&file, &rows), 1.0);
            }
        }
    }

    /// linfa's limit is one of a node, scikit-learn's one of the whole.
    #[test]
    fn min_impurity_decrease_is_the_same_in_both_engines(
        labels in prop::collection::vec(0..2_usize, 2..40),
        limit in 0.001..0.2_f64,
    ) {
        let rows: Vec<_> = labels.iter().enumerate().map(|(row, label)| (vec![row as f32], *label)).collect();
        let rows = table(&rows, 2);
        let limit_text = limit.to_string();
        let given = [("engine", "linfa"), ("min_impurity_decrease", limit_text.as_str())];
        let tree = grown(&rows, &given).unwrap();
        for node in 0..tree.nodes.len() {
            if let Some(decrease) = tree.decrease(node) {
                prop_assert!(decrease / labels.len() as f64 + 1e-9 >= limit);
            }
        }
    }
}
