//! One line about each call: at debug level if it is answered, so that traffic does not fill the log; at a
//! higher level if it was refused, took long or failed, within a quota.
//!
//! No line quotes a payload or an answer, which are the clients' own.

use std::time::Duration;

use algorithm::Refusal;
use runtime::log_quota::LogQuota;

use crate::outcome;

/// An answer that takes longer is worth a line: the largest payloads take about a second.
const SLOW: Duration = Duration::from_secs(2);

/// A call, as the log names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) inference_id: &'a str,
    pub(crate) content_type: &'a str,
    /// Length of the payload in bytes.
    pub(crate) payload: usize,
}

static REFUSALS: LogQuota = LogQuota::new();
static FAILURES: LogQuota = LogQuota::new();
static DELAYS: LogQuota = LogQuota::new();

/// A line about a call that was not simply answered. The level is compiled into each line, so this can't be
/// a function.
macro_rules! line {
    ($level:ident, $event:literal, $call:ident, $outcome:ident, $took:ident $(, $left_out:ident)?) => {
        tracing::$level!(
            inference_id = $call.inference_id,
            outcome = $outcome,
            content_type = $call.content_type,
            payload = $call.payload,
            took = ?$took,
            $($left_out,)?
            $event
        )
    };
}

/// Writes a line at a level if the quota allows it, else at debug level.
macro_rules! within {
    ($quota:ident, $level:ident, $event:literal, $call:ident, $outcome:ident, $took:ident) => {
        match $quota.take() {
            Some(left_out) => line!($level, $event, $call, $outcome, $took, left_out),
            None => line!(debug, $event, $call, $outcome, $took),
        }
    };
}

/// Writes the line about a call that took this long. `answer` is the answer's length in bytes, or why there
/// is none.
pub(crate) fn write(call: Call<'_>, answer: Result<usize, &Refusal>, took: Duration) {
    let outcome = outcome::of(answer.err()).as_str_name();
    match answer {
        Ok(_) if took >= SLOW => within!(DELAYS, info, "slow", call, outcome, took),
        Ok(answer) => tracing::debug!(
            inference_id = call.inference_id,
            payload = call.payload,
            answer,
            ?took,
            "answered"
        ),
        Err(Refusal::Cancelled) => line!(debug, "cancelled", call, outcome, took),
        Err(Refusal::Internal(_) | Refusal::OutOfMemory(_)) => {
            within!(FAILURES, warn, "failed", call, outcome, took);
        }
        Err(
            Refusal::BadPayload(_) | Refusal::UnsupportedContentType(_) | Refusal::NotAcceptable(_),
        ) => within!(REFUSALS, info, "refused", call, outcome, took),
    }
}

/// Writes the line about a direct call that got no answer within the time limit.
pub(crate) fn write_late(call: Call<'_>, took: Duration) {
    let outcome = "DEADLINE_EXCEEDED";
    within!(FAILURES, warn, "failed", call, outcome, took);
}
