//! Workers that don't keep to `invocations.proto`, or use what it leaves open to them.

use std::time::Duration;

use axum::http::{StatusCode, header::CONTENT_TYPE as CONTENT_TYPE_HEADER};
use futures_util::{StreamExt as _, future::join_all, stream};

use crate::{
    fake_worker::{
        Behaviour::{Echo, GiveBack, Hang, LateHeaders, NoHeaders},
        FakeWorker, socket,
    },
    faults::{
        CONTENT_TYPE, END_OF_STREAM, IN_ONE_FRAME, MALFORMED, NO_HEAD, NOTHING, TOO_LARGE,
        UNKNOWN_OUTCOME,
    },
    harness::{Gateway, eventually, text},
    log::Log,
};

/// How often the payload has arrived at any worker.
fn tries(gateway: &Gateway, payload: &str) -> usize {
    let seen = gateway.workers.iter().flat_map(FakeWorker::seen);
    seen.filter(|body| body == payload).count()
}

/// Asks for `payload` while 16 clients ask for something else, which must be answered.
async fn invoke_under_load(gateway: &Gateway, payload: &str) -> (StatusCode, String) {
    let mut answer = None;
    let invoke = async {
        let response = gateway.invoke(payload.to_owned()).await;
        answer = Some((response.status(), text(response).await));
    };
    let load = stream::iter(0..).map(|turn: u32| async move {
        let response = gateway.invoke(turn.to_string()).await;
        assert_eq!(response.status(), StatusCode::OK, "{payload}");
        assert_eq!(text(response).await, turn.to_string());
    });
    let mut load = load.buffer_unordered(16);
    tokio::select! {
        () = invoke => {}
        _ = async { while load.next().await.is_some() {} } => unreachable!("the load has no end"),
    }
    // Those that are on their way.
    let load = load.take(16);
    load.collect::<Vec<_>>().await;
    answer.unwrap()
}

#[tokio::test]
async fn an_answer_that_breaks_the_protocol_is_502_and_harms_no_other() {
    let limit = format!("found {} bytes, the limit is: {} bytes", u32::MAX, 1 << 30);
    for workers in [1, 2] {
        for (payload, reason) in [
            (
                MALFORMED,
                "broke the protocol: Internal: failed to decode Protobuf message",
            ),
            (TOO_LARGE, limit.as_str()),
            (NO_HEAD, "expected a head or the continuation of a body"),
            (END_OF_STREAM, "ended the stream"),
        ] {
            let log = Log::begin();
            let gateway = Gateway::start(&vec![Echo; workers], &[]).await;
            let (status, line) = invoke_under_load(&gateway, payload).await;
            assert_eq!(status, StatusCode::BAD_GATEWAY, "{payload}: {line}");
            assert!(line.contains(reason), "{line}");
            assert_eq!(tries(&gateway, payload), 2, "{payload}");
            // Nothing else is lost by a frame.
            let lines = log.lines_with(&["WARN", "worker lost worker=", reason]);
            assert_eq!(lines.len(), usize::from(payload != NO_HEAD), "{lines:?}");
        }
    }
}

