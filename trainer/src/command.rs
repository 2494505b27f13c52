//! The command line, and how a job ends: exit code, last line on stderr, `output/failure`.

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use algorithm::Learner;
use clap::Parser;
use runtime::{
    exit,
    settings::{LogFilter, process_env},
    telemetry,
};

use crate::{
    job::{Paths, outcome, stop::Stop},
    parameters::Parameters,
    run::{Failed, run},
};

/// Runs the training job that the files and directories under SAGEMAKER_BASE_DIR describe (/opt/ml if it
/// is not set): trains, writes model/ and output/, and exits.
#[derive(Parser)]
#[command(name = "trainer", version)]
struct Arguments {
    /// Print the hyperparameters of each algorithm as Markdown tables, and exit.
    #[arg(long)]
    print_parameters: bool,
}

/// The whole of a trainer's `main`: runs one training job with one of `learners`, the first unless the
/// hyperparameter `algorithm` names another. Returns the exit code of the process: 0 if there is a model.
///
/// # Panics
/// `learners` is empty, or two of them have the same name, or a learner has a hyperparameter of every job.
pub fn main(learners: &'static [&'static dyn Learner]) -> ExitCode {
    let arguments = Arguments::parse();
    let parameters = Parameters::new(learners);
    if arguments.print_parameters {
        print!("{}", parameters.markdown());
        return ExitCode::SUCCESS;
    }
    let telemetry = telemetry::start(&LogFilter::from_env());
    let paths = Paths::new(process_env);
    let Err((prefix, reason)) = job(&parameters, &paths) else {
        return ExitCode::SUCCESS;
    };
    // Lines that are still to be logged come before the reason.
    drop(telemetry);
    if let Err(error) = outcome::write_failure(&paths, &reason) {
        eprintln!("output/failure can't be written: {error}");
    }
    exit::fail(prefix, exit::FAILURE, &reason)
}

/// What precedes a reason on stderr.
const PROGRAM: &str = "trainer";

/// Runs the job. If it fails, returns the reason in one sentence, and what precedes it.
fn job(parameters: &Parameters, paths: &Paths) -> Result<(), (&'static str, String)> {
    let stop = Stop::on_signals(paths.clone())
        .map_err(|error| (PROGRAM, format!("signals can't be handled: {error}")))?;
    caught(|| run(parameters, process_env, &stop))
}

/// The reason why `work` fails, in one sentence, even if it panics. The panic hook prints the place.
fn caught(work: impl FnOnce() -> Result<(), Failed>) -> Result<(), (&'static str, String)> {
    panic::catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| (PROGRAM, "internal error: the trainer panicked".to_owned()))?
        .map_err(|failed| (failed.prefix.unwrap_or(PROGRAM), failed.to_string()))
}

#[cfg(test)]
mod tests {
    use algorithm::FitError;

    use super::*;

    #[test]
    fn a_panic_is_an_error_of_one_sentence() {
        assert_eq!(
            caught(|| panic!("on purpose")),
            Err(("trainer", "internal error: the trainer panicked".to_owned()))
        );
        for (prefix, shown) in [(None, "trainer"), (Some("UserError"), "UserError")] {
            let error = Box::new(FitError::new("too few rows").into());
            assert_eq!(
                caught(|| Err(Failed { prefix, error })),
                Err((shown, "too few rows".to_owned()))
            );
        }
        assert_eq!(caught(|| Ok(())), Ok(()));
    }
}
