//! The dialect of AWS's XGBoost container, switched on by its setting; local-test/peers has XGBoost's own models.

#![expect(clippy::expect_used, reason = "a test ends at the first surprise")]

use reqwest::StatusCode;
use stack_tests::{models, stack::Stack, training::Job};

const ON: (&str, &str) = ("MODEL_SERVER_DIALECT", "sagemaker-xgboost");

async fn ask(stack: &Stack, content_type: &str, body: &str) -> (u16, Option<String>, String) {
    let request = stack.client().post(stack.url("/invocations"));
    let request = request
        .header("content-type", content_type)
        .body(body.to_owned());
    let response = request.send().await.expect("an answer");
    let headers = response.headers();
    let content_type = headers.get("content-type").map(|value| {
        let value = value.to_str().expect("a header is text");
        value.to_owned()
    });
    (
        response.status().as_u16(),
        content_type,
        response.text().await.expect("a body"),
    )
}

#[tokio::test]
async fn statuses_pass_worker_and_gateway() {
    let job = Job::ended(&models::number(3, 0.775_063_5));
    let stack = Stack::start_on(job, &[ON, ("MAX_CONTENT_LENGTH", "100")]).await;
    let text = Some("text/plain; charset=utf-8".to_owned());
    let csv = Some("text/csv; charset=utf-8".to_owned());
    let number = "0.7750635147094727\n";
    for (content_type, body, answer) in [
        ("text/csv", "", (204, None, String::new())),
        ("image/png", "", (204, None, String::new())),
        ("text/csv", "1,2\n3,4", (200, csv, number.repeat(2))),
        (
            "text/csv",
            "1,x",
            (
                415,
                text.clone(),
                "Loading csv data failed: row 1, column 2: found \"x\", expected a finite decimal number or nothing\n"
                    .to_owned(),
            ),
        ),
        (
            "text/csv",
            "1,2,3,4",
            (
                400,
                text.clone(),
                "Unable to evaluate payload provided: row 1: 4 columns, the model takes 3\n".to_owned(),
            ),
        ),
        (
            "text/csv",
            &"1,2\n".repeat(26),
            (
                413,
                text,
                "the payload is larger than 100 bytes (SAGEMAKER_MAX_PAYLOAD_IN_MB, MAX_CONTENT_LENGTH)\n"
                    .to_owned(),
            ),
        ),
    ] {
        assert_eq!(ask(&stack, content_type, body).await, answer, "{body}");
    }
    assert_eq!(stack.ping().await, StatusCode::OK);
}

#[tokio::test]
async fn keys_that_the_model_lacks_are_nan_and_named_in_the_log() {
    let job = Job::ended(&models::number(1, 1.0));
    let output = ("SAGEMAKER_INFERENCE_OUTPUT", "foo,predicted_score");
    let batch = ("SAGEMAKER_BATCH", "false");
    let stack = Stack::start_on(job, &[ON, output, batch]).await;
    assert_eq!(ask(&stack, "text/csv", "1").await.2, "nan,1.0\n");
    assert!(stack.log().contains("the model does not give \"foo\""));
}

/// A classifier that is not like XGBoost's.
#[tokio::test]
async fn a_model_without_a_prediction_is_not_served() {
    let mut stack = Stack::spawn(Job::sample().trained(), &[ON]);
    assert_eq!(stack.exited().await.code(), Some(78));
    assert!(stack.log().contains("set MODEL_SERVER_DIALECT=native"));
}
