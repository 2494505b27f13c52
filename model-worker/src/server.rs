//! The gRPC services, and shutdown.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use algorithm::Handler;
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
use thiserror::Error;
use tokio::{net::UnixListener, sync::watch, time::timeout};
use tokio_stream::{
    Stream, StreamExt as _,
    wrappers::{TcpListenerStream, UnixListenerStream},
};
use tonic::{service::Routes, transport::Server};
use tonic_health::server::HealthReporter;

use crate::{
    invocations::InvocationsService,
    listeners::{ListenError, listen_tcp, listen_unix},
    open_inference::OpenInferenceService,
    scorer::Scorer,
};

/// Bytes of a message for names, shapes and framing, besides the tensors.
const MESSAGE_OVERHEAD: usize = 1 << 20;

/// Memory that a direct call takes, as a multiple of its message's length: the message, its tensors and the
/// answer.
const COPIES: u64 = 4;

/// Time for calls in progress after the signal to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(4);

/// Why a worker can't serve.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("can't build the reflection service")]
    Reflection(#[from] tonic_reflection::server::Error),
    #[error("can't serve")]
    Serve(#[from] tonic::transport::Error),
}

/// What a worker serves: a handler of payloads, and direct scoring if the handler is for tables.
pub(crate) struct Served {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) scorer: Option<Arc<Scorer>>,
}

/// Serves on the worker's unix socket, and on TCP if the settings have a port, until `stop` resolves.
///
/// # Errors
/// A listener that can't be opened, or that fails.
pub(crate) async fn serve(
    served: Served,
    settings: &Settings,
    index: usize,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (health, routes) = routes(served, settings).await?;
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
            // The gateway keeps its stream open as long as it runs. It has ended by now, or it has other
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
    served: Served,
    settings: &Settings,
) -> Result<(HealthReporter, Routes), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::SERVICES_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let invocations = InvocationsService::new(served.handler, settings);
    let routes = Routes::new(InvocationsServer::new(invocations))
        .add_service(health_service)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?);
    let Some(scorer) = served.scorer else {
        return Ok((health, routes));
    };
    health
        .set_serving::<GrpcInferenceServiceServer<OpenInferenceService>>()
        .await;
    let routes = routes.add_service(open_inference(scorer, settings));
    Ok((health, routes))
}

pub(crate) fn open_inference(
    scorer: Arc<Scorer>,
    settings: &Settings,
) -> GrpcInferenceServiceServer<OpenInferenceService> {
    let limit = largest_message(settings).saturating_add(MESSAGE_OVERHEAD);
    GrpcInferenceServiceServer::new(OpenInferenceService::new(scorer, settings))
        .max_decoding_message_size(limit)
        // The service bounds its answers itself.
        .max_encoding_message_size(usize::MAX)
}

/// Most bytes of a direct call: these calls do not pass the gateway, which otherwise guards the container's
/// memory.
fn largest_message(settings: &Settings) -> usize {
    let free = cgroup::memory().map(|memory| memory.free() / settings.workers.get() as u64);
    // More than a usize can't be sent anyway.
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
    // An error means that the sender is gone, and serving with it.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
