//! Forests against trees of the exact engine, against themselves in another order and on other threads, and what rows
//! that a tree has not seen say.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

use std::collections::BTreeMap;

use algorithm::{
    Data, Features, FitError, Fitted, Labels, Learner, Predictor, Rows, Scores, Settings, Table,
    Target, report::Body,
};
use learners::{DecisionTree, ExtraTrees, RandomForest};
use ndarray::{Array1, Array2, Axis, ShapeBuilder};

/// Pseudo-random numbers from 0 up, below 1.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What the rows of a test have.
#[derive(Clone, Copy)]
struct Kind {
    /// 0: numbers.
    n_classes: usize,
    /// Distinct values of a feature; 0: as many as rows.
    n_values: usize,
    missing: f64,
    weighted: bool,
}

const CLASSES: Kind = Kind {
    n_classes: 3,
    n_values: 0,
    missing: 0.0,
    weighted: false,
};

const NUMBERS: Kind = Kind {
    n_classes: 0,
    ..CLASSES
};

fn table(n_rows: usize, kind: Kind, seed: u64) -> Table {
    let mut noise = noise(seed);
    let mut records = Array2::from_shape_simple_fn((n_rows, 6).f(), || match kind.n_values {
        0 => noise() as f32,
        n => (noise() * n as f64).floor() as f32,
    });
    let scale = kind.n_values.max(1) as f32;
    let signal: Vec<f64> = records
        .rows()
        .into_iter()
        .map(|row| {
            f64::from(row[0] / scale * 2.0 + row[1] / scale * row[2] / scale) + 0.3 * noise()
        })
        .collect();
    records.mapv_inplace(|value| {
        if noise() < kind.missing {
            f32::NAN
        } else {
            value
        }
    });
    let target = match kind.n_classes {
        0 => Target::Numbers(signal.iter().map(|y| *y as f32).collect()),
        n => Target::Classes {
            labels: Labels::Integers((0..n as i64).collect()),
            of_row: signal
                .iter()
                .map(|y| ((y / 3.3 * n as f64) as usize).min(n - 1))
                .collect(),
        },
    };
    Table {
        weights: kind
            .weighted
            .then(|| (0..n_rows).map(|_| 0.5 + noise() as f32).collect()),
        records,
        target,
        features: Features::unnamed(6),
        absent: None,
    }
}

/// The table's rows in another order.
fn reordered(table: &Table, order: &[usize]) -> Table {
    let target = match &table.target {
        Target::Classes { labels, of_row } => Target::Classes {
            labels: labels.clone(),
            of_row: order.iter().map(|row| of_row[*row]).collect(),
        },
        Target::Numbers(numbers) => {
            Target::Numbers(order.iter().map(|row| numbers[*row]).collect())
        }
        Target::None => Target::None,
    };
    let mut records = Array2::zeros(table.records.dim().f());
    records.assign(&table.records.select(Axis(0), order));
    Table {
        records,
        target,
        weights: table.weights.as_ref().map(|weights| {
            order
                .iter()
                .map(|row| weights[*row])
                .collect::<Array1<f32>>()
        }),
        features: table.features.clone(),
        absent: None,
    }
}

fn fit(learner: &dyn Learner, given: &[(&str, &str)], table: &Table) -> Result<Fitted, FitError> {
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings =
        Settings::parse(&[learner.parameters()], &given).expect("the test's settings are allowed");
    let data = Data {
        train: table,
        validation: None,
    };
    learner.fit(data, &settings, &())
}

fn fitted(learner: &dyn Learner, given: &[(&str, &str)], table: &Table) -> Fitted {
    fit(learner, given, table).expect("the data can be learnt")
}

/// The values of the model for the table's rows.
fn answers(fitted: &Fitted, table: &Table) -> Vec<f32> {
    let model: Box<dyn Predictor> = (fitted.format.load)(&fitted.file).expect("the file loads");
    let rows: Vec<f32> = table.records.iter().copied().collect();
    let mut scores = Scores::new();
    model
        .predict(Rows::F32(&rows), &mut scores)
        .expect("the rows fit the model");
    scores.values().to_vec()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| (a - b).abs() <= 1e-5 * a.abs().max(1.0))
}

/// All rows, all features: every tree is that of the exact engine. Leaves of 20 rows leave hardly any ties.
const WHOLE: [(&str, &str); 4] = [
    ("n_estimators", "3"),
    ("bootstrap", "false"),
    ("max_features", "None"),
    ("min_samples_leaf", "20"),
];

