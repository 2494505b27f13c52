//! The sockets that a worker listens on.

use std::{fs, io, net::SocketAddr, path::Path};

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpListener, UnixListener};

/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;

/// An address that nobody can listen on; one line.
#[derive(Debug, Error)]
#[error("can't listen on {place}: {reason}")]
pub(crate) struct ListenError {
    place: String,
    reason: io::Error,
}

/// Listens on a unix socket, in place of one that an earlier process left.
///
/// # Errors
/// The socket can't be opened.
pub(crate) fn listen_unix(path: &Path) -> Result<UnixListener, ListenError> {
    let bind = || match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => UnixListener::bind(path),
    };
    bind().map_err(|reason| ListenError {
        place: path.display().to_string(),
        reason,
    })
}

/// Listens on TCP. All workers share one port (SO_REUSEPORT): the kernel spreads the connections over them.
///
/// # Errors
/// The port can't be opened.
pub(crate) fn listen_tcp(address: SocketAddr) -> Result<TcpListener, ListenError> {
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
    bind().map_err(|reason| ListenError {
        place: format!("{address} (MODEL_SERVER_GRPC_HOST, MODEL_SERVER_GRPC_PORT)"),
        reason,
    })
}
