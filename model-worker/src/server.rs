//! Listeners, the gRPC services on them, and shutdown.

use std::{fs, io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use proto::{
    invocations::invocations_server::InvocationsServer,
    open_inference::grpc_inference_service_server::GrpcInferenceServiceServer,
};
use runtime::{
    cgroup,
    exchange::{MAX_HTTP2_FRAME, WINDOW},
    settings::Settings,
    socket::WorkerSocket,
};
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::{
    net::{TcpListener, UnixListener},
    sync::watch,
    time::timeout,
};
use tokio_stream::{
    Stream, StreamExt as _,
    wrappers::{TcpListenerStream, UnixListenerStream},
};
use tonic::{service::Routes, transport::Server};
use tonic_health::server::HealthReporter;

use crate::{
    invocations::InvocationsService, open_inference::OpenInferenceService, scorer::Scorer,
};

/// Room for names, shapes and framing beside the tensors of a message, in bytes.
const MESSAGE_OVERHEAD: usize = 1 << 20;

/// What a direct call takes of the memory, as a multiple of its message's length: the message, its tensors
/// and the answer.
const COPIES: u64 = 4;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// Time in which calls in progress are answered after the signal to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(4);

/// Why a worker can't serve.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("can't listen on {place}: {reason}")]
    Listen { place: String, reason: io::Error },
    #[error("can't build the reflection service")]
    Reflection(#[from] tonic_reflection::server::Error),
    #[error("can't serve")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves on the worker's unix socket, and on TCP where the settings say so, until `stop` resolves.
///
/// # Errors
/// A listener that can't be opened, or that fails.
pub async fn serve(
    scorer: Arc<Scorer>,
    settings: &Settings,
    index: usize,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (health, routes) = routes(scorer, settings).await?;
    let path = settings.worker_socket(index);
    let unix = listen_unix(&path)?;
    let tcp = settings
        .grpc_port
        .map(|port| listen_tcp(SocketAddr::new(settings.grpc_host, port)))
        .transpose()?;
    tracing::info!(worker = index, socket = %path.display(), "worker listens");

    let (stopping, stopped) = watch::channel(false);
    let over_unix = server()
        .add_routes(routes.clone())
        .serve_with_incoming_shutdown(sockets(unix), until(stopped.clone()));
    let over_tcp = async {
        let Some(listener) = tcp else { return Ok(()) };
        server()
            .add_routes(routes)
            .serve_with_incoming_shutdown(TcpListenerStream::new(listener), until(stopped))
            .await
    };
    let serving = async { tokio::try_join!(over_unix, over_tcp) };
    tokio::pin!(serving);
    tokio::select! {
        result = &mut serving => { result?; }
        () = stop => {
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            stopping.send_replace(true);
            // The gateway keeps its stream open for as long as it runs; it is gone by now, or has other
            // workers.
            match timeout(DRAIN_TIMEOUT, serving).await {
                Ok(result) => { result?; }
                Err(_) => tracing::debug!(worker = index, "streams were still open"),
            }
        }
    }
    Ok(())
}

async fn routes(
    scorer: Arc<Scorer>,
    settings: &Settings,
) -> Result<(HealthReporter, Routes), ServeError> {
    let limit = largest_payload(settings).saturating_add(MESSAGE_OVERHEAD);
    let open_inference =
        OpenInferenceService::new(Arc::clone(&scorer), settings.model_name.clone());
    let open_inference = GrpcInferenceServiceServer::new(open_inference)
        .max_decoding_message_size(limit)
        .max_encoding_message_size(usize::MAX);
    let (health, health_service) = tonic_health::server::health_reporter();
    health
        .set_serving::<GrpcInferenceServiceServer<OpenInferenceService>>()
        .await;
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::SERVICES_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let invocations = InvocationsService::new(scorer, settings);
    let routes = Routes::new(InvocationsServer::new(invocations))
        .add_service(open_inference)
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    Ok((health, routes))
}

/// Direct calls do not pass the gateway, which else sees to the container's memory.
fn largest_payload(settings: &Settings) -> usize {
    let free = cgroup::memory().map(|memory| memory.free() / settings.workers.get() as u64);
    let affordable = free.map(|free| usize::try_from(free / COPIES).unwrap_or(usize::MAX));
    affordable.map_or(settings.max_payload, |most| most.min(settings.max_payload))
}

fn server() -> Server {
    Server::builder()
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_frame_size(MAX_HTTP2_FRAME)
        .tcp_nodelay(true)
}

fn sockets(listener: UnixListener) -> impl Stream<Item = io::Result<WorkerSocket>> {
    UnixListenerStream::new(listener).map(|stream| stream.and_then(WorkerSocket::new))
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, and then this is over too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Takes the place of a socket that an earlier process left behind.
fn listen_unix(path: &Path) -> Result<UnixListener, ServeError> {
    let bind = || match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(path),
    };
    bind().map_err(|reason| ServeError::Listen {
        place: path.display().to_string(),
        reason,
    })
}

/// All workers listen on one port (SO_REUSEPORT); the kernel spreads the connections over them.
fn listen_tcp(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bind = || {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_port(true)?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    bind().map_err(|reason| ServeError::Listen {
        place: format!("{address} (MODEL_SERVER_GRPC_HOST, MODEL_SERVER_GRPC_PORT)"),
        reason,
    })
}
