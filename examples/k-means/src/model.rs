//! The model file, and the predictor that it becomes.

use algorithm::{
    Features, Labels, LoadError, Loaded, ModelFormat, PredictError, Predictor, Rows, Scores,
    Signature, Values,
};
use serde::{Deserialize, Serialize};

/// `{"names": ["x", "y"], "centres": [[0.5, 1.0], [3.0, 2.5]]}`; the features may have no names.
pub const FORMAT: ModelFormat = ModelFormat::new("k-means", "json", load);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    pub(crate) names: Vec<String>,
    pub(crate) centres: Vec<Vec<f32>>,
}

struct KMeansPredictor {
    signature: Signature,
    centres: Vec<Vec<f32>>,
}

/// Reads and checks a file. Nothing in it may make `predict` fail.
fn load(file: &[u8]) -> Loaded {
    let Model { names, centres } = serde_json::from_slice(file).map_err(LoadError::new)?;
    let width = centres.first().map_or(0, Vec::len);
    let is_centre =
        |centre: &Vec<f32>| centre.len() == width && centre.iter().all(|x| x.is_finite());
    if width == 0 {
        return Err(LoadError::new(
            "centres: expected at least one, of at least one number",
        ));
    }
    if let Some(bad) = centres.iter().position(|centre| !is_centre(centre)) {
        let line = format!("centres[{bad}]: expected {width} finite numbers, as in centres[0]");
        return Err(LoadError::new(line));
    }
    let features = Features::with_names(width, names).map_err(LoadError::new)?;
    let clusters = Labels::Integers((0..centres.len() as i64).collect());
    let signature = Signature {
        values: Values::Distances,
        values_name: Some("distances".to_owned()),
        takes_missing: false,
        platform: "k_means",
        ..Signature::classifier(features, clusters)
    };
    Ok(Box::new(KMeansPredictor { signature, centres }))
}

impl Predictor for KMeansPredictor {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let rows = rows.float32(&self.signature)?;
        scores.resize(rows.len(), &self.signature);
        let distances = scores.values_mut().chunks_exact_mut(self.centres.len());
        for (row, distances) in rows.zip(distances) {
            for (distance, centre) in distances.iter_mut().zip(&self.centres) {
                let squares = row.iter().zip(centre).map(|(a, b)| (a - b).powi(2));
                *distance = squares.sum::<f32>().sqrt();
            }
        }
        scores.choose_labels(&self.signature);
        Ok(())
    }
}
