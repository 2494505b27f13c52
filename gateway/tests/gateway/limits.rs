//! Limits on time, number and size, and invocations that are cancelled.

use axum::http::{StatusCode, header};

use crate::{
    fake_worker::Behaviour::{Echo, Hang},
    harness::{Gateway, eventually},
};

#[tokio::test]
async fn an_invocation_beyond_its_time_is_504_and_cancelled() {
    let gateway = Gateway::start(&[Hang], &[("MODEL_SERVER_TIMEOUT", "1")]).await;
    let answer = gateway.invoke("1,2").await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    eventually(|| gateway.workers[0].cancelled() == 1).await;
}

#[tokio::test]
async fn an_invocation_whose_client_is_gone_is_cancelled() {
    let gateway = Gateway::start(&[Hang], &[]).await;
    let gone = async { eventually(|| !gateway.workers[0].seen().is_empty()).await };
    tokio::select! {
        _ = gateway.invoke("1,2") => panic!("nobody answers"),
        () = gone => {}
    }
    eventually(|| gateway.workers[0].cancelled() == 1).await;
}

#[tokio::test]
async fn more_invocations_than_the_queue_holds_are_turned_away_at_once() {
    let gateway = Gateway::start(&[Hang], &[("MODEL_SERVER_QUEUE", "2")]).await;
    let hanging = futures_util::future::join(gateway.invoke("1"), gateway.invoke("2"));
    let check = async {
        eventually(|| gateway.workers[0].seen().len() == 2).await;
        let refused = gateway.invoke("3").await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
        // A ping takes no place in the queue.
        assert_eq!(gateway.ping().await.status(), StatusCode::OK);
    };
    tokio::select! {
        _ = hanging => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_reaches_no_worker() {
    let gateway = Gateway::start(&[Echo], &[("SAGEMAKER_MAX_PAYLOAD_IN_MB", "1")]).await;
    let limit = 1 << 20;
    let fits = gateway.invoke(vec![b'1'; limit]).await;
    assert_eq!(fits.status(), StatusCode::OK);
    let refused = gateway.invoke(vec![b'1'; limit + 1]).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(gateway.workers[0].seen().len(), 1);
}
