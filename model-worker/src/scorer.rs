//! One payload of rows: decode, score, encode.

mod together;

use std::{borrow::Cow, num::NonZeroUsize};

use algorithm::{Answer, Cancellation, Handler, Predictor, Refusal, Request};
use rayon::prelude::*;
use records::{ContentType, Format, Payload, PayloadError, Schema};
use runtime::cgroup;
use thiserror::Error;

use crate::{
    answer::{self, BadSelection, Encoder, NotAcceptable, Part, Selection, Vocabulary},
    answer_memory::{AnswerMemory, Claim},
    blocks::Blocks,
    details::Needs,
    dialect::{self, Dialect},
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
    /// Another way to read payloads and to write answers.
    dialect: Option<Dialect>,
    memory: AnswerMemory,
    threads: Threads,
}

/// What the headers say about a payload, and the payload as it is decoded.
struct Content<'a> {
    content_type: ContentType,
    content_encoding: &'a str,
    body: Cow<'a, [u8]>,
}

impl Content<'_> {
    fn payload(&self) -> Result<Payload<'_>, PayloadError> {
        Payload::of(self.content_type, self.content_encoding, &self.body)
    }
}

/// The answer that a request asks for.
struct Wanted<'a> {
    format: Format,
    selection: Cow<'a, Selection>,
    /// Who writes it, if not we.
    dialect: Option<&'a Dialect>,
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
        "MODEL_SERVER_DIALECT=sagemaker-xgboost, which is the default for a file named xgboost-model, can't be used: \
         the model does not say what XGBoost would predict; set MODEL_SERVER_DIALECT=native"
    )]
    Dialect,
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
        let default_selection = match inference_output {
            Some(keys) => Selection::parse(keys, signature)
                .map_err(|error| Unservable(Reason::InferenceOutput(error)))?,
            None => Selection::default_of(signature),
        };
        let scorer = Self::with_formats(predictor, default_accept, Format::ENCODED)?;
        let scorer = Self {
            default_selection,
            ..scorer
        };
        scorer
            .encoder(&scorer.default_answer())
            .map_err(|error| Unservable(Reason::Both(error)))?;
        Ok(scorer)
    }

    /// As [`new`](Self::new), with payloads and answers as those of AWS's XGBoost container, which a batch
    /// transform job may ask for.
    ///
    /// # Errors
    /// An unknown format, or a model that is not like XGBoost's.
    pub fn like_xgboost_container(
        predictor: Box<dyn Predictor>,
        default_accept: &str,
        inference_output: Option<&str>,
        is_batch: bool,
    ) -> Result<Self, Unservable> {
        let scorer = Self::with_formats(predictor, default_accept, dialect::ENCODED)?;
        let dialect = Dialect::new(scorer.predictor.signature(), inference_output, is_batch);
        Ok(Self {
            dialect: Some(dialect.ok_or(Unservable(Reason::Dialect))?),
            schema: scorer.schema.with_leniency(dialect::LENIENCY),
            ..scorer
        })
    }

    fn with_formats(
        predictor: Box<dyn Predictor>,
        default_accept: &str,
        formats: &'static [Format],
    ) -> Result<Self, Unservable> {
        let signature = predictor.signature();
        if signature.features.is_empty() || signature.width() == 0 {
            return Err(Unservable(Reason::Empty {
                features: signature.features.len(),
                outputs: signature.width(),
            }));
        }
        let default_format = answer::negotiate(default_accept, Format::Csv, formats)
            .map_err(|error| Unservable(Reason::DefaultAccept(error)))?;
        Ok(Self {
            schema: Schema::new(signature),
            vocabulary: Vocabulary::new(signature),
            default_format,
            default_selection: Selection::default_of(signature),
            dialect: None,
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

    /// As many threads for a large payload, however many CPUs there are.
    #[cfg(test)]
    pub(crate) fn with_threads(self, count: usize) -> Self {
        Self {
            threads: Threads::new(count),
            ..self
        }
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

    /// Whether up to `n_rows` rows in `bytes` bytes are answered in well under a millisecond. Contributions are never
    /// quick: they take far longer than a visit, and no signature says how many leaves there are.
    pub(crate) fn is_little(&self, bytes: usize, n_rows: usize, needs: Needs) -> bool {
        let cells = n_rows.saturating_mul(needs.work_in_row(self.predictor.signature()));
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

    /// The payload of a request; `None` if there is none.
    fn content<'a>(&self, request: Request<'a>) -> Result<Option<Content<'a>>, Failure> {
        let (content_type, body) = match &self.dialect {
            None => {
                let content_type = ContentType::parse(request.content_type);
                let content_type = content_type.map_err(PayloadError::Unsupported)?;
                (content_type, Cow::Borrowed(request.body))
            }
            Some(_) => {
                let content_type = dialect::content_type(request);
                let Some(content_type) = content_type.map_err(PayloadError::Unsupported)? else {
                    return Ok(None);
                };
                (content_type, dialect::text_of(content_type, request.body))
            }
        };
        Ok(Some(Content {
            content_type,
            content_encoding: request.content_encoding,
            body,
        }))
    }

    /// Says in the log what a payload that has been decoded leaves out, if that is worth a line.
    fn warn_if_short(&self, content: &Content<'_>) {
        if let Some(dialect) = &self.dialect {
            dialect.warn_if_short(
                content.content_type,
                &content.body,
                self.schema.n_features(),
            );
        }
    }

    fn default_answer(&self) -> Wanted<'_> {
        Wanted {
            format: self.default_format,
            selection: Cow::Borrowed(&self.default_selection),
            dialect: self.dialect.as_ref(),
        }
    }

    /// What the headers ask for.
    fn wanted(&self, request: Request<'_>) -> Result<Wanted<'_>, Failure> {
        let default = self.default_answer();
        // The container knows no keys for one request, so an answer to them is ours.
        let requested = answer::requested(request.custom_attributes);
        let (formats, dialect) = match default.dialect.filter(|_| requested.is_none()) {
            Some(dialect) => (dialect::ENCODED, Some(dialect)),
            None => (Format::ENCODED, None),
        };
        let default_format = match formats.contains(&default.format) {
            true => default.format,
            false => Format::Csv,
        };
        Ok(Wanted {
            selection: self.selection(request)?,
            format: answer::negotiate(request.accept, default_format, formats)?,
            dialect,
        })
    }

    fn encoder<'a>(&'a self, wanted: &'a Wanted<'_>) -> Result<Encoder<'a>, NotAcceptable> {
        let (predictor, selection) = (&*self.predictor, &*wanted.selection);
        match wanted.dialect {
            Some(dialect) => {
                let writer = dialect.writer(wanted.format);
                Ok(Encoder::with_writer(writer, predictor, selection))
            }
            None => Encoder::new(wanted.format, predictor, selection, &self.vocabulary),
        }
    }

    /// What a client is told about a failure. Those of the container expect other statuses than ours.
    fn refusal(&self, request: Request<'_>, failure: Failure) -> Refusal {
        if self.dialect.is_none() {
            return failure.into();
        }
        match failure {
            Failure::Payload(PayloadError::Misfit(line)) => {
                Refusal::BadPayload(dialect::misfit(&line))
            }
            Failure::Payload(PayloadError::Bad(line)) => {
                Refusal::UnsupportedContentType(dialect::no_payload(request, &line))
            }
            Failure::Accept(_) if answer::requested(request.custom_attributes).is_none() => {
                Refusal::NotAcceptable(dialect::not_acceptable(request.accept))
            }
            failure => failure.into(),
        }
    }

    fn answer_alone(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        self.try_answer(request)
            .map_err(|failure| self.refusal(request, failure))
    }

    fn try_answer(&self, request: Request<'_>) -> Result<Answer, Failure> {
        let Some(content) = self.content(request)? else {
            return Ok(Answer::nothing());
        };
        let wanted = match self.wanted(request) {
            // The container looks at the payload first.
            Err(failure @ Failure::Accept(_)) if self.dialect.is_some() => {
                content.payload()?.decode(&self.schema, &mut |_| ())?;
                return Err(failure);
            }
            wanted => wanted?,
        };
        let needs = wanted.selection.needs(self.predictor.signature());
        let encoder = || self.encoder(&wanted);
        let mut answer = encoder()?;
        let body = request.body;
        let payload = content.payload()?;

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
        self.warn_if_short(&content);
        Ok(answer.finish())
    }
}

impl Handler for Scorer {
    fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        self.answer_alone(request)
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
            let content = self.content(request).ok().flatten();
            let payload = content.as_ref().and_then(|content| content.payload().ok());
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
