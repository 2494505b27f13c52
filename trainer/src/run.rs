//! The steps of a job: job files, hyperparameters, records, table, learner, evaluation by the predictor,
//! model file, report.

use std::io;

use algorithm::{Data, FitError, Fitted, PredictError, Predictor, Share};
use thiserror::Error;
use tracing::{info, warn};

use crate::{
    data::{ChannelTable, DataError},
    evaluate::{Contributions, Evaluation, ServedError, contributions, evaluate, served},
    fitting::Fitting,
    input::Input,
    job::{Job, JobError, Order, outcome, stop::Stop},
    model_file::{self, ModelFileError},
    parameters::Parameters,
    progress::{Phases, print},
    report::Report,
};

/// A job that failed, in one sentence.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct Failed {
    /// What precedes the sentence on stderr, if the learner wants something else there than the program's name.
    pub prefix: Option<&'static str>,
    /// Why.
    pub error: Box<RunError>,
}

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
) -> Result<(), Failed> {
    let order = Order::read(parameters, &env).map_err(|error| Failed {
        prefix: None,
        error: Box::new(error.into()),
    })?;
    carry_out(&order, parameters, env, stop).map_err(|error| Failed {
        prefix: order.learner.failure_prefix(),
        error: Box::new(error),
    })
}

fn carry_out(
    order: &Order,
    parameters: &Parameters,
    env: impl Fn(&str) -> Option<String>,
    stop: &Stop,
) -> Result<(), RunError> {
    let job = Job::read(order, parameters, env)?;
    let Some(share) = job.share else {
        let (host, first) = (&job.host.name, &job.host.all[0]);
        info!("{host} has nothing to do: {first} trains and writes the model");
        return Ok(outcome::write_success(&job.paths)?);
    };
    if job.host.all.len() > 1 {
        match share {
            Share::ALL => {
                warn!(
                    "only this host trains, on its own files; expected data that is fully replicated"
                );
            }
            Share { index, count } => info!("trains part {} of {count}", index + 1),
        }
    }
    info!("hyperparameters: {}", job.settings);
    let mut phases = Phases::default();
    let input = Input::read(&job, &mut phases)?;
    let fitted = fit(&job, share, &input, stop, &mut phases)?;
    let predictor = check(&job, &input, &fitted, &mut phases)?;
    // Who stops a job does not wait for long.
    let is_hurried = stop.is_asked();
    if is_hurried {
        publish(&job, &fitted, stop, &mut phases)?;
    }
    let (train, validation) = measure(&job, &input, &fitted, &*predictor, &mut phases)?;
    // Of several hosts one measures: figures of the same name would contradict each other.
    if share.index == 0 {
        print_metrics(&train, &fitted.metrics, validation.as_ref());
    }
    if !is_hurried {
        publish(&job, &fitted, stop, &mut phases)?;
    }
    if share.index == 0 {
        // Who stops a job does not wait for what only people look at.
        let contributions = match is_hurried {
            true => None,
            false => explain(&job, &input, &fitted, &*predictor, &mut phases)?,
        };
        report(&Report {
            job: &job,
            input: &input,
            fitted: &fitted,
            output: &predictor.signature().output,
            train,
            validation,
            contributions,
            phases: &phases,
        });
    }
    Ok(outcome::write_success(&job.paths)?)
}

