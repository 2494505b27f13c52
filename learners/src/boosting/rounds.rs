//! The loop: a tree for each output of each round, evaluation, early stopping.
//!
//! Margins are float32 sums in the order of the trees, as whoever loads the model adds them up, so that metrics and
//! gradients are of the very margins that will be served.

mod best;
mod resume;
mod scores;

use std::ops::ControlFlow;

use algorithm::FitError;

use super::{Labelled, metric::Metric, objective::Objective, sample::RowNumbers};
use crate::{
    bins::Bins,
    exact::draw::mix,
    histogram::{self, GradientPair, Grown, Node},
};
use best::Best;
use scores::Scores;

/// Settings of the loop; the defaults are XGBoost's, with its 100 rounds of the Python API.
#[derive(Clone, Debug)]
pub struct Params {
    /// Rounds in all, those of a resumed model included.
    pub num_round: usize,
    /// Trees that share a round's gradients; each has its part of `eta`.
    pub num_parallel_tree: usize,
    /// The probability of a row to be in a tree.
    pub subsample: f64,
    /// None: estimated.
    pub base_score: Option<f32>,
    /// Stop after so many rounds in which the last metric of the validation rows has not improved.
    pub early_stopping_rounds: Option<usize>,
    /// Of a tree. Its `max_delta_step` is taken as it is ([`Objective::default_max_delta_step`]).
    pub tree: histogram::Params,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            num_round: 100,
            num_parallel_tree: 1,
            subsample: 1.0,
            base_score: None,
            early_stopping_rounds: None,
            tree: histogram::Params::default(),
        }
    }
}

/// Rows to learn from, or to evaluate.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub bins: &'a Bins,
    pub labelled: Labelled<'a>,
}

/// A model, and how it came about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boosted {
    /// In XGBoost's order: rounds, in a round outputs, and of an output its parallel trees.
    pub trees: Vec<Vec<Node>>,
    /// The output that each tree adds to.
    pub tree_info: Vec<u32>,
    /// The prediction before the first tree as XGBoost writes it: a margin for `multi:*`, a prediction for others, one number for each output.
    pub base_score: Vec<f32>,
    /// The margins before the first tree, one for each output.
    pub base_margins: Vec<f32>,
    /// The best round; there is one if early stopping is on, and no tree is of a later one.
    pub best_iteration: Option<usize>,
    /// The metrics after each round, also after the best one.
    pub evaluations: Vec<Evaluation>,
}

/// Metrics after a round, in the order of the job's metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub round: usize,
    pub train: Vec<f64>,
    /// Empty without validation rows.
    pub validation: Vec<f64>,
}

