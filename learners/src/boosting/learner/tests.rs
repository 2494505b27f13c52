//! Whole jobs, by the settings of a user.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use algorithm::{Checkpoint, Features, Predictor, Rows, Scores, Table};
use ndarray::{Array1, Array2};
use trees::Model;

use super::*;

const FEATURES: usize = 4;

/// A job that keeps all checkpoints, and is stopped after some lines.
#[derive(Default)]
struct Watched {
    printed: Mutex<Vec<String>>,
    said: Mutex<Vec<String>>,
    kept: Mutex<Vec<Checkpoint>>,
    last: Option<Checkpoint>,
    stops_after: Option<usize>,
    rounds: AtomicUsize,
}

impl Watch for Watched {
    fn begin(&self, _: &'static str, _: &'static str, _: u64) -> Arc<AtomicUsize> {
        Arc::default()
    }

    fn print(&self, line: &str) {
        self.printed.lock().unwrap().push(line.to_owned());
    }

    fn status(&self, text: String) {
        self.said.lock().unwrap().push(text);
    }

    fn is_stopped(&self) -> bool {
        self.stops_after
            .is_some_and(|rounds| self.rounds.load(Ordering::Relaxed) >= rounds)
    }

    fn last_checkpoint(&self) -> Option<Checkpoint> {
        self.last.clone()
    }

    fn checkpoint(&self, number: u64, content: &mut dyn FnMut() -> Vec<u8>) {
        self.rounds.fetch_add(1, Ordering::Relaxed);
        let content = content();
        let kept = Checkpoint { number, content };
        self.kept.lock().unwrap().push(kept);
    }
}

impl Watched {
    /// The lines about rounds.
    fn rounds(&self) -> Vec<String> {
        let mut lines = self.printed.lock().unwrap().clone();
        lines.retain(|line| line.starts_with('['));
        lines
    }
}

/// Numbers, counts, zeros and ones, or classes from 0 to 2, with a value missing here and there.
fn table(n: usize, first: usize, label: &str) -> Table {
    let value = |i: usize, j: usize| ((i * (j + 3) * 7 + j * 5 + i / 11) % 23) as f32;
    let records = Array2::from_shape_fn((n, FEATURES), |(i, j)| {
        let i = i + first;
        match (i * (j + 2)).is_multiple_of(17) {
            true => f32::NAN,
            false => value(i, j),
        }
    });
    let noise = |i: usize| (i * 7919 % 101) as f32 / 50.0;
    let labels = (0..n).map(|i| {
        let i = i + first;
        let number = value(i, 0) * 0.25 + value(i, 1) * value(i, 2) / 200.0 + noise(i);
        match label {
            "binary" => f32::from(number > 4.5),
            "class" => (number / 3.0).floor().min(2.0),
            "count" => number.floor(),
            _ => number + 0.5,
        }
    });
    Table {
        target: Target::Numbers(labels.collect::<Array1<f32>>()),
        records,
        weights: None,
        features: Features::unnamed(FEATURES),
        absent: None,
    }
}

fn settings(given: &str) -> Settings {
    let pairs = given.split(' ').filter_map(|pair| pair.split_once('='));
    let given: Vec<(String, String)> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    GradientBoosting.settings(&[TABLE], &given).unwrap()
}

fn fit(given: &str, label: &str, watch: &Watched) -> Result<Fitted, FitError> {
    let data = Data {
        train: &table(400, 0, label),
        validation: Some(&table(150, 400, label)),
    };
    GradientBoosting.fit(data, &settings(given), watch)
}

/// What the model file says about the validation rows: a number or, of two classes, the probability of the second.
fn predictions(fitted: &Fitted, label: &str) -> (Vec<f32>, Vec<f32>) {
    let predictor = (fitted.format.load)(&fitted.file).unwrap();
    let table = table(150, 400, label);
    let rows: Vec<f32> = table.records.iter().copied().collect();
    let mut scores = Scores::new();
    predictor.predict(Rows::F32(&rows), &mut scores).unwrap();
    let width = scores.values().len() / 150;
    let last = scores.values().iter().skip(width - 1).step_by(width);
    let labels = labelled(&table).labels.to_vec();
    (last.copied().collect(), labels)
}

