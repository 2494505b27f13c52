//! `ModelInfer` over a connection in memory, on predictors for tests.

use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use algorithm::{Features, PredictError, Predictor, Signature};
use proto::open_inference::{
    grpc_inference_service_client::GrpcInferenceServiceClient,
    model_infer_request::{InferInputTensor, InferRequestedOutputTensor},
};
use records::rows_in_block;
use runtime::settings::Settings;
use tokio::task;
use tonic::{
    Code,
    transport::{Channel, Endpoint, Server, Uri},
};

use super::*;
use crate::{
    server,
    testing::{Log, Toy, classifier, explained, labels, wide},
};

type Client = GrpcInferenceServiceClient<Channel>;

fn settings() -> Settings {
    Settings {
        timeout: LIMIT,
        max_payload: 1 << 20,
        workers: NonZeroUsize::MIN,
        ..Settings::read(|_| None).unwrap()
    }
}

fn scorer(predictor: impl Predictor + 'static) -> Arc<Scorer> {
    Arc::new(Scorer::new(Box::new(predictor), "text/csv", None).unwrap())
}

/// A client of a server in this process.
async fn serve(predictor: impl Predictor + 'static) -> Client {
    let service = server::open_inference(scorer(predictor), &settings());
    let (near, far) = tokio::io::duplex(1 << 16);
    let incoming = tokio_stream::once(Ok::<_, io::Error>(far));
    tokio::spawn(
        Server::builder()
            .add_service(service)
            .serve_with_incoming(incoming),
    );
    let mut near = Some(near);
    let channel = Endpoint::from_static("http://in.memory")
        .connect_with_connector(tower::service_fn(move |_: Uri| {
            let near = near.take().ok_or(io::ErrorKind::NotConnected);
            async move {
                near.map(hyper_util::rt::TokioIo::new)
                    .map_err(io::Error::from)
            }
        }))
        .await
        .unwrap();
    Client::new(channel)
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX)
}

/// Rows of zeros, as raw bytes.
fn request(n_rows: usize, n_features: usize) -> ModelInferRequest {
    ModelInferRequest {
        model_name: "model".to_owned(),
        inputs: vec![InferInputTensor {
            name: "X".to_owned(),
            datatype: "FP32".to_owned(),
            shape: vec![n_rows as i64, n_features as i64],
            ..InferInputTensor::default()
        }],
        raw_input_contents: vec![vec![0; 4 * n_rows * n_features].into()],
        ..ModelInferRequest::default()
    }
}

fn named(id: &str, request: ModelInferRequest) -> ModelInferRequest {
    ModelInferRequest {
        id: id.to_owned(),
        ..request
    }
}

fn output(name: &str) -> InferRequestedOutputTensor {
    InferRequestedOutputTensor {
        name: name.to_owned(),
        ..InferRequestedOutputTensor::default()
    }
}

const LIMIT: Duration = Duration::from_secs(60);

/// Rows that are scored on a thread, in several blocks.
const MANY: usize = 200_000;

/// A regressor of one feature that does as `predict` says.
fn toy(
    predict: impl Fn(&[f32], &mut algorithm::Scores, &Signature) -> Result<(), PredictError>
    + Send
    + Sync
    + 'static,
) -> Toy {
    Toy::new(Signature::regressor(Features::unnamed(1), 1), predict)
}

