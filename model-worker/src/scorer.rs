//! One payload of rows: decode, score, encode.

mod together;

use std::{borrow::Cow, num::NonZeroUsize};

use algorithm::{Answer, Cancellation, Handler, Predictor, Refusal, Request};
use rayon::prelude::*;
use records::{Format, Payload, PayloadError, Schema};
use runtime::cgroup;
use thiserror::Error;

use crate::{
    answer::{self, BadSelection, Encoder, NotAcceptable, Part, Selection, Vocabulary},
    answer_memory::{AnswerMemory, Claim},
    blocks::Blocks,
    details::Needs,
    threads::Threads,
};

/// Largest payload, in bytes, that is scored on the event loop: well under half a millisecond of work.
const QUICK_BYTES: usize = 32 << 10;

/// Most values, of features or of scores, of a payload that is scored on the event loop. A sparse record of
/// two bytes may stand for thousands of values; a dense payload has no more values than bytes.
const QUICK_CELLS: usize = 32 << 10;

/// A payload of more bytes is scored by several threads, in parts of this length: half a millisecond of work
/// each.
const PART_BYTES: usize = 256 << 10;

/// The same if the answer holds contributions, which take a hundred times as long.
const EXPLAINED_PART_BYTES: usize = 4 << 10;

/// Answers tables: a predictor with the decoders and encoders around it. Shared by all services of a worker.
pub struct Scorer {
    predictor: Box<dyn Predictor>,
    schema: Schema,
    vocabulary: Vocabulary,
    default_format: Format,
    default_selection: Selection,
    memory: AnswerMemory,
    threads: Threads,
}

/// The answer that a request asks for.
struct Wanted<'a> {
    format: Format,
    selection: Cow<'a, Selection>,
}

/// A setting that this model can't be served with, or a model that can't be served at all; one line.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Unservable(Reason);

#[derive(Debug, Error)]
enum Reason {
    #[error("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT can't be used: {0}")]
    DefaultAccept(NotAcceptable),
    #[error("SAGEMAKER_INFERENCE_OUTPUT can't be used: {0}")]
    InferenceOutput(BadSelection),
    #[error(
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT and SAGEMAKER_INFERENCE_OUTPUT can't be used together: {0}"
    )]
    Both(NotAcceptable),
    #[error(
        "the model has {features} features and {outputs} outputs, expected at least one of each"
    )]
    Empty { features: usize, outputs: usize },
}

impl Scorer {
    /// `default_accept` chooses the format of answers, and `inference_output` what they hold, if a request
    /// leaves it open.
    ///
    /// # Errors
    /// An unknown format, keys of an answer that the model can't give, or a model without features, classes
    /// or targets.
    pub fn new(
        predictor: Box<dyn Predictor>,
        default_accept: &str,
        inference_output: Option<&str>,
    ) -> Result<Self, Unservable> {
        let signature = predictor.signature();
        if signature.features.is_empty() || signature.width() == 0 {
            return Err(Unservable(Reason::Empty {
                features: signature.features.len(),
                outputs: signature.width(),
            }));
        }
        let default_format = answer::negotiate(default_accept, Format::Csv)
            .map_err(|error| Unservable(Reason::DefaultAccept(error)))?;
        let default_selection = match inference_output {
            Some(keys) => Selection::parse(keys, signature)
                .map_err(|error| Unservable(Reason::InferenceOutput(error)))?,
            None => Selection::default_of(signature),
        };
        let vocabulary = Vocabulary::new(signature);
        Encoder::new(default_format, &*predictor, &default_selection, &vocabulary)
            .map_err(|error| Unservable(Reason::Both(error)))?;
        Ok(Self {
            schema: Schema::new(signature),
            vocabulary,
            default_format,
            default_selection,
            memory: AnswerMemory::new(NonZeroUsize::MIN, cgroup::memory),
            threads: Threads::default(),
            predictor,
        })
    }

    /// Shares the container's memory with `workers - 1` other processes.
    pub fn with_workers(mut self, workers: NonZeroUsize) -> Self {
        self.memory = AnswerMemory::new(workers, cgroup::memory);
        self
    }

    pub(crate) fn predictor(&self) -> &dyn Predictor {
        &*self.predictor
    }

