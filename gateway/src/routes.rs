//! `/ping`, `/invocations`, `/execution-parameters`, and the limits around them.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::State,
    http::{HeaderValue, Method, Request, StatusCode, header, request},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use proto::invocations::Outcome;
use runtime::{cgroup, settings::Settings};
use tokio::{sync::Semaphore, time};
use tower::{
    Service as _, ServiceBuilder, ServiceExt as _, limit::ConcurrencyLimit, load_shed::LoadShed,
    timeout::Timeout,
};

use crate::{
    access_log::Entry,
    error::Error,
    execution_parameters::ExecutionParameters,
    invocation::{Answer, CUSTOM_ATTRIBUTES, Invocation},
    payload_budget::{Payload, PayloadBudget, Share},
    pool::Pool,
    sent_body::SentBody,
};

const INVOCATIONS: &str = "/invocations";

/// The path that clients of SageMaker's runtime API use, such as boto3's `invoke_endpoint` with this server
/// as its `endpoint_url`. SageMaker turns it into `/invocations`. Every endpoint name is accepted.
const RUNTIME_API_INVOCATIONS: &str = "/endpoints/{endpoint_name}/invocations";

/// Longest time that a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// The gateway's HTTP interface, which is the calls that SageMaker makes. Cheap to clone.
#[derive(Clone)]
pub struct Routes {
    router: Router,
    invocations: Arc<Invocations>,
}

struct Invocations {
    service: LoadShed<ConcurrencyLimit<Timeout<Pool>>>,
    /// A permit for each place of `MODEL_SERVER_QUEUE`; the service acquires and releases them.
    queue: Arc<Semaphore>,
    budget: PayloadBudget,
}

impl Routes {
    /// The interface to `pool`, with the limits of `settings`.
    pub fn new(pool: Pool, settings: &Settings) -> Self {
        let concurrent = settings.batch.concurrent.map_or(0, NonZeroUsize::get);
        let queue = Arc::new(Semaphore::new(settings.queue.get().max(concurrent)));
        let budget = PayloadBudget::new(settings.max_payload, concurrent, cgroup::memory);
        let parameters = ExecutionParameters::new(settings, budget.clone());
        let service = ServiceBuilder::new()
            .load_shed()
            .layer(tower::limit::GlobalConcurrencyLimitLayer::with_semaphore(
                Arc::clone(&queue),
            ))
            .timeout(settings.timeout)
            .service(pool.clone());
        let invocations = Arc::new(Invocations {
            service,
            queue,
            budget,
        });
        let router = Router::new()
            .route(
                INVOCATIONS,
                post(invoke::<Body>).with_state(Arc::clone(&invocations)),
            )
            .route(
                RUNTIME_API_INVOCATIONS,
                post(invoke::<Body>).with_state(Arc::clone(&invocations)),
            )
            .route("/ping", get(ping).with_state(pool))
            .route(
                "/execution-parameters",
                get(async move || parameters.respond()),
            )
            .fallback(not_found)
            .method_not_allowed_fallback(method_not_allowed);
        Self {
            router,
            invocations,
        }
    }

    /// Answers a request.
    pub async fn answer<B>(self, request: Request<B>) -> Response
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
    {
        // Bypasses the router, which boxes the body, the handler and its future for every request: a sixth
        // of the gateway's cost.
        if request.uri().path() == INVOCATIONS && request.method() == Method::POST {
            let answer = invoke(State(self.invocations), request);
            return answer.await.into_response();
        }
        let mut router = self.router;
        match router.call(request).await {
            Ok(response) => response,
            Err(impossible) => match impossible {},
        }
    }
}

/// 200 if and only if a worker can score now.
async fn ping(State(pool): State<Pool>) -> Result<StatusCode, Error> {
    if pool.is_ready() {
        Ok(StatusCode::OK)
    } else {
        Err(Error::NotReady)
    }
}

async fn invoke<B>(
    State(invocations): State<Arc<Invocations>>,
    request: Request<B>,
) -> Result<Response, Error>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let (parts, body) = request.into_parts();
    let mut entry = Entry::begin(&parts.headers);
    let result = invocations.answer(&parts, body, &mut entry).await;
    entry.end(&result);
    result
}

impl Invocations {
    async fn answer<B>(
        &self,
        parts: &request::Parts,
        body: B,
        entry: &mut Entry<'_>,
    ) -> Result<Response, Error>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        // The service acquires a place after the body has arrived, so that a slow client holds a socket
        // and no place. But if no place is free now, the body is not worth reading.
        if self.queue.available_permits() == 0 {
            return Err(Error::Overloaded);
        }
        let length = parts.headers.get(header::CONTENT_LENGTH);
        let Payload { bytes, share } = self.read(length, body).await?;
        entry.payload(bytes.len());
        let invocation = Invocation::new(entry.id(), &parts.headers, bytes);
        let answer = self.service.clone().oneshot(invocation).await?;
        respond(answer, parts.headers.get(CUSTOM_ATTRIBUTES), share)
    }

    /// Reads the body. If its announced length is too large, it is refused unread.
    async fn read<B>(&self, length: Option<&HeaderValue>, body: B) -> Result<Payload, Error>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        let announced = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let read = time::timeout(BODY_TIMEOUT, self.budget.read(body, announced)).await;
        read.map_err(|_| Error::BodyTimeout {
            seconds: BODY_TIMEOUT.as_secs(),
        })?
    }
}

/// The response to a worker's answer. It keeps the payload's share of the budget until it is written: a
/// client that does not read must not free memory for others.
fn respond(
    answer: Answer,
    custom_attributes: Option<&HeaderValue>,
    share: Share,
) -> Result<Response, Error> {
    // An outcome of a later version is a failure of unknown kind, not the default, which is Ok.
    let outcome = Outcome::try_from(answer.head.outcome).unwrap_or(Outcome::Internal);
    let mut response = match outcome {
        Outcome::Ok => {
            let content_type =
                HeaderValue::try_from(answer.head.content_type).map_err(|_| Error::AnswerType)?;
            let mut response = Response::new(SentBody::hold(answer.body, share));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type);
            response
        }
        Outcome::NoContent => StatusCode::NO_CONTENT.into_response(),
        _ => {
            return Err(Error::Worker {
                outcome,
                message: answer.body,
            });
        }
    };
    let headers = response.headers_mut();
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
