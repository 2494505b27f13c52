//! The gateway's stream: frames in, frames out.

use std::{
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use algorithm::{Answer, Cancellation, Handler, Request};
use bytes::Bytes;
use proto::invocations::{
    AnswerBatch, AnswerHead, RequestBatch, RequestHead, invocations_server::Invocations,
};
use runtime::{
    awake::Waits,
    exchange::{BatchStream, Inbox, Message, Outbox},
    settings::Settings,
    suspect::Note,
};
use tokio_stream::Stream;
use tonic::{Response, Status, Streaming};

use crate::{call, invocation_log::Call, large::Large, outcome};

/// The content type of a refusal's line.
const TEXT: &str = "text/plain; charset=utf-8";

/// The service of the gateway's stream.
pub(crate) struct InvocationsService {
    work: Work,
    timeout: Duration,
}

impl InvocationsService {
    pub(crate) fn new(handler: Arc<dyn Handler>, settings: &Settings) -> Self {
        Self {
            work: Work {
                handler,
                note: Note::new(&settings.run_dir, process::id()),
            },
            timeout: settings.timeout,
        }
    }
}

/// What it takes to answer a payload, on the event loop or on a thread.
#[derive(Clone)]
struct Work {
    handler: Arc<dyn Handler>,
    note: Note,
}

impl Work {
    /// Answers a payload. A refusal is an answer too, with its outcome in the head and its line as the body.
    fn answer(&self, id: u64, head: &RequestHead, request: Request<'_>) -> (AnswerHead, Bytes) {
        // If the note can't be written, the suspect counts as innocent; it is answered all the same.
        let _noted = head.suspect.then(|| self.note.take(id));
        let call = Call {
            inference_id: &head.inference_id,
            content_type: request.content_type,
            payload: request.body.len(),
        };
        let length = |answer: &Answer| answer.body.len();
        let answer = call::answer(call, length, || self.handler.handle(request));
        let outcome = outcome::of(answer.as_ref().err());
        let (content_type, body) = match answer {
            Ok(answer) => (answer.content_type, answer.body),
            Err(refusal) => (TEXT.into(), refusal.to_string().into_bytes()),
        };
        let head = AnswerHead {
            outcome: outcome.into(),
            content_type: content_type.into_owned(),
            content_length: body.len() as u64,
        };
        (head, body.into())
    }
}

fn request<'a>(
    head: &'a RequestHead,
    body: &'a [u8],
    cancellation: &'a Cancellation,
) -> Request<'a> {
    Request {
        content_type: &head.content_type,
        content_encoding: &head.content_encoding,
        accept: &head.accept,
        custom_attributes: &head.custom_attributes,
        body,
        cancellation,
    }
}

#[tonic::async_trait]
impl Invocations for InvocationsService {
    type ExchangeStream = Answers;

    async fn exchange(
        &self,
        request: tonic::Request<Streaming<RequestBatch>>,
    ) -> Result<Response<Answers>, Status> {
        let (outbox, answers) = Outbox::new();
        let exchange = Exchange {
            work: self.work.clone(),
            timeout: self.timeout,
            outbox,
            large: Arc::default(),
        };
        tokio::spawn(exchange.run(request.into_inner()));
        Ok(Response::new(Answers(answers)))
    }
}

/// The invocations with large payloads that have no answer yet, by id.
type LargeById = Mutex<HashMap<u64, Large>>;

/// The state of one stream.
struct Exchange {
    work: Work,
    timeout: Duration,
    outbox: Outbox<AnswerBatch>,
    large: Arc<LargeById>,
}

impl Exchange {
    /// Answers until the gateway ends the stream.
    async fn run(self, mut requests: Streaming<RequestBatch>) {
        let mut inbox = Inbox::default();
        let waits = Waits::default();
        let mut is_quiet = false;
        'stream: while let Ok(Some(batch)) = waits.wait(is_quiet, requests.message()).await {
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
                        tracing::error!(%error, "the gateway's stream breaks the protocol");
                        break 'stream;
                    }
                }
            }
        }
        self.outbox.close();
        // Nobody is left to read the answers.
        for (_, large) in lock(&self.large).drain() {
            large.cancel();
        }
    }

    /// Answers a quick payload here and now. Gives any other to a thread, so that the small payloads after
    /// it and the probe do not wait.
    fn answer(&self, id: u64, head: RequestHead, body: Bytes) {
        /// A quick payload is answered before anybody could cancel it.
        static NEVER: Cancellation = Cancellation::new();
        let quick = request(&head, &body, &NEVER);
        let is_quick = || self.work.handler.is_quick(quick);
        // If it panics (the panic hook logs the place), so may the work: on a thread, nothing waits for it.
        if panic::catch_unwind(AssertUnwindSafe(is_quick)).unwrap_or(false) {
            let (answer, bytes) = self.work.answer(id, &head, quick);
            self.outbox.push(id, answer, bytes);
            return;
        }
        let work = self.work.clone();
        let outbox = self.outbox.clone();
        let by_id = Arc::clone(&self.large);
        // Locked until the work is in the map: it takes itself out.
        let mut large = lock(&self.large);
        let inference_id = head.inference_id.clone();
        let started = Large::start(self.timeout, inference_id, move |cancellation| {
            let (answer, bytes) = work.answer(id, &head, request(&head, &body, cancellation));
            let is_wanted = lock(&by_id).remove(&id).is_some();
            if is_wanted {
                outbox.push(id, answer, bytes);
            }
        });
        large.insert(id, started);
    }

    fn cancel(&self, id: u64) {
        if let Some(large) = lock(&self.large).remove(&id) {
            large.cancel();
        }
    }
}

fn lock(large: &LargeById) -> MutexGuard<'_, HashMap<u64, Large>> {
    large.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The stream of answers in the form that tonic takes: it has no errors of its own.
pub(crate) struct Answers(BatchStream<AnswerBatch>);

impl Stream for Answers {
    type Item = Result<AnswerBatch, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0)
            .poll_next(context)
            .map(|batch| batch.map(Ok))
    }
}
