//! The paths that the gateway answers.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::{
    fake_worker::{
        Behaviour::{Die, Echo},
        FakeWorker, socket,
    },
    harness::{Gateway, eventually, text},
};

#[tokio::test]
async fn ping_is_200_if_and_only_if_a_worker_can_score() {
    let gateway = Gateway::without_workers(2);
    let refusal = gateway.ping().await;
    assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(text(refusal).await, "no model-worker can score now\n");
    let late = FakeWorker::start(&socket(gateway.path(), 1), Echo);
    eventually(|| gateway.pool.ready_workers() == 1).await;
    let ready = gateway.ping().await;
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(text(ready).await, "");
    late.behave(Die);
    gateway.invoke("x").await;
    drop(late);
    eventually(|| gateway.pool.ready_workers() == 0).await;
    let refusal = gateway.ping().await;
    assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_invocation_may_use_the_path_of_the_runtime_api() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    for (path, status) in [
        ("/endpoints/leaves/invocations", StatusCode::OK),
        ("/endpoints/leaf-trees-2/invocations", StatusCode::OK),
        ("/endpoints/invocations", StatusCode::NOT_FOUND),
        ("/endpoints/a/b/invocations", StatusCode::NOT_FOUND),
    ] {
        let request = Request::post(path).header(header::HOST, "gateway");
        let request = request.body(Body::from("1,2")).unwrap();
        let answer = gateway.routes.clone().answer(request).await;
        assert_eq!(answer.status(), status, "{path}");
        if status == StatusCode::OK {
            assert_eq!(text(answer).await, "1,2");
        }
    }
}

#[tokio::test]
async fn large_bodies_arrive_whole_both_ways() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    let body: Vec<u8> = (0..5_000_000_u32).map(|i| b'0' + (i % 10) as u8).collect();
    let answer = gateway.invoke(body.clone()).await;
    assert!(text(answer).await.as_bytes() == body);
}
