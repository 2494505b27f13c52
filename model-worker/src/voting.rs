//! Several models that answer as one: values are averaged, and labels follow from the average or are voted on,
//! as in scikit-learn's `VotingClassifier` and `VotingRegressor`.

mod agreement;

use algorithm::{PredictError, Predictor, Rows, Scores, Signature, Values, first_largest};

pub(crate) use agreement::Disagreement;

/// Objectives of models that answer a label and not a probability; their labels are voted on.
const LABEL_OBJECTIVES: [&str; 2] = ["multi:softmax", "binary:hinge"];

/// Models that answer as one. At least two, all with the same features, outputs and types.
pub(crate) struct Voting {
    members: Vec<Box<dyn Predictor>>,
    signature: Signature,
    is_majority: bool,
}

/// Buffers of one call.
#[derive(Default)]
struct Scratch {
    /// Those of one member.
    scores: Scores,
    /// How many members answer each class: [`Signature::width`] a row.
    votes: Vec<u32>,
}

impl Voting {
    /// All of `members` as one; a single one is itself. There must be one.
    pub(crate) fn of(
        mut members: Vec<Box<dyn Predictor>>,
    ) -> Result<Box<dyn Predictor>, Disagreement> {
        if members.len() == 1 {
            return Ok(members.remove(0));
        }
        let signatures: Vec<&Signature> = members.iter().map(|m| m.signature()).collect();
        let signature = agreement::joint(&signatures)?;
        let answers_label = |signature: &&Signature| {
            let objective = signature.objective.as_deref();
            objective.is_some_and(|objective| LABEL_OBJECTIVES.contains(&objective))
        };
        let is_majority =
            signature.values != Values::Probabilities || signatures.iter().any(answers_label);
        Ok(Box::new(Self {
            members,
            signature,
            is_majority,
        }))
    }

    fn n_rows(&self, rows: Rows<'_>) -> Result<usize, PredictError> {
        let n_features = self.signature.features.len().max(1);
        match rows.len().is_multiple_of(n_features) {
            true => Ok(rows.len() / n_features),
            false => Err(PredictError::length(rows, &self.signature)),
        }
    }

    /// The mean of what `ask` gets from each member: numbers, `width` a row.
    fn mean(
        &self,
        rows: Rows<'_>,
        width: usize,
        sums: &mut Vec<f64>,
        ask: impl Fn(&dyn Predictor, &mut Vec<f64>) -> Result<(), PredictError>,
    ) -> Result<(), PredictError> {
        let expected = self.n_rows(rows)?.saturating_mul(width);
        let mut numbers = Vec::new();
        for (n_before, member) in self.members.iter().enumerate() {
            ask(&**member, &mut numbers)?;
            check_count(numbers.len(), expected)?;
            match n_before {
                0 => sums.clone_from(&numbers),
                _ => add(sums, &numbers),
            }
        }
        let count = self.members.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= count);
        Ok(())
    }
}

impl Predictor for Voting {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Values are those of numpy's `mean` over the models, bit for bit: sums in the type of the values, one model
    /// after the other. Only for a single row of one value and for 8 models or more does numpy add in another
    /// order; here an answer does not depend on the number of rows.
    fn predict(&self, rows: Rows<'_>, scores: &mut Scores) -> Result<(), PredictError> {
        let n_rows = self.n_rows(rows)?;
        let width = self.signature.width();
        scores.resize(n_rows, &self.signature);
        let all = scores.buffers::<Scratch>();
        let Scratch { scores: one, votes } = all.scratch;
        votes.clear();
        votes.resize(all.labels.len() * width, 0);
        for (n_before, member) in self.members.iter().enumerate() {
            member.predict(rows, one)?;
            one.check(n_rows, member.signature())?;
            if n_before == 0 {
                all.values.copy_from_slice(one.values());
                all.doubles.copy_from_slice(one.doubles());
            } else {
                add(all.values, one.values());
                add(all.doubles, one.doubles());
            }
            if self.is_majority {
                for (row, class) in one.labels().iter().enumerate() {
                    votes[row * width + *class as usize] += 1;
                }
            }
        }

        let count = self.members.len();
        all.values.iter_mut().for_each(|sum| *sum /= count as f32);
        all.doubles.iter_mut().for_each(|sum| *sum /= count as f64);
        for (value, double) in all.values.iter_mut().zip(&*all.doubles) {
            *value = *double as f32;
        }
        for (row, label) in all.labels.iter_mut().enumerate() {
            let classes = row * width..(row + 1) * width;
            *label = if self.is_majority {
                first_largest(&votes[classes])
            } else if self.signature.is_double {
                likeliest(all.doubles[classes].iter().copied())
            } else {
                likeliest(all.values[classes].iter().map(|value| f64::from(*value)))
            };
        }
        Ok(())
    }

    fn raw_scores(&self, rows: Rows<'_>, raw_scores: &mut Vec<f64>) -> Result<(), PredictError> {
        let width = self.signature.raw_scores;
        self.mean(rows, width, raw_scores, |member, numbers| {
            member.raw_scores(rows, numbers)
        })
    }

    /// A member's leaves stand behind those of the members before it.
    fn leaves(&self, rows: Rows<'_>, leaves: &mut Vec<u32>) -> Result<(), PredictError> {
        let n_rows = self.n_rows(rows)?;
        let width = self.signature.leaves;
        leaves.clear();
        leaves.resize(n_rows.saturating_mul(width), 0);
        let mut start = 0;
        let mut part = Vec::new();
        for member in &self.members {
            let count = member.signature().leaves;
            member.leaves(rows, &mut part)?;
            check_count(part.len(), n_rows.saturating_mul(count))?;
            if count > 0 {
                let all_rows = leaves.chunks_exact_mut(width);
                for (all, part) in all_rows.zip(part.chunks_exact(count)) {
                    all[start..start + count].copy_from_slice(part);
                }
            }
            start += count;
        }
        Ok(())
    }

    fn contributions(
        &self,
        rows: Rows<'_>,
        contributions: &mut Vec<f64>,
    ) -> Result<(), PredictError> {
        let width = self.signature.contributions_in_row();
        self.mean(rows, width, contributions, |member, numbers| {
            member.contributions(rows, numbers)
        })
    }
}

fn add<T: Copy + std::ops::AddAssign>(sums: &mut [T], summands: &[T]) {
    for (sum, summand) in sums.iter_mut().zip(summands) {
        *sum += *summand;
    }
}

fn check_count(found: usize, expected: usize) -> Result<(), PredictError> {
    match found == expected {
        true => Ok(()),
        false => Err(PredictError::new(format!(
            "the predictor returned {found} numbers, expected {expected}"
        ))),
    }
}

/// The class of a row of probabilities. Of two classes the second only if it has more than half: the first one's
/// mean may have been rounded differently.
fn likeliest(probabilities: impl ExactSizeIterator<Item = f64>) -> u32 {
    match probabilities.len() {
        2 => probabilities.skip(1).any(|second| second > 0.5).into(),
        _ => first_largest(probabilities),
    }
}

#[cfg(test)]
mod tests;
