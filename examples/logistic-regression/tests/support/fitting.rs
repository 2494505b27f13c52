//! Tables, fits and answers.

use std::collections::BTreeMap;

use algorithm::{
    Data, Features, Fitted, Labels, Learner as _, Predictor, Rows, Scores, Settings, Table, Target,
};
use logistic_regression::LogisticRegression;
use ndarray::Array2;

pub(crate) fn table<const N: usize>(
    values: Vec<[f32; N]>,
    classes: Vec<usize>,
    labels: Labels,
) -> Table {
    Table {
        features: Features::unnamed(N),
        records: Array2::from(values),
        target: Target::Classes {
            labels,
            of_row: classes.into(),
        },
        weights: None,
        absent: None,
    }
}

pub(crate) fn fit(table: &Table, given: &[(&str, &str)]) -> Result<Fitted, String> {
    let data = Data {
        train: table,
        validation: None,
    };
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings::parse(&[LogisticRegression.parameters()], &given).unwrap();
    let fitted = LogisticRegression.fit(data, &settings, &());
    fitted.map_err(|error| error.to_string())
}

/// Labels and values of rows.
pub(crate) fn probabilities(predictor: &dyn Predictor, rows: &[f32]) -> (Vec<u32>, Vec<f32>) {
    let mut scores = Scores::new();
    predictor.predict(Rows::F32(rows), &mut scores).unwrap();
    let signature = predictor.signature();
    let n_rows = rows.len() / signature.features.len();
    scores.check(n_rows, signature).unwrap();
    (scores.labels().to_vec(), scores.values().to_vec())
}
