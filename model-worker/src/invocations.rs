//! The gateway's stream: frames in, frames out.

use std::{
    collections::HashMap,
    process,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::invocations::{
    AnswerBatch, AnswerHead, RequestBatch, RequestHead, invocations_server::Invocations,
};
use runtime::{
    awake::Waits,
    exchange::{BatchStream, Inbox, Message, Outbox},
    settings::{Settings, process_env},
    suspect::Note,
};
use tokio::{
    task::{self, AbortHandle, JoinHandle},
    time,
};
use tonic::{Request, Response, Status, Streaming};

use crate::{faults::Faults, invocation_log, scorer::Scorer};

/// How much longer than `MODEL_SERVER_TIMEOUT` a payload may be scored before the process gives up on
/// itself. The client has its 504 by then.
const GRACE: Duration = Duration::from_secs(1);

/// The service behind the gateway's stream.
pub struct InvocationsService {
    work: Work,
    timeout: Duration,
}

impl InvocationsService {
    pub fn new(scorer: Arc<Scorer>, settings: &Settings) -> Self {
        Self {
            work: Work {
                scorer,
                note: Note::new(&settings.run_dir, process::id()),
                faults: Faults::read(process_env),
            },
            timeout: settings.timeout,
        }
    }
}

/// All that it takes to answer a payload, on the event loop or on a thread.
#[derive(Clone)]
struct Work {
    scorer: Arc<Scorer>,
    note: Note,
    faults: Faults,
}

impl Work {
    fn answer(&self, id: u64, head: &RequestHead, body: &[u8]) -> (AnswerHead, Bytes) {
        // Without the note the suspect would count as innocent; it is answered all the same.
        let _noted = head.suspect.then(|| self.note.take(id));
        let began = Instant::now();
        self.faults.act(body);
        let (answer, bytes) = self.scorer.answer(head, body);
        invocation_log::write(head, body.len(), &answer, began.elapsed());
        (answer, bytes)
    }
}

#[tonic::async_trait]
impl Invocations for InvocationsService {
    type ExchangeStream = Fallible;

    async fn exchange(
        &self,
        request: Request<Streaming<RequestBatch>>,
    ) -> Result<Response<Fallible>, Status> {
        let (outbox, answers) = Outbox::new();
        let exchange = Exchange {
            work: self.work.clone(),
            timeout: self.timeout,
            outbox,
            scoring: Arc::default(),
        };
        tokio::spawn(exchange.run(request.into_inner()));
        Ok(Response::new(Fallible(answers)))
    }
}

/// One stream's state.
struct Exchange {
    work: Work,
    timeout: Duration,
    outbox: Outbox<AnswerBatch>,
    /// Large payloads that wait for a thread, or are being scored.
    scoring: Arc<Mutex<HashMap<u64, AbortHandle>>>,
}

impl Exchange {
    /// Answers until the gateway ends the stream.
    async fn run(self, mut requests: Streaming<RequestBatch>) {
        let mut inbox = Inbox::default();
        let waits = Waits::default();
        let mut is_quiet = false;
        while let Ok(Some(batch)) = waits.wait(is_quiet, requests.message()).await {
            let mut heads = batch.frames.iter().filter_map(|frame| frame.head.as_ref());
            is_quiet = heads.any(|head| head.is_quiet);
            if batch.probe != 0 {
                self.outbox.probe(batch.probe);
            }
            for frame in batch.frames {
                match inbox.accept(frame) {
                    Ok(Some(Message::Whole { id, head, body })) => self.answer(id, head, body),
                    Ok(Some(Message::Cancelled { id })) => self.cancel(id),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::error!(%error, "the gateway's stream is out of step");
                        self.outbox.close();
                        return;
                    }
                }
            }
        }
        self.outbox.close();
    }

    /// Scores a small payload here and now; gives a large one to a thread, so that the small ones behind
    /// it and the probe do not wait.
    fn answer(&self, id: u64, head: RequestHead, body: Bytes) {
        if Scorer::is_quick(body.len()) {
            let (head, body) = self.work.answer(id, &head, &body);
            self.outbox.push(id, head, body);
            return;
        }
        let work = self.work.clone();
        let outbox = self.outbox.clone();
        let scoring = Arc::clone(&self.scoring);
        let inference_id = head.inference_id.clone();
        let mut handles = self.scoring.lock().unwrap_or_else(PoisonError::into_inner);
        let task = task::spawn_blocking(move || {
            let (head, body) = work.answer(id, &head, &body);
            // One that was cancelled meanwhile is not sent.
            let wanted = scoring
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id)
                .is_some();
            if wanted {
                outbox.push(id, head, body);
            }
        });
        handles.insert(id, task.abort_handle());
        tokio::spawn(give_up_after(self.timeout + GRACE, task, inference_id));
    }

    fn cancel(&self, id: u64) {
        let mut handles = self.scoring.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = handles.remove(&id) {
            // Ends it only where it has not begun.
            handle.abort();
        }
    }
}

/// Ends the process where a payload is still being scored after `limit`: a thread can't be ended alone.
/// The gateway gives everything else in flight here to another worker, and supervisord starts anew.
async fn give_up_after(limit: Duration, task: JoinHandle<()>, inference_id: String) {
    if time::timeout(limit, task).await.is_err() {
        tracing::error!(
            ?limit,
            inference_id,
            "scoring a payload takes too long, the process ends itself"
        );
        process::abort();
    }
}

/// The stream of answers in the form that tonic wants: it has no errors of its own.
pub struct Fallible(BatchStream<AnswerBatch>);

impl tokio_stream::Stream for Fallible {
    type Item = Result<AnswerBatch, Status>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::pin::Pin::new(&mut self.0)
            .poll_next(context)
            .map(|batch| batch.map(Ok))
    }
}
