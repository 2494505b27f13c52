//! A worker on a real unix socket, whose behaviour the test chooses.

use std::{
    future::pending,
    net::Shutdown,
    os::{fd::AsFd as _, unix::net},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use proto::invocations::{
    AnswerBatch, AnswerFrame, AnswerHead, Outcome, RequestBatch, RequestHead,
    invocations_server::{Invocations, InvocationsServer},
};
use runtime::{
    exchange::{Inbox, Message, Outbox},
    suspect::Note,
};
use tokio::{net::UnixListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{Request, Response, Status, Streaming, transport::Server};
use tower::util::MapResponseLayer;

use crate::faults::{
    CONTENT_TYPE, END_OF_STREAM, IN_ONE_FRAME, NO_HEAD, NOTHING, UNKNOWN_OUTCOME, garble,
};

/// What a fake does with an invocation.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Behaviour {
    /// Sends the payload back, unless it is one of `faults`.
    Echo,
    /// As `Echo`, but sends the response headers with the first message, as some gRPC libraries do.
    LateHeaders,
    /// Never sends response headers.
    NoHeaders,
    /// Begins no invocation, and gives all back.
    GiveBack,
    /// Never answers.
    Hang,
    /// Closes its connections, as a process that the invocation kills.
    Die,
    /// Closes its connections before it begins to score the invocation.
    Vanish,
    /// Answers neither invocations nor probes.
    Freeze,
}

/// A running fake. Dropping it closes its socket and all streams.
pub(crate) struct FakeWorker {
    behaviour: watch::Sender<Behaviour>,
    seen: Arc<Mutex<Vec<(RequestHead, Bytes)>>>,
    cancelled: Arc<Mutex<Vec<u64>>>,
    server: JoinHandle<()>,
}

impl FakeWorker {
    pub(crate) fn start(socket: &Path, behaviour: Behaviour) -> Self {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let (behaviour, watched) = watch::channel(behaviour);
        let seen = Arc::default();
        let cancelled = Arc::default();
        let connections = Connections::default();
        let service = InvocationsServer::new(Service {
            behaviour: watched,
            seen: Arc::clone(&seen),
            cancelled: Arc::clone(&cancelled),
            connections: connections.clone(),
            note: Note::new(socket.parent().unwrap(), std::process::id()),
        });
        let incoming = UnixListenerStream::new(listener).inspect(move |stream| {
            let same = stream.as_ref().unwrap().as_fd().try_clone_to_owned();
            connections.0.lock().unwrap().push(same.unwrap().into());
        });
        let server = Server::builder()
            .layer(MapResponseLayer::new(garble))
            .add_service(service)
            .serve_with_incoming(incoming);
        Self {
            behaviour,
            seen,
            cancelled,
            server: tokio::spawn(async { server.await.unwrap() }),
        }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// The payloads that arrived, in order.
    pub(crate) fn seen(&self) -> Vec<Bytes> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(_, body)| body.clone()).collect()
    }

    /// The number of invocations that arrived as suspects.
    pub(crate) fn suspects(&self) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(head, _)| head.suspect).count()
    }

    /// For each invocation that arrived, whether the gateway had next to nothing else in flight.
    pub(crate) fn quiet(&self) -> Vec<bool> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(head, _)| head.is_quiet).collect()
    }

    /// The number of invocations that the gateway cancelled.
    pub(crate) fn cancelled(&self) -> usize {
        self.cancelled.lock().unwrap().len()
    }
}

