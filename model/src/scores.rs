//! What scoring fills in.

/// Labels and values of the rows of one [`score`](crate::Model::score) call.
///
/// Keep one and pass it again: its buffers are reused.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    pub(crate) width: usize,
    pub(crate) labels: Vec<u32>,
    pub(crate) values: Vec<f32>,
    pub(crate) doubles: Vec<f64>,
    pub(crate) scratch: crate::scorer::Scratch,
}

impl Scores {
    /// Empty, without any buffer yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One entry a row: the position of its label in the model's
    /// [`Labels`](crate::Labels). Empty for a regressor.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Row-major, [`width`](Self::width) values a row: a classifier's probabilities (or scores, where
    /// the model has no transform) in the order of its labels, a regressor's targets.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The same values before they were rounded to float32, where the model's output is double
    /// ([`Model::double_output`](crate::Model::double_output)); empty otherwise.
    pub fn doubles(&self) -> &[f64] {
        &self.doubles
    }

    /// Values a row: the number of classes or targets.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows scored.
    pub fn n_rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// The values of one row, `None` beyond the last.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let start = row.checked_mul(self.width)?;
        self.values.get(start..start.checked_add(self.width)?)
    }
}
