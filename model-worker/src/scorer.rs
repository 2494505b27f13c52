//! One payload: decode, score, encode.

use std::{
    num::NonZeroUsize,
    panic::{self, AssertUnwindSafe},
};

use bytes::Bytes;
use model::{Model, Scores};
use proto::invocations::{AnswerHead, Outcome, RequestHead};
use runtime::cgroup;
use thiserror::Error;

use crate::{
    answer::{self, BadSelection, Encoded, Encoder, NotAcceptable, Selection, Vocabulary},
    answer_memory::{AnswerMemory, OutOfMemory},
    format::Format,
    payload::{Payload, PayloadError, Schema},
};

/// Largest payload, in bytes, that is scored without leaving the event loop: well under half a
/// millisecond of work.
const INLINE_BYTES: usize = 32 << 10;

/// A model, what it takes and how its answers look. Shared by all services of a worker.
pub struct Scorer {
    model: Model,
    schema: Schema,
    vocabulary: Vocabulary,
    default_format: Format,
    default_selection: Selection,
    memory: AnswerMemory,
}

/// A setting that this model can't be served with.
#[derive(Debug, Error)]
pub enum BadSetting {
    #[error("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT can't be used: {0}")]
    DefaultAccept(NotAcceptable),
    #[error("SAGEMAKER_INFERENCE_OUTPUT can't be used: {0}")]
    InferenceOutput(BadSelection),
    #[error(
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT and SAGEMAKER_INFERENCE_OUTPUT can't be used together: {0}"
    )]
    Both(NotAcceptable),
}

impl Scorer {
    /// `default_accept` chooses the format of answers, and `inference_output` what they hold, where a
    /// request leaves it open.
    ///
    /// # Errors
    /// No such format, or parts of an answer that the model can't give.
    pub fn new(
        model: Model,
        default_accept: &str,
        inference_output: Option<&str>,
    ) -> Result<Self, BadSetting> {
        let default_format =
            answer::negotiate(default_accept, Format::Csv).map_err(BadSetting::DefaultAccept)?;
        let default_selection = match inference_output {
            Some(keys) => Selection::parse(keys, &model).map_err(BadSetting::InferenceOutput)?,
            None => Selection::default_of(&model),
        };
        let vocabulary = Vocabulary::new(&model);
        Encoder::new(default_format, &model, &default_selection, &vocabulary)
            .map_err(BadSetting::Both)?;
        Ok(Self {
            schema: Schema::new(&model),
            vocabulary,
            default_format,
            default_selection,
            memory: AnswerMemory::new(1, cgroup::memory),
            model,
        })
    }

    /// Leaves to `workers - 1` others their parts of the container's memory.
    pub fn among(mut self, workers: NonZeroUsize) -> Self {
        self.memory = AnswerMemory::new(workers.get(), cgroup::memory);
        self
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What decoders know about the model.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Whether a payload of `bytes` may be scored on the event loop.
    pub fn is_quick(bytes: usize) -> bool {
        bytes <= INLINE_BYTES
    }

    /// Answers a payload. A failure is an answer too, with its outcome in the head and one line as its
    /// body.
    pub fn answer(&self, head: &RequestHead, body: &[u8]) -> (AnswerHead, Bytes) {
        // A bug in the scoring of one payload must not take down the invocations beside it.
        let answered = panic::catch_unwind(AssertUnwindSafe(|| self.try_answer(head, body)));
        let (outcome, content_type, body) = match answered {
            Ok(Ok(encoded)) => (Outcome::Ok, encoded.content_type, encoded.body),
            Ok(Err(failure)) => (failure.outcome(), TEXT, failure.to_string().into_bytes()),
            Err(_) => (Outcome::Internal, TEXT, b"scoring failed".to_vec()),
        };
        let head = AnswerHead {
            outcome: outcome.into(),
            content_type: content_type.to_owned(),
            content_length: body.len() as u64,
        };
        (head, body.into())
    }

    /// Rows are scored and encoded a block at a time, while the payload is decoded.
    fn try_answer(&self, head: &RequestHead, body: &[u8]) -> Result<Encoded, Failure> {
        let format = answer::negotiate(&head.accept, self.default_format)?;
        let requested = answer::requested(&head.custom_attributes)
            .map(|keys| Selection::parse(&keys, &self.model))
            .transpose()?;
        let selection = requested.as_ref().unwrap_or(&self.default_selection);
        let mut encoder = Encoder::new(format, &self.model, selection, &self.vocabulary)?;
        let mut scores = Scores::new();
        let mut scored = Ok(());
        let mut claim = self.memory.claim(body.len());
        let payload = Payload {
            content_type: &head.content_type,
            content_encoding: &head.content_encoding,
            body,
        };
        payload.decode(&self.schema, &mut |rows| {
            if scored.is_err() {
                return; // the rest is only checked
            }
            match self.model.score(rows, &mut scores) {
                Ok(()) => encoder.push(rows, &scores),
                Err(error) => scored = Err(Failure::Internal(error.to_string())),
            }
            if let Err(error) = claim.grow(encoder.length()) {
                scored = Err(error.into());
            }
        })?;
        scored.map(|()| encoder.finish())
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error(transparent)]
    Accept(#[from] NotAcceptable),
    #[error("X-Amzn-SageMaker-Custom-Attributes, output: {0}")]
    Selection(#[from] BadSelection),
    #[error(transparent)]
    Memory(#[from] OutOfMemory),
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Payload(PayloadError::Bad(_)) | Self::Selection(_) => Outcome::BadPayload,
            Self::Payload(PayloadError::Unsupported(_)) => Outcome::UnsupportedContentType,
            Self::Accept(_) => Outcome::NotAcceptable,
            Self::Memory(_) => Outcome::OutOfMemory,
            Self::Internal(_) => Outcome::Internal,
        }
    }
}
