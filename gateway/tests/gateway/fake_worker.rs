//! A worker on a real unix socket, whose behaviour the test chooses.

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use proto::invocations::{
    AnswerBatch, AnswerHead, Outcome, RequestBatch, RequestHead,
    invocations_server::{Invocations, InvocationsServer},
};
use runtime::{
    exchange::{Inbox, Message, Outbox},
    suspect::Note,
};
use tokio::{net::UnixListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::UnixListenerStream;
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// What a fake does with an invocation.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Behaviour {
    /// Sends the payload back.
    Echo,
    /// Never answers.
    Hang,
    /// Ends the stream, as a process that the invocation kills.
    Die,
    /// Ends the stream before it begins to score the invocation.
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
        let service = InvocationsServer::new(Service {
            behaviour: watched,
            seen: Arc::clone(&seen),
            cancelled: Arc::clone(&cancelled),
            note: Note::new(socket.parent().unwrap(), std::process::id()),
        });
        let server = Server::builder()
            .add_service(service)
            .serve_with_incoming(UnixListenerStream::new(listener));
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

struct Service {
    behaviour: watch::Receiver<Behaviour>,
    seen: Arc<Mutex<Vec<(RequestHead, Bytes)>>>,
    cancelled: Arc<Mutex<Vec<u64>>>,
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
        let note = self.note.clone();
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
                                Behaviour::Echo => answer(&outbox, id, &head, body),
                                Behaviour::Die => {
                                    if head.suspect {
                                        // As after kill -9: nothing clears the note.
                                        std::mem::forget(note.take(id).unwrap());
                                    }
                                    outbox.close();
                                }
                                Behaviour::Vanish => outbox.close(),
                                Behaviour::Hang | Behaviour::Freeze => {}
                            }
                        }
                        Some(Message::Cancelled { id }) => cancelled.lock().unwrap().push(id),
                        None => {}
                    }
                }
            }
            outbox.close();
        });
        Ok(Response::new(Box::pin(answers.map(Ok))))
    }
}

fn answer(outbox: &Outbox<AnswerBatch>, id: u64, head: &RequestHead, body: Bytes) {
    let head = AnswerHead {
        outcome: Outcome::Ok.into(),
        content_type: head.content_type.clone(),
        content_length: body.len() as u64,
    };
    outbox.push(id, head, body);
}
