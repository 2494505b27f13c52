//! `gateway --check`: asks a gateway for `/ping`. The image's `HEALTHCHECK` uses it, because the image has no
//! curl.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, bail};

/// Time for each step. SageMaker allows a ping two seconds.
const STEP_TIMEOUT: Duration = Duration::from_secs(2);

/// Checks that the gateway on this machine's `port` answers `/ping` with 200.
///
/// # Errors
/// It does not, or not in time.
pub(crate) fn ping(port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let status = ask(address).with_context(|| format!("no answer from {address}/ping"))?;
    if status != "HTTP/1.1 200" {
        bail!("{address}/ping: found {status:?}, expected \"HTTP/1.1 200\"");
    }
    Ok(())
}

/// The version and status at the beginning of the answer.
fn ask(address: SocketAddr) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, STEP_TIMEOUT)?;
    stream.set_read_timeout(Some(STEP_TIMEOUT))?;
    stream.write_all(b"GET /ping HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut status = [0; b"HTTP/1.1 200".len()];
    stream.read_exact(&mut status)?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}
