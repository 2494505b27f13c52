//! A regressor that answers the same number for every row.

use algorithm::{
    Data, Features, FitError, Fitted, Kind, Learner, LoadError, ModelFormat, Parameter,
    PredictError, Predictor, Rows, Scores, Settings, Signature, Target, Task, Watch,
};
use serde_json::{Value, json};

pub(crate) struct Mean;

impl Learner for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter {
            name: "shift",
            aliases: &[],
            default: "0",
            kind: Kind::Number {
                from: 0.0,
                to: f64::MAX,
            },
            words: &[],
            meaning: "what is added to the mean",
        }]
    }

    fn task(&self, _: &Settings) -> Task {
        Task::Numbers
    }

    fn fit(&self, data: Data<'_>, settings: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        let Target::Numbers(numbers) = &data.train.target else {
            return Err(FitError::new("mean learns numbers"));
        };
        let sum: f64 = numbers.iter().map(|number| f64::from(*number)).sum();
        let mean = sum / numbers.len() as f64 + settings.number("shift");
        let file = json!({"n_features": data.train.features.len(), "mean": mean});
        let format = ModelFormat::new("mean", "json", load);
        let file = file.to_string().into_bytes();
        Ok(Fitted::new(format, file, "The mean of the numbers"))
    }
}

struct Model {
    signature: Signature,
    mean: f32,
}

fn load(bytes: &[u8]) -> Result<Box<dyn Predictor>, LoadError> {
    let read = || -> Option<Model> {
        let file: Value = serde_json::from_slice(bytes).ok()?;
        let n_features = file["n_features"].as_u64()? as usize;
        Some(Model {
            signature: Signature::regressor(Features::unnamed(n_features), 1),
            mean: file["mean"].as_f64()? as f32,
        })
    };
    match read() {
        Some(model) => Ok(Box::new(model)),
        None => Err(LoadError::new("no mean in it")),
    }
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        scores.resize(rows.len() / self.signature.features.len(), &self.signature);
        scores.values_mut().fill(self.mean);
        Ok(())
    }
}