/// Lets the learner learn.
fn fit(
    job: &Job,
    share: Share,
    input: &Input,
    stop: &Stop,
    phases: &mut Phases,
) -> Result<Fitted, FitError> {
    let data = Data {
        train: &input.training.table,
        validation: input.validation.as_ref().map(|channel| &channel.table),
    };
    if job.learner.is_saved_when_stopped(&job.settings) {
        stop.learning();
    }
    let (fitted, seconds) = phases.time("fitting", || {
        let fitting = Fitting::new(job, share, stop);
        job.learner.fit(data, &job.settings, &fitting)
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

/// The predictor that will be served, or the first of them; all are checked. Of a part of a model it is what the
/// learner has measured in its place.
fn check(
    job: &Job,
    input: &Input,
    fitted: &Fitted,
    phases: &mut Phases,
) -> Result<Box<dyn Predictor>, ServedError> {
    let learner = job.learner.name();
    let (predictor, _) = phases.time("evaluating", || {
        let load = |file: &[u8]| served(learner, fitted.format, file, &input.training.table);
        for (_, file) in &fitted.more_files {
            load(file)?;
        }
        load(fitted.measured.as_ref().unwrap_or(&fitted.file))
    });
    predictor
}

/// How well the predictor that will be served does: on the training rows, and on the validation rows.
fn measure(
    job: &Job,
    input: &Input,
    fitted: &Fitted,
    predictor: &dyn Predictor,
    phases: &mut Phases,
) -> Result<(Evaluation, Option<Evaluation>), RunError> {
    let learner = job.learner.name();
    let (measured, seconds) = phases.time("evaluating", || {
        let of = |channel: &ChannelTable| {
            if !fitted.more_files.is_empty() {
                return Ok(Evaluation::of_nothing(channel.table.n_rows()));
            }
            evaluate(predictor, &channel.table)
                .map_err(|source| RunError::Evaluate { learner, source })
        };
        let mut train = of(&input.training)?;
        train.replace(&fitted.metrics);
        let mut validation = input.validation.as_ref().map(of).transpose()?;
        // Models of folds are measured on rows of the training channel that they have not seen.
        if validation.is_none() && !fitted.validation_metrics.is_empty() {
            let n_rows = input.training.table.n_rows();
            validation = Some(Evaluation::of_nothing(n_rows));
        }
        if let Some(validation) = &mut validation {
            validation.replace(&fitted.validation_metrics);
        }
        Ok::<_, RunError>((train, validation))
    });
    let measured = measured?;
    info!("evaluated in {seconds:.2} s");
    Ok(measured)
}

/// What the features contribute to the answers of the predictor that will be served, on average.
fn explain(
    job: &Job,
    input: &Input,
    fitted: &Fitted,
    predictor: &dyn Predictor,
    phases: &mut Phases,
) -> Result<Option<Contributions>, RunError> {
    let learner = job.learner.name();
    let records = &input.training.table.records;
    let (explained, _) = phases.time("explaining", || {
        contributions(predictor, records, &fitted.explained_rows)
    });
    explained.map_err(|source| RunError::Evaluate { learner, source })
}

/// As SageMaker's metric definitions find them: `name=(.*?);`. Of the training rows only the first metric, and those
/// that the learner has measured itself, such as an out-of-bag score.
fn print_metrics(train: &Evaluation, own: &[(&'static str, f64)], validation: Option<&Evaluation>) {
    for (at, (name, value)) in train.metrics.iter().enumerate() {
        if at == 0 || own.iter().any(|(measured, _)| measured == name) {
            print(&format!("train:{name}={value:.9};"));
        }
    }
    for (name, value) in validation.iter().flat_map(|validation| &validation.metrics) {
        print(&format!("validation:{name}={value:.9};"));
    }
}

/// Puts the model files in place.
fn publish(
    job: &Job,
    fitted: &Fitted,
    stop: &Stop,
    phases: &mut Phases,
) -> Result<(), ModelFileError> {
    let first = (fitted.file_name(), &fitted.file);
    let more = fitted
        .more_files
        .iter()
        .map(|(name, file)| (name.clone(), file));
    let files: Vec<(String, &Vec<u8>)> = std::iter::once(first).chain(more).collect();
    let (published, seconds) = phases.time("writing", || {
        stop.publishing(|| {
            files
                .iter()
                .try_for_each(|(name, file)| model_file::publish(&job.paths.model, name, file))
        })
    });
    published?;
    for (name, file) in files {
        info!(
            "wrote {} ({} bytes) in {seconds:.2} s",
            job.paths.model.join(name).display(),
            file.len()
        );
    }
    Ok(())
}

/// Writes the reports. The model is what the job is for, and it is complete.
fn report(report: &Report<'_>) {
    let directory = &report.job.paths.output_data;
    let shown = directory.display();
    match report.write(directory) {
        Ok(names) => info!("wrote {} to {shown}", names.join(", ")),
        Err(error) => warn!("no reports: {shown} can't be written: {error}"),
    }
}
