//! What became of a call, as the gateway learns it.

use algorithm::{Answer, Refusal};
use proto::invocations::Outcome;

/// The outcome of an invocation that was answered or refused.
pub(crate) fn of_answer(answer: &Result<Answer, Refusal>) -> Outcome {
    match answer {
        Ok(answer) if answer.is_nothing() => Outcome::NoContent,
        other => of(other.as_ref().err()),
    }
}

/// The outcome of a call: why there is no answer, or `None` if there is.
pub(crate) fn of(refusal: Option<&Refusal>) -> Outcome {
    match refusal {
        None => Outcome::Ok,
        Some(Refusal::BadPayload(_)) => Outcome::BadPayload,
        Some(Refusal::UnsupportedContentType(_)) => Outcome::UnsupportedContentType,
        Some(Refusal::NotAcceptable(_)) => Outcome::NotAcceptable,
        Some(Refusal::OutOfMemory(_)) => Outcome::OutOfMemory,
        // Nobody waits for the answer to a cancelled call.
        Some(Refusal::Internal(_) | Refusal::Cancelled) => Outcome::Internal,
    }
}
