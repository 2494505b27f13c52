//! A PNG in, its mean colour and that colour's name out: a [`Handler`], for payloads that are no tables. The name
//! comes from a decision tree, which the project's own trainer grows.

use std::{io::Cursor, path::Path};

use algorithm::{Answer, Handler, InputType, LoadError, Predictor, Refusal, Request, Rows, Scores};
use image::{GenericImageView as _, ImageError, ImageFormat, ImageReader, Limits, Rgba};
use model_worker::{
    headers,
    model_file::{self, Several},
};

/// Most bytes that a decoded picture may take, since a PNG of a few bytes may stand for gigabytes. A colour profile
/// in it may take up to twice as many for a moment.
const MAX_DECODED: u64 = 64 << 20;

/// Loads the tree in the model directory: a classifier of colours.
pub fn load(directory: &Path) -> Result<Box<dyn Handler>, LoadError> {
    let model = model_file::load(directory, &[trees::ONNX], Several::Ensemble);
    let tree = model.map_err(LoadError::new)?.predictor;
    let signature = tree.signature();
    let takes_colours = signature.features.names() == ["r", "g", "b"];
    if !takes_colours || signature.input_type != InputType::F32 || signature.labels().is_none() {
        let line = "the model: expected labels for the float32 features r, g, b";
        return Err(LoadError::new(line));
    }
    Ok(Box::new(MeanColour(tree)))
}

struct MeanColour(Box<dyn Predictor>);

impl Handler for MeanColour {
    fn handle(&self, request: Request<'_>) -> Result<Answer, Refusal> {
        headers::payload_type(request, &["image/png"])?;
        let content_type = headers::answer_type(request, &["application/json"])?;
        let mean = mean(request.body).map_err(Refusal::BadPayload)?;
        let mut scores = Scores::new();
        self.0
            .predict(Rows::F32(&mean.map(f32::from)), &mut scores)?;
        let labels = self.0.signature().labels();
        let name = labels.map(|labels| labels.text(scores.labels()[0] as usize));
        let answer = serde_json::json!({"mean": mean, "name": name});
        Ok(Answer {
            content_type: content_type.into(),
            body: answer.to_string().into_bytes(),
        })
    }
}

/// Red, green and blue; a pixel counts as much as it is opaque.
fn mean(png: &[u8]) -> Result<[u8; 3], String> {
    let mut reader = ImageReader::with_format(Cursor::new(png), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => format!(
            "the picture takes more than {MAX_DECODED} bytes when decoded, expected a smaller one"
        ),
        other => format!("the picture can't be decoded: {other}"),
    })?;
    let (mut sums, mut total) = ([0; 3], 0);
    for (_, _, Rgba([colour @ .., alpha])) in picture.pixels() {
        total += u64::from(alpha);
        for (sum, value) in sums.iter_mut().zip(colour) {
            *sum += u64::from(value) * u64::from(alpha);
        }
    }
    match total {
        0 => Err("the picture is transparent, expected a colour".to_owned()),
        _ => Ok(sums.map(|sum: u64| ((sum + total / 2) / total) as u8)),
    }
}
