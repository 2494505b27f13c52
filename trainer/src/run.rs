//! The steps of a job: job files, hyperparameters, records, table, learner, evaluation by the predictor,
//! model file, report.

use std::io;

use algorithm::{Data, FitError, Fitted, PredictError};
use thiserror::Error;
use tracing::{info, warn};

use crate::{
    data::{ChannelTable, DataError},
    evaluate::{Evaluation, ServedError, evaluate, served},
    input::Input,
    job::{Job, JobError, outcome, stop::Stop},
    model_file::{self, ModelFileError},
    parameters::Parameters,
    progress::{Phases, Shown},
    report::Report,
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
    /// The learner refuses settings or data.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The learner's model file can't be served.
    #[error(transparent)]
    Served(#[from] ServedError),
    /// The learner's model can't score the rows.
    #[error("the model of the learner {learner} can't be measured: {source}")]
    Evaluate {
        /// The learner's name.
        learner: &'static str,
        /// The cause.
        source: PredictError,
    },
    /// Writing the model.
    #[error(transparent)]
    ModelFile(#[from] ModelFileError),
    /// Writing anything else.
    #[error("output can't be written: {0}")]
    Output(#[from] io::Error),
}

/// Runs the job that `env` and the files below its base directory describe.
///
/// # Errors
/// The first thing that can't be done; there is then no model file of this run.
pub fn run(
    parameters: &Parameters,
    env: impl Fn(&str) -> Option<String>,
    stop: &Stop,
) -> Result<(), RunError> {
    let job = Job::read(parameters, env)?;
    if !job.host.trains() {
        let (host, first) = (&job.host.name, &job.host.all[0]);
        info!("{host} has nothing to do: {first} trains and writes the model");
        return Ok(outcome::write_success(&job.paths)?);
    }
    if job.host.all.len() > 1 {
        warn!("only this host trains, on its own files; expected data that is fully replicated");
    }
    info!("hyperparameters: {}", job.settings);
    let mut phases = Phases::default();
    let input = Input::read(&job, &mut phases)?;
    let fitted = fit(&job, &input, &mut phases)?;
    let (train, validation) = measure(&job, &input, &fitted, &mut phases)?;
    print_metrics(&train, validation.as_ref());
    publish(&job, &fitted, stop, &mut phases)?;
    let report = Report {
        job: &job,
        input: &input,
        fitted: &fitted,
        train,
        validation,
        phases: &phases,
    };
    // The model is what the job is for, and it is complete.
    let directory = job.paths.output_data.display();
    match report.write(&job.paths.output_data) {
        Ok(names) => info!("wrote {} to {directory}", names.join(", ")),
        Err(error) => warn!("no reports: {directory} can't be written: {error}"),
    }
    Ok(outcome::write_success(&job.paths)?)
}

/// Lets the learner learn.
fn fit(job: &Job, input: &Input, phases: &mut Phases) -> Result<Fitted, FitError> {
    let data = Data {
        train: &input.training.table,
        validation: input.validation.as_ref().map(|channel| &channel.table),
    };
    let (fitted, seconds) = phases.time("fitting", || {
        let shown = Shown::default();
        job.learner.fit(data, &job.settings, &shown)
    });
    let fitted = fitted?;
    let mut model = fitted.title.clone();
    for figure in &fitted.figures.figures {
        if let Some(label) = figure.label {
            model.push_str(&format!(", {} {label}", figure.value));
        }
    }
    info!("fitted in {seconds:.2} s: {model}");
    for warning in &fitted.warnings {
        warn!("{warning}");
    }
    Ok(fitted)
}

/// How well the predictor that will be served does: on the training rows, and on the validation rows.
fn measure(
    job: &Job,
    input: &Input,
    fitted: &Fitted,
    phases: &mut Phases,
) -> Result<(Evaluation, Option<Evaluation>), RunError> {
    let learner = job.learner.name();
    let (measured, seconds) = phases.time("evaluating", || {
        let predictor = served(learner, fitted, &input.training.table)?;
        let of = |channel: &ChannelTable| {
            evaluate(&*predictor, &channel.table)
                .map_err(|source| RunError::Evaluate { learner, source })
        };
        let mut train = of(&input.training)?;
        train.metrics.extend(&fitted.metrics);
        let validation = input.validation.as_ref().map(of).transpose()?;
        Ok::<_, RunError>((train, validation))
    });
    let measured = measured?;
    info!("evaluated in {seconds:.2} s");
    Ok(measured)
}

/// As SageMaker's metric definitions find them: `name=(.*?);`. Of the training rows only the first metric.
fn print_metrics(train: &Evaluation, validation: Option<&Evaluation>) {
    for (name, value) in train.metrics.iter().take(1) {
        println!("train:{name}={value:.9};");
    }
    for (name, value) in validation.iter().flat_map(|validation| &validation.metrics) {
        println!("validation:{name}={value:.9};");
    }
}

/// Puts the model file in place.
fn publish(
    job: &Job,
    fitted: &Fitted,
    stop: &Stop,
    phases: &mut Phases,
) -> Result<(), ModelFileError> {
    let name = fitted.format.file_name();
    let (published, seconds) = phases.time("writing", || {
        stop.publishing(|| model_file::publish(&job.paths.model, &name, &fitted.file))
    });
    published?;
    info!(
        "wrote {} ({} bytes) in {seconds:.2} s",
        job.paths.model.join(name).display(),
        fitted.file.len()
    );
    Ok(())
}
