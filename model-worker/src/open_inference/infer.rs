//! `ModelInfer`: tensors in, scores out, block by block.

use algorithm::{Cancellation, Refusal};
use proto::open_inference::{ModelInferRequest, ModelInferResponse};

use super::{
    inputs::{self, Inputs},
    outputs::{self, Output, OutputTensor},
};
use crate::{blocks::Blocks, scorer::Scorer};

/// Scores the rows of a request. `available` are the outputs of the model; an answer has up to `max_answer`
/// bytes. Name and version of the model are for the caller to fill in.
///
/// # Errors
/// Inputs or outputs that the model does not have, values that it can't take, an answer that is too large, or
/// the errors of scoring.
pub(super) fn infer(
    scorer: &Scorer,
    available: &[Output],
    max_answer: usize,
    request: &ModelInferRequest,
    cancellation: &Cancellation,
) -> Result<ModelInferResponse, Refusal> {
    let predictor = scorer.predictor();
    let signature = predictor.signature();
    let outputs = outputs::requested(available, &request.outputs, signature)?;
    let needs = outputs::needs(&outputs);
    let inputs = Inputs::new(request, scorer.schema())?;
    check_size(&outputs, inputs.n_rows(), max_answer)?;
    // A client that sends raw tensors reads raw tensors.
    let is_raw = !request.raw_input_contents.is_empty();
    let mut tensors: Vec<OutputTensor<'_>> = outputs
        .into_iter()
        .map(|output| OutputTensor::new(output, is_raw))
        .collect();

    let claim = scorer.claim(inputs::size(request));
    let mut length = 0;
    let mut blocks = Blocks::new(predictor, needs, cancellation);
    inputs.read(needs.rows_in_block(signature), |rows| {
        blocks.score(rows, |block| {
            let grown: usize = tensors.iter_mut().map(|tensor| tensor.push(block)).sum();
            length += grown;
            if length > max_answer {
                return Err(too_large("more than", max_answer, max_answer));
            }
            claim.grow(grown)?;
            Ok(())
        })
    })?;
    let mut response = ModelInferResponse::default();
    for tensor in tensors {
        tensor.finish(&mut response);
    }
    Ok(response)
}

/// Refuses an answer before anything is scored if its length can be known to be too large.
fn check_size(needs: &[&Output], n_rows: usize, max_answer: usize) -> Result<(), Refusal> {
    let bytes = needs
        .iter()
        .map(|output| output.least_bytes(n_rows))
        .fold(0, usize::saturating_add);
    if bytes > max_answer {
        return Err(too_large("at least", bytes, max_answer));
    }
    Ok(())
}

fn too_large(how_much: &str, bytes: usize, max_answer: usize) -> Refusal {
    Refusal::OutOfMemory(format!(
        "the answer takes {how_much} {bytes} bytes, expected at most {max_answer} \
         (SAGEMAKER_MAX_PAYLOAD_IN_MB); send fewer rows at once, or ask for fewer outputs"
    ))
}
