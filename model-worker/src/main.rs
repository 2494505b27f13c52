//! A model-worker process: settings, model, services, shutdown.

use std::{fs, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Parser;
use mimalloc::MiMalloc;
use model_worker::{model_file, scorer::Scorer, server};
use runtime::{exit, settings::Settings, shutdown, telemetry};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Scores invocations with the model in SAGEMAKER_BASE_DIR/model. Listens on worker-INDEX.sock in
/// MODEL_SERVER_RUN_DIR, and on MODEL_SERVER_GRPC_PORT where that is set. Settings come from the
/// environment; README.md lists them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Which worker of the pool this is, counted from 0.
    #[arg(long, default_value_t = 0)]
    index: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return exit::fail("model-worker", exit::CONFIG, &error),
    };
    let scorer = match load(&settings) {
        Ok(scorer) => scorer,
        Err(error) => return exit::fail("model-worker", exit::CONFIG, &format_args!("{error:#}")),
    };
    match run(Arc::new(scorer), &settings, arguments.index) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::fail("model-worker", exit::FAILURE, &format_args!("{error:#}")),
    }
}

fn load(settings: &Settings) -> anyhow::Result<Scorer> {
    let model = model_file::load(&settings.model_dir(), trees::ONNX)?;
    let scorer = Scorer::new(
        model,
        &settings.default_accept,
        settings.inference_output.as_deref(),
    )?;
    Ok(scorer.among(settings.workers))
}

/// Where the container's memory runs out all the same, the kernel is to end a worker, which is replaced, and
/// not the gateway or supervisord. The number is that of `proc(5)`: 1000 comes first.
fn volunteer_for_the_oom_killer() {
    if let Err(error) = fs::write("/proc/self/oom_score_adj", "500") {
        tracing::debug!(%error, "can't write /proc/self/oom_score_adj");
    }
}

/// One thread takes and answers calls; large payloads are scored on others.
fn run(scorer: Arc<Scorer>, settings: &Settings, index: usize) -> anyhow::Result<()> {
    let _telemetry = telemetry::start(&settings.log_filter);
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
        server::serve(scorer, settings, index, stop).await?;
        Ok(())
    })
}
