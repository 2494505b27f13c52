//! The limit that the gateway is measured against: one axum server that scores in its own process, with
//! the workers' payload code and the same model. No pool, no supervision, no limits.

use std::{env, net::Ipv4Addr, sync::Arc};

use algorithm::{Cancellation, Handler as _, Request};
use anyhow::Context as _;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use model_worker::{
    model_file::{self, Several},
    scorer::Scorer,
};
use runtime::settings::{self, process_env};
use tokio::net::TcpListener;

/// Usage: in-process PORT, with SAGEMAKER_BASE_DIR as for `serve`.
fn main() -> anyhow::Result<()> {
    let port = env::args().nth(1).context("usage: in-process PORT")?;
    let port: u16 = port
        .parse()
        .context("PORT: expected a number up to 65535")?;
    let model = model_file::load(
        &settings::base_dir(process_env).join("model"),
        &trees::FORMATS,
        Several::Ensemble,
    )?;
    let scorer = Arc::new(Scorer::new(model.predictor, "text/csv", None)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let router = Router::new()
            .route("/ping", get(|| async { StatusCode::OK }))
            .route("/invocations", post(invoke))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(scorer);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        axum::serve(
            axum::serve::ListenerExt::tap_io(listener, |stream| {
                // As in the gateway: an answer is written at once.
                let _ = stream.set_nodelay(true);
            }),
            router,
        )
        .await?;
        Ok(())
    })
}

async fn invoke(State(scorer): State<Arc<Scorer>>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| {
        let value = headers.get(name).map(HeaderValue::as_bytes);
        String::from_utf8_lossy(value.unwrap_or_default())
    };
    let answer = scorer.handle(Request {
        content_type: &text(header::CONTENT_TYPE),
        content_encoding: "",
        accept: &text(header::ACCEPT),
        custom_attributes: "",
        body: &body,
        cancellation: &Cancellation::new(),
    });
    match answer {
        Ok(answer) => {
            let content_type = answer.content_type.into_owned();
            ([(header::CONTENT_TYPE, content_type)], answer.body).into_response()
        }
        Err(refusal) => (StatusCode::BAD_REQUEST, refusal.to_string()).into_response(),
    }
}
