//! What the log says about invocations.

// A request that can't be sent fails its test at once, in helper functions too.
#![allow(clippy::unwrap_used)]

use reqwest::StatusCode;
use stack_tests::{eventually, payload, stack::Stack};

/// Lines of the log that name the invocation, once there are as many as expected.
async fn lines_about(stack: &Stack, inference_id: &str, expected: usize) -> Vec<String> {
    let field = format!("inference_id=\"{inference_id}\"");
    eventually("the log names the invocation", async || {
        let log = stack.log();
        let lines = log.lines().filter(|line| line.contains(&field));
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        (lines.len() >= expected).then_some(lines)
    })
    .await
}

fn has(lines: &[String], words: &[&str]) -> bool {
    let mut lines = lines.iter();
    lines.any(|line| words.iter().all(|word| line.contains(word)))
}

async fn invoke_as(stack: &Stack, inference_id: &str, body: String) -> StatusCode {
    let request = stack.client().post(stack.url("/invocations"));
    let request = request
        .header("content-type", "text/csv")
        .header("x-amzn-sagemaker-inference-id", inference_id);
    request.body(body).send().await.unwrap().status()
}

#[tokio::test]
async fn gateway_and_worker_name_a_refused_invocation_alike() {
    let stack = Stack::start(&[]).await;
    assert_eq!(invoke_as(&stack, "leaf 7", payload()).await, 200);
    let secret = "1,2,confidential".to_owned();
    assert_eq!(invoke_as(&stack, "leaf 8", secret).await, 400);
    let lines = lines_about(&stack, "leaf 8", 2).await;
    assert_eq!(lines.len(), 2, "{lines:?}");
    let payload = "payload=16";
    assert!(
        has(
            &lines,
            &["INFO gateway", "refused", "status=400", payload, "took="]
        ),
        "{lines:?}"
    );
    assert!(
        has(
            &lines,
            &["INFO model_worker", "refused", "BAD_PAYLOAD", payload]
        ),
        "{lines:?}"
    );
    let log = stack.log();
    assert!(!log.contains("confidential"), "{log}");
    // An invocation that is answered leaves no line.
    assert!(!log.contains("leaf 7"), "{log}");
}

#[tokio::test]
async fn at_debug_level_every_invocation_has_a_line_in_gateway_and_worker() {
    let stack = Stack::start(&[("SM_LOG_LEVEL", "debug")]).await;
    assert_eq!(invoke_as(&stack, "leaf 7", payload()).await, 200);
    let lines = lines_about(&stack, "leaf 7", 2).await;
    assert!(
        has(&lines, &["DEBUG gateway", "answered", "status=200"]),
        "{lines:?}"
    );
    assert!(
        has(&lines, &["DEBUG model_worker", "answered"]),
        "{lines:?}"
    );

    // An invocation without a name gets one.
    stack.invoke("1,2,3").await;
    let made = eventually("the gateway's line", async || {
        let log = stack.log();
        let line = log.lines().find(|line| line.contains("status=400"))?;
        let (_, rest) = line.split_once("inference_id=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    })
    .await;
    let lines = lines_about(&stack, &made, 2).await;
    assert!(has(&lines, &["INFO model_worker", "refused"]), "{lines:?}");
}

#[tokio::test]
async fn an_invocation_that_takes_its_workers_down_is_named() {
    let stack = Stack::start(&[]).await;
    let crash = "fault: crash".to_owned();
    assert_eq!(invoke_as(&stack, "leaf 9", crash).await, 502);
    let lines = lines_about(&stack, "leaf 9", 3).await;
    let lost = lines
        .iter()
        .filter(|line| line.contains("worker lost with an invocation"));
    assert_eq!(lost.count(), 2, "{lines:?}");
    assert!(
        has(&lines, &["WARN gateway", "failed", "status=502"]),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_client_that_is_refused_all_the_time_does_not_fill_the_log() {
    let stack = Stack::start(&[]).await;
    let before = stack.log().len();
    for _ in 0..2_000 {
        assert_eq!(
            stack.invoke("1,2,3").await.status(),
            StatusCode::BAD_REQUEST
        );
    }
    let log = stack.log();
    assert!(log.len() - before < 50_000, "{log}");
}
