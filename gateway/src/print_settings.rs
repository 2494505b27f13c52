//! `gateway --print-settings`: what `serve` must know and check before it starts anything.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
};

use anyhow::Context as _;
use runtime::{
    cgroup,
    settings::{Settings, frugal_allocator, workers_source},
};

/// Prints the settings as shell `export` lines, and logs the container's limits.
///
/// # Errors
/// The direct gRPC port is in use, or stdout is closed.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    check_grpc_port(settings)?;
    let mut exports = settings.resolved();
    tracing::info!("workers: {}, from {}", settings.workers, workers_source());
    if let Some(memory) = cgroup::memory() {
        let megabytes = memory.limit >> 20;
        tracing::info!("memory: {megabytes} MiB ({})", memory.version);
        exports.extend(frugal_allocator());
    }
    let batch = settings.batch;
    if batch.is_on {
        let concurrent = batch.concurrent;
        tracing::info!(strategy = %batch.strategy, concurrent, "batch transform");
    }
    let mut out = io::stdout().lock();
    for (name, value) in exports {
        let quoted = value.replace('\'', r"'\''");
        writeln!(out, "export {name}='{quoted}'")?;
    }
    Ok(())
}

/// Checks that the direct gRPC port is free. The workers share it among them (SO_REUSEPORT), and would
/// share it with the workers of another container on the same host: half the calls would go to the wrong
/// model. A listener without that option finds out.
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
