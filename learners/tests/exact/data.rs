//! Small random data sets with everything that makes trees disagree.

use algorithm::Amount;
use learners::exact::{NumberCriterion, Params};
use linfa_trees::SplitQuality;
use ndarray::{Array1, Array2};

use crate::naive::{Criterion, Rows, Settings};
pub(crate) use crate::random::Random;

impl Random {
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i + 1);
            items.swap(i, j);
        }
    }
}

/// `w` is empty if the rows have no weights of their own.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) x: Vec<Vec<f32>>,
    pub(crate) y: Vec<usize>,
    /// Empty if classes are learnt.
    pub(crate) numbers: Vec<f32>,
    pub(crate) w: Vec<f32>,
    pub(crate) n_classes: usize,
}

impl Data {
    pub(crate) fn random(r: &mut Random) -> Self {
        let most = [6, 20, 60][r.below(3)];
        let n = 1 + r.below(most);
        let d = 1 + r.below(5);
        let n_classes = [1, 2, 2, 3, 5, 30][r.below(6)];
        let mut columns: Vec<Vec<f32>> = Vec::new();
        for _ in 0..d {
            let column = match columns.last() {
                Some(last) if r.once_in(8) => last.iter().map(|v| -v).collect(),
                Some(last) if r.once_in(8) => last.clone(),
                _ => column(r, n),
            };
            columns.push(column);
        }
        let x = (0..n)
            .map(|i| columns.iter().map(|c| c[i]).collect())
            .collect();
        let y = (0..n).map(|_| r.below(n_classes)).collect();
        let w = match r.below(4) {
            0 => (0..n).map(|_| r.below(4) as f32).collect(),
            1 => (0..n).map(|_| r.below(9) as f32 / 8.0).collect(),
            _ => Vec::new(),
        };
        let w = if w.iter().all(|w| *w == 0.0) {
            Vec::new()
        } else {
            w
        };
        Self {
            x,
            y,
            numbers: Vec::new(),
            w,
            n_classes,
        }
    }

    /// With numbers to learn, none below 0 if they are for `poisson`.
    pub(crate) fn random_numbers(r: &mut Random, criterion: NumberCriterion) -> Self {
        let mut data = Self::random(r);
        let kind = match (r.below(5), criterion) {
            // Where logarithms hardly differ, the naive tree takes splits for equal that are not.
            (2, NumberCriterion::Poisson) => 1,
            (kind, _) => kind,
        };
        data.numbers = (0..data.y.len())
            .map(|_| match kind {
                0 => r.below(2) as f32,
                1 => r.below(6) as f32,
                2 => 1_000.0 + r.below(9) as f32 / 8.0,
                3 => [0.0, 0.25, 3.0, 40.0][r.below(4)],
                _ => r.share() as f32,
            })
            .collect();
        match criterion {
            NumberCriterion::SquaredError if r.once_in(2) => {
                data.numbers.iter_mut().for_each(|number| *number -= 1.5);
            }
            NumberCriterion::SquaredError => {}
            // Of the rows that count one at least is above 0.
            NumberCriterion::Poisson => {
                let counts = |row: &usize| data.w.is_empty() || data.w[*row] > 0.0;
                if let Some(row) = (0..data.y.len()).find(counts) {
                    data.numbers[row] += 1.0;
                }
            }
        }
        data
    }

    pub(crate) fn dataset(&self) -> linfa::DatasetBase<Array2<f32>, Array1<usize>> {
        let flat = self.x.iter().flatten().copied().collect();
        let x = Array2::from_shape_vec((self.x.len(), self.x[0].len()), flat).unwrap();
        let dataset = linfa::DatasetBase::new(x, Array1::from(self.y.clone()));
        if self.w.is_empty() {
            dataset
        } else {
            dataset.with_weights(Array1::from(self.w.clone()))
        }
    }

    pub(crate) fn dataset_of_numbers(&self) -> linfa::DatasetBase<Array2<f32>, Array1<f32>> {
        let dataset = self.dataset();
        let (records, weights) = (dataset.records, dataset.weights);
        linfa::DatasetBase::new(records, Array1::from(self.numbers.clone())).with_weights(weights)
    }

