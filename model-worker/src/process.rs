//! A model-worker process: settings, model, services, shutdown.

use std::{fs, path::Path, process::ExitCode, sync::Arc};

use algorithm::{Handler, LoadError, ModelFormat};
use anyhow::Context as _;
use clap::Parser;
use mimalloc::MiMalloc;
use runtime::{exit, settings::Settings, shutdown, telemetry};

use crate::{
    dialect::Dialect,
    model_file::{self, Several},
    scorer::Scorer,
    server::{self, Served},
};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Serves the model in SAGEMAKER_BASE_DIR/model. Listens on worker-INDEX.sock in MODEL_SERVER_RUN_DIR, and on
/// MODEL_SERVER_GRPC_PORT if that is set. Settings come from the environment; README.md lists them.
#[derive(Parser)]
#[command(name = "model-worker", version)]
struct Arguments {
    /// Which worker of the pool this is, counted from 0.
    #[arg(long, default_value_t = 0)]
    index: usize,
}

/// Runs a worker that serves tables: the model files of one of `formats`, as [`model_file::load`] finds them.
/// Prints a failure to stderr; the exit code is one of [`runtime::exit`].
pub fn main(formats: &'static [ModelFormat]) -> ExitCode {
    main_wrapped(formats, |handler| handler)
}

/// As [`main`], with a handler around the one that answers invocations. Direct calls do not pass it.
pub fn main_wrapped(
    formats: &'static [ModelFormat],
    wrap: fn(Arc<dyn Handler>) -> Arc<dyn Handler>,
) -> ExitCode {
    start(|settings| {
        let several = match settings.ensemble {
            true => Several::Ensemble,
            false => Several::Choice,
        };
        let model = model_file::load(&settings.model_dir(), formats, several)?;
        let (accept, output) = (
            &settings.default_accept,
            settings.inference_output.as_deref(),
        );
        let scorer = match Dialect::is_meant(settings.dialect, &model.files) {
            true => Scorer::like_xgboost_container(
                model.predictor,
                accept,
                output,
                settings.batch.is_on,
            )?,
            false => Scorer::new(model.predictor, accept, output)?,
        };
        let scorer = Arc::new(scorer.with_workers(settings.workers));
        Ok(Served {
            handler: wrap(Arc::clone(&scorer) as Arc<dyn Handler>),
            scorer: Some(scorer),
        })
    })
}

/// Runs a worker that serves payloads of any kind. `load` gets the directory of the model. The handler judges
/// the headers itself, best with [`headers`](crate::headers). There is no direct scoring by the Open Inference
/// Protocol, which knows tensors only.
///
/// ```no_run
/// use std::{path::Path, process::ExitCode};
///
/// use algorithm::{Answer, Handler, LoadError, Refusal, Request};
///
/// /// Answers the payload itself.
/// struct Echo;
///
/// impl Handler for Echo {
///     fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
///         Ok(Answer {
///             content_type: "application/octet-stream".into(),
///             body: request.body.to_vec(),
///         })
///     }
/// }
///
/// fn load(_directory: &Path) -> Result<Box<dyn Handler>, LoadError> {
///     Ok(Box::new(Echo))
/// }
///
/// fn main() -> ExitCode {
///     model_worker::main_bytes(load)
/// }
/// ```
pub fn main_bytes(load: fn(&Path) -> Result<Box<dyn Handler>, LoadError>) -> ExitCode {
    start(|settings| {
        Ok(Served {
            handler: load(&settings.model_dir())?.into(),
            scorer: None,
        })
    })
}

fn start(load: impl FnOnce(&Settings) -> anyhow::Result<Served>) -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return exit::fail("model-worker", exit::CONFIG, &error),
    };
    let telemetry = telemetry::start(&settings.log_filter);
    let ended = match load(&settings) {
        Ok(served) => run(served, &settings, arguments.index).map_err(|e| (exit::FAILURE, e)),
        Err(error) => Err((exit::CONFIG, error)),
    };
    drop(telemetry); // so that the reason is the last line
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => exit::fail("model-worker", code, &format_args!("{error:#}")),
    }
}

/// If memory runs out anyway, the kernel should kill a worker, which gets replaced, rather than the gateway
/// or supervisord. The number is that of `proc(5)`: the process with 1000 is killed first.
fn volunteer_for_the_oom_killer() {
    if let Err(error) = fs::write("/proc/self/oom_score_adj", "500") {
        tracing::debug!(%error, "can't write /proc/self/oom_score_adj");
    }
}

/// One thread takes calls and answers quick ones; other threads do large work.
fn run(served: Served, settings: &Settings, index: usize) -> anyhow::Result<()> {
    volunteer_for_the_oom_killer();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    runtime.block_on(async {
        let signal = shutdown::signalled().context("can't listen for signals")?;
        let stop = async {
            let signal = signal.await;
            tracing::info!(worker = index, signal, "worker stops");
        };
        server::serve(served, settings, index, stop).await?;
        Ok(())
    })
}
