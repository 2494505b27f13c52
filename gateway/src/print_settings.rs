//! `gateway --print-settings`: what `serve` has to know and to check before it starts anything.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
};

use anyhow::Context as _;
use runtime::{
    cgroup,
    settings::{self, Batch, Settings, process_env},
};

/// The allocator's own settings where memory is limited: it gives back at once what a large payload leaves,
/// and takes small pages. Else gateway and workers keep several times what they use. Where memory is not
/// limited, keeping it is faster.
const THRIFTY: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")];

/// Prints the settings as shell `export` lines, and logs what the container was found to be.
///
/// # Errors
/// The direct gRPC port is in use.
pub fn run(settings: &Settings) -> anyhow::Result<()> {
    check_grpc_port(settings)?;
    let mut exports = settings.resolved();
    tracing::info!(
        "workers: {}, from {}",
        settings.workers,
        settings::workers_source(process_env)
    );
    if let Some(memory) = cgroup::memory() {
        let megabytes = memory.limit >> 20;
        tracing::info!("memory: {megabytes} MiB ({})", memory.version);
        let thrifty = THRIFTY.map(|(name, value)| (name, value.to_owned()));
        let is_open = |(name, _): &(&str, String)| process_env(name).is_none();
        exports.extend(thrifty.into_iter().filter(is_open));
    }
    if settings.batch.is_on {
        let Batch {
            strategy,
            concurrent,
            ..
        } = settings.batch;
        tracing::info!(%strategy, concurrent, "batch transform");
    }
    let mut out = io::stdout().lock();
    for (name, value) in exports {
        let quoted = value.replace('\'', r"'\''");
        writeln!(out, "export {name}='{quoted}'")?;
    }
    Ok(())
}

/// The workers share the port among them (SO_REUSEPORT), and would with those of another container on the
/// same host: half the calls would go to the wrong model. Without that option the port must be free.
fn check_grpc_port(settings: &Settings) -> anyhow::Result<()> {
    let Some(port) = settings.grpc_port else {
        return Ok(());
    };
    let address = SocketAddr::new(settings.grpc_host, port);
    TcpListener::bind(address).with_context(|| {
        format!("can't listen on {address} (MODEL_SERVER_GRPC_HOST, MODEL_SERVER_GRPC_PORT)")
    })?;
    Ok(())
}
