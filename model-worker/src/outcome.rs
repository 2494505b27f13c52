//! What became of a call, as the gateway learns it.

use algorithm::Refusal;
use proto::invocations::Outcome;

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