#[tokio::test]
async fn blocks_make_one_answer() {
    let mut client = serve(classifier(labels())).await;
    // 2 * 22,000 values and 3 * 22,000 scores: two blocks.
    let mut request = named("leaf 7", request(22_000, 2));
    let ones: Vec<u8> = [1.0_f32, 0.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let raw = [&request.raw_input_contents[0][8..], &ones].concat();
    request.raw_input_contents = vec![raw.into()];
    let answer = client
        .model_infer(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (&*answer.id, &*answer.model_name, &*answer.model_version),
        ("leaf 7", "model", "1")
    );
    assert_eq!(answer.outputs[0].shape, [22_000]);
    assert_eq!(answer.outputs[1].shape, [22_000, 3]);
    let [label, values] = &answer.raw_output_contents[..] else {
        panic!("{} outputs", answer.raw_output_contents.len())
    };
    assert_eq!(label[..14], *b"\x03\0\0\0a,b\x03\0\0\0a,b");
    assert!(label.ends_with(b"a,b\x01\0\0\0c"));
    let values: Vec<f32> = values
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    assert_eq!(values.len(), 66_000);
    assert_eq!(values[65_994..], [0.75, 0.25, 0.0, 0.0, 0.5, 0.5]);

    // The same as typed contents, and an output by name.
    let raw = request.raw_input_contents.remove(0);
    let contents = request.inputs[0].contents.get_or_insert_default();
    contents.fp32_contents = raw
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    request.outputs = vec![output("label")];
    let answer = client.model_infer(request).await.unwrap().into_inner();
    let labels = &answer.outputs[0].contents.as_ref().unwrap().bytes_contents;
    assert_eq!(
        (labels.len(), &labels[0][..], &labels[21_999][..]),
        (22_000, &b"a,b"[..], &b"c"[..])
    );
}

#[tokio::test]
async fn details_are_given_by_name() {
    let mut client = serve(explained(2)).await;
    let metadata = ModelMetadataRequest {
        name: "model".to_owned(),
        ..ModelMetadataRequest::default()
    };
    let metadata = client.model_metadata(metadata).await.unwrap().into_inner();
    assert_eq!(metadata.outputs.len(), 2);
    let rows = |outputs: &[&str]| ModelInferRequest {
        raw_input_contents: vec![
            [1.0_f32, 9.0, 0.0, 5.0]
                .iter()
                .flat_map(|x| x.to_le_bytes())
                .collect::<Vec<u8>>()
                .into(),
        ],
        outputs: outputs.iter().map(|name| output(name)).collect(),
        ..request(2, 2)
    };
    let names = |answer: &ModelInferResponse| -> Vec<String> {
        let outputs = answer.outputs.iter();
        outputs.map(|output| output.name.clone()).collect()
    };
    let answer = client.model_infer(rows(&[])).await.unwrap().into_inner();
    assert_eq!(names(&answer), ["label", "probabilities"]);

    let all = rows(&["contributions", "leaf", "raw_scores"]);
    let answer = client.model_infer(all).await.unwrap().into_inner();
    assert_eq!(names(&answer), ["contributions", "leaf", "raw_scores"]);
    let described: Vec<(&str, &[i64])> = answer
        .outputs
        .iter()
        .map(|output| (&*output.datatype, &*output.shape))
        .collect();
    let expected: [(&str, &[i64]); 3] =
        [("FP32", &[2, 2, 3]), ("UINT32", &[2, 3]), ("FP32", &[2, 3])];
    assert_eq!(described, expected);
    let raw = &answer.raw_output_contents;
    let bytes =
        |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|x| x.to_le_bytes()).collect() };
    assert_eq!(
        raw[0],
        bytes(&[0.1, 0.9, 0.5, 0.2, 1.8, 0.5, 0.0, 0.5, 0.5, 0.0, 1.0, 0.5])
    );
    let leaves = [1_u32, 2, 3, 0, 1, 2]
        .iter()
        .flat_map(|leaf| leaf.to_le_bytes());
    assert_eq!(raw[1], leaves.collect::<Vec<u8>>());
    assert_eq!(raw[2], bytes(&[1.0, 2.0, 3.0, 0.0, 1.0, 2.0]));

    let mut client = serve(classifier(labels())).await;
    let refused = client
        .model_infer(rows(&["contributions"]))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        refused.message(),
        "output \"contributions\": the model has label, probabilities; it gives no contributions: its \
         algorithm has none"
    );
}

