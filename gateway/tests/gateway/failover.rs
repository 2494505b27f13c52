//! Invocations whose worker dies, freezes, or is not there yet.

use axum::http::StatusCode;
use futures_util::future::join_all;

use crate::{
    fake_worker::{
        Behaviour::{Die, Echo, Freeze, Vanish},
        FakeWorker, socket,
    },
    harness::{Gateway, eventually, text},
};

#[tokio::test]
async fn an_invocation_waits_for_a_worker_that_starts_late() {
    let gateway = Gateway::without_workers(1);
    let answer = gateway.invoke("1,2");
    let start = async { FakeWorker::start(&socket(gateway.path(), 0), Echo) };
    let (answer, _worker) = tokio::join!(answer, start);
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(text(answer).await, "1,2");
}

#[tokio::test]
async fn an_invocation_moves_on_when_its_worker_dies() {
    let gateway = Gateway::start(&[Die, Echo], &[]).await;
    for _ in 0..10 {
        assert_eq!(gateway.invoke("1,2").await.status(), StatusCode::OK);
    }
    assert!(!gateway.workers[0].seen().is_empty());
}

#[tokio::test]
async fn an_invocation_that_kills_two_workers_is_not_tried_on_a_third() {
    let gateway = Gateway::start(&[Die, Die, Die], &[]).await;
    let answer = gateway.invoke("poison").await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    let tried: usize = gateway
        .workers
        .iter()
        .map(|worker| worker.seen().len())
        .sum();
    assert_eq!(tried, 2);
}

/// A suspect is the cause only if the worker was scoring it when it died.
#[tokio::test]
async fn an_invocation_that_was_only_waiting_when_its_workers_died_is_tried_on() {
    let gateway = Gateway::start(&[Vanish, Vanish, Vanish, Echo], &[]).await;
    for _ in 0..8 {
        assert_eq!(gateway.invoke("1,2").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_frozen_worker_loses_its_invocations_and_comes_back() {
    let gateway = Gateway::start(&[Freeze, Echo], &[]).await;
    // More than a worker gets in a single batch.
    let answers = (0..40).map(|_| gateway.invoke("1,2"));
    for answer in join_all(answers).await {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert!(!gateway.workers[0].seen().is_empty());
    assert_eq!(gateway.pool.ready_workers(), 1);
    gateway.workers[0].behave(Echo);
    eventually(|| gateway.pool.ready_workers() == 2).await;
}
