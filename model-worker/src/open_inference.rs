//! Direct scoring by the Open Inference Protocol, version 2
//! (github.com/kserve/open-inference-protocol).

mod infer;
mod inputs;
mod outputs;
mod tensor;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use algorithm::{Cancellation, InputType, Refusal};
use prost::Message as _;
use proto::open_inference::{
    ModelInferRequest, ModelInferResponse, ModelMetadataRequest, ModelMetadataResponse,
    ModelReadyRequest, ModelReadyResponse, ServerLiveRequest, ServerLiveResponse,
    ServerMetadataRequest, ServerMetadataResponse, ServerReadyRequest, ServerReadyResponse,
    grpc_inference_service_server::GrpcInferenceService, model_metadata_response::TensorMetadata,
};
use runtime::settings::Settings;
use tokio::{sync::oneshot, time};
use tonic::{Request, Response, Status};

use crate::{
    call,
    details::Needs,
    invocation_log::{self, Call},
    large::Large,
    scorer::Scorer,
    status,
};

/// The only version of the model.
const VERSION: &str = "1";

/// The name of the server in `ServerMetadata`.
const SERVER_NAME: &str = "model-worker";

/// The content type of direct calls in the log.
const CONTENT_TYPE: &str = "application/grpc";

/// Answers the protocol's six calls for one model.
pub(crate) struct OpenInferenceService {
    model: Arc<Model>,
    timeout: Duration,
}

/// What it takes to answer a call, on the event loop or on a thread.
struct Model {
    name: String,
    scorer: Arc<Scorer>,
    outputs: Vec<outputs::Output>,
    /// Most bytes of an answer: as many as a request may have.
    max_answer: usize,
}

impl Model {
    fn serves(&self, name: &str, version: &str) -> bool {
        name == self.name && (version.is_empty() || version == VERSION)
    }

    fn check_name(&self, name: &str, version: &str) -> Result<(), Status> {
        if self.serves(name, version) {
            return Ok(());
        }
        let expected = format!("model \"{}\" version \"{VERSION}\"", self.name);
        Err(status::unknown_model(name, version, &expected))
    }

    /// What the answer to a request holds beside scores; a request for outputs that the model does not have is
    /// refused at once.
    fn needs(&self, request: &ModelInferRequest) -> Needs {
        let signature = self.scorer.predictor().signature();
        let requested = outputs::requested(&self.outputs, &request.outputs, signature);
        requested.map_or(Needs::default(), |outputs| outputs::needs(&outputs))
    }

    fn infer(
        &self,
        request: ModelInferRequest,
        cancellation: &Cancellation,
    ) -> Result<ModelInferResponse, Refusal> {
        let named = Call {
            inference_id: &request.id,
            content_type: CONTENT_TYPE,
            payload: inputs::size(&request),
        };
        let answer = call::answer(named, ModelInferResponse::encoded_len, || {
            infer::infer(
                &self.scorer,
                &self.outputs,
                self.max_answer,
                &request,
                cancellation,
            )
        })?;
        Ok(ModelInferResponse {
            model_name: request.model_name,
            model_version: VERSION.to_owned(),
            id: request.id,
            ..answer
        })
    }
}

/// Cancels work when the client goes away, or gets its answer without it.
struct CancelOnDrop(Large);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl OpenInferenceService {
    pub(crate) fn new(scorer: Arc<Scorer>, settings: &Settings) -> Self {
        let model = Model {
            name: settings.model_name.clone(),
            outputs: outputs::of(scorer.predictor().signature()),
            scorer,
            max_answer: settings.max_payload,
        };
        Self {
            model: Arc::new(model),
            timeout: settings.timeout,
        }
    }