#[tokio::test]
async fn a_panic_is_internal_and_the_next_call_is_answered() {
    let log = Log::start();
    let predictor = toy(|values, scores, signature| {
        assert!(values.len() != 3, "three rows");
        scores.resize(values.len(), signature);
        Ok(())
    });
    let mut client = serve(predictor).await;
    let status = client
        .model_infer(named("leaf 8", request(3, 1)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status.message(), "internal error: the model panicked");
    assert!(
        client
            .model_infer(named("leaf 8", request(4, 1)))
            .await
            .is_ok()
    );
    assert_eq!(
        log.lines_with(&["failed", "inference_id=\"leaf 8\"", "INTERNAL"]),
        1
    );
    assert_eq!(
        log.lines_with(&["DEBUG", "answered", "inference_id=\"leaf 8\""]),
        1
    );
}

#[tokio::test]
async fn failures_of_the_predictor_are_internal_and_bad_inputs_are_not() {
    let predictor = toy(|values, scores, signature| match values.len() {
        3 => Err(PredictError::new("no threes")),
        n => {
            scores.resize(n - 1, signature);
            Ok(())
        }
    });
    let mut client = serve(predictor).await;
    for (n_rows, n_features, code, line) in [
        (3, 1, Code::Internal, "no threes"),
        (
            5,
            1,
            Code::Internal,
            "the predictor returned scores for 4 rows, expected 5",
        ),
        (
            5,
            2,
            Code::InvalidArgument,
            "input \"X\": shape [5, 2], expected [rows, 1]",
        ),
    ] {
        let status = client
            .model_infer(request(n_rows, n_features))
            .await
            .unwrap_err();
        assert_eq!((status.code(), status.message()), (code, line));
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_before_anything_is_scored() {
    let mut predictor = wide(1, 1000);
    predictor.signature.values_name = Some("scores".to_owned());
    let mut client = serve(predictor).await;
    let status = client.model_infer(request(250_000, 1)).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(
        status.message(),
        "the answer takes at least 1002000000 bytes, expected at most 1048576 \
         (SAGEMAKER_MAX_PAYLOAD_IN_MB); send fewer rows at once, or ask for fewer outputs"
    );
    let fewer = ModelInferRequest {
        outputs: vec![output("label")],
        ..request(100_000, 1)
    };
    let answer = client.model_infer(fewer).await.unwrap().into_inner();
    assert_eq!(answer.raw_output_contents[0].len(), 800_000);

    // The length of texts is known only when they are written.
    let long = algorithm::Labels::Text(vec!["x".repeat(1000), "y".to_owned(), "z".to_owned()]);
    let mut client = serve(classifier(long)).await;
    let mut texts = request(2000, 2);
    texts.outputs = vec![output("label")];
    let status = client.model_infer(texts).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    assert!(
        status
            .message()
            .starts_with("the answer takes more than 1048576 bytes"),
        "{status}"
    );
}

/// A predictor whose every call reports that it began and waits until it is let go.
struct Gate {
    began: mpsc::Receiver<()>,
    go: mpsc::Sender<()>,
    n_calls: Arc<AtomicUsize>,
}

impl Gate {
    fn new() -> (Self, Toy) {
        let (begins, began) = mpsc::channel();
        let (go, wait) = mpsc::channel();
        let n_calls = Arc::new(AtomicUsize::new(0));
        let (counted, wait) = (Arc::clone(&n_calls), Mutex::new(wait));
        let predictor = toy(move |values, scores, signature| {
            scores.resize(values.len(), signature);
            counted.fetch_add(1, Ordering::SeqCst);
            begins.send(()).unwrap();
            wait.lock().unwrap().recv().unwrap();
            Ok(())
        });
        let gate = Self { began, go, n_calls };
        (gate, predictor)
    }

    /// Waits until a call of the predictor has begun.
    async fn begun(self) -> Self {
        task::spawn_blocking(move || {
            self.began.recv().unwrap();
            self
        })
        .await
        .unwrap()
    }

    /// Lets the call go and waits until the predictor is dropped: then the work has ended. Returns how often
    /// the predictor was called.
    async fn ended(self) -> usize {
        task::spawn_blocking(move || {
            let mut is_sent = self.go.send(());
            while is_sent.is_ok() && self.began.recv().is_ok() {
                is_sent = self.go.send(());
            }
            self.n_calls.load(Ordering::SeqCst)
        })
        .await
        .unwrap()
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_late_and_stops_at_the_next_block() {
    let log = Log::start();
    let (gate, predictor) = Gate::new();
    assert!(MANY > 2 * rows_in_block(predictor.signature().cells_in_row()));
    let service = OpenInferenceService::new(scorer(predictor), &settings());
    let mut call = service.model_infer(Request::new(named("leaf 9", request(MANY, 1))));
    let gate = tokio::select! {
        biased;
        answer = &mut call => panic!("{answer:?}"),
        gate = gate.begun() => gate,
    };
    time::advance(LIMIT).await;
    let status = call.await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(
        status.message(),
        "no answer within 60 s (MODEL_SERVER_TIMEOUT)"
    );
    let words = ["failed", "inference_id=\"leaf 9\"", "DEADLINE_EXCEEDED"];
    assert_eq!(log.lines_with(&words), 1);
    drop(service);
    assert_eq!(gate.ended().await, 1);
}

/// tonic drops the call when its stream is reset or its connection is lost.
#[tokio::test]
async fn a_call_whose_client_goes_away_stops_at_the_next_block() {
    let (gate, predictor) = Gate::new();
    let service = OpenInferenceService::new(scorer(predictor), &settings());
    let mut call = service.model_infer(Request::new(request(MANY, 1)));
    let gate = tokio::select! {
        biased;
        answer = &mut call => panic!("{answer:?}"),
        gate = gate.begun() => gate,
    };
    drop(call);
    drop(service);
    assert_eq!(gate.ended().await, 1);
}
