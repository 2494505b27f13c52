//! Batch transform: what a job asks, and mini-batches as it sends them.

// What can not be asked fails its test there and then, in helper functions too.
#![allow(clippy::unwrap_used)]

use reqwest::StatusCode;
use stack_tests::{payload, stack::Stack};

async fn execution_parameters(stack: &Stack) -> String {
    let url = stack.url("/execution-parameters");
    let answer = stack.client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_job_that_leaves_it_open_is_told_what_to_send() {
    let stack = Stack::start(&[]).await;
    assert_eq!(
        execution_parameters(&stack).await,
        r#"{"MaxConcurrentTransforms":2,"BatchStrategy":"MULTI_RECORD","MaxPayloadInMB":50}"#
    );
    let post = stack.client().post(stack.url("/execution-parameters"));
    let refused = post.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_jobs_own_settings_come_back() {
    let stack = Stack::start(&[
        ("SAGEMAKER_BATCH", "True"),
        ("SAGEMAKER_BATCH_STRATEGY", "SingleRecord"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "8"),
    ])
    .await;
    assert_eq!(
        execution_parameters(&stack).await,
        r#"{"MaxConcurrentTransforms":8,"BatchStrategy":"SINGLE_RECORD","MaxPayloadInMB":6}"#
    );
    // A record a request, in the job's order.
    let rows = payload();
    let labels = stack.invoke(rows.clone()).await.text().await.unwrap();
    for (row, label) in rows.lines().zip(labels.split_inclusive('\n')) {
        let answer = stack.invoke(format!("{row}\n")).await;
        assert_eq!(answer.text().await.unwrap(), label);
    }
}

/// As many whole copies of the sample as fit so many megabytes.
fn mini_batch(megabytes: usize) -> (String, usize) {
    let rows = payload();
    let copies = (megabytes << 20) / rows.len();
    (rows.repeat(copies), copies)
}

#[tokio::test]
async fn as_many_mini_batches_at_once_as_the_job_may_send() {
    let stack = Stack::start(&[
        ("SAGEMAKER_BATCH", "true"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "6"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "8"),
    ])
    .await;
    let labels = stack.invoke(payload()).await.text().await.unwrap();
    let (batch, copies) = mini_batch(6);
    let expected = labels.repeat(copies);
    let answers = (0..8).map(|_| stack.invoke(batch.clone()));
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.text().await.unwrap() == expected);
    }
}

#[tokio::test]
async fn a_mini_batch_of_100_mb_keeps_its_order_and_names_the_record_that_fails() {
    let stack = Stack::start(&[("SAGEMAKER_BATCH", "true")]).await;
    let labels = stack.invoke(payload()).await.text().await.unwrap();
    let (mut batch, copies) = mini_batch(100);
    let answer = stack.invoke(batch.clone()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap() == labels.repeat(copies));

    let last = batch.lines().count();
    let start = batch.trim_end().rfind('\n').unwrap() + 1;
    batch.truncate(start);
    batch.push_str("0.5,oak\n");
    let answer = stack.invoke(batch).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let line = answer.text().await.unwrap();
    assert!(line.starts_with(&format!("row {last}")), "{line}");
}
