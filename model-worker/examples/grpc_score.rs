//! Scores the rows of a CSV file by direct gRPC (the Open Inference Protocol) and prints the labels.
//!
//! Usage: `grpc_score URL PAYLOAD`, with a URL like `http://localhost:9000`.

use std::{env, fs};

use anyhow::{Context as _, bail};
use proto::open_inference::{
    InferTensorContents, ModelInferRequest, ModelMetadataRequest,
    grpc_inference_service_client::GrpcInferenceServiceClient,
    model_infer_request::InferInputTensor,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, payload] = &arguments[..] else {
        bail!("usage: grpc_score URL PAYLOAD");
    };
    let name = env::var("MODEL_NAME").unwrap_or_else(|_| "model".to_owned());
    let rows = read(payload)?;

    let mut client = GrpcInferenceServiceClient::connect(url.clone())
        .await
        .with_context(|| format!("nothing answers on {url}"))?;
    let metadata = client
        .model_metadata(ModelMetadataRequest {
            name: name.clone(),
            ..Default::default()
        })
        .await?
        .into_inner();
    let input = metadata.inputs.first().context("the model has no input")?;
    let answer = client
        .model_infer(ModelInferRequest {
            model_name: name,
            inputs: vec![tensor(&input.name, &rows)],
            ..Default::default()
        })
        .await?
        .into_inner();

    let labels = answer.outputs.first().context("the answer has no output")?;
    let contents = labels.contents.clone().unwrap_or_default();
    for label in &contents.bytes_contents {
        println!("{}", String::from_utf8_lossy(label));
    }
    for label in &contents.int64_contents {
        println!("{label}");
    }
    Ok(())
}

/// The file's rows; all its fields must be numbers.
fn read(payload: &str) -> anyhow::Result<Vec<Vec<f32>>> {
    let text = fs::read_to_string(payload).with_context(|| format!("can't read {payload}"))?;
    let row = |line: &str| line.split(',').map(|field| field.trim().parse()).collect();
    let rows: Result<_, _> = text.lines().map(row).collect();
    rows.with_context(|| format!("{payload} holds a field that is no number"))
}

/// All rows as one tensor of shape `[rows, columns]`.
fn tensor(name: &str, rows: &[Vec<f32>]) -> InferInputTensor {
    let columns = rows.first().map_or(0, Vec::len);
    InferInputTensor {
        name: name.to_owned(),
        datatype: "FP32".to_owned(),
        shape: vec![rows.len() as i64, columns as i64],
        contents: Some(InferTensorContents {
            fp32_contents: rows.concat(),
            ..Default::default()
        }),
        ..Default::default()
    }
}
