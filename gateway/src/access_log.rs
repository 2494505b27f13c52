//! One log line for each invocation: at debug level if it is answered, so that traffic does not fill the
//! log; at info if it is refused and at warn if the server fails, within a quota.
//!
//! No line quotes a payload or an answer, which belong to the client.

use std::{borrow::Cow, time::Instant};

use axum::{http::HeaderMap, response::Response};
use hyper::body::Body as _;
use runtime::log_quota::LogQuota;

use crate::{error::Error, inference_id::InferenceId};

static REFUSALS: LogQuota = LogQuota::new();
static FAILURES: LogQuota = LogQuota::new();

/// The line to be. If it is dropped before [`end`](Self::end), the client went away, and the line says so.
pub(crate) struct Entry<'a> {
    id: InferenceId<'a>,
    began: Instant,
    /// The payload's length in bytes, once it is known.
    payload: usize,
    is_over: bool,
}

impl<'a> Entry<'a> {
    pub(crate) fn begin(headers: &'a HeaderMap) -> Self {
        Self {
            id: InferenceId::of(headers),
            began: Instant::now(),
            payload: 0,
            is_over: false,
        }
    }

    pub(crate) fn id(&self) -> InferenceId<'a> {
        self.id
    }

    pub(crate) fn payload(&mut self, bytes: usize) {
        self.payload = bytes;
    }

    /// Writes the line.
    pub(crate) fn end(mut self, result: &Result<Response, Error>) {
        self.is_over = true;
        let Self {
            id, began, payload, ..
        } = &self;
        let error = match result {
            Ok(response) => {
                let status = response.status().as_u16();
                let answer = response.body().size_hint().lower();
                let took = began.elapsed();
                tracing::debug!(inference_id = ?id, status, payload, answer, ?took, "answered");
                return;
            }
            Err(error) => error,
        };
        let is_ours = error.status().is_server_error();
        let status = error.status().as_u16();
        let reason = reason(error);
        let took = began.elapsed();
        let quota = if is_ours { &FAILURES } else { &REFUSALS };
        match quota.take() {
            Some(left_out) if is_ours => {
                tracing::warn!(inference_id = ?id, status, payload, ?took, %reason, left_out, "failed");
            }
            Some(left_out) => {
                tracing::info!(inference_id = ?id, status, payload, ?took, %reason, left_out, "refused");
            }
            None => {
                tracing::debug!(inference_id = ?id, status, payload, ?took, %reason, "refused or failed");
            }
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let took = self.began.elapsed();
            tracing::debug!(inference_id = ?self.id, payload = self.payload, ?took, "client went away");
        }
    }
}

/// Why an invocation failed. A worker's message may quote the payload, so only its outcome is logged.
fn reason(error: &Error) -> Cow<'static, str> {
    match error {
        Error::Worker { outcome, .. } => outcome.as_str_name().into(),
        other => other.to_string().into(),
    }
}
