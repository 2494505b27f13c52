//! Cross-validation: the rows of both channels in folds, a model for the rows outside of each, and what these models
//! predict for the rows that they have not seen.

use algorithm::{
    Data, FitError, Fitted, Output, Predictor, Rows, Scores, Table, Target,
    report::{Figure, Figures},
};
use ndarray::{Array2, ShapeBuilder};

use super::{Job, evaluations, job::FILE_NAME, labelled, model, report};
use crate::{
    bins::Bins,
    boosting::{objective::Objective, sample::RowNumbers},
    exact::draw::mix,
};

/// Models of folds, and what they did.
#[derive(Default)]
struct Done {
    /// Of each model the metrics of the rows that it learnt from, and of those that it did not.
    values: Vec<[Vec<f64>; 2]>,
    files: Vec<Vec<u8>>,
    n_trees: usize,
}

/// Learns `n_folds` models, and that as often as `_num_cv_round` says.
pub(super) fn fit(job: &Job<'_>, data: Data<'_>, n_folds: u64) -> Result<Fitted, FitError> {
    let rows = both(data);
    let n_rows = rows.n_rows();
    let n_folds = match usize::try_from(n_folds) {
        Ok(n_folds) if n_folds <= n_rows => n_folds,
        _ => {
            return Err(FitError::new(format!(
                "_kfold: found {n_folds} folds, expected at most {n_rows}, the number of rows"
            )));
        }
    };
    let numbers = {
        let bins = Bins::new(rows.records.view(), job.plan.max_bin);
        RowNumbers::new(&bins, labelled(&rows))
    };
    let seed = mix(job.plan.params.tree.seed ^ 0x666f_6c64); // "fold"
    let mut done = Done::default();
    let mut predictions = vec![Predicted::default(); n_rows];
    for repeat in 0..job.settings.whole("_num_cv_round") {
        let first = done.values.len();
        let mut order = numbers.shuffled(mix(seed ^ mix(repeat)));
        if is_classification(&job.plan.objective) {
            let labels = labelled(&rows).labels;
            // Neighbours in this order are of different folds, so that each has its share of each class.
            order.sort_by(|a, b| labels[*a as usize].total_cmp(&labels[*b as usize]));
        }
        for fold in 0..n_folds {
            let of_fold = |is_inside: bool| -> Vec<u32> {
                let places = order.iter().enumerate();
                let places = places.filter(|(place, _)| (place % n_folds == fold) == is_inside);
                let mut rows: Vec<u32> = places.map(|(_, row)| *row).collect();
                rows.sort_unstable();
                rows
            };
            let held_out = of_fold(true);
            let (train, validation) = (part(&rows, &of_fold(false)), part(&rows, &held_out));
            let name = format!("fold {} of {n_folds}", fold + 1);
            one(job, &name, &train, &validation, &mut done).and_then(|predictor| {
                predict(&*predictor, &validation, &held_out, &mut predictions)
            })?;
            if job.watch.is_stopped() {
                break;
            }
        }
        let [train, validation] = [0, 1].map(|part| means(&done.values[first..], part));
        let round = job.plan.params.num_round;
        let line = evaluations::line(round, &job.plan.metrics, &train, &validation);
        job.watch.print(&line);
        if job.watch.is_stopped() {
            break;
        }
    }
    Ok(fitted(job, done, &rows, &predictions))
}

/// A row's predictions by models that have not seen it.
#[derive(Clone, Debug, Default)]
struct Predicted {
    n: u32,
    /// Of the numbers, or of the probabilities of the classes.
    sum: f64,
    /// Of a classifier.
    classes: Vec<u32>,
}

/// The model of a fold, as it is served.
fn one(
    job: &Job<'_>,
    name: &str,
    train: &Table,
    validation: &Table,
    done: &mut Done,
) -> Result<Box<dyn Predictor>, FitError> {
    let data = Data {
        train,
        validation: Some(validation),
    };
    let new = model::new(job.settings, train);
    let boosted = job.boost(data, &new, None, Some(name))?;
    if let Some(last) = report::last(&boosted) {
        done.values
            .push([last.train.clone(), last.validation.clone()]);
    }
    done.n_trees += boosted.trees.len();
    let fitted = job.file(&model::with_trees(&new, &boosted))?;
    let predictor = (fitted.format.load)(&fitted.file).map_err(FitError::new)?;
    done.files.push(fitted.file);
    Ok(predictor)
}

