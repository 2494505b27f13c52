//! What a predictor fills in.

use std::{any::Any, fmt};

use crate::{PredictError, Signature, Values, first_largest};

/// Labels and values of the rows of one [`predict`](crate::Predictor::predict) call.
///
/// Keep it and pass it again: its buffers are reused.
///
/// ```
/// use algorithm::{Features, Labels, Scores, Signature};
///
/// let signature = Signature::classifier(Features::unnamed(1), Labels::Integers(vec![0, 1]));
/// let mut scores = Scores::new();
/// scores.resize(2, &signature);
/// scores.labels_mut()[1] = 1;
/// scores.values_mut()[2..].copy_from_slice(&[0.25, 0.75]);
/// assert_eq!(scores.row(1), Some(&[0.25, 0.75][..]));
/// ```
#[derive(Default)]
pub struct Scores {
    n_rows: usize,
    width: usize,
    labels: Vec<u32>,
    values: Vec<f32>,
    doubles: Vec<f64>,
    scratch: Option<Box<dyn Any + Send>>,
}

/// The buffers of [`Scores`], borrowed separately.
///
/// ```
/// use algorithm::{Features, Scores, Signature};
///
/// let signature = Signature::regressor(Features::unnamed(1), 1);
/// let mut scores = Scores::new();
/// scores.resize(2, &signature);
/// let buffers = scores.buffers::<Vec<f64>>();
/// buffers.scratch.resize(100, 0.0);
/// buffers.values.fill(1.5);
/// assert_eq!(scores.values(), [1.5, 1.5]);
/// assert_eq!(scores.buffers::<Vec<f64>>().scratch.len(), 100);
/// ```
#[derive(Debug)]
pub struct Buffers<'a, T> {
    /// One a row; empty for a regressor.
    pub labels: &'a mut [u32],
    /// [`Scores::width`] a row.
    pub values: &'a mut [f32],
    /// [`Scores::width`] a row; empty unless the signature says `is_double`.
    pub doubles: &'a mut [f64],
    /// Whatever the predictor wants to keep from call to call.
    pub scratch: &'a mut T,
}

impl Scores {
    /// Empty, without any buffer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for the scores of `n_rows` rows, all of them 0.
    #[inline]
    pub fn resize(&mut self, n_rows: usize, signature: &Signature) {
        self.n_rows = n_rows;
        self.width = signature.width();
        let n_labels = signature.labels().map_or(0, |_| n_rows);
        let n_values = n_rows * self.width;
        let n_doubles = if signature.is_double { n_values } else { 0 };
        zeros(&mut self.labels, n_labels);
        zeros(&mut self.values, n_values);
        zeros(&mut self.doubles, n_doubles);
    }

    /// One entry a row: the position of its label in the model's [`Labels`](crate::Labels). Empty for a
    /// regressor.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Row-major, [`width`](Self::width) values a row: a classifier's values in the order of its labels,
    /// a regressor's targets.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The same values before they were rounded to float32, if the signature says `is_double`; empty
    /// otherwise.
    pub fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    /// Values a row: the number of classes or targets.
    #[inline]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows scored.
    #[inline]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The values of one row, `None` beyond the last.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let start = row.checked_mul(self.width)?;
        self.values.get(start..start.checked_add(self.width)?)
    }

    /// Checks that these are scores of `n_rows` rows as the signature announces them; values may be NaN.
    /// `model-worker` and `trainer` check every answer of a predictor.
    ///
    /// # Errors
    /// What was found and what is expected, in one line.
    ///
    /// ```
    /// use algorithm::{Features, Scores, Signature};
    ///
    /// let signature = Signature::regressor(Features::unnamed(1), 1);
    /// let mut scores = Scores::new();
    /// scores.resize(2, &signature);
    /// assert!(scores.check(2, &signature).is_ok());
    /// let error = scores.check(3, &signature).unwrap_err();
    /// assert_eq!(error.to_string(), "the predictor returned scores for 2 rows, expected 3");
    /// ```
    pub fn check(&self, n_rows: usize, signature: &Signature) -> Result<(), PredictError> {
        let width = signature.width();
        let n_labels = signature.labels().map_or(0, |_| n_rows);
        let n_doubles = if signature.is_double {
            n_rows * width
        } else {
            0
        };
        let is_beyond = |class: &&u32| **class as usize >= width;
        let what = if self.n_rows != n_rows {
            format!("scores for {} rows, expected {n_rows}", self.n_rows)
        } else if self.width != width {
            format!("{} values a row, expected {width}", self.width)
        } else if self.labels.len() != n_labels {
            format!("{} labels, expected {n_labels}", self.labels.len())
        } else if self.doubles.len() != n_doubles {
            let found = self.doubles.len();
            format!("{found} float64 values, expected {n_doubles}")
        } else if let Some(class) = self.labels.iter().find(is_beyond) {
            format!("class {class}, expected 0 to {}", width - 1)
        } else {
            return Ok(());
        };
        Err(PredictError::new(format!("the predictor returned {what}")))
    }

    /// The labels, to be filled in.
    pub fn labels_mut(&mut self) -> &mut [u32] {
        &mut self.labels
    }

    /// Chooses the label of each row by its values: the class with the largest one, or with the least distance;
    /// of equal classes the first. NaN is never chosen, unless all values of the row are.
    ///
    /// ```
    /// use algorithm::{Features, Labels, Scores, Signature, Values};
    ///
    /// let signature = Signature::classifier(Features::unnamed(1), Labels::Integers(vec![7, 8, 9]));
    /// let mut scores = Scores::new();
    /// scores.resize(2, &signature);
    /// scores.values_mut().copy_from_slice(&[0.25, 0.5, 0.25, 0.0, 0.0, 0.0]);
    /// scores.choose_labels(&signature);
    /// assert_eq!(scores.labels(), [1, 0]);
    ///
    /// let signature = Signature { values: Values::Distances, ..signature };
    /// scores.choose_labels(&signature);
    /// assert_eq!(scores.labels(), [0, 0]);
    /// ```
    pub fn choose_labels(&mut self, signature: &Signature) {
        let is_distance = signature.values == Values::Distances;
        let rows = self.values.chunks_exact(self.width.max(1));
        for (label, row) in self.labels.iter_mut().zip(rows) {
            *label = match is_distance {
                true => first_largest(row.iter().map(|distance| -distance)),
                false => first_largest(row),
            };
        }
    }

    /// The values, to be filled in.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// All buffers at once, and a scratch space that is kept from call to call.
    #[inline]
    pub fn buffers<T: Default + Send + 'static>(&mut self) -> Buffers<'_, T> {
        if !self
            .scratch
            .as_ref()
            .is_some_and(|scratch| scratch.is::<T>())
        {
            self.scratch = Some(Box::new(T::default()));
        }
        let scratch = self
            .scratch
            .as_mut()
            .and_then(|scratch| scratch.downcast_mut());
        let Some(scratch) = scratch else {
            unreachable!("the scratch space was just made one of this type");
        };
        Buffers {
            labels: &mut self.labels,
            values: &mut self.values,
            doubles: &mut self.doubles,
            scratch,
        }
    }
}

impl fmt::Debug for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scores")
            .field("n_rows", &self.n_rows)
            .field("width", &self.width)
            .field("labels", &self.labels)
            .field("values", &self.values)
            .field("doubles", &self.doubles)
            .finish_non_exhaustive()
    }
}

fn zeros<T: Clone + Default>(buffer: &mut Vec<T>, length: usize) {
    buffer.clear();
    buffer.resize(length, T::default());
}
