//! One payload: decode, score, encode.

use std::{
    num::NonZeroUsize,
    panic::{self, AssertUnwindSafe},
};

use algorithm::{Predictor, Scores};
use bytes::Bytes;
use proto::invocations::{AnswerHead, Outcome, RequestHead};
use rayon::prelude::*;
use records::{Format, Payload, PayloadError, Schema};
use runtime::cgroup;
use thiserror::Error;

use crate::{
    answer::{self, BadSelection, Encoded, Encoder, NotAcceptable, Part, Selection, Vocabulary},
    answer_memory::{AnswerMemory, Claim, OutOfMemory},
    threads::Threads,
};

/// Largest payload, in bytes, that is scored without leaving the event loop: well under half a
/// millisecond of work.
const INLINE_BYTES: usize = 32 << 10;

/// Payloads of more bytes are scored by several threads, so many bytes at a time: some half a millisecond
/// of work.
const PART_BYTES: usize = 256 << 10;

/// A model, what it takes and how its answers look. Shared by all services of a worker.
pub struct Scorer {
    model: Box<dyn Predictor>,
    schema: Schema,
    vocabulary: Vocabulary,
    default_format: Format,
    default_selection: Selection,
    memory: AnswerMemory,
    threads: Threads,
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
        model: Box<dyn Predictor>,
        default_accept: &str,
        inference_output: Option<&str>,
    ) -> Result<Self, BadSetting> {
        let default_format =
            answer::negotiate(default_accept, Format::Csv).map_err(BadSetting::DefaultAccept)?;
        let default_selection = match inference_output {
            Some(keys) => Selection::parse(keys, &*model).map_err(BadSetting::InferenceOutput)?,
            None => Selection::default_of(&*model),
        };
        let vocabulary = Vocabulary::new(&*model);
        Encoder::new(default_format, &*model, &default_selection, &vocabulary)
            .map_err(BadSetting::Both)?;
        Ok(Self {
            schema: Schema::new(model.signature()),
            vocabulary,
            default_format,
            default_selection,
            memory: AnswerMemory::new(1, cgroup::memory),
            threads: Threads::default(),
            model,
        })
    }

    /// Leaves to `workers - 1` others their parts of the container's memory.
    pub fn among(mut self, workers: NonZeroUsize) -> Self {
        self.memory = AnswerMemory::new(workers.get(), cgroup::memory);
        self
    }

    pub fn model(&self) -> &dyn Predictor {
        &*self.model
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

    fn try_answer(&self, head: &RequestHead, body: &[u8]) -> Result<Encoded, Failure> {
        let format = answer::negotiate(&head.accept, self.default_format)?;
        let requested = answer::requested(&head.custom_attributes)
            .map(|keys| Selection::parse(&keys, &*self.model))
            .transpose()?;
        let selection = requested.as_ref().unwrap_or(&self.default_selection);
        let encoder = || Encoder::new(format, &*self.model, selection, &self.vocabulary);
        let mut answer = encoder()?;
        let payload = Payload::new(&head.content_type, &head.content_encoding, body)?;

        // Nearly all payloads are smaller: none of the work is theirs.
        let parts = if body.len() > PART_BYTES {
            payload.parts(PART_BYTES)
        } else {
            Vec::new()
        };
        if parts.len() > 1
            && let Some(threads) = self.threads.get()
        {
            let claim = self.memory.claim(body.len());
            let part = |payload| {
                let mut part = encoder()?;
                self.score(payload, &mut part, &claim)?;
                Ok(part.into_part())
            };
            let parts = threads.install(|| parts.into_par_iter().map(part).collect());
            match parts {
                Ok::<Vec<Part>, Failure>(parts) => {
                    parts.iter().for_each(|part| answer.append(part));
                    return Ok(answer.finish());
                }
                // Which row it is of the whole payload is found below.
                Err(Failure::Payload(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        self.score(payload, &mut answer, &self.memory.claim(body.len()))?;
        Ok(answer.finish())
    }

    /// Rows are scored and encoded a block at a time, while the payload is decoded.
    fn score(
        &self,
        payload: Payload<'_>,
        encoder: &mut Encoder<'_>,
        claim: &Claim<'_>,
    ) -> Result<(), Failure> {
        let mut scores = Scores::new();
        let mut scored = Ok(());
        payload.decode(&self.schema, &mut |rows| {
            if scored.is_err() {
                return; // the rest is only checked
            }
            let before = encoder.length();
            match self.model.predict(rows, &mut scores) {
                Ok(()) => encoder.push(rows, &scores),
                Err(error) => scored = Err(Failure::Internal(error.to_string())),
            }
            if let Err(error) = claim.grow(encoder.length() - before) {
                scored = Err(error.into());
            }
        })?;
        scored
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::testing::{classifier, labels};

    fn scorer(threads: usize) -> Scorer {
        Scorer {
            threads: Threads::new(threads),
            ..Scorer::new(Box::new(classifier(labels())), "text/csv", None).unwrap()
        }
    }

    /// The answer, which is the same from one thread and from several.
    fn answer(content_type: &str, accept: Format, body: &str) -> (Outcome, Vec<u8>) {
        let head = RequestHead {
            content_type: content_type.to_owned(),
            accept: Format::list(&[accept]),
            ..RequestHead::default()
        };
        let (alone, alone_body) = scorer(1).answer(&head, body.as_bytes());
        let (together, together_body) = scorer(3).answer(&head, body.as_bytes());
        assert_eq!(alone, together, "{content_type}, {accept:?}");
        assert!(alone_body == together_body, "{content_type}, {accept:?}");
        (alone.outcome(), alone_body.to_vec())
    }

    #[test]
    fn several_threads_answer_as_one_does() {
        const ROWS: usize = 60_000;
        let rows = |line: fn(usize) -> String| (0..ROWS).map(line).collect::<String>();
        let csv = rows(|i| {
            format!(
                "{},{}.25{}",
                i % 2,
                i,
                if i % 7 == 0 { "\r\n" } else { "\n" }
            )
        });
        let payloads = [
            ("text/csv", csv.clone()),
            ("text/csv", format!("\u{feff}width,length\n\n{csv}\n\n")),
            ("text/csv; header=absent", csv.replace('\r', "\n")),
            (
                "application/jsonlines",
                rows(|i| format!("[{},{i}]\n", i % 2)),
            ),
            ("text/libsvm", rows(|i| format!("1 0:{} 1:{i}\n", i % 2))),
            (
                "application/json",
                format!("[{}[0,1]]", rows(|i| format!("[{},{i}],\n", i % 2))),
            ),
        ];
        for (content_type, body) in payloads {
            assert!(body.len() > 2 * PART_BYTES);
            for accept in Format::ENCODED {
                let (outcome, _) = answer(content_type, *accept, &body);
                assert_eq!(outcome, Outcome::Ok);
            }
        }
    }

    #[test]
    fn a_fault_far_behind_is_told_with_the_number_of_its_row() {
        const BEFORE: usize = 200_000;
        let good = "0.5,9\n".repeat(BEFORE);
        let text = |content_type, body: &str| {
            let (outcome, line) = answer(content_type, Format::Csv, body);
            assert_eq!(outcome, Outcome::BadPayload);
            String::from_utf8(line).unwrap()
        };
        let expected = "expected a finite decimal number or nothing";
        assert_eq!(
            text("text/csv", &format!("a,b\n{good}1,x\n{good}")),
            format!("row 200001, column 2: found \"x\", {expected}")
        );
        // Behind the first line a header is a fault, and so is a byte order mark.
        assert_eq!(
            text("text/csv; header=present", &format!("{good}a,b\n{good}")),
            format!("row 200000, column 1: found \"a\", {expected}")
        );
        assert_eq!(
            text(
                "text/csv",
                &format!("{good}\u{feff}1,2\n{}", "\u{feff}1,2\n".repeat(BEFORE))
            ),
            format!("row 200001, column 1: found \"\u{feff}1\", {expected}")
        );
        assert_eq!(
            text("text/csv", &format!("a,b\n{}", "\n".repeat(4 * PART_BYTES))),
            "the payload is a header line only (\"a,b\"), expected rows of numbers after it"
        );
        let empty = "\n".repeat(4 * PART_BYTES);
        assert_eq!(
            text("text/csv", &empty),
            "the payload is empty, expected at least one row"
        );
        // Lines that are blank do not matter, however many.
        assert_eq!(
            answer(
                "text/csv",
                Format::Csv,
                &format!("a,b\n{empty}1,2\n{empty}")
            )
            .0,
            Outcome::Ok
        );
    }
}