    /// What decoders know about the model.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A claim on memory for the answer to a payload of `payload` bytes.
    pub(crate) fn claim(&self, payload: usize) -> Claim<'_> {
        self.memory.claim(payload)
    }

    /// Whether up to `n_rows` rows in `bytes` bytes are answered in well under a millisecond. To visit a leaf takes
    /// about as long as to decode a value. Contributions are never quick: they take far longer than a visit, and
    /// no signature says how many leaves there are.
    pub(crate) fn is_little(&self, bytes: usize, n_rows: usize, needs: Needs) -> bool {
        let signature = self.predictor.signature();
        let row_cells = needs.cells_in_row(signature).max(signature.leaves);
        let cells = n_rows.saturating_mul(row_cells);
        bytes <= QUICK_BYTES && cells <= QUICK_CELLS && !needs.contributions
    }

    /// Scores and encodes rows block by block, while the payload is decoded.
    fn score(
        &self,
        payload: Payload<'_>,
        encoder: &mut Encoder<'_>,
        needs: Needs,
        claim: &Claim<'_>,
        cancellation: &Cancellation,
    ) -> Result<(), Failure> {
        let mut blocks = Blocks::new(&*self.predictor, needs, cancellation);
        let mut scored = Ok(());
        payload.decode(&self.schema, &mut |rows| {
            if scored.is_err() {
                return; // the rest is only checked
            }
            scored = blocks.score(rows, |block| {
                let before = encoder.length();
                encoder.push(block, 0..block.scores.n_rows())?;
                claim.grow(encoder.length() - before)?;
                Ok(())
            });
        })?;
        scored.map_err(Failure::Refused)
    }

    /// What the answer to a request is to hold.
    fn selection(&self, request: Request<'_>) -> Result<Cow<'_, Selection>, BadSelection> {
        Ok(match answer::requested(request.custom_attributes) {
            Some(keys) => Cow::Owned(Selection::parse(&keys, self.predictor.signature())?),
            None => Cow::Borrowed(&self.default_selection),
        })
    }

    /// What the headers ask for.
    fn wanted(&self, request: Request<'_>) -> Result<Wanted<'_>, Failure> {
        Ok(Wanted {
            selection: self.selection(request)?,
            format: answer::negotiate(request.accept, self.default_format)?,
        })
    }

    fn encoder<'a>(&'a self, wanted: &'a Wanted<'_>) -> Result<Encoder<'a>, NotAcceptable> {
        Encoder::new(
            wanted.format,
            &*self.predictor,
            &wanted.selection,
            &self.vocabulary,
        )
    }

    fn try_answer(&self, request: Request<'_>) -> Result<Answer, Failure> {
        let wanted = self.wanted(request)?;
        let needs = wanted.selection.needs(self.predictor.signature());
        let encoder = || self.encoder(&wanted);
        let mut answer = encoder()?;
        let body = request.body;
        let payload = Payload::new(request.content_type, request.content_encoding, body)?;

        // Nearly all payloads are smaller, and are not cut into parts.
        let part_bytes = if needs.contributions {
            EXPLAINED_PART_BYTES
        } else {
            PART_BYTES
        };
        let parts = if body.len() > part_bytes {
            payload.parts(part_bytes)
        } else {
            Vec::new()
        };
        let claim = self.memory.claim(body.len());
        if parts.len() > 1
            && let Some(threads) = self.threads.get()
        {
            let part = |payload| {
                let mut part = encoder()?;
                self.score(payload, &mut part, needs, &claim, request.cancellation)?;
                Ok(part.into_part())
            };
            let parts = threads.install(|| parts.into_par_iter().map(part).collect());
            match parts {
                Ok::<Vec<Part>, Failure>(parts) => {
                    parts.iter().for_each(|part| answer.append(part));
                    return Ok(answer.finish());
                }
                // The whole payload is read below, which finds the number of the row at fault.
                Err(Failure::Payload(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        drop(claim);
        let claim = self.memory.claim(body.len());
        self.score(payload, &mut answer, needs, &claim, request.cancellation)?;
        Ok(answer.finish())
    }
}

impl Handler for Scorer {
    fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        self.try_answer(request).map_err(Refusal::from)
    }

    fn is_quick(&self, request: Request<'_>) -> bool {
        let bytes = request.body.len();
        // Keys that can't be given are refused at once.
        let selection = self.selection(request);
        let needs = selection.map_or(Needs::default(), |selection| {
            selection.needs(self.predictor.signature())
        });
        // No record is shorter than a byte, so that most payloads need no look at their bytes.
        if self.is_little(bytes, bytes, needs) {
            return true;
        }
        // A payload that can't be decoded is refused at once.
        let max_rows = || {
            let payload =
                Payload::new(request.content_type, request.content_encoding, request.body);
            payload.map_or(0, |payload| payload.max_rows(&self.schema))
        };
        self.is_little(bytes, 0, needs) && self.is_little(bytes, max_rows(), needs)
    }

    fn handle_together(&self, requests: &[Request<'_>]) -> Vec<Result<Answer, Refusal>> {
        self.answer_together(requests)
    }
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error(transparent)]
    Accept(#[from] NotAcceptable),
    #[error("X-Amzn-SageMaker-Custom-Attributes, output: {0}")]
    Selection(#[from] BadSelection),
    #[error(transparent)]
    Refused(Refusal),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let line = failure.to_string();
        match failure {
            Failure::Payload(PayloadError::Bad(_) | PayloadError::Misfit(_))
            | Failure::Selection(_) => Refusal::BadPayload(line),
            Failure::Payload(PayloadError::Unsupported(_)) => Refusal::UnsupportedContentType(line),
            Failure::Accept(_) => Refusal::NotAcceptable(line),
            Failure::Refused(refusal) => refusal,
        }
    }
}

#[cfg(test)]
mod tests;
