//! `GET /execution-parameters`: how a batch transform job should send its records, if its owner has not said.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use runtime::settings::{Settings, Strategy};

use crate::payload_budget::PayloadBudget;

/// Most megabytes that such a job may have in flight: `MaxConcurrentTransforms` times `MaxPayloadInMB`
/// (CreateTransformJob).
const MEGABYTES_IN_FLIGHT: usize = 100;

#[derive(Clone)]
pub(crate) struct ExecutionParameters {
    concurrent: usize,
    strategy: Strategy,
    budget: PayloadBudget,
}

impl ExecutionParameters {
    pub(crate) fn new(settings: &Settings, budget: PayloadBudget) -> Self {
        Self {
            concurrent: settings.batch.concurrent.unwrap_or(settings.workers).get(),
            strategy: settings.batch.strategy,
            budget,
        }
    }

    /// One request per worker at a time, each as large as the payload limit, the container's memory and
    /// SageMaker allow.
    pub(crate) fn respond(&self) -> Response {
        let allowed = self.budget.largest(self.concurrent) >> 20;
        let megabytes = allowed.min(MEGABYTES_IN_FLIGHT / self.concurrent).max(1);
        let json = format!(
            "{{\"MaxConcurrentTransforms\":{},\"BatchStrategy\":\"{}\",\"MaxPayloadInMB\":{megabytes}}}",
            self.concurrent, self.strategy
        );
        let content_type = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, content_type)], json).into_response()
    }
}
