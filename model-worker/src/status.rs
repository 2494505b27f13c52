//! Every way in which a direct call fails, and its gRPC status: no other file names a status code.

use std::time::Duration;

use algorithm::Refusal;
use tonic::Status;

/// The status of a call that is refused.
pub(crate) fn of(refusal: Refusal) -> Status {
    let line = refusal.to_string();
    match refusal {
        Refusal::BadPayload(_) | Refusal::UnsupportedContentType(_) | Refusal::NotAcceptable(_) => {
            Status::invalid_argument(line)
        }
        Refusal::OutOfMemory(_) => Status::resource_exhausted(line),
        Refusal::Internal(_) => Status::internal(line),
        Refusal::Cancelled => Status::cancelled(line),
    }
}

/// The status of a call for a model that is not served here.
pub(crate) fn unknown_model(name: &str, version: &str, expected: &str) -> Status {
    Status::not_found(format!(
        "model \"{name}\" version \"{version}\": expected {expected}"
    ))
}

/// The status of a call that takes longer than it may.
pub(crate) fn late(limit: Duration) -> Status {
    Status::deadline_exceeded(format!(
        "no answer within {} s (MODEL_SERVER_TIMEOUT)",
        limit.as_secs_f64()
    ))
}

/// The status of a call that the worker can't finish, since the process stops.
pub(crate) fn stopping() -> Status {
    Status::unavailable("the worker stops")
}
