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

/// Where clients of SageMaker's runtime API (boto3's `invoke_endpoint`, whose `endpoint_url` is this server)
/// send an invocation. On SageMaker it arrives as `/invocations`. Any endpoint name will do.
const RUNTIME_API_INVOCATIONS: &str = "/endpoints/{endpoint_name}/invocations";

/// Time that a client has to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// The gateway's HTTP interface: SageMaker's calls. Cheap to clone.
#[derive(Clone)]
pub struct Routes {
    router: Router,
    invocations: Arc<Invocations>,
}

struct Invocations {
    service: LoadShed<ConcurrencyLimit<Timeout<Pool>>>,
    /// The places of `MODEL_SERVER_QUEUE`, which the service takes and gives back.
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
        // Past the router, which boxes the body, the handler and its future for every request: a sixth of
        // what the gateway costs.
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
async fn ping(State(pool): State<Pool>) -> StatusCode {
    if pool.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
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
        // A place is taken once the body is there, so that a client that sends slowly costs a socket and
        // not a place; but where there is none, the body need not come.
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

    /// Reads the body. One whose length is announced to be too large is refused before it is read.
    async fn read<B>(&self, length: Option<&HeaderValue>, body: B) -> Result<Payload, Error>
    where
        B: HttpBody<Data = Bytes> + Unpin,
    {
        let announced = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let announced = announced.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        let read = time::timeout(BODY_TIMEOUT, self.budget.read(body, announced)).await;
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
    share: Share,
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
