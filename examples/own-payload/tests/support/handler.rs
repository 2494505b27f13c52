//! The handler, with the model that the job trains.

use std::{collections::BTreeMap, fs};

use algorithm::{
    Answer, Cancellation, Data, Features, Handler, Labels, Learner as _, Refusal, Request,
    Settings, Table, Target,
};
use learners::DecisionTree;
use ndarray::Array2;
use tempfile::TempDir;

const COLOURS: &str = include_str!("../../job/input/data/training/colours.csv");

/// A directory with the model that the job trains, with these names of its features.
pub(crate) fn model(features: [&str; 3]) -> TempDir {
    let rows = COLOURS.lines().skip(1);
    let rows = rows.map(|row| row.split_once(',').unwrap());
    let (names, values): (Vec<&str>, Vec<&str>) = rows.unzip();
    let mut labels: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    labels.sort();
    labels.dedup();
    let class = |name: &&str| labels.iter().position(|label| label == name).unwrap();
    let values = values.iter().flat_map(|row| row.split(','));
    let values: Vec<f32> = values.map(|value| value.parse().unwrap()).collect();
    let table = Table {
        records: Array2::from_shape_vec((names.len(), 3), values).unwrap(),
        target: Target::Classes {
            of_row: names.iter().map(class).collect(),
            labels: Labels::Text(labels.clone()),
        },
        weights: None,
        features: Features::named(features.map(str::to_owned).to_vec()),
        absent: None,
    };
    let settings = Settings::parse(&[DecisionTree.parameters()], &BTreeMap::new()).unwrap();
    let data = Data {
        train: &table,
        validation: None,
    };
    let fitted = DecisionTree.fit(data, &settings, &()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("model.onnx"), fitted.file).unwrap();
    directory
}

pub(crate) fn handler() -> Box<dyn Handler> {
    own_payload::load(model(["r", "g", "b"]).path()).unwrap()
}

pub(crate) fn ask(
    handler: &dyn Handler,
    content_type: &str,
    accept: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    handler.handle(Request {
        content_type,
        content_encoding: "",
        accept,
        custom_attributes: "",
        body,
        cancellation: &Cancellation::new(),
    })
}
