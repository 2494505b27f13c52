//! What a small request may cost: memory, and the time of others.

// A request that can't be sent fails its test at once, in helper functions too.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use proto::open_inference::{
    ModelInferRequest,
    grpc_inference_service_client::GrpcInferenceServiceClient,
    model_infer_request::{InferInputTensor, InferRequestedOutputTensor},
};
use reqwest::StatusCode;
use stack_tests::{
    models,
    processes::peak_kib,
    stack::{Stack, free_port},
    training::Job,
};
use tonic::Code;

/// Rows of one feature.
const ROWS: usize = 250_000;

/// Memory that a worker may have at most, in KiB.
const MOST_KIB: usize = 200 << 10;

fn rows(outputs: &[&str]) -> ModelInferRequest {
    ModelInferRequest {
        model_name: "model".to_owned(),
        inputs: vec![InferInputTensor {
            name: "X".to_owned(),
            datatype: "FP32".to_owned(),
            shape: vec![ROWS as i64, 1],
            ..InferInputTensor::default()
        }],
        outputs: outputs
            .iter()
            .map(|&name| InferRequestedOutputTensor {
                name: name.to_owned(),
                ..InferRequestedOutputTensor::default()
            })
            .collect(),
        raw_input_contents: vec![vec![0; 4 * ROWS].into()],
        ..ModelInferRequest::default()
    }
}

/// Many rows for a model of a thousand classes: their scores would take a gigabyte at once.
#[tokio::test]
async fn many_rows_of_many_scores_take_little_memory() {
    let port = free_port().to_string();
    let settings = [
        ("MODEL_SERVER_WORKERS", "1"),
        ("MODEL_SERVER_GRPC_PORT", &*port),
    ];
    let stack = Stack::start_on(Job::ended(&models::constant(1, 1000)), &settings).await;
    let worker = stack.workers()[0];

    let answer = stack.invoke("0\n".repeat(ROWS)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap() == "0\n".repeat(ROWS));
    assert!(peak_kib(worker) < MOST_KIB, "{} KiB", peak_kib(worker));

    let client = GrpcInferenceServiceClient::connect(format!("http://127.0.0.1:{port}"));
    let mut client = client.await.unwrap();
    let status = client.model_infer(rows(&[])).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        status
            .message()
            .starts_with("the answer takes at least 1002000000 bytes"),
        "{status}"
    );
    let answer = client
        .model_infer(rows(&["label"]))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.raw_output_contents[0].len(), 8 * ROWS);
    assert_eq!(stack.workers(), [worker]);
    assert!(peak_kib(worker) < MOST_KIB, "{} KiB", peak_kib(worker));
}

/// A sparse payload is small in bytes, and stands for 320 million values.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_invocation_does_not_wait_for_a_sparse_payload() {
    const MEASURED: usize = 100;
    let settings = [("MODEL_SERVER_WORKERS", "1")];
    let stack = Stack::start_on(Job::ended(&models::constant(20_000, 2)), &settings).await;
    let send = |body: String| {
        let request = stack.client().post(stack.url("/invocations"));
        request
            .header("content-type", "text/libsvm")
            .body(body)
            .send()
    };
    let mut took = Vec::new();
    while took.len() < MEASURED {
        let sparse = tokio::spawn(send("0\n".repeat(16_000)));
        while !sparse.is_finished() && took.len() < MEASURED {
            let began = Instant::now();
            assert_eq!(
                send("0 1:2\n".to_owned()).await.unwrap().status(),
                StatusCode::OK
            );
            took.push(began.elapsed());
        }
        assert_eq!(sparse.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    took.sort();
    let median = took[MEASURED / 2];
    println!("median {median:?}, longest {:?}", took[MEASURED - 1]);
    assert!(median < Duration::from_millis(20), "{median:?}");
}
