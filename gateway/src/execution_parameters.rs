//! `GET /execution-parameters`: what a batch transform job may send where its owner left that open.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use runtime::settings::{Settings, Strategy};

use crate::payload_budget::PayloadBudget;

/// Most megabytes that such a job may have under way: `MaxConcurrentTransforms` times `MaxPayloadInMB`
/// (CreateTransformJob).
const MEGABYTES_AT_ONCE: usize = 100;

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

    /// A request for each worker, each as large as the payload limit, the container's memory and SageMaker
    /// allow.
    pub(crate) fn respond(&self) -> Response {
        let allowed = self.budget.largest(self.concurrent) >> 20;
        let megabytes = allowed.min(MEGABYTES_AT_ONCE / self.concurrent).max(1);
        let json = format!(
            "{{\"MaxConcurrentTransforms\":{},\"BatchStrategy\":\"{}\",\"MaxPayloadInMB\":{megabytes}}}",
            self.concurrent, self.strategy
        );
        let content_type = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, content_type)], json).into_response()
    }
}
