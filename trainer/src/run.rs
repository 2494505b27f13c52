//! A training job from beginning to end: job files, data, tree, figures, model file.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::Instant,
};

use serde_json::json;
use thiserror::Error;
use tracing::{info, warn};

use crate::{
    data::{Channel, Classes, DataError, ReadOptions, Table, warnings},
    grow::{GrowError, grow},
    job::{Job, JobError, outcome, stop::Stop},
    model_file::{self, ModelFileError},
    progress::Progress,
    report::{Report, Scored},
    tree::{Leaves, Tree},
};

/// Why a job failed, in one sentence.
#[derive(Debug, Error)]
pub enum RunError {
    /// The job's files.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Growing the tree.
    #[error(transparent)]
    Grow(#[from] GrowError),
    /// Writing the model.
    #[error(transparent)]
    ModelFile(#[from] ModelFileError),
    /// Writing anything else.
    #[error("output cannot be written: {0}")]
    Output(#[from] io::Error),
}

/// Runs the job that `env` and the files below its base directory describe.
///
/// # Errors
/// The first thing that can't be done; there is then no model file of this run.
pub fn run(env: impl Fn(&str) -> Option<String>, stop: &Stop) -> Result<(), RunError> {
    let job = Job::read(&env)?;
    if !job.host.trains() {
        let first = job.host.all.first().map_or("", String::as_str);
        let host = &job.host.name;
        info!("{host} has nothing to do: {first} trains and writes the model");
        return Ok(outcome::write_success(&job.paths)?);
    }
    if let [_, others @ ..] = &job.host.all[..]
        && !others.is_empty()
    {
        warn!("only this host trains, on its own files; expected data that is fully replicated");
    }
    info!("hyperparameters: {}", job.hyperparameters);
    let data = Data::read(&job)?;
    let started = Instant::now();
    let tree = grown(&job, &data)?;
    let growing = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let mut report = evaluated(&job, &data, &tree, env);
    let evaluating = started.elapsed().as_secs_f64();
    print_metrics(&report);
    let started = Instant::now();
    let onnx = model_file::to_onnx(&tree, &data.classes, &data.table.columns, metadata(&job))?;
    stop.publishing(|| model_file::publish(&job.paths.model, &onnx))?;
    let writing = started.elapsed().as_secs_f64();
    let model = job.paths.model.join(model_file::FILE_NAME);
    info!(
        "wrote {} ({} bytes) in {writing:.2} s",
        model.display(),
        onnx.len()
    );
    report.seconds = vec![
        ("reading", data.seconds),
        ("growing", growing),
        ("evaluating", evaluating),
        ("writing", writing),
    ];
    // The model is what the job is for, and it is complete.
    match report.write(&job.paths.output_data) {
        Ok(()) => info!(
            "wrote report.html, tree.txt and metrics.json to {}",
            job.paths.output_data.display()
        ),
        Err(error) => warn!(
            "no reports: {} cannot be written: {error}",
            job.paths.output_data.display()
        ),
    }
    Ok(outcome::write_success(&job.paths)?)
}

/// What the model file says about its origin; nothing that differs between runs on the same rows.
fn metadata(job: &Job) -> Vec<(String, String)> {
    let settings: BTreeMap<_, _> = job.hyperparameters.resolved().into_iter().collect();
    vec![("hyperparameters".to_owned(), json!(settings).to_string())]
}

/// What is trained and validated on.
struct Data {
    table: Table,
    classes: Classes,
    validation: Option<Table>,
    warnings: Vec<String>,
    /// Taken by reading.
    seconds: f64,
}

impl Data {
    fn read(job: &Job) -> Result<Self, DataError> {
        let options = ReadOptions {
            header: job.hyperparameters.header,
            csv_weights: job.hyperparameters.csv_weights,
            ..ReadOptions::default()
        };
        let started = Instant::now();
        let ((table, classes), seconds) = watched(&job.training, &options, |options| {
            Table::training(&job.training, options)
        })?;
        describe(&job.training, &table, seconds);
        info!("{} classes: {}", classes.len(), some_of(&classes.names()));
        let mut warnings = warnings(&table, &classes);
        for warning in &warnings {
            warn!("{warning}");
        }
        let Some(channel) = &job.validation else {
            return Ok(Self {
                table,
                classes,
                validation: None,
                warnings,
                seconds,
            });
        };
        let options = ReadOptions {
            like: Some(table.columns.clone()),
            bytes_read: Arc::default(),
            ..options
        };
        let ((validation, unseen), seconds) = watched(channel, &options, |options| {
            Table::like(channel, options, &classes)
        })?;
        describe(channel, &validation, seconds);
        if !unseen.is_empty() {
            let labels = some_of(&unseen);
            let warning = format!(
                "channel {} has labels that training has not, so that no tree predicts them: {labels}",
                channel.name
            );
            warn!("{warning}");
            warnings.push(warning);
        }
        Ok(Self {
            table,
            classes,
            validation: Some(validation),
            warnings,
            seconds: started.elapsed().as_secs_f64(),
        })
    }
}

/// Reads a channel while its progress is shown.
fn watched<T>(
    channel: &Channel,
    options: &ReadOptions,
    read: impl FnOnce(&ReadOptions) -> Result<T, DataError>,
) -> Result<(T, f64), DataError> {
    let progress = Progress::watch(
        "reading",
        "bytes",
        channel.n_bytes()?,
        options.bytes_read.clone(),
    );
    let table = read(options)?;
    Ok((table, progress.end()))
}

fn describe(channel: &Channel, table: &Table, seconds: f64) {
    info!(
        "read channel {} in {seconds:.2} s: {} files, {} bytes, {} rows, {} features, {} missing values",
        channel.name,
        table.n_files,
        table.n_bytes,
        table.dataset.targets.len(),
        table.columns.n_features,
        table.n_missing,
    );
    if table.n_weightless > 0 {
        info!("left out {} rows whose weight is 0", table.n_weightless);
    }
}

fn grown(job: &Job, data: &Data) -> Result<Tree, GrowError> {
    let settled = Arc::new(AtomicUsize::new(0));
    let n_rows = data.table.dataset.targets.len() as u64;
    let progress = Progress::watch("growing", "rows settled", n_rows, settled.clone());
    let tree = grow(
        &data.table.dataset,
        &data.classes,
        &job.hyperparameters,
        settled,
    )?;
    let seconds = progress.end();
    info!(
        "grew the tree in {seconds:.2} s: {} leaves, depth {}",
        tree.n_leaves(),
        tree.depth()
    );
    Ok(tree)
}

/// How well the tree does.
fn evaluated<'a>(
    job: &'a Job,
    data: &'a Data,
    tree: &'a Tree,
    env: impl Fn(&str) -> Option<String>,
) -> Report<'a> {
    let started = Instant::now();
    let leaves = Leaves::of(tree);
    let title = env("TRAINING_JOB_NAME").filter(|name| !name.trim().is_empty());
    let report = Report::new(
        title.unwrap_or_else(|| "Decision tree".to_owned()),
        &job.hyperparameters,
        &data.table,
        data.classes.names(),
        tree,
        Scored::of(tree, &leaves, &data.table),
        data.validation
            .as_ref()
            .map(|table| Scored::of(tree, &leaves, table)),
        data.warnings.clone(),
    );
    info!("evaluated in {:.2} s", started.elapsed().as_secs_f64());
    report
}

/// As SageMaker's metric definitions find them: `name=(.*?);`.
fn print_metrics(report: &Report<'_>) {
    println!("train:accuracy={:.9};", report.train.metrics.accuracy);
    let validation = report.validation.iter();
    for (name, value) in validation.flat_map(|scored| scored.metrics.named()) {
        println!("validation:{name}={value:.9};");
    }
}

/// The first few of a list.
fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = names.len().saturating_sub(SHOWN);
    match more {
        0 => first.join(", "),
        _ => format!("{} and {more} more", first.join(", ")),
    }
}