impl Params {
    /// Boosts `train` on the threads of the current rayon pool.
    ///
    /// `validation` has the cuts of `train` ([`Bins::like`]). `resumed` is a model of the same data and settings to go on
    /// from, such as one read from a checkpoint: nodes, tree_info and base_score are used. `observe` is called after each
    /// round with the model so far, which it may write to a file, and ends the training with [`ControlFlow::Break`].
    ///
    /// # Errors
    /// Labels that the objective can't take, a metric that does not fit it, early stopping without validation rows or
    /// metric, a model that does not fit the data, in one sentence.
    pub fn boost(
        &self,
        train: Rows<'_>,
        validation: Option<Rows<'_>>,
        objective: &Objective,
        metrics: &[Metric],
        resumed: Option<Boosted>,
        observe: &mut dyn FnMut(&Boosted) -> ControlFlow<()>,
    ) -> Result<Boosted, FitError> {
        self.check(train, validation, objective, metrics)?;
        let mut boosted = match resumed {
            Some(boosted) => resume::checked(boosted, train.bins, objective, self)?,
            None => self.start(train, objective)?,
        };
        let trees_of_round = objective.n_outputs() * self.num_parallel_tree;
        let mut train_scores = Scores::of(&boosted, train.bins, objective);
        let mut validation_scores =
            validation.map(|rows| Scores::of(&boosted, rows.bins, objective));
        let numbers = (self.subsample < 1.0).then(|| RowNumbers::new(train.bins, train.labelled));
        let mut gradients = vec![GradientPair::default(); train.bins.n_rows()];
        let mut best = Best::of(&boosted, metrics.last());
        let params = self.of_tree();

        for round in boosted.trees.len() / trees_of_round..self.num_round {
            for output in 0..objective.n_outputs() {
                let predictions = train_scores.predictions();
                let margins = train_scores.margins();
                objective.gradients(train.labelled, margins, predictions, output, &mut gradients);
                // Leaves of all parallel trees are renewed by the margins from before the round.
                let margins = objective.renews_leaves().then(|| margins.to_vec());
                for _ in 0..self.num_parallel_tree {
                    let key = boosted.trees.len() as u64;
                    let sample = numbers.as_ref().map(|numbers| {
                        let seed = mix(self.tree.seed ^ 0x7361_6d70_6c65); // "sample"
                        numbers.sample(self.subsample, mix(seed ^ mix(key)))
                    });
                    let rows = sample.as_ref().map(|sample| &sample.rows[..]);
                    let mut grown = histogram::grow(train.bins, &gradients, rows, &params, key);
                    if let Some(margins) = &margins {
                        renew(&mut grown, objective, train.labelled, margins, params.eta);
                    }
                    let left_out = sample.as_ref().map_or(&[][..], |sample| &sample.left_out);
                    train_scores.add_grown(output, &grown, train.bins, left_out);
                    if let (Some(scores), Some(rows)) = (&mut validation_scores, validation) {
                        scores.add(output, &grown.nodes, rows.bins);
                    }
                    boosted.trees.push(grown.nodes);
                    boosted.tree_info.push(output as u32);
                }
            }
            let evaluate = |scores: &mut Scores<'_>, rows: Rows<'_>| -> Vec<f64> {
                scores.refresh();
                let predictions = scores.predictions();
                let values = metrics.iter();
                values
                    .map(|metric| metric.evaluate(objective, predictions, rows.labelled))
                    .collect()
            };
            let evaluation = Evaluation {
                round,
                train: evaluate(&mut train_scores, train),
                validation: match (&mut validation_scores, validation) {
                    (Some(scores), Some(rows)) => evaluate(scores, rows),
                    _ => Vec::new(),
                },
            };
            best.add(&evaluation);
            boosted.evaluations.push(evaluation);
            if self.early_stopping_rounds.is_some() {
                boosted.best_iteration = best.round();
            }
            let is_over = self
                .early_stopping_rounds
                .is_some_and(|n| best.is_over(round, n));
            if observe(&boosted).is_break() || is_over {
                break;
            }
        }
        if let Some(best) = boosted.best_iteration {
            boosted.trees.truncate((best + 1) * trees_of_round);
            boosted.tree_info.truncate((best + 1) * trees_of_round);
        }
        Ok(boosted)
    }

    fn check(
        &self,
        train: Rows<'_>,
        validation: Option<Rows<'_>>,
        objective: &Objective,
        metrics: &[Metric],
    ) -> Result<(), FitError> {
        for (channel, rows) in [("train", Some(train)), ("validation", validation)] {
            let Some(Rows { bins, labelled }) = rows else {
                continue;
            };
            assert_eq!(bins.n_rows(), labelled.labels.len(), "a label a row");
            labelled.check().map_err(FitError::new)?;
            objective.check(labelled.labels).map_err(FitError::new)?;
            if labelled.weight_sum() <= 0.0 {
                return Err(FitError::new(format!(
                    "the weights of the {channel} rows sum to 0, expected one above 0"
                )));
            }
        }
        for metric in metrics {
            metric.check(objective).map_err(FitError::new)?;
        }
        if self.early_stopping_rounds.is_some() && (validation.is_none() || metrics.is_empty()) {
            return Err(FitError::new(
                "early_stopping_rounds needs a validation channel and a metric",
            ));
        }
        Ok(())
    }

    /// A model without trees.
    fn start(&self, train: Rows<'_>, objective: &Objective) -> Result<Boosted, FitError> {
        let base_score = match self.base_score {
            Some(base_score) => vec![base_score; objective.n_outputs()],
            None => objective.estimate_base_score(train.labelled),
        };
        Ok(Boosted {
            base_margins: objective.base_margins(&base_score).map_err(FitError::new)?,
            base_score,
            ..Boosted::default()
        })
    }

    /// The settings of one of the parallel trees.
    fn of_tree(&self) -> histogram::Params {
        let mut params = self.tree.clone();
        // In float32, as XGBoost divides.
        params.eta = f64::from(params.eta as f32 / self.num_parallel_tree as f32);
        params
    }
}

/// Gives each leaf the objective's value.
fn renew(
    grown: &mut Grown,
    objective: &Objective,
    labelled: Labelled<'_>,
    margins: &[f32],
    eta: f64,
) {
    use rayon::prelude::*;
    let leaves: Vec<(usize, &[u32])> = grown.leaves().collect();
    let values: Vec<(usize, Option<f32>)> = leaves
        .par_iter()
        .map(|&(leaf, rows)| (leaf, objective.leaf(labelled, margins, rows)))
        .collect();
    for (leaf, value) in values {
        if let Some(value) = value {
            grown.nodes[leaf].weight = value * eta as f32;
        }
    }
}

#[cfg(test)]
mod tests;
