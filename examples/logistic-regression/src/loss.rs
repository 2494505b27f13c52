//! What training minimises.

use argmin::core::{CostFunction, Error, Gradient};
use ndarray::{Array1, Array2};

/// The mean cross-entropy of the rows' classes, and a penalty on the coefficients. The parameters are those of each
/// column of `x` in turn, one a class; the coefficients come first.
pub(crate) struct Loss {
    pub(crate) x: Array2<f64>,
    /// The class of each row.
    pub(crate) classes: Vec<usize>,
    /// The weight of each row; their sum is 1.
    pub(crate) weights: Array1<f64>,
    pub(crate) n_classes: usize,
    /// The parameters that are coefficients; the others are intercepts.
    pub(crate) n_coefficients: usize,
    /// What half the squares of the coefficients are multiplied with.
    pub(crate) penalty: f64,
}

impl Loss {
    /// A row's logarithms of its classes' probabilities, for each row.
    fn log_probabilities(&self, parameters: &Array1<f64>) -> Result<Array2<f64>, Error> {
        let shape = (self.x.ncols(), self.n_classes);
        let mut scores = self.x.dot(&parameters.view().into_shape_with_order(shape)?);
        for mut row in scores.rows_mut() {
            let max = row.fold(f64::NEG_INFINITY, |a, b| a.max(*b));
            let sum: f64 = row.iter().map(|score| (score - max).exp()).sum();
            row -= max + sum.ln();
        }
        Ok(scores)
    }
}

impl CostFunction for Loss {
    type Param = Array1<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Array1<f64>) -> Result<f64, Error> {
        let logs = self.log_probabilities(parameters)?;
        let of_class = logs.rows().into_iter().zip(&self.classes);
        let entropies = of_class.map(|(logs, class)| -logs[*class]);
        let mean: f64 = entropies.zip(&self.weights).map(|(a, b)| a * b).sum();
        let squares = parameters.iter().take(self.n_coefficients).map(|w| w * w);
        let loss = mean + self.penalty / 2.0 * squares.sum::<f64>();
        match loss.is_finite() {
            true => Ok(loss),
            false => Err(Error::msg("the loss is infinite")),
        }
    }
}

impl Gradient for Loss {
    type Param = Array1<f64>;
    type Gradient = Array1<f64>;

    fn gradient(&self, parameters: &Array1<f64>) -> Result<Array1<f64>, Error> {
        let mut errors = self.log_probabilities(parameters)?.mapv_into(f64::exp);
        let of_class = errors.rows_mut().into_iter().zip(&self.classes);
        for ((mut row, class), weight) in of_class.zip(&self.weights) {
            row[*class] -= 1.0;
            row *= *weight;
        }
        let mut gradient = Array1::from_iter(self.x.t().dot(&errors));
        let coefficients = parameters.iter().take(self.n_coefficients);
        for (slope, coefficient) in gradient.iter_mut().zip(coefficients) {
            *slope += self.penalty * coefficient;
        }
        Ok(gradient)
    }
}
