//! `/ping`, `/invocations`, and the limits around them.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::Response,
    routing::{get, post},
};
use proto::invocations::Outcome;
use runtime::settings::Settings;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tower::{
    ServiceBuilder, ServiceExt as _, limit::ConcurrencyLimit, load_shed::LoadShed, timeout::Timeout,
};

use crate::{
    error::Error,
    invocation::{Answer, CUSTOM_ATTRIBUTES, Invocation},
    linger::linger,
    payload_budget::{Payload, PayloadBudget},
    pool::Pool,
    request_rules,
    sent_body::SentBody,
};

/// Time that a client has to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// The gateway's HTTP interface: SageMaker's two calls.
pub fn router(pool: Pool, settings: &Settings) -> Router {
    let queue = Arc::new(Semaphore::new(settings.queue.get()));
    let service = ServiceBuilder::new()
        .load_shed()
        .layer(tower::limit::GlobalConcurrencyLimitLayer::with_semaphore(
            Arc::clone(&queue),
        ))
        .timeout(settings.timeout)
        .service(pool.clone());
    let invocations = Invocations {
        service,
        queue,
        budget: PayloadBudget::new(settings.max_payload),
        max_payload: settings.max_payload,
    };
    Router::new()
        .route("/invocations", post(invoke).with_state(invocations))
        .route("/ping", get(ping).with_state(pool))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(linger))
        .layer(middleware::from_fn(request_rules::check))
}

#[derive(Clone)]
struct Invocations {
    service: LoadShed<ConcurrencyLimit<Timeout<Pool>>>,
    /// The places of `MODEL_SERVER_QUEUE`, which the service takes and gives back.
    queue: Arc<Semaphore>,
    budget: PayloadBudget,
    max_payload: usize,
}

/// 200 if and only if a worker can score now.
async fn ping(State(pool): State<Pool>) -> StatusCode {
    if pool.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn invoke(
    State(invocations): State<Invocations>,
    request: Request,
) -> Result<Response, Error> {
    // A place is taken once the body is there, so that a client that sends slowly costs a socket and not
    // a place; but where there is none, the body need not come.
    if invocations.queue.available_permits() == 0 {
        return Err(Error::Overloaded);
    }
    let (parts, body) = request.into_parts();
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let Payload { bytes, share } = invocations.read(length, body).await?;
    let invocation = Invocation::new(&parts.headers, bytes);
    let answer = invocations.service.oneshot(invocation).await?;
    respond(answer, parts.headers.get(CUSTOM_ATTRIBUTES), share)
}

impl Invocations {
    /// Reads the body. One whose length is announced to be too large is refused before it is read.
    async fn read(&self, length: Option<&HeaderValue>, body: Body) -> Result<Payload, Error> {
        let announced = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.max_payload as u64) {
            return Err(Error::PayloadTooLarge {
                limit: self.max_payload,
            });
        }
        let read = time::timeout(BODY_TIMEOUT, self.budget.read(body)).await;
        read.unwrap_or(Err(Error::BodyTimeout {
            seconds: BODY_TIMEOUT.as_secs(),
        }))
    }
}

/// The answer keeps the payload's share of the budget until it is written: a client that does not read
/// must not make room for more.
fn respond(
    answer: Answer,
    custom_attributes: Option<&HeaderValue>,
    share: OwnedSemaphorePermit,
) -> Result<Response, Error> {
    let outcome = answer.head.outcome();
    if outcome != Outcome::Ok {
        return Err(Error::Worker {
            outcome,
            message: answer.body,
        });
    }
    let content_type =
        HeaderValue::try_from(answer.head.content_type).map_err(|_| Error::Internal)?;
    let mut response = Response::new(SentBody::hold(answer.body, share));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    if let Some(attributes) = custom_attributes {
        headers.insert(CUSTOM_ATTRIBUTES, attributes.clone());
    }
    Ok(response)
}

async fn not_found() -> Error {
    Error::NotFound
}

async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}
