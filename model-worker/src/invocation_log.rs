//! One line about each payload: at debug level where all is well, so that traffic does not fill the log;
//! louder where it was refused, took long or failed, within a quota.
//!
//! No line quotes a payload or the answer to it, which are the clients' own.

use std::time::Duration;

use proto::invocations::{AnswerHead, Outcome, RequestHead};
use runtime::log_quota::LogQuota;

/// The largest payloads take about a second; what takes longer is worth a line.
const SLOW: Duration = Duration::from_secs(2);

static REFUSALS: LogQuota = LogQuota::new();
static FAILURES: LogQuota = LogQuota::new();
static DELAYS: LogQuota = LogQuota::new();

/// Writes the line. `payload` is the payload's length in bytes.
pub(crate) fn write(head: &RequestHead, payload: usize, answer: &AnswerHead, took: Duration) {
    let inference_id = head.inference_id.as_str();
    let outcome = answer.outcome();
    let content_type = head.content_type.as_str();
    let answer = answer.content_length;
    let (quota, what) = match outcome {
        Outcome::Internal | Outcome::OutOfMemory => (&FAILURES, "failed"),
        Outcome::Ok if took >= SLOW => (&DELAYS, "slow"),
        Outcome::Ok => {
            tracing::debug!(inference_id, payload, answer, ?took, "answered");
            return;
        }
        _ => (&REFUSALS, "refused"),
    };
    let outcome = outcome.as_str_name();
    // The level is part of what is compiled for each line.
    macro_rules! line {
        ($level:ident $(, $left_out:ident)?) => {
            tracing::$level!(
                inference_id,
                outcome,
                content_type,
                payload,
                ?took,
                $($left_out,)?
                "{what}"
            )
        };
    }
    match quota.take() {
        Some(left_out) if what == "failed" => line!(warn, left_out),
        Some(left_out) => line!(info, left_out),
        None => line!(debug),
    }
}