/// A client that keeps sending such payloads gets 502 for each, and no other client does.
#[tokio::test]
async fn many_answers_that_break_the_protocol_harm_no_other() {
    let gateway = Gateway::start(&[Echo, Echo], &[]).await;
    let bad = join_all((0..20).map(|_| gateway.invoke(MALFORMED)));
    let good = join_all((0..100).map(|_| gateway.invoke("1,2")));
    let (bad, good) = tokio::join!(bad, good);
    for response in bad {
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    }
    for response in good {
        assert_eq!(response.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_head_that_makes_no_response_is_500() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    for (payload, line) in [
        (UNKNOWN_OUTCOME, UNKNOWN_OUTCOME),
        (
            CONTENT_TYPE,
            "the worker's answer has a content type that no header can hold",
        ),
    ] {
        let answer = gateway.invoke(payload).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(text(answer).await, format!("{line}\n"));
    }
}

#[tokio::test]
async fn an_answer_of_nothing_is_204() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    let answer = gateway.invoke(NOTHING).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(!answer.headers().contains_key(CONTENT_TYPE_HEADER));
    assert_eq!(text(answer).await, "");
    // The connection goes on.
    assert_eq!(text(gateway.invoke("1,2").await).await, "1,2");
}

/// gRPC libraries take no more than 4 MiB unless they are told to.
#[tokio::test]
async fn a_worker_may_send_a_large_answer_in_one_message() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    let payload = IN_ONE_FRAME.repeat(1 << 20);
    let answer = gateway.invoke(payload.clone()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(text(answer).await == payload);
}

#[tokio::test]
async fn a_worker_may_send_its_headers_with_the_first_message() {
    let gateway = Gateway::start(&[LateHeaders], &[]).await;
    let answer = gateway.invoke("1,2").await;
    assert_eq!(text(answer).await, "1,2");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_sends_no_headers_is_named_in_the_log_once() {
    let log = Log::begin();
    let gateway = Gateway::without_workers(1);
    let _worker = FakeWorker::start(&socket(gateway.path(), 0), NoHeaders);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let sentence = "it accepted the connection but sent no response headers within 5 s: expected them at \
                    once, at the latest with the answer to the first probe (proto/proto/invocations.proto)";
    let lines = log.lines_with(&["WARN", "worker=0", sentence]);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(gateway.pool.ready_workers(), 0);
}

#[tokio::test]
async fn an_invocation_that_is_given_back_goes_to_another_worker() {
    let gateway = Gateway::start(&[GiveBack, Echo], &[]).await;
    // The first is picked, and must not be picked again, though it is idle.
    assert_eq!(gateway.invoke("1,2").await.status(), StatusCode::OK);
    assert!(
        gateway
            .workers
            .iter()
            .all(|worker| worker.seen().len() == 1)
    );
    for response in join_all((0..40).map(|_| gateway.invoke("1,2"))).await {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(response).await, "1,2");
    }
    let suspects = gateway.workers.iter().map(FakeWorker::suspects);
    assert_eq!(suspects.sum::<usize>(), 0);
}

/// It is idle, but must not draw the invocations that others have much of.
#[tokio::test]
async fn a_worker_that_gives_back_is_avoided_for_a_moment() {
    let gateway = Gateway::start(&[GiveBack, Hang], &[]).await;
    let invoke_all = join_all((0..40).map(|number: u32| gateway.invoke(number.to_string())));
    tokio::select! {
        _ = invoke_all => panic!("nobody answers"),
        () = eventually(|| gateway.workers[1].seen().len() == 40) => {}
    }
    // None comes to it twice.
    let mut given_back = gateway.workers[0].seen();
    let tries = given_back.len();
    given_back.sort();
    given_back.dedup();
    assert_eq!(given_back.len(), tries);
    assert!(tries > 0);
}

#[tokio::test]
async fn an_invocation_that_every_worker_gives_back_waits() {
    for workers in [1, 2] {
        let gateway = Gateway::start(&vec![GiveBack; workers], &[]).await;
        let answer = gateway.invoke("1,2");
        let later = async {
            eventually(|| tries(&gateway, "1,2") >= 10).await;
            gateway.workers[0].behave(Echo);
        };
        let (answer, ()) = tokio::join!(answer, later);
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn an_invocation_that_is_given_back_for_ever_is_504_without_a_busy_loop() {
    let gateway = Gateway::start(&[GiveBack, GiveBack], &[("MODEL_SERVER_TIMEOUT", "1")]).await;
    let answer = gateway.invoke("1,2").await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    // A pause of 20 ms before each but the first two.
    let tries = tries(&gateway, "1,2");
    assert!((3..60).contains(&tries), "{tries}");
}