fn predict(
    predictor: &dyn Predictor,
    table: &Table,
    rows: &[u32],
    predictions: &mut [Predicted],
) -> Result<(), FitError> {
    // Row by row, though a table's columns are side by side.
    let values: Vec<f32> = table.records.iter().copied().collect();
    let mut scores = Scores::new();
    predictor
        .predict(Rows::F32(&values), &mut scores)
        .map_err(FitError::new)?;
    let width = scores.values().len() / rows.len();
    let is_classifier = matches!(predictor.signature().output, Output::Classes(_));
    for (at, row) in rows.iter().enumerate() {
        let values = &scores.values()[at * width..][..width];
        let predicted = &mut predictions[*row as usize];
        predicted.n += 1;
        match is_classifier {
            // As in the container: of two classes the second's, of several the predicted one's.
            true => {
                let class = scores.labels()[at];
                predicted.classes.push(class);
                let shown = if width == 2 { 1 } else { class as usize };
                predicted.sum += f64::from(values[shown]);
            }
            false => predicted.sum += f64::from(values[0]),
        }
    }
    Ok(())
}

fn fitted(job: &Job<'_>, done: Done, rows: &Table, predictions: &[Predicted]) -> Fitted {
    let n_models = done.files.len();
    let is_onnx = job.settings.choice("model_format") == "onnx";
    let name = |model: usize| match is_onnx {
        true => format!("model-{model}.onnx"),
        false => format!("{FILE_NAME}-{model}"),
    };
    let format = job.format();
    let mut files = done.files.into_iter();
    let Some(first) = files.next() else {
        unreachable!(
            "there are a repeat and a fold at least, and a stop is asked for after a fold"
        );
    };
    let more = files.enumerate();
    let named = |part| report::named(&job.plan.metrics, &means(&done.values, part));
    let title = format!("Boosted trees for {}", job.plan.objective.name());
    Fitted {
        file_name: Some(name(0)),
        more_files: more.map(|(i, file)| (name(i + 1), file)).collect(),
        metrics: named(0),
        validation_metrics: named(1),
        figures: Figures {
            name: "boosted_trees",
            figures: vec![
                Figure::new("n_models", Some("models"), n_models),
                Figure::new("n_trees", Some("trees"), done.n_trees),
            ],
        },
        files: vec![("predictions.csv", csv(rows, predictions).into_bytes())],
        ..Fitted::new(format, first, title)
    }
}

/// Label, mean prediction and, of a classifier, the class that is predicted most often; the first of several. Rows that
/// no model was asked about, in a job that was stopped, are left out.
fn csv(rows: &Table, predictions: &[Predicted]) -> String {
    let mut text = String::new();
    for (label, predicted) in labelled(rows).labels.iter().zip(predictions) {
        if predicted.n == 0 {
            continue;
        }
        let mean = predicted.sum / f64::from(predicted.n);
        text.push_str(&format!("{label:.6},{mean:.6}"));
        if let Some(class) = most_frequent(&predicted.classes) {
            text.push_str(&format!(",{:.6}", f64::from(class)));
        }
        text.push('\n');
    }
    text
}

fn most_frequent(classes: &[u32]) -> Option<u32> {
    let mut sorted = classes.to_vec();
    sorted.sort_unstable();
    let mut groups: Vec<&[u32]> = sorted.chunk_by(|a, b| a == b).collect();
    // Stable, so that the smallest of equally frequent ones stays first.
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups.first().map(|group| group[0])
}

fn means(values: &[[Vec<f64>; 2]], part: usize) -> Vec<f64> {
    let n_metrics = values.first().map_or(0, |first| first[part].len());
    let mean = |metric| {
        let all = values.iter().map(|one: &[Vec<f64>; 2]| one[part][metric]);
        all.sum::<f64>() / values.len() as f64
    };
    (0..n_metrics).map(mean).collect()
}

fn is_classification(objective: &Objective) -> bool {
    objective.name().starts_with("binary:") || objective.n_outputs() > 1
}

/// The rows of the training channel, then those of the validation channel.
fn both(data: Data<'_>) -> Table {
    let tables: Vec<&Table> = std::iter::once(data.train).chain(data.validation).collect();
    let places: Vec<(&Table, usize)> = tables
        .iter()
        .flat_map(|table| (0..table.n_rows()).map(|row| (*table, row)))
        .collect();
    gathered(data.train, &places)
}

/// These rows.
fn part(table: &Table, rows: &[u32]) -> Table {
    let places: Vec<(&Table, usize)> = rows.iter().map(|row| (table, *row as usize)).collect();
    gathered(table, &places)
}

/// A table of rows of others, with the features of `like`. All have weights if it has.
fn gathered(like: &Table, places: &[(&Table, usize)]) -> Table {
    let shape = (places.len(), like.features.len());
    let weight = |(table, row): &(&Table, usize)| labelled(table).weight(*row);
    Table {
        records: Array2::from_shape_fn(shape.f(), |(place, feature)| {
            let (table, row) = places[place];
            table.records[[row, feature]]
        }),
        target: Target::Numbers(
            places
                .iter()
                .map(|(table, row)| labelled(table).labels[*row])
                .collect(),
        ),
        weights: like
            .weights
            .is_some()
            .then(|| places.iter().map(weight).collect()),
        features: like.features.clone(),
        absent: like.absent,
    }
}