#[test]
fn without_chance_a_forest_is_the_exact_tree() {
    for (seed, kind) in [
        CLASSES,
        NUMBERS,
        Kind {
            missing: 0.1,
            ..CLASSES
        },
        Kind {
            missing: 0.1,
            ..NUMBERS
        },
        Kind {
            n_classes: 2,
            ..CLASSES
        },
        Kind {
            n_classes: 20,
            ..CLASSES
        },
    ]
    .into_iter()
    .enumerate()
    {
        // Weights keep splits by several features from being equally good.
        let table = table(
            1_500,
            Kind {
                weighted: true,
                ..kind
            },
            seed as u64,
        );
        for more in [
            &[][..],
            &[("max_depth", "4")],
            &[("max_leaf_nodes", "9")],
            &[("min_impurity_decrease", "0.002")],
        ] {
            let tree = [&WHOLE[3..], more].concat();
            let expected = answers(&fitted(&DecisionTree, &tree, &table), &table);
            let forest = [&WHOLE[..], &[("tree_method", "exact")], more].concat();
            let found = answers(&fitted(&RandomForest, &forest, &table), &table);
            assert!(close(&expected, &found), "kind {seed}, {more:?}");
        }
    }
}

/// Weights of a half are no whole numbers, so that classes are not counted, and change nothing else.
#[test]
fn classes_are_counted_as_they_are_added_up() {
    let learners: [&dyn Learner; 2] = [&RandomForest, &ExtraTrees];
    for (seed, n_classes) in [2, 3, 5, 8].into_iter().enumerate() {
        for (n_values, missing) in [(0, 0.0), (0, 0.1), (7, 0.0), (300, 0.1)] {
            let kind = Kind {
                n_classes,
                n_values,
                missing,
                weighted: false,
            };
            let counted = table(3000, kind, seed as u64);
            let added = Table {
                weights: Some(Array1::from_elem(3000, 0.5)),
                ..counted.clone()
            };
            for learner in learners {
                let given = [("n_estimators", "4"), ("bootstrap", "false")];
                let of = |table| answers(&fitted(learner, &given, table), &counted);
                let case = format!("{}, {n_classes} classes, {n_values} values", learner.name());
                assert_eq!(of(&counted), of(&added), "{case}");
            }
        }
    }
}

#[test]
fn few_values_lose_nothing_in_bins() {
    for kind in [CLASSES, NUMBERS] {
        for missing in [0.0, 0.1] {
            let table = table(
                2_000,
                Kind {
                    n_values: 200,
                    missing,
                    ..kind
                },
                5,
            );
            let of = |method| {
                let forest = [&WHOLE[..], &[("tree_method", method)]].concat();
                answers(&fitted(&RandomForest, &forest, &table), &table)
            };
            assert!(
                close(&of("exact"), &of("hist")),
                "{} classes, {missing} missing",
                kind.n_classes
            );
        }
    }
}

#[test]
fn neither_the_order_of_rows_nor_threads_change_a_byte() {
    for kind in [CLASSES, NUMBERS] {
        let table = table(
            700,
            Kind {
                missing: 0.05,
                weighted: true,
                ..kind
            },
            7,
        );
        let mut order: Vec<usize> = (0..700).collect();
        order.sort_by_key(|row| row * 389 % 700);
        let other = reordered(&table, &order);
        let settings: [&[(&str, &str)]; 2] = [
            &[
                ("n_estimators", "10"),
                ("bootstrap", "true"),
                ("oob_score", "true"),
            ],
            &[("n_estimators", "10"), ("max_leaf_nodes", "20")],
        ];
        for learner in [&RandomForest as &dyn Learner, &ExtraTrees] {
            for given in settings {
                let on = |threads, table: &Table| {
                    let pool = rayon::ThreadPoolBuilder::new()
                        .num_threads(threads)
                        .build()
                        .expect("threads start");
                    let fitted = pool.install(|| fitted(learner, given, table));
                    (fitted.file, fitted.metrics)
                };
                let expected = on(1, &table);
                assert!(
                    on(2, &other) == expected,
                    "{} {given:?}, 2 threads",
                    learner.name()
                );
                assert!(
                    on(7, &other) == expected,
                    "{} {given:?}, 7 threads",
                    learner.name()
                );
                let seeded = [given, &[("random_state", "1")]].concat();
                assert!(
                    fitted(learner, &seeded, &table).file != expected.0,
                    "a seed changes the trees"
                );
            }
        }
    }
}

#[test]
fn forests_do_better_than_their_trees_on_rows_that_they_have_not_seen() {
    for (kind, least) in [(CLASSES, 0.8), (NUMBERS, 0.85)] {
        let (train, test) = (table(3_000, kind, 11), table(3_000, kind, 12));
        for learner in [&RandomForest as &dyn Learner, &ExtraTrees] {
            let score = |n: &str| {
                right(
                    &answers(&fitted(learner, &[("n_estimators", n)], &train), &test),
                    &test,
                )
            };
            let (one, many) = (score("1"), score("50"));
            assert!(
                many > one + 0.02 && many > least,
                "{}: one tree {one}, 50 trees {many}",
                learner.name()
            );
        }
    }
}