    /// Answers a request on a thread, within the time limit.
    async fn infer_on_thread(
        &self,
        request: ModelInferRequest,
    ) -> Result<ModelInferResponse, Status> {
        let began = Instant::now();
        let inference_id = request.id.clone();
        let payload = inputs::size(&request);
        let (answered, answer) = oneshot::channel();
        let model = Arc::clone(&self.model);
        let large = Large::start(self.timeout, inference_id.clone(), move |cancellation| {
            // If nobody waits for the answer any more, it is dropped.
            let _ = answered.send(model.infer(request, cancellation));
        });
        let _cancel = CancelOnDrop(large);
        match time::timeout(self.timeout, answer).await {
            Ok(Ok(answer)) => answer.map_err(status::of),
            Ok(Err(_)) => Err(status::stopping()),
            Err(_) => {
                let call = Call {
                    inference_id: &inference_id,
                    content_type: CONTENT_TYPE,
                    payload,
                };
                invocation_log::write_late(call, began.elapsed());
                Err(status::late(self.timeout))
            }
        }
    }
}

#[tonic::async_trait]
impl GrpcInferenceService for OpenInferenceService {
    async fn server_live(
        &self,
        _: Request<ServerLiveRequest>,
    ) -> Result<Response<ServerLiveResponse>, Status> {
        Ok(Response::new(ServerLiveResponse { live: true }))
    }

    async fn server_ready(
        &self,
        _: Request<ServerReadyRequest>,
    ) -> Result<Response<ServerReadyResponse>, Status> {
        // A worker listens once its model is loaded.
        Ok(Response::new(ServerReadyResponse { ready: true }))
    }

    async fn model_ready(
        &self,
        request: Request<ModelReadyRequest>,
    ) -> Result<Response<ModelReadyResponse>, Status> {
        let request = request.into_inner();
        let ready = self.model.serves(&request.name, &request.version);
        Ok(Response::new(ModelReadyResponse { ready }))
    }

    async fn server_metadata(
        &self,
        _: Request<ServerMetadataRequest>,
    ) -> Result<Response<ServerMetadataResponse>, Status> {
        Ok(Response::new(ServerMetadataResponse {
            name: SERVER_NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extensions: Vec::new(),
        }))
    }

    async fn model_metadata(
        &self,
        request: Request<ModelMetadataRequest>,
    ) -> Result<Response<ModelMetadataResponse>, Status> {
        let request = request.into_inner();
        self.model.check_name(&request.name, &request.version)?;
        let signature = self.model.scorer.predictor().signature();
        let tensor = |name: &str, datatype: &str, shape: Vec<i64>| TensorMetadata {
            name: name.to_owned(),
            datatype: datatype.to_owned(),
            shape,
        };
        let datatype = match signature.input_type {
            InputType::F32 => "FP32",
            InputType::F64 => "FP64",
            InputType::I64 => "INT64",
        };
        let shape = vec![-1, outputs::dimension(signature.features.len())];
        // What an answer has if the request names no outputs.
        let outputs = self.model.outputs.iter();
        let outputs = outputs.filter(|output| output.is_default);
        Ok(Response::new(ModelMetadataResponse {
            name: self.model.name.clone(),
            versions: vec![VERSION.to_owned()],
            platform: signature.platform.to_owned(),
            inputs: vec![tensor(&signature.input_name, datatype, shape)],
            outputs: outputs
                .map(|output| tensor(&output.name, output.datatype, output.metadata_shape()))
                .collect(),
        }))
    }

    async fn model_infer(
        &self,
        request: Request<ModelInferRequest>,
    ) -> Result<Response<ModelInferResponse>, Status> {
        /// A quick call is answered before anybody could cancel it.
        static NEVER: Cancellation = Cancellation::new();
        let request = request.into_inner();
        self.model
            .check_name(&request.model_name, &request.model_version)?;
        let bytes = inputs::size(&request);
        let max_rows = inputs::max_rows(bytes, self.model.scorer.schema());
        let needs = self.model.needs(&request);
        let answer = if self.model.scorer.is_little(bytes, max_rows, needs) {
            self.model.infer(request, &NEVER).map_err(status::of)?
        } else {
            self.infer_on_thread(request).await?
        };
        Ok(Response::new(answer))
    }
}

#[cfg(test)]
mod tests;
