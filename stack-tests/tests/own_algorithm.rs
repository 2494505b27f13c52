//! The whole stack around an algorithm that is no tree: k-means, one of the examples.

use reqwest::StatusCode;
use serde_json::Value;
use stack_tests::{load::Load, payload, stack::Stack, training::Job};

#[tokio::test]
async fn everything_around_the_algorithm_is_there() {
    let stack = Stack::start_on(Job::k_means().trained(), &[]).await;
    let row = payload().lines().next().unwrap_or_default().to_owned();
    let answer = stack.invoke(row.clone()).await.text().await.unwrap();
    let (label, distances) = answer.trim_end().split_once(',').unwrap();
    let distances: Vec<f64> = serde_json::from_str(distances.trim_matches('"')).unwrap();
    let least = distances
        .iter()
        .position(|distance| distances.iter().all(|other| distance <= other));
    assert_eq!((least, distances.len()), (label.parse().ok(), 6));

    let request = stack.client().post(stack.url("/invocations"));
    let request = request
        .header("content-type", "application/json")
        .header("accept", "application/json");
    let json = request.body(format!("[[{row}]]")).send().await.unwrap();
    let json: Value = serde_json::from_str(&json.text().await.unwrap()).unwrap();
    assert_eq!(
        json["predictions"][0]["predicted_label"].to_string(),
        *label
    );
    assert_eq!(
        json["predictions"][0]["distances"],
        serde_json::json!(distances)
    );

    let (_, rest) = row.split_once(',').unwrap();
    let missing = stack.invoke(format!("{row}\n,{rest}\n")).await;
    assert_eq!(missing.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        missing.text().await.unwrap(),
        "row 2, feature \"feature_0\": the value is missing, expected a number\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_loses_nothing() {
    let stack = Stack::start_on(Job::k_means().trained(), &[]).await;
    let load = Load::start(&stack, 32, 0).await;
    stack.kill_a_worker_every_second(10).await;
    let report = load.stop().await;
    report.assert_none_failed();
    assert!(report.answered > 0, "{report:?}");
}
