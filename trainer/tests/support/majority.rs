//! A classifier that answers the same for every row: how frequent each class is.

use std::sync::atomic::Ordering;

use algorithm::{
    Data, Features, FitError, Fitted, Kind, Labels, Learner, LoadError, ModelFormat, Parameter,
    PredictError, Predictor, Rows, Scores, Settings, Signature, Target, Values, Watch,
    report::{Axis, Body, Figure, Figures, Importances, Line, Lines, Scale, Section},
};
use serde_json::{Value, json};

pub(crate) struct Majority;

impl Learner for Majority {
    fn name(&self) -> &'static str {
        "majority"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter {
            name: "smoothing",
            aliases: &["alpha"],
            default: "0",
            kind: Kind::Number {
                from: 0.0,
                to: f64::MAX,
            },
            words: &[],
            meaning: "rows that are added to each class",
        }]
    }

    fn fit(
        &self,
        data: Data<'_>,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Fitted, FitError> {
        let Target::Classes { labels, of_row } = &data.train.target else {
            return Err(FitError::new("majority learns classes"));
        };
        let n_rows = data.train.n_rows();
        let counted = watch.begin("counting", "rows", n_rows as u64);
        let mut counts = vec![settings.number("smoothing"); labels.len()];
        for class in of_row {
            counts[*class] += 1.0;
            counted.fetch_add(1, Ordering::Relaxed);
        }
        let sum: f64 = counts.iter().sum();
        let parts: Vec<f64> = counts.iter().map(|count| count / sum).collect();
        let n_features = data.train.features.len();
        let labels = match labels {
            Labels::Integers(labels) => json!(labels),
            Labels::Text(labels) => json!(labels),
        };
        let file = json!({"n_features": n_features, "labels": labels, "parts": parts});
        let title = format!("The most frequent of {} classes", parts.len());
        Ok(Fitted {
            warnings: vec!["every row gets the same answer".to_owned()],
            figures: Figures {
                name: "majority",
                figures: vec![
                    Figure {
                        name: "n_classes",
                        label: Some("classes"),
                        value: parts.len() as u64,
                    },
                    Figure {
                        name: "n_counted",
                        label: None,
                        value: n_rows as u64,
                    },
                ],
            },
            importances: vec![Importances {
                name: "nothing",
                values: vec![0.0; n_features],
                meaning: "No feature decides anything.",
            }],
            sections: sections(&parts),
            files: vec![("parts.txt", format!("{parts:?}\n").into_bytes())],
            ..Fitted::new(FORMAT, file.to_string().into_bytes(), title)
        })
    }
}

fn sections(parts: &[f64]) -> Vec<Section> {
    let places = (1..=parts.len()).map(|place| place as f64);
    vec![
        Section {
            title: "Parts",
            text: "The part of the rows of each class.".to_owned(),
            body: Body::Lines(Lines {
                label: "Parts by class",
                x: Axis {
                    name: "class",
                    scale: Scale::Logarithmic,
                },
                y: Axis {
                    name: "part",
                    scale: Scale::Percent,
                },
                lines: vec![Line {
                    name: "training",
                    points: places.zip(parts.iter().copied()).collect(),
                }],
                mark: Some((1.0, parts[0], "the first class".to_owned())),
            }),
        },
        Section {
            title: "Markup",
            text: "As it is.".to_owned(),
            body: Body::Html("<b>markup of the learner</b>".to_owned()),
        },
    ]
}

const FORMAT: ModelFormat = ModelFormat::new("majority", "json", load);

struct Model {
    signature: Signature,
    /// By class.
    parts: Vec<f32>,
}

fn load(bytes: &[u8]) -> Result<Box<dyn Predictor>, LoadError> {
    let read = || -> Option<Model> {
        let file: Value = serde_json::from_slice(bytes).ok()?;
        let labels = file["labels"].as_array()?;
        let integers = labels.iter().map(Value::as_i64).collect::<Option<_>>();
        let texts = labels.iter().map(|label| Some(label.as_str()?.to_owned()));
        let labels = match integers {
            Some(integers) => Labels::Integers(integers),
            None => Labels::Text(texts.collect::<Option<_>>()?),
        };
        let parts = file["parts"].as_array()?.iter();
        Some(Model {
            signature: Signature {
                values: Values::Probabilities,
                ..Signature::classifier(
                    Features::unnamed(file["n_features"].as_u64()? as usize),
                    labels,
                )
            },
            parts: parts
                .map(|part| Some(part.as_f64()? as f32))
                .collect::<Option<_>>()?,
        })
    };
    match read() {
        Some(model) => Ok(Box::new(model)),
        None => Err(LoadError::new("no majority in it")),
    }
}

impl Predictor for Model {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let largest = self.parts.iter().copied().fold(0.0, f32::max);
        let class = self.parts.iter().position(|part| *part == largest);
        let class = class.ok_or_else(|| PredictError::new("no class"))?;
        scores.resize(rows.len() / self.signature.features.len(), &self.signature);
        scores.labels_mut().fill(class as u32);
        for values in scores.values_mut().chunks_exact_mut(self.parts.len()) {
            values.copy_from_slice(&self.parts);
        }
        Ok(())
    }
}
