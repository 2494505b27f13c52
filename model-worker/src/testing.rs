//! Predictors for unit tests.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use algorithm::{
    Contributions, Decision, Features, Labels, PredictError, Predictor, Relation, Rows, Scores,
    Signature, Threshold, Values,
};

/// A predictor whose scores a closure fills in.
pub(crate) struct Toy {
    pub(crate) signature: Signature,
    predict: Box<Predict>,
}

type Predict = dyn Fn(&[f32], &mut Scores, &Signature) -> Result<(), PredictError> + Send + Sync;

impl Toy {
    pub(crate) fn new(
        signature: Signature,
        predict: impl Fn(&[f32], &mut Scores, &Signature) -> Result<(), PredictError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            signature,
            predict: Box::new(predict),
        }
    }
}

impl Predictor for Toy {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let Rows::F32(values) = rows else {
            return Err(PredictError::input_type(rows, &self.signature));
        };
        (self.predict)(values, scores, &self.signature)
    }

    /// For each the number of the raw score, from 0, plus the row's first value.
    fn raw_scores(&self, rows: Rows<'_>, raw_scores: &mut Vec<f64>) -> Result<(), PredictError> {
        let n = self.signature.raw_scores;
        raw_scores.clear();
        for row in rows.float32(&self.signature)? {
            raw_scores.extend((0..n).map(|i| i as f64 + f64::from(row[0])));
        }
        Ok(())
    }

    /// For each entry its number, from 0, plus the row's first value.
    fn leaves(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        let n = self.signature.leaves as u32;
        leaves.clear();
        for row in rows.float32(&self.signature)? {
            leaves.extend((0..n).map(|i| i + row[0] as u32));
        }
        Ok(())
    }

    /// The number of the raw score, from 1, times a tenth of each feature's value, and 0.5 as the bias.
    fn contributions(
        &self,
        rows: Rows<'_>,
        contributions: &mut Vec<f64>,
    ) -> Result<(), PredictError> {
        let Contributions::Given { outputs } = self.signature.contributions else {
            return Err(PredictError::new("a toy without contributions"));
        };
        contributions.clear();
        for row in rows.float32(&self.signature)? {
            for output in 1..=outputs {
                contributions.extend(row.iter().map(|x| output as f64 * f64::from(*x) / 10.0));
                contributions.push(0.5);
            }
        }
        Ok(())
    }

    /// A rule about the first feature; none for a row whose first value is 13.
    fn path(&self, row: Rows<'_>) -> Result<Vec<Decision>, PredictError> {
        let Rows::F32(&[first, ..]) = row else {
            return Err(PredictError::length(row, &self.signature));
        };
        if first == 13.0 {
            return Err(PredictError::new("13 can't be explained"));
        }
        let threshold = Threshold::Single(0.5);
        Ok(vec![Decision {
            feature: 0,
            relation: if first <= 0.5 {
                Relation::AtMost(threshold)
            } else {
                Relation::Above(threshold)
            },
        }])
    }
}

pub(crate) fn labels() -> Labels {
    Labels::Text(vec!["a,b".into(), "c".into(), "d".into()])
}

/// Two features, three classes: 0.75, 0.25, 0 if the first feature is at most 0.5, else 0, 0.5, 0.5.
pub(crate) fn classifier(labels: Labels) -> Toy {
    let features = Features::named(vec!["wi\"dth".into(), "length".into()]);
    let signature = Signature {
        values: Values::Probabilities,
        gives_path: true,
        ..Signature::classifier(features, labels)
    };
    Toy::new(signature, |values, scores, signature| {
        scores.resize(values.len() / 2, signature);
        for (row, values) in values.chunks_exact(2).enumerate() {
            let (label, row_values) = if values[0] <= 0.5 {
                (0, [0.75, 0.25, 0.0])
            } else {
                (1, [0.0, 0.5, 0.5])
            };
            scores.labels_mut()[row] = label;
            scores.values_mut()[3 * row..3 * row + 3].copy_from_slice(&row_values);
        }
        Ok(())
    })
}

/// The same with three leaves a row, a raw score for each class, and contributions to `outputs` raw scores.
pub(crate) fn explained(outputs: usize) -> Toy {
    let toy = classifier(labels());
    Toy {
        signature: Signature {
            raw_scores: 3,
            leaves: 3,
            contributions: Contributions::Given { outputs },
            ..toy.signature
        },
        ..toy
    }
}

/// One feature: 1.5 (and 0) if it is at most 0.5, else -2 (and 0.1).
pub(crate) fn regressor(n_targets: usize) -> Toy {
    let signature = Signature::regressor(Features::unnamed(1), n_targets);
    Toy::new(signature, move |values, scores, signature| {
        scores.resize(values.len(), signature);
        let targets = scores.values_mut().chunks_exact_mut(n_targets);
        for (targets, value) in targets.zip(values) {
            let both = if *value <= 0.5 {
                [1.5, 0.0]
            } else {
                [-2.0, 0.1]
            };
            targets.copy_from_slice(&both[..n_targets]);
        }
        Ok(())
    })
}

/// A classifier of `n_features` features and `n_classes` classes, which answers class 0 with zeros.
pub(crate) fn wide(n_features: usize, n_classes: i64) -> Toy {
    let labels = Labels::Integers((0..n_classes).collect());
    let signature = Signature::classifier(Features::unnamed(n_features), labels);
    Toy::new(signature, |values, scores, signature| {
        scores.resize(values.len() / signature.features.len(), signature);
        Ok(())
    })
}

/// The log of this process's tests.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn start() -> &'static Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let writer = log.clone();
            tracing_subscriber::fmt()
                .with_writer(move || writer.clone())
                .with_ansi(false)
                .with_max_level(tracing::Level::DEBUG)
                .init();
            log
        })
    }

    /// How many lines have all of these words.
    pub(crate) fn lines_with(&self, words: &[&str]) -> usize {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let has_all = |line: &&str| words.iter().all(|word| line.contains(word));
        log.lines().filter(has_all).count()
    }
}
