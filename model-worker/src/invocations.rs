//! The gateway's stream: frames in, frames out.

use std::{
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    pin::Pin,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use algorithm::{Answer, Cancellation, Handler, Refusal, Request};
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

use crate::{
    call,
    invocation_log::{self, Call},
    large::Large,
    outcome,
};

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

/// A payload that has arrived whole.
struct Payload {
    id: u64,
    head: RequestHead,
    body: Bytes,
}

/// Of a quick payload, which is answered before anybody could cancel it.
static NEVER: Cancellation = Cancellation::new();

impl Payload {
    fn request(&self) -> Request<'_> {
        request(&self.head, &self.body, &NEVER)
    }
}

impl Work {
    /// Answers a payload.
    fn answer(&self, id: u64, head: &RequestHead, request: Request<'_>) -> (AnswerHead, Bytes) {
        // If the note can't be written, the suspect counts as innocent; it is answered all the same.
        let _noted = head.suspect.then(|| self.note.take(id));
        let call = call_of(head, request);
        let length = |answer: &Answer| answer.body.len();
        finish(call::answer(call, length, || self.handler.handle(request)))
    }

    /// Answers quick payloads, of which none is a suspect, in their order.
    fn answer_together(&self, quick: &[Payload]) -> Vec<(AnswerHead, Bytes)> {
        let alone = |quick: &Payload| self.answer(quick.id, &quick.head, quick.request());
        if let [only] = quick {
            return vec![alone(only)];
        }
        let requests: Vec<Request<'_>> = quick.iter().map(Payload::request).collect();
        let began = Instant::now();
        let together = AssertUnwindSafe(|| self.handler.handle_together(&requests));
        // If one of them makes it panic, the others must have their answers all the same.
        let answers = panic::catch_unwind(together).unwrap_or_default();
        if answers.len() != requests.len() {
            return quick.iter().map(alone).collect();
        }
        let took = began.elapsed();
        let answers = quick.iter().zip(answers).map(|(quick, answer)| {
            let length = answer.as_ref().map(|answer| answer.body.len());
            invocation_log::write(call_of(&quick.head, quick.request()), length, took);
            finish(answer)
        });
        answers.collect()
    }
}

fn call_of<'a>(head: &'a RequestHead, request: Request<'a>) -> Call<'a> {
    Call {
        inference_id: &head.inference_id,
        content_type: request.content_type,
        payload: request.body.len(),
    }
}

/// A refusal is an answer too, with its outcome in the head and its line as the body.
fn finish(answer: Result<Answer, Refusal>) -> (AnswerHead, Bytes) {
    let outcome = outcome::of_answer(&answer);
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
            let mut quick = Vec::new();
            for frame in batch.frames {
                match inbox.accept(frame) {
                    Ok(Some(Message::Whole { id, head, body })) => {
                        let payload = Payload { id, head, body };
                        if !self.is_quick(&payload) {
                            self.start(payload);
                        } else if payload.head.suspect {
                            self.answer(&[payload]);
                        } else {
                            quick.push(payload);
                        }
                    }
                    Ok(Some(Message::Cancelled { id })) => self.cancel(id),
                    Ok(None) => {}
                    Err(error) => {
                        tracing::error!(%error, "the gateway's stream breaks the protocol");
                        break 'stream;
                    }
                }
            }
            self.answer(&quick);
        }
        self.outbox.close();
        // Nobody is left to read the answers.
        for (_, large) in lock(&self.large).drain() {
            large.cancel();
        }
    }

    /// Whether a payload is answered here and now. If judging it panics (the panic hook logs the place), so may
    /// the work: on a thread, nothing waits for it.
    fn is_quick(&self, payload: &Payload) -> bool {
        let is_quick = || self.work.handler.is_quick(payload.request());
        panic::catch_unwind(AssertUnwindSafe(is_quick)).unwrap_or(false)
    }

    fn answer(&self, quick: &[Payload]) {
        let answers = self.work.answer_together(quick);
        for (quick, (head, body)) in quick.iter().zip(answers) {
            self.outbox.push(quick.id, head, body);
        }
    }

    /// Gives a payload to a thread, so that the small payloads after it and the probe do not wait.
    fn start(&self, payload: Payload) {
        let Payload { id, head, body } = payload;
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