fn value_of(line: &str, name: &str) -> f64 {
    let (_, rest) = line.split_once(&format!("\t{name}:")).unwrap();
    rest.split('\t').next().unwrap().parse().unwrap()
}

#[test]
fn lines_metrics_and_file_agree() {
    let watch = Watched::default();
    let fitted = fit("num_round=12 eta=0.2", "number", &watch).unwrap();
    assert_eq!(fitted.file_name(), "xgboost-model");
    let printed = watch.printed.lock().unwrap().clone();
    assert_eq!(
        printed[..2],
        [
            "Train matrix has 400 rows and 4 columns",
            "Validation matrix has 150 rows"
        ]
    );
    let lines = watch.rounds();
    assert_eq!(lines.len(), 12);
    assert!(lines[0].starts_with("[0]\ttrain-rmse:"), "{}", lines[0]);
    let said = watch.said.lock().unwrap().clone();
    let [train, validation] =
        ["train-rmse", "validation-rmse"].map(|name| value_of(&lines[11], name));
    assert_eq!(
        said[11..],
        [format!(
            "validation-rmse {validation:.5}, train-rmse {train:.5}"
        )]
    );
    let (predicted, labels) = predictions(&fitted, "number");
    let squares = predicted.iter().zip(&labels);
    let squares = squares.map(|(p, y)| f64::from(p - y).powi(2));
    let rmse = (squares.sum::<f64>() / 150.0).sqrt();
    assert!((rmse - value_of(&lines[11], "validation-rmse")).abs() < 1e-5);
    let [("rmse", measured)] = fitted.validation_metrics[..] else {
        panic!("{:?}", fitted.validation_metrics);
    };
    assert!((rmse - measured).abs() < 1e-6);
    let names: Vec<&str> = fitted.importances.iter().map(|one| one.name).collect();
    assert_eq!(names, ["gain", "cover", "frequency"]);
    for importances in fitted.importances.iter().map(|one| &one.values) {
        assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let gain = &fitted.importances[0].values;
    assert!(gain[0] > 0.3, "{gain:?}");
    assert_eq!(fitted.explained_rows.len(), 400);
    let figures: Vec<u64> = fitted.figures.figures.iter().map(|one| one.value).collect();
    assert_eq!(figures[..2], [12, 12]);
    assert_eq!(fitted.sections.len(), 1);
}

#[test]
fn early_stopping_leaves_the_best_round() {
    let watch = Watched::default();
    let given = "num_round=300 eta=0.6 max_depth=8 min_child_weight=0 early_stopping_rounds=4 objective=binary:logistic eval_metric=error,logloss";
    let fitted = fit(given, "binary", &watch).unwrap();
    let values: Vec<f64> = watch
        .rounds()
        .iter()
        .map(|line| value_of(line, "validation-logloss"))
        .collect();
    let best = (0..values.len())
        .min_by(|a, b| values[*a].total_cmp(&values[*b]))
        .unwrap();
    assert_eq!(values.len(), best + 5);
    assert_eq!(fitted.figures.figures[0].value, best as u64 + 1);
    let (predicted, labels) = predictions(&fitted, "binary");
    let losses = predicted.iter().zip(&labels).map(|(p, y)| {
        let p = f64::from(if *y == 1.0 { *p } else { 1.0 - p });
        -p.max(1e-16).ln()
    });
    let logloss = losses.sum::<f64>() / 150.0;
    assert!((logloss - values[best]).abs() < 2e-5);
    let holds = |text: &str| {
        fitted
            .file
            .windows(text.len())
            .any(|at| at == text.as_bytes())
    };
    assert!(holds("best_iteration") && holds("best_score"));
    assert!(!holds("evaluations"));
}

#[test]
fn a_job_that_goes_on_from_any_checkpoint_leaves_the_same_file() {
    for (given, label) in [
        ("num_round=9 subsample=0.7 colsample_bynode=0.5", "number"),
        (
            "num_round=60 eta=0.5 early_stopping_rounds=3 objective=multi:softprob num_class=3 num_parallel_tree=2",
            "class",
        ),
    ] {
        let whole = Watched::default();
        let expected = fit(given, label, &whole).unwrap();
        let kept = whole.kept.lock().unwrap().clone();
        for last in [&kept[0], &kept[kept.len() / 2], &kept[kept.len() - 2]] {
            let first = last.number as usize + 1;
            let watch = Watched {
                last: Some(last.clone()),
                ..Watched::default()
            };
            let found = fit(given, label, &watch).unwrap();
            assert_eq!(watch.rounds(), whole.rounds()[first..]);
            assert!(found.file == expected.file, "{given} from {first}");
            assert_eq!(found.validation_metrics, expected.validation_metrics);
        }
    }
}

#[test]
fn a_checkpoint_of_another_job_is_refused() {
    let watch = Watched::default();
    fit("num_round=2", "number", &watch).unwrap();
    let kept = watch.kept.lock().unwrap()[1].clone();
    let refused = |given: &str, content: &[u8]| {
        let watch = Watched {
            last: Some(Checkpoint {
                number: 1,
                content: content.to_vec(),
            }),
            ..Watched::default()
        };
        fit(given, "number", &watch).unwrap_err().to_string()
    };
    assert_eq!(
        refused("num_round=4 objective=reg:gamma", &kept.content),
        "checkpoint 1 is not of this job, remove it to begin anew: invalid XGBoost model: found the objective `reg:squarederror`, expected reg:gamma"
    );
    assert!(refused("num_round=4", b"").starts_with("checkpoint 1 is not of this job"));
    // Cut or changed anywhere, it is refused or taken, and nothing else happens.
    for at in 0..kept.content.len() {
        let mut changed = kept.content.clone();
        changed[at] ^= 0xff;
        for content in [&changed[..], &kept.content[..at]] {
            let new = model::new(&settings("num_round=4"), &table(9, 0, "number"));
            let content = content.to_vec();
            let checkpoint = Checkpoint { number: 1, content };
            let _ = model::resumed(&new, [1, 1], &checkpoint);
        }
    }
}

#[test]
fn a_job_that_is_stopped_leaves_the_rounds_so_far() {
    let watch = Watched {
        stops_after: Some(3),
        ..Watched::default()
    };
    let fitted = fit("num_round=100", "number", &watch).unwrap();
    assert_eq!(fitted.figures.figures[0].value, 3);
    assert_eq!(watch.rounds().len(), 3);
    let short = fit("num_round=3", "number", &Watched::default()).unwrap();
    assert!(fitted.file == short.file);
    assert!(
        GradientBoosting
            .is_saved_when_stopped(&settings("num_round=1 save_model_on_termination=true"))
    );
    assert!(!GradientBoosting.is_saved_when_stopped(&settings("num_round=1")));
}

/// The metrics of the learner are of the margins that it adds up; the job's are of the file.
#[test]
fn files_of_all_objectives_begin_with_the_margins_of_the_rounds() {
    for (objective, label) in [
        ("reg:squarederror", "number"),
        ("reg:squaredlogerror", "number"),
        ("reg:pseudohubererror", "number"),
        ("reg:absoluteerror", "number"),
        ("reg:gamma", "number"),
        ("reg:tweedie", "count"),
        ("count:poisson", "count"),
        ("reg:logistic", "binary"),
        ("binary:logistic", "binary"),
        ("binary:logitraw", "binary"),
        ("binary:hinge", "binary"),
        ("multi:softmax num_class=3", "class"),
        ("multi:softprob num_class=3", "class"),
    ] {
        let settings = settings(&format!("num_round=1 objective={objective}"));
        let train = table(400, 0, label);
        let data = Data {
            train: &train,
            validation: None,
        };
        let plan = Plan::new(&settings, data).unwrap();
        let written = model::new(&settings, &train).objective;
        let rows = labelled(&train);
        let mut base_scores = vec![plan.objective.estimate_base_score(rows)];
        let of_unit = (1..2_000).map(|i| i as f32 / 2_000.0);
        base_scores.extend(of_unit.map(|b| vec![b; plan.objective.n_outputs()]));
        for base_score in base_scores {
            let expected = plan.objective.base_margins(&base_score).unwrap();
            assert_eq!(written.margins(&base_score), expected, "{objective}");
        }
        let given = format!("num_round=2 objective={objective}");
        let xgboost = fit(&given, label, &Watched::default()).unwrap();
        let onnx = fit(
            &format!("{given} model_format=onnx"),
            label,
            &Watched::default(),
        )
        .unwrap();
        assert_eq!(onnx.file_name(), "model.onnx");
        let margins = |model: Model| {
            let rows: Vec<f32> = table(150, 400, label).records.iter().copied().collect();
            let mut margins = Vec::new();
            model.raw_scores(Rows::F32(&rows), &mut margins).unwrap();
            margins
        };
        let of_xgboost = margins(Model::load_xgboost(&xgboost.file).unwrap());
        assert_eq!(of_xgboost.len(), 150 * plan.objective.n_outputs());
        let labels = |fitted: &Fitted| predictions(fitted, label).0;
        if objective != "binary:hinge" {
            let pairs = labels(&xgboost).into_iter().zip(labels(&onnx));
            for (a, b) in pairs {
                assert!(
                    (a - b).abs() <= 1e-6 * a.abs().max(1.0),
                    "{objective}: {a} {b}"
                );
            }
        }
    }
}

#[test]
fn the_metric_of_a_tuning_job_is_the_last_one() {
    let line = |given: &str| {
        let watch = Watched::default();
        fit(&format!("num_round=1 {given}"), "binary", &watch).unwrap();
        let names: Vec<String> = watch.rounds()[0]
            .split('\t')
            .filter_map(|field| Some(field.split_once("train-")?.1.split_once(':')?.0.to_owned()))
            .collect();
        names.join(" ")
    };
    assert_eq!(line(""), "rmse");
    assert_eq!(line("objective=binary:logistic"), "logloss");
    let given = "objective=binary:logistic eval_metric=auc,error,logloss,error@0.5";
    assert_eq!(line(given), "auc logloss error");
    let given = format!("{given} _tuning_objective_metric=validation:auc");
    assert_eq!(line(&given), "logloss error auc");
}

#[test]
fn early_stopping_is_off_without_validation_rows() {
    let given = settings("num_round=3 early_stopping_rounds=1");
    let data = Data {
        train: &table(50, 0, "number"),
        validation: None,
    };
    let fitted = GradientBoosting.fit(data, &given, &()).unwrap();
    assert_eq!(fitted.figures.figures[0].value, 3);
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_the_file() {
    let given = "num_round=5 subsample=0.6 colsample_bytree=0.5 objective=count:poisson";
    let expected = fit(given, "count", &Watched::default()).unwrap();
    let one = fit(&format!("{given} nthread=1"), "count", &Watched::default()).unwrap();
    assert!(one.file == expected.file);
    let mut turned = table(400, 0, "count");
    turned.records.invert_axis(ndarray::Axis(0));
    turned.records = turned.records.as_standard_layout().into_owned();
    if let Target::Numbers(numbers) = &mut turned.target {
        *numbers = numbers.iter().rev().copied().collect();
    }
    let data = Data {
        train: &turned,
        validation: None,
    };
    let turned = GradientBoosting.fit(data, &settings(given), &()).unwrap();
    assert!(turned.file == expected.file);
}

#[test]
fn what_does_not_fit_the_rows_is_refused() {
    for (given, label, sentence) in [
        (
            "monotone_constraints=(1,0,0,0,1) tree_method=hist",
            "number",
            "monotone_constraints: found 5 directions, expected at most 4, one a feature",
        ),
        (
            "interaction_constraints=[[0,4]] tree_method=hist",
            "number",
            "interaction_constraints: found feature 4, allowed are 0 to 3",
        ),
        (
            "objective=binary:logistic",
            "class",
            "label must be in (0, 1) for logistic regression",
        ),
        (
            "eval_metric=merror",
            "number",
            "Metric 'merror' is for multi:softmax and multi:softprob, the objective is reg:squarederror.",
        ),
    ] {
        let error = fit(&format!("num_round=2 {given}"), label, &Watched::default());
        assert_eq!(error.unwrap_err().to_string(), sentence);
    }
}

#[test]
fn folds_leave_a_model_each_and_predictions_of_rows_not_seen() {
    for (given, label, width) in [
        ("_kfold=4 _num_cv_round=2", "number", 2),
        (
            "_kfold=4 eval_metric=accuracy objective=binary:logistic",
            "binary",
            3,
        ),
        (
            "_kfold=4 eval_metric=accuracy objective=multi:softmax num_class=3",
            "class",
            3,
        ),
    ] {
        let watch = Watched::default();
        let fitted = fit(&format!("num_round=6 {given}"), label, &watch).unwrap();
        let n_models = if given.contains("round") { 8 } else { 4 };
        assert_eq!(fitted.file_name(), "xgboost-model-0");
        assert_eq!(fitted.more_files.len(), n_models - 1);
        assert_eq!(fitted.more_files[2].0, "xgboost-model-3");
        // Rounds, and the means of all folds.
        let lines = watch.rounds();
        assert_eq!(lines.len(), n_models * 6 + n_models / 4);
        let mean = lines.last().unwrap();
        assert!(mean.starts_with("[6]\ttrain-"), "{mean}");
        assert!(watch.kept.lock().unwrap().is_empty());
        let said = watch.said.lock().unwrap().clone();
        assert!(
            said[0].starts_with("fold 1 of 4, validation-"),
            "{}",
            said[0]
        );
        assert!(
            said[23].starts_with("fold 4 of 4, validation-"),
            "{}",
            said[23]
        );
        let (name, value) = fitted.validation_metrics[0];
        assert!(mean.contains(&format!("\tvalidation-{name}:")), "{mean}");
        let [("predictions.csv", csv)] = &fitted.files[..] else {
            panic!("{:?}", fitted.files);
        };
        let rows: Vec<Vec<f64>> = std::str::from_utf8(csv)
            .unwrap()
            .lines()
            .map(|line| line.split(',').map(|text| text.parse().unwrap()).collect())
            .collect();
        assert_eq!((rows.len(), rows[0].len()), (550, width));
        let labels = [table(400, 0, label), table(150, 400, label)];
        let labels = labels
            .iter()
            .flat_map(|table| labelled(table).labels.to_vec());
        assert!(
            labels
                .zip(&rows)
                .all(|(y, row)| (f64::from(y) - row[0]).abs() < 1e-5)
        );
        let right = rows.iter().filter(|row| row.last() == row.first()).count();
        match label {
            "number" => {
                let squares = rows.iter().map(|row| (row[0] - row[1]).powi(2));
                let rmse = (squares.sum::<f64>() / 550.0).sqrt();
                assert!((rmse / value - 1.0).abs() < 0.05, "{rmse} {value}");
            }
            _ => {
                let accuracy = right as f64 / 550.0;
                assert!((accuracy - value).abs() < 1e-3, "{accuracy} {value}");
            }
        }
    }
    let error = fit("num_round=1 _kfold=551", "number", &Watched::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "_kfold: found 551 folds, expected at most 550, the number of rows"
    );
}