#[test]
fn out_of_bag_rows_score_as_rows_that_no_tree_has_seen() {
    for kind in [CLASSES, NUMBERS] {
        let (train, test) = (table(3_000, kind, 21), table(3_000, kind, 22));
        let forest = fitted(
            &RandomForest,
            &[("n_estimators", "60"), ("oob_score", "true")],
            &train,
        );
        let unseen = right(&answers(&forest, &test), &test);
        let [("oob_score", oob)] = forest.metrics[..] else {
            panic!(
                "expected the score of the out-of-bag rows, found {:?}",
                forest.metrics
            );
        };
        assert!(
            (oob - unseen).abs() < 0.03,
            "out of bag {oob}, unseen {unseen}"
        );
        // And how it came about: most of the way with the first trees.
        let [Body::Lines(course)] = [&forest.sections[0].body] else {
            panic!("{:?}", forest.sections);
        };
        let points = &course.lines[0].points;
        assert_eq!((points.len(), points[59]), (60, (60.0, oob)));
        let (first, half) = (points[0].1, points[29].1);
        assert!(oob - half < (half - first) / 4.0, "{first} {half} {oob}");
    }
}

/// Accuracy, or the coefficient of determination.
fn right(answers: &[f32], table: &Table) -> f64 {
    let n = table.n_rows();
    match &table.target {
        Target::Classes { labels, of_row } => {
            let is_right = |row: &usize| {
                let values = &answers[row * labels.len()..(row + 1) * labels.len()];
                values.iter().all(|value| *value <= values[of_row[*row]])
            };
            (0..n).filter(is_right).count() as f64 / n as f64
        }
        Target::Numbers(numbers) => {
            let mean = numbers.mean().unwrap_or(0.0);
            let residual: f32 = numbers
                .iter()
                .zip(answers)
                .map(|(y, f)| (y - f) * (y - f))
                .sum();
            let total: f32 = numbers.iter().map(|y| (y - mean) * (y - mean)).sum();
            f64::from(1.0 - residual / total)
        }
        Target::None => unreachable!("the tables of this test have targets"),
    }
}

#[test]
fn balanced_classes_weigh_the_same() {
    let mut table = table(
        400,
        Kind {
            n_classes: 2,
            ..CLASSES
        },
        31,
    );
    // One row in ten is of the second class, whatever its features.
    if let Target::Classes { of_row, .. } = &mut table.target {
        of_row
            .indexed_iter_mut()
            .for_each(|(row, class)| *class = usize::from(row % 10 == 0));
    }
    let mean = |class_weight: &str| {
        let stump = [
            ("max_depth", "1"),
            ("class_weight", class_weight),
            ("min_samples_leaf", "40"),
        ];
        let answers = answers(&fitted(&RandomForest, &stump, &table), &table);
        answers.iter().skip(1).step_by(2).sum::<f32>() / 400.0
    };
    assert!((mean("None") - 0.1).abs() < 0.02);
    for balanced in ["balanced", "balanced_subsample", r#"{"0": 1, "1": 9}"#] {
        assert!(
            (mean(balanced) - 0.5).abs() < 0.06,
            "{balanced}: {}",
            mean(balanced)
        );
    }
}

#[test]
fn what_contradicts_is_refused_in_a_sentence() {
    let (classes, numbers) = (table(50, CLASSES, 1), table(50, NUMBERS, 1));
    let refused = |learner: &dyn Learner, given: &[(&str, &str)], table: &Table| match fit(
        learner, given, table,
    ) {
        Ok(_) => panic!("{given:?} was taken"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        refused(&ExtraTrees, &[("oob_score", "true")], &classes),
        "hyperparameter oob_score needs bootstrap=true, this job has bootstrap=false"
    );
    assert_eq!(
        refused(
            &RandomForest,
            &[("bootstrap", "false"), ("max_samples", "0.5")],
            &classes
        ),
        "hyperparameter max_samples needs bootstrap=true, this job has bootstrap=false"
    );
    assert_eq!(
        refused(&RandomForest, &[("max_samples", "51")], &classes),
        "hyperparameter max_samples=51: expected at most 50, the number of rows"
    );
    assert_eq!(
        refused(&RandomForest, &[("criterion", "gini")], &numbers),
        "hyperparameter criterion=gini: task=auto expects squared_error, poisson, or auto"
    );
    let mut negative = numbers.clone();
    negative.target = Target::Numbers((0..50).map(|row| row as f32 - 3.0).collect());
    assert_eq!(
        refused(&RandomForest, &[("criterion", "poisson")], &negative),
        "hyperparameter criterion=poisson: found the label -3, expected labels of at least 0"
    );
}
