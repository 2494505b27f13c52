//! The gateway process: command line, settings, listener, pool, drain.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Parser;
use mimalloc::MiMalloc;
use runtime::{cpus::Cpus, exit, settings::Settings, shutdown, telemetry};
use tokio::net::TcpListener;

use crate::{
    check, http,
    pool::{Patience, Pool},
    print_settings,
    routes::Routes,
};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Answers SageMaker's /ping and /invocations, balancing over the model-workers whose sockets are in
/// MODEL_SERVER_RUN_DIR. Settings come from the environment; README.md lists them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Check the settings, print them as shell `export` lines, and exit.
    #[arg(long)]
    print_settings: bool,
    /// Ask the gateway that runs on this machine for /ping; exit with 0 if it answers 200.
    #[arg(long, conflicts_with = "print_settings")]
    check: bool,
}

/// Runs the gateway as the command line and the environment say. Prints a failure to stderr; the exit code
/// is one of [`runtime::exit`].
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return exit::fail("gateway", exit::CONFIG, &error),
    };
    let result = if arguments.print_settings {
        let _telemetry = telemetry::start(&settings.log_filter);
        print_settings::run(&settings)
    } else if arguments.check {
        check::ping(settings.http_port)
    } else {
        run(&settings)
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::fail("gateway", exit::FAILURE, &format_args!("{error:#}")),
    }
}

fn run(settings: &Settings) -> anyhow::Result<()> {
    let _telemetry = telemetry::start(&settings.log_filter);
    let threads = threads();
    let mut builder = if threads == 1 {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = builder
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("can't start the runtime")?;
    runtime.block_on(serve(settings))
}

/// One thread serves about as many invocations as four cores of workers score. More threads share the
/// connections, which costs more than it brings; see bench/NOTES.md.
fn threads() -> usize {
    const CORES_PER_THREAD: usize = 4;
    Cpus::available().count.get().div_ceil(CORES_PER_THREAD)
}

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    let stop = shutdown::signalled().context("can't listen for signals")?;
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, settings.http_port));
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address} (SAGEMAKER_BIND_TO_PORT)"))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let patience = Patience {
        stall_after: settings.probe_timeout,
        kill_after: settings.timeout,
    };
    let (pool, connecting) = Pool::new(settings.worker_sockets(), patience);
    let connecting = tokio::spawn(connecting);
    tracing::info!(%address, workers = settings.workers, "gateway listens");
    let stop = async {
        let signal = stop.await;
        tracing::info!(signal, "draining");
    };
    http::serve(listener, Routes::new(pool, settings), stop).await;
    connecting.abort();
    tracing::info!("gateway stops");
    Ok(())
}
