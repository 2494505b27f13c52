//! Formats of payloads and answers, and what answers hold, through the whole stack.

// A request that can't be sent fails its test at once, in helper functions too.
#![allow(clippy::unwrap_used)]

use reqwest::{Response, StatusCode};
use stack_tests::{eventually, payload, stack::Stack, training::Job};

const ATTRIBUTES: &str = "x-amzn-sagemaker-custom-attributes";

async fn send(stack: &Stack, body: String, headers: &[(&str, &str)]) -> Response {
    let mut request = stack.client().post(stack.url("/invocations")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn every_text_format_gets_the_same_labels() {
    let stack = Stack::start(&[]).await;
    let rows = payload();
    let labels = stack.invoke(rows.clone()).await.text().await.unwrap();
    let json: Vec<String> = rows.lines().map(|row| format!("[{row}]")).collect();
    let libsvm = |row: &str| {
        let pairs: Vec<String> = row
            .split(',')
            .enumerate()
            .map(|(column, value)| format!("{column}:{value}"))
            .collect();
        format!("0 {}\n", pairs.join(" "))
    };
    for (content_type, body) in [
        ("text/csv; charset=utf-8", rows.clone()),
        (
            "application/json",
            format!("{{\"instances\": [{}]}}", json.join(", ")),
        ),
        ("application/jsonlines", json.join("\n")),
        ("text/libsvm", rows.lines().map(libsvm).collect()),
    ] {
        let answer = send(&stack, body, &[("content-type", content_type)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{content_type}");
        assert_eq!(answer.text().await.unwrap(), labels, "{content_type}");
    }
}

#[tokio::test]
async fn headers_choose_the_format_and_what_it_holds() {
    let settings = [("SAGEMAKER_INFERENCE_OUTPUT", "predicted_label, probability")];
    let stack = Stack::start(&settings).await;
    let row = payload().lines().next().unwrap().to_owned();
    let csv = ("content-type", "text/csv");
    let lines = ("accept", "image/png, application/jsonlines;q=0.5");

    let answer = send(&stack, row.clone(), &[csv, lines]).await;
    assert_eq!(answer.headers()["content-type"], "application/jsonlines");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("{\"predicted_label\":\""), "{text}");
    assert!(
        text.contains("\"probability\":") && text.ends_with("}\n"),
        "{text}"
    );

    let answer = send(
        &stack,
        row.clone(),
        &[csv, lines, (ATTRIBUTES, "output=path")],
    )
    .await;
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("{\"path\":[\"feature_"), "{text}");

    let answer = send(&stack, row.clone(), &[csv, (ATTRIBUTES, "output=score")]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let text = answer.text().await.unwrap();
    assert!(
        text.contains("found \"score\", expected some of predicted_label"),
        "{text}"
    );

    let answer = send(&stack, row, &[csv, ("content-encoding", "gzip")]).await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// The sample model has six species and 24 features.
#[tokio::test]
async fn contributions_add_up_to_the_raw_scores() {
    let stack = Stack::start(&[]).await;
    let headers = [
        ("content-type", "text/csv"),
        ("accept", "application/json"),
        (ATTRIBUTES, "output=contributions,raw_scores,leaf"),
    ];
    let answer = send(&stack, payload(), &headers).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let records = answer["predictions"].as_array().unwrap();
    assert_eq!(records.len(), payload().lines().count());
    let numbers = |list: &serde_json::Value| -> Vec<f64> {
        let items = list.as_array().unwrap().iter();
        items.map(|number| number.as_f64().unwrap()).collect()
    };
    for record in records {
        assert_eq!(record["leaf"].as_array().unwrap().len(), 1);
        let lists = record["contributions"].as_array().unwrap();
        let scores = numbers(&record["raw_scores"]);
        assert_eq!((lists.len(), scores.len()), (6, 6));
        for (list, score) in lists.iter().map(numbers).zip(scores) {
            assert_eq!(list.len(), 24 + 1);
            let sum: f64 = list.iter().sum();
            assert!((sum - score).abs() < 1e-5, "{sum}, {score}");
        }
    }
}

#[tokio::test]
async fn an_output_that_the_model_can_not_give_ends_serve_with_the_reason() {
    let settings = [("SAGEMAKER_INFERENCE_OUTPUT", "predicted_score")];
    let mut stack = Stack::spawn(Job::sample().trained(), &settings);
    assert!(!stack.exited().await.success());
    eventually("the reason comes", async || {
        let reason = "SAGEMAKER_INFERENCE_OUTPUT can't be used: found \"predicted_score\", expected some of predicted_label";
        stack.log().contains(reason).then_some(())
    })
    .await;
}