    /// For the naive reference.
    pub(crate) fn rows(&self) -> Rows {
        let w = if self.w.is_empty() {
            vec![1.0; self.y.len()]
        } else {
            self.w.iter().map(|&w| f64::from(w)).collect()
        };
        Rows {
            x: self.x.clone(),
            y: if self.numbers.is_empty() {
                self.y.iter().map(|&class| class as f64).collect()
            } else {
                self.numbers
                    .iter()
                    .map(|&number| f64::from(number))
                    .collect()
            },
            w,
            n_classes: self.n_classes,
        }
    }

    pub(crate) fn shuffled(&self, r: &mut Random) -> Self {
        let mut order: Vec<usize> = (0..self.y.len()).collect();
        r.shuffle(&mut order);
        Self {
            x: order.iter().map(|&i| self.x[i].clone()).collect(),
            y: order.iter().map(|&i| self.y[i]).collect(),
            numbers: order
                .iter()
                .filter_map(|&i| self.numbers.get(i).copied())
                .collect(),
            w: order
                .iter()
                .filter_map(|&i| self.w.get(i).copied())
                .collect(),
            n_classes: self.n_classes,
        }
    }
}

fn column(r: &mut Random, n: usize) -> Vec<f32> {
    let kind = r.below(7);
    let missing = if r.once_in(4) { 1 + r.below(4) } else { 0 };
    let base = f32::from_bits(0x3f80_0000 + r.below(1000) as u32);
    (0..n)
        .map(|_| match kind {
            _ if missing > 0 && r.once_in(missing) => f32::NAN,
            0 => 7.0,
            1 => r.below(2) as f32,
            2 => r.below(5) as f32 - 2.0,
            // Neighbouring floats.
            3 => f32::from_bits(base.to_bits() + r.below(4) as u32),
            // Around zero: signs of zero and the smallest numbers.
            4 => [-1e-45, -0.0, 0.0, 1e-45, 3e-45][r.below(5)],
            // The ends of the range.
            5 => [f32::MIN, -1.0, 1.0, f32::MAX.next_down(), f32::MAX][r.below(5)],
            _ => (r.share() * 2.0 - 1.0) as f32,
        })
        .collect()
}

/// The same random hyperparameters for the naive reference and for the engine.
pub(crate) fn settings(r: &mut Random, rows: &Rows) -> (Settings, Params) {
    let criterion = if r.once_in(3) {
        SplitQuality::Entropy
    } else {
        SplitQuality::Gini
    };
    settings_by(r, rows, Criterion::Classes(criterion), criterion)
}

/// Those of a criterion.
pub(crate) fn settings_by<C>(
    r: &mut Random,
    rows: &Rows,
    criterion: Criterion,
    ours: C,
) -> (Settings, Params<C>) {
    let n = rows.y.len();
    let total: f64 = rows.w.iter().sum();
    let mut s = Settings {
        criterion,
        max_depth: if r.once_in(4) {
            1 + r.below(4)
        } else {
            usize::MAX
        },
        min_samples_split: 2,
        min_samples_leaf: 1,
        min_weight_leaf: 0.0,
        max_leaf_nodes: r.once_in(3).then(|| 2 + r.below(12)),
        min_impurity_decrease: if r.once_in(5) { r.share() * 0.1 } else { 0.0 },
        ccp_alpha: if r.once_in(4) { r.share() * 0.1 } else { 0.0 },
    };
    let mut p = Params {
        max_depth: Some(s.max_depth),
        max_leaf_nodes: s.max_leaf_nodes,
        min_impurity_decrease: s.min_impurity_decrease,
        ccp_alpha: s.ccp_alpha,
        n_classes: Some(rows.n_classes),
        ..Params::defaults(ours)
    };
    if r.once_in(4) {
        s.min_samples_split = 2 + r.below(8);
        p.min_samples_split = Amount::Count(s.min_samples_split);
    } else if r.once_in(8) {
        let share = 0.01 + r.share() * 0.5;
        s.min_samples_split = ((share * n as f64).ceil() as usize).max(2);
        p.min_samples_split = Amount::Fraction(share);
    }
    if r.once_in(4) {
        s.min_samples_leaf = 1 + r.below(6);
        p.min_samples_leaf = Amount::Count(s.min_samples_leaf);
    } else if r.once_in(8) {
        let share = 0.01 + r.share() * 0.2;
        s.min_samples_leaf = (share * n as f64).ceil() as usize;
        p.min_samples_leaf = Amount::Fraction(share);
    }
    if r.once_in(5) {
        let share = r.share() * 0.3;
        s.min_weight_leaf = share * total;
        p.min_weight_fraction_leaf = share;
    }
    (s, p)
}
