//! Direct scoring by the Open Inference Protocol over TCP.

use proto::open_inference::{
    InferTensorContents, ModelInferRequest, ModelMetadataRequest, ServerReadyRequest,
    grpc_inference_service_client::GrpcInferenceServiceClient,
    model_infer_request::InferInputTensor,
};
use stack_tests::{
    eventually, payload,
    stack::{Stack, free_port},
    training::Job,
};
use tonic::Code;

fn request(shape: Vec<i64>, values: Vec<f32>) -> ModelInferRequest {
    ModelInferRequest {
        model_name: "leaf".to_owned(),
        inputs: vec![InferInputTensor {
            name: "X".to_owned(),
            datatype: "FP32".to_owned(),
            shape,
            contents: Some(InferTensorContents {
                fp32_contents: values,
                ..Default::default()
            }),
            ..Default::default()
        }],
        ..Default::default()
    }
}

#[tokio::test]
async fn a_worker_scores_tensors_on_its_tcp_port() {
    let port = free_port();
    let settings = [
        ("MODEL_SERVER_GRPC_PORT", &*port.to_string()),
        ("MODEL_NAME", "leaf"),
    ];
    let stack = Stack::start(&settings).await;
    let mut client = GrpcInferenceServiceClient::connect(format!("http://127.0.0.1:{port}"))
        .await
        .unwrap();
    assert!(
        client
            .server_ready(ServerReadyRequest {})
            .await
            .unwrap()
            .into_inner()
            .ready
    );

    let metadata = ModelMetadataRequest {
        name: "leaf".to_owned(),
        ..Default::default()
    };
    let metadata = client.model_metadata(metadata).await.unwrap().into_inner();
    assert_eq!(metadata.inputs[0].shape, [-1, 24]);

    let payload = payload();
    let values: Vec<f32> = payload
        .split([',', '\n'])
        .filter(|f| !f.is_empty())
        .map(|f| f.parse().unwrap())
        .collect();
    let rows = payload.lines().count() as i64;
    let mut infer = request(vec![rows, 24], values);
    infer.inputs[0].name.clone_from(&metadata.inputs[0].name);
    let answer = client.model_infer(infer).await.unwrap().into_inner();
    let labels = &answer.outputs[0].contents.as_ref().unwrap().bytes_contents;
    let labels: String = labels
        .iter()
        .map(|label| format!("{}\n", String::from_utf8_lossy(label)))
        .collect();
    assert_eq!(labels, stack.invoke(payload).await.text().await.unwrap());

    let mut wrong = request(vec![1, 23], vec![0.0; 23]);
    wrong.inputs[0].name.clone_from(&metadata.inputs[0].name);
    let status = client.model_infer(wrong).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        status.message().contains("expected [rows, 24]"),
        "{}",
        status.message()
    );
}

/// The kernel would spread the calls over both containers' workers.
#[tokio::test]
async fn a_port_that_another_container_has_is_not_shared() {
    let port = free_port().to_string();
    let settings = [("MODEL_SERVER_GRPC_PORT", port.as_str())];
    let first = Stack::start(&settings).await;
    let mut second = Stack::spawn(Job::sample().trained(), &settings);
    assert_eq!(second.exited().await.code(), Some(1));
    let reason = format!("can't listen on 127.0.0.1:{port} (MODEL_SERVER_GRPC_HOST");
    eventually("the reason comes", async || {
        second.log().contains(&reason).then_some(())
    })
    .await;
    assert_eq!(first.ping().await, 200);
}