impl Drop for FakeWorker {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The socket of fake `index` below `directory`.
pub(crate) fn socket(directory: &Path, index: usize) -> PathBuf {
    // Each has its own directory: all fakes have the same process id, which names the note of a suspect.
    let own = directory.join(index.to_string());
    std::fs::create_dir_all(&own).unwrap();
    own.join("worker.sock")
}

/// All connections that have been accepted.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<Vec<net::UnixStream>>>);

impl Connections {
    /// Closes them, as the kernel does when a process ends.
    fn close(&self) {
        for connection in self.0.lock().unwrap().drain(..) {
            // The other side may have closed it.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

struct Service {
    behaviour: watch::Receiver<Behaviour>,
    seen: Arc<Mutex<Vec<(RequestHead, Bytes)>>>,
    cancelled: Arc<Mutex<Vec<u64>>>,
    connections: Connections,
    note: Note,
}

type Answers = Pin<Box<dyn Stream<Item = Result<AnswerBatch, Status>> + Send>>;

#[tonic::async_trait]
impl Invocations for Service {
    type ExchangeStream = Answers;

    async fn exchange(
        &self,
        request: Request<Streaming<RequestBatch>>,
    ) -> Result<Response<Answers>, Status> {
        let (outbox, answers) = Outbox::<AnswerBatch>::new();
        let behaviour = self.behaviour.clone();
        let (seen, cancelled) = (Arc::clone(&self.seen), Arc::clone(&self.cancelled));
        let (connections, note) = (self.connections.clone(), self.note.clone());
        let begins_as = *self.behaviour.borrow();
        if begins_as == Behaviour::NoHeaders {
            pending::<()>().await;
        }
        let mut requests = request.into_inner();
        tokio::spawn(async move {
            let mut inbox = Inbox::default();
            while let Ok(Some(batch)) = requests.message().await {
                let now = *behaviour.borrow();
                if batch.probe != 0 && now != Behaviour::Freeze {
                    outbox.probe(batch.probe);
                }
                for frame in batch.frames {
                    match inbox.accept(frame).unwrap() {
                        Some(Message::Whole { id, body, head }) => {
                            seen.lock().unwrap().push((head.clone(), body.clone()));
                            match now {
                                Behaviour::Echo | Behaviour::LateHeaders => {
                                    if body == NO_HEAD {
                                        let frame = AnswerFrame {
                                            id,
                                            body,
                                            ..AnswerFrame::default()
                                        };
                                        outbox.push_frame(id, frame);
                                    } else if body.starts_with(IN_ONE_FRAME.as_bytes()) {
                                        let frame = AnswerFrame {
                                            id,
                                            head: Some(AnswerHead::default()),
                                            body,
                                            more: false,
                                        };
                                        outbox.push_frame(id, frame);
                                    } else if body == END_OF_STREAM {
                                        outbox.close();
                                    } else if body == NOTHING {
                                        let head = RequestHead::default();
                                        let outcome = Outcome::NoContent;
                                        answer(&outbox, id, &head, Bytes::new(), outcome);
                                    } else {
                                        answer(&outbox, id, &head, body, Outcome::Ok);
                                    }
                                }
                                Behaviour::GiveBack => {
                                    answer(&outbox, id, &head, Bytes::new(), Outcome::GiveBack);
                                }
                                Behaviour::Die => {
                                    if head.suspect {
                                        // As after kill -9: nothing clears the note.
                                        std::mem::forget(note.take(id).unwrap());
                                    }
                                    connections.close();
                                }
                                Behaviour::Vanish => connections.close(),
                                Behaviour::Hang | Behaviour::Freeze | Behaviour::NoHeaders => {}
                            }
                        }
                        Some(Message::Cancelled { id }) => cancelled.lock().unwrap().push(id),
                        None => {}
                    }
                }
            }
            outbox.close();
        });
        let mut answers = answers.map(Ok);
        if begins_as == Behaviour::LateHeaders {
            let first = answers.next().await;
            return Ok(Response::new(Box::pin(stream::iter(first).chain(answers))));
        }
        Ok(Response::new(Box::pin(answers)))
    }
}

fn answer(
    outbox: &Outbox<AnswerBatch>,
    id: u64,
    head: &RequestHead,
    body: Bytes,
    outcome: Outcome,
) {
    let mut head = AnswerHead {
        outcome: outcome.into(),
        content_type: head.content_type.clone(),
        content_length: body.len() as u64,
    };
    if body == UNKNOWN_OUTCOME {
        head.outcome = 99;
    }
    if body == CONTENT_TYPE {
        head.content_type.push_str("\r\nx: y");
    }
    outbox.push(id, head, body);
}
