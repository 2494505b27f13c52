//! Direct scoring by the Open Inference Protocol, version 2
//! (github.com/kserve/open-inference-protocol).

mod inputs;
mod outputs;

use std::sync::Arc;

use algorithm::{InputType, Scores};
use proto::open_inference::{
    ModelInferRequest, ModelInferResponse, ModelMetadataRequest, ModelMetadataResponse,
    ModelReadyRequest, ModelReadyResponse, ServerLiveRequest, ServerLiveResponse,
    ServerMetadataRequest, ServerMetadataResponse, ServerReadyRequest, ServerReadyResponse,
    grpc_inference_service_server::GrpcInferenceService, model_metadata_response::TensorMetadata,
};
use tokio::task;
use tonic::{Request, Response, Status};

use crate::scorer::Scorer;

/// The one version that a model has here.
const VERSION: &str = "1";

/// What `ServerMetadata` calls the server.
const SERVER_NAME: &str = "model-worker";

/// Answers the protocol's six calls for one model.
pub struct OpenInferenceService {
    scorer: Arc<Scorer>,
    model_name: String,
}

impl OpenInferenceService {
    pub fn new(scorer: Arc<Scorer>, model_name: String) -> Self {
        Self { scorer, model_name }
    }

    fn is_served(&self, name: &str, version: &str) -> bool {
        name == self.model_name && (version.is_empty() || version == VERSION)
    }

    fn check_name(&self, name: &str, version: &str) -> Result<(), Status> {
        if self.is_served(name, version) {
            return Ok(());
        }
        Err(Status::not_found(format!(
            "model \"{name}\" version \"{version}\": expected model \"{}\" version \"{VERSION}\"",
            self.model_name
        )))
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
        let ready = self.is_served(&request.name, &request.version);
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
        self.check_name(&request.name, &request.version)?;
        let model = self.scorer.model();
        let tensor = |name: &str, datatype: &str, shape: Vec<i64>| TensorMetadata {
            name: name.to_owned(),
            datatype: datatype.to_owned(),
            shape,
        };
        let n_features = i64::try_from(model.signature().features.len()).unwrap_or(i64::MAX);
        let datatype = match model.signature().input_type {
            InputType::F32 => "FP32",
            InputType::F64 => "FP64",
            InputType::I64 => "INT64",
        };
        let outputs = outputs::outputs(model)
            .iter()
            .map(|output| tensor(&output.name, output.datatype, output.metadata_shape()))
            .collect();
        Ok(Response::new(ModelMetadataResponse {
            name: self.model_name.clone(),
            versions: vec![VERSION.to_owned()],
            platform: "onnx_tree_ensemble".to_owned(),
            inputs: vec![tensor(
                &model.signature().input_name,
                datatype,
                vec![-1, n_features],
            )],
            outputs,
        }))
    }

    async fn model_infer(
        &self,
        request: Request<ModelInferRequest>,
    ) -> Result<Response<ModelInferResponse>, Status> {
        let request = request.into_inner();
        self.check_name(&request.model_name, &request.model_version)?;
        let scorer = Arc::clone(&self.scorer);
        let response = if Scorer::is_quick(inputs::size(&request)) {
            infer(&scorer, request)?
        } else {
            task::spawn_blocking(move || infer(&scorer, request))
                .await
                .map_err(|_| Status::internal("scoring failed"))??
        };
        Ok(Response::new(response))
    }
}

fn infer(scorer: &Scorer, request: ModelInferRequest) -> Result<ModelInferResponse, Status> {
    let model = scorer.model();
    let wanted = outputs::requested(model, &request.outputs)?;
    // A client that sends raw tensors reads raw ones, one that sends typed contents reads those.
    let raw = !request.raw_input_contents.is_empty();
    let rows = inputs::rows(&request, scorer.schema())?;
    let n_rows = rows.rows().len() / model.signature().features.len().max(1);
    let mut scores = Scores::new();
    model
        .predict(rows.rows(), &mut scores)
        .map_err(|error| Status::internal(error.to_string()))?;
    let mut response = ModelInferResponse {
        model_name: request.model_name,
        model_version: VERSION.to_owned(),
        id: request.id,
        ..ModelInferResponse::default()
    };
    for output in &wanted {
        output.write(
            &model.signature().output,
            &scores,
            n_rows,
            raw,
            &mut response,
        );
    }
    Ok(response)
}
