//! Rows without labels by the nearest of two of them: the least and the greatest.

use algorithm::{
    Data, Features, FitError, Fitted, Labels, Learner, LoadError, ModelFormat, Parameter,
    PredictError, Predictor, Rows, Scores, Settings, Signature, Task, Watch,
};

pub(crate) struct Nearest;

impl Learner for Nearest {
    fn name(&self) -> &'static str {
        "nearest"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    fn task(&self, _: &Settings) -> Task {
        Task::Unlabelled
    }

    fn takes_missing(&self, _: &Settings) -> bool {
        false
    }

    fn fit(&self, data: Data<'_>, _: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        let mut rows: Vec<Vec<f32>> = data
            .train
            .records
            .rows()
            .into_iter()
            .map(|row| row.to_vec())
            .collect();
        rows.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let (least, greatest) = (&rows[0], &rows[rows.len() - 1]);
        let format = ModelFormat::new("nearest", "json", load);
        let file = serde_json::json!([least, greatest]).to_string();
        Ok(Fitted {
            metrics: vec![("range", f64::from(greatest[0] - least[0]))],
            ..Fitted::new(format, file.into_bytes(), "Two centres")
        })
    }
}

struct Model {
    signature: Signature,
    centres: [Vec<f32>; 2],
}

fn load(bytes: &[u8]) -> Result<Box<dyn Predictor>, LoadError> {
    let centres: Result<[Vec<f32>; 2], _> = serde_json::from_slice(bytes);
    let centres = centres.map_err(|error| LoadError::new(format!("no two centres: {error}")))?;
    let features = Features::unnamed(centres[0].len());
    Ok(Box::new(Model {
        signature: Signature::classifier(features, Labels::Integers(vec![0, 1])),
        centres,
    }))
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let rows = rows.float32(&self.signature)?;
        scores.resize(rows.len(), &self.signature);
        for (row, values) in rows.enumerate() {
            let distance = |centre: &Vec<f32>| -> f32 {
                let squares = centre.iter().zip(values).map(|(a, b)| (a - b).powi(2));
                squares.sum()
            };
            let distances = [distance(&self.centres[0]), distance(&self.centres[1])];
            scores.labels_mut()[row] = u32::from(distances[1] < distances[0]);
            scores.values_mut()[2 * row..][..2].copy_from_slice(&distances);
        }
        Ok(())
    }
}
