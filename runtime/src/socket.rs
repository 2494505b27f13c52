//! A unix socket that wakes its owner only when there is something to do.
//!
//! tokio's own `UnixStream` always watches for room to write, and the kernel reports room each time the other
//! side has read a message: one more wake-up for every message, on both sides. This socket watches for room
//! only while a write waits for it.
//!
//! `AsyncFd` watches a single direction too. But with it a reader must initialise its buffer before each
//! read, or call `unsafe` code, while tokio's own types read into uninitialised memory.

use std::{
    io::{self, IoSlice, Write as _},
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::unix::pipe,
};
use tonic::transport::server::Connected;

/// One end of a connection between gateway and worker.
#[derive(Debug)]
pub struct WorkerSocket {
    /// tokio's types for pipes watch a single direction, and read and write a socket as they do a pipe.
    reader: pipe::Receiver,
    writer: UnixStream,
    /// Watches for room while a write waits for it.
    waiting: Option<pipe::Sender>,
    ended: Arc<AtomicBool>,
}

impl WorkerSocket {
    /// Wraps a connected stream. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// The process has no free file descriptor.
    pub fn new(stream: tokio::net::UnixStream) -> io::Result<Self> {
        let writer = stream.into_std()?;
        let reader = pipe::Receiver::from_owned_fd_unchecked(OwnedFd::from(writer.try_clone()?))?;
        Ok(Self {
            reader,
            writer,
            waiting: None,
            ended: Arc::default(),
        })
    }

    /// Set once the other side has closed the connection, and before whoever uses the socket learns of it.
    pub fn ended(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ended)
    }

    fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Tries `now`; if there is no room, has `later` wait for it.
    fn poll_write_with(
        &mut self,
        now: impl FnOnce(&UnixStream) -> io::Result<usize>,
        later: impl FnOnce(Pin<&mut pipe::Sender>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let waiting = match self.waiting.take() {
            Some(waiting) => waiting,
            None => match now(&self.writer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let same = OwnedFd::from(self.writer.try_clone()?);
                    pipe::Sender::from_owned_fd_unchecked(same)?
                }
                done => {
                    if done.is_err() {
                        self.end();
                    }
                    return Poll::Ready(done);
                }
            },
        };
        let waiting = self.waiting.insert(waiting);
        let done = later(Pin::new(waiting));
        if let Poll::Ready(written) = &done {
            self.waiting = None;
            if written.is_err() {
                self.end();
            }
        }
        done
    }
}

impl AsyncRead for WorkerSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let free = buffer.remaining();
        let read = Pin::new(&mut self.reader).poll_read(context, buffer);
        if let Poll::Ready(read) = &read
            && (read.is_err() || buffer.remaining() == free && free > 0)
        {
            self.end();
        }
        read
    }
}

impl AsyncWrite for WorkerSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(
            |mut writer| writer.write(bytes),
            |waiting| waiting.poll_write(context, bytes),
        )
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(
            |mut writer| writer.write_vectored(slices),
            |waiting| waiting.poll_write_vectored(context, slices),
        )
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.writer.shutdown(Shutdown::Write))
    }
}

impl Connected for WorkerSocket {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn pair() -> (WorkerSocket, WorkerSocket) {
        let (one, other) = tokio::net::UnixStream::pair().unwrap();
        (
            WorkerSocket::new(one).unwrap(),
            WorkerSocket::new(other).unwrap(),
        )
    }

    #[tokio::test]
    async fn more_than_fits_into_the_socket_arrives_whole() {
        let (mut sender, mut receiver) = pair();
        let sent: Vec<u8> = (0..10_000_000_u32).map(|i| (i % 251) as u8).collect();
        let writing = async {
            sender.write_all(&sent).await.unwrap();
            assert!(sender.waiting.is_none(), "nothing waits for room any more");
            sender.shutdown().await.unwrap();
        };
        let mut received = Vec::new();
        let reading = receiver.read_to_end(&mut received);
        let ((), read) = tokio::join!(writing, reading);
        assert_eq!(read.unwrap(), sent.len());
        assert!(received == sent);
    }

    #[tokio::test]
    async fn both_ways_take_turns() {
        let (mut one, mut other) = pair();
        let mut buffer = [0; 100];
        for turn in 0..1000_u32 {
            one.write_all(&turn.to_le_bytes()).await.unwrap();
            let count = other.read(&mut buffer).await.unwrap();
            other.write_all(&buffer[..count]).await.unwrap();
            assert_eq!(one.read_u32_le().await.unwrap(), turn);
        }
    }

    #[tokio::test]
    async fn the_end_of_the_other_side_is_seen() {
        let (mut one, mut other) = pair();
        other.write_all(b"x").await.unwrap();
        assert_eq!(one.read(&mut [0; 10]).await.unwrap(), 1);
        assert!(!one.ended().load(Ordering::Acquire));
        drop(other);
        assert_eq!(one.read(&mut [0; 10]).await.unwrap(), 0);
        assert!(one.ended().load(Ordering::Acquire));
        assert!(one.write_all(b"x").await.is_err());

        let (mut writing, other) = pair();
        drop(other);
        assert!(writing.write_all(b"x").await.is_err());
        assert!(writing.ended().load(Ordering::Acquire));
    }
}
