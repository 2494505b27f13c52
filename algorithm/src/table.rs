//! Training data.

use std::cmp::Ordering;

use ndarray::{Array1, Array2};

use crate::{Absent, Features, Labels};

/// What a learner fits.
///
/// ```
/// use algorithm::{Data, Features, Table, Target};
/// use ndarray::array;
///
/// let train = Table {
///     records: array![[1.0], [2.0]],
///     target: Target::None,
///     weights: None,
///     features: Features::unnamed(1),
///     absent: None,
/// };
/// let data = Data { train: &train, validation: None };
/// assert_eq!(data.train.n_rows(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The rows to learn from; at least one.
    pub train: &'a Table,
    /// Rows that are measured and not learnt from, with the same features.
    pub validation: Option<&'a Table>,
}

/// The rows of a channel.
///
/// ```
/// use algorithm::{Features, Table, Target};
/// use ndarray::array;
///
/// let table = Table {
///     records: array![[1.0, f32::NAN], [2.0, 0.5], [3.0, 0.25]],
///     target: Target::Numbers(array![10.0, 20.0, 30.0]),
///     weights: None,
///     features: Features::named(vec!["rooms".into(), "age".into()]),
///     absent: None,
/// };
/// assert_eq!((table.n_rows(), table.features.len()), (3, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    /// `n_rows` x `n_features`, in columns (Fortran order), NaN for a missing value; no infinities.
    pub records: Array2<f32>,
    /// What is to be learnt, one a row.
    pub target: Target,
    /// Weights above 0, one a row, if the data have them.
    pub weights: Option<Array1<f32>>,
    /// The columns.
    pub features: Features,
    /// The meaning of the values that sparse records left out, if records were sparse. The model file has to
    /// keep it, so that what is served is read as what was trained on.
    pub absent: Option<Absent>,
}

/// What is to be learnt about the rows of a table.
///
/// ```
/// use algorithm::{Labels, Target};
/// use ndarray::array;
///
/// let target = Target::Classes {
///     labels: Labels::Text(vec!["ash".into(), "oak".into()]),
///     of_row: array![1, 0, 1],
/// };
/// let Target::Classes { labels, of_row } = target else { unreachable!("it was just made") };
/// assert_eq!(labels.text(of_row[0]), "oak");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class a row, by its position in the labels.
    Classes {
        /// The classes: sorted, at least two, integers only if every label is one.
        labels: Labels,
        /// `n_rows` classes. In a validation table a label that training does not have gets a number from
        /// `labels.len()` up.
        of_row: Array1<usize>,
    },
    /// A number a row.
    Numbers(Array1<f32>),
    /// Nothing.
    None,
}

/// What a learner wants to know about each row.
///
/// ```
/// use algorithm::{Settings, Task};
///
/// fn task(settings: &Settings) -> Task {
///     match settings.choice("objective") {
///         "clusters" => Task::Unlabelled,
///         _ => Task::Classes,
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A class: [`Target::Classes`].
    Classes,
    /// A number: [`Target::Numbers`].
    Numbers,
    /// What the labels of the training channel say: a number if all of them are numbers and one at least has a
    /// fraction, else a class.
    ByLabels,
    /// Nothing: the files have no label column.
    Unlabelled,
}

impl Table {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.records.nrows()
    }

    /// The numbers of the rows, sorted by their values, then by target and weight. A learner that takes the rows in
    /// this order learns the same whatever their order in the files.
    ///
    /// ```
    /// use algorithm::{Features, Table, Target};
    /// use ndarray::array;
    ///
    /// let table = Table {
    ///     records: array![[2.0, 1.0], [1.0, 5.0], [1.0, 3.0]],
    ///     target: Target::None,
    ///     weights: None,
    ///     features: Features::unnamed(2),
    ///     absent: None,
    /// };
    /// assert_eq!(table.sorted_rows(), [2, 1, 0]);
    /// ```
    pub fn sorted_rows(&self) -> Vec<usize> {
        let compare = |a: &usize, b: &usize| {
            let values = self.records.row(*a).into_iter().zip(self.records.row(*b));
            let values = values.map(|(a, b)| a.total_cmp(b));
            let weights = self
                .weights
                .iter()
                .map(|of_row| of_row[*a].total_cmp(&of_row[*b]));
            let target = || match &self.target {
                Target::Classes { of_row, .. } => of_row[*a].cmp(&of_row[*b]),
                Target::Numbers(of_row) => of_row[*a].total_cmp(&of_row[*b]),
                Target::None => Ordering::Equal,
            };
            let mut all = values.chain(std::iter::once_with(target)).chain(weights);
            all.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        let mut rows: Vec<usize> = (0..self.n_rows()).collect();
        // Rows that are equal in everything may change places.
        rows.sort_unstable_by(compare);
        rows
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn target_and_weight_decide_between_equal_rows() {
        let table = |target, weights| Table {
            records: array![
                [1.0, f32::NAN],
                [1.0, f32::NAN],
                [1.0, f32::NAN],
                [1.0, 0.5]
            ],
            target,
            weights,
            features: Features::unnamed(2),
            absent: None,
        };
        let classes = Target::Classes {
            labels: Labels::Integers(vec![0, 1]),
            of_row: array![1, 0, 0, 1],
        };
        let weights = Some(array![1.0, 2.0, 1.0, 3.0]);
        assert_eq!(table(classes, weights).sorted_rows(), [3, 2, 1, 0]);
        let numbers = Target::Numbers(array![0.5, 0.25, -1.0, 9.0]);
        assert_eq!(table(numbers, None).sorted_rows(), [3, 2, 1, 0]);
    }
}
