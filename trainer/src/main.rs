//! `trainer`, which is `train` in the image: runs one training job and exits.

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use runtime::{
    exit,
    settings::{LogFilter, process_env},
    telemetry,
};
use trainer::{
    job::{Paths, outcome, stop::Stop},
    run::run,
};

fn main() -> ExitCode {
    let telemetry = telemetry::start(&LogFilter::from_env());
    let paths = Paths::new(process_env);
    let Err(reason) = job(&paths) else {
        return ExitCode::SUCCESS;
    };
    // What is still to be logged comes before the reason.
    drop(telemetry);
    eprintln!("{reason}");
    if let Err(error) = outcome::write_failure(&paths, &reason) {
        eprintln!("output/failure cannot be written: {error}");
    }
    ExitCode::from(exit::FAILURE)
}

/// Runs the job; the reason in one sentence where it fails.
fn job(paths: &Paths) -> Result<(), String> {
    let stop = Stop::on_signals(paths.clone())
        .map_err(|error| format!("signals cannot be handled: {error}"))?;
    let ended = panic::catch_unwind(AssertUnwindSafe(|| run(process_env, &stop)));
    ended
        .map_err(|_| "the trainer broke down, which is a fault of its own".to_owned())?
        .map_err(|error| error.to_string())
}
