//! What `train` runs.

use algorithm::{
    Data, FitError, Fitted, Kind, Learner, Parameter, Settings, Target, Watch,
    report::format::counted,
};
use argmin::{
    core::{Executor, State as _, TerminationReason},
    solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS},
};
use ndarray::{Array1, Array2, ArrayViewMut1};

use crate::{loss::Loss, read::FORMAT, write::write};

/// Logistic regression, with scikit-learn's names and defaults.
pub struct LogisticRegression;

const ABOVE_0: Kind = Kind::Number {
    from: f64::MIN_POSITIVE,
    to: f64::MAX,
};
const ITERATIONS: Kind = Kind::Whole {
    from: 1,
    to: 1_000_000,
};

static PARAMETERS: &[Parameter] = &[
    Parameter::new("C", "1", ABOVE_0, "inverse strength of the penalty"),
    Parameter::new("fit_intercept", "1", Kind::Switch, "0: no intercepts"),
    Parameter::new("max_iter", "100", ITERATIONS, "most iterations of L-BFGS"),
    Parameter::new("tol", "0.0001", ABOVE_0, "gradient that ends them"),
];

impl Learner for LogisticRegression {
    fn name(&self) -> &'static str {
        "logistic_regression"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn takes_missing(&self, _: &Settings) -> bool {
        false
    }

    fn fit(&self, data: Data<'_>, settings: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        let table = data.train;
        let Target::Classes { labels, of_row } = &table.target else {
            unreachable!("the learner's task is Task::Classes");
        };
        let (n_features, n_classes) = (table.features.len(), labels.len());
        // Their order in the files decides nothing.
        let rows = table.sorted_rows();
        let weight = |row: &usize| table.weights.as_ref().map_or(1.0, |of| f64::from(of[*row]));
        let weights: Array1<f64> = rows.iter().map(weight).collect();
        let total = weights.sum();
        let weights = weights / total;

        let has_intercept = settings.is_on("fit_intercept");
        let shape = (rows.len(), n_features + usize::from(has_intercept));
        // The column after the features, of ones, has the intercepts as its parameters.
        let mut x = Array2::from_shape_fn(shape, |(row, column)| {
            let value = table.records.get((rows[row], column));
            value.map_or(1.0, |value| f64::from(*value))
        });
        let features = x.columns_mut().into_iter().take(n_features);
        let scales: Vec<(f64, f64)> = features
            .map(|feature| standardise(feature, &weights, has_intercept))
            .collect();

        let n_parameters = x.ncols() * n_classes;
        let loss = Loss {
            x,
            classes: rows.iter().map(|row| of_row[*row]).collect(),
            weights,
            n_classes,
            n_coefficients: n_features * n_classes,
            // scikit-learn has one vector of coefficients for two classes; ours are its halves.
            penalty: if n_classes == 2 { 2.0 } else { 1.0 } / (settings.number("C") * total),
        };
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
            .with_tolerance_grad(settings.number("tol"))
            .map_err(FitError::new)?;
        let (start, max_iter) = (Array1::zeros(n_parameters), settings.whole("max_iter"));
        let minimised = Executor::new(loss, solver)
            .configure(|state| state.param(start).max_iters(max_iter))
            .run();
        let state = minimised.map_err(FitError::new)?.state;
        let Some(parameters) = state.get_best_param() else {
            unreachable!("the start is a parameter vector");
        };

        // The scales go into the coefficients.
        let (mut coefficients, mut intercepts) = (Vec::new(), Vec::new());
        for class in 0..n_classes {
            let mut of_class = parameters.iter().skip(class).step_by(n_classes);
            let mut shift = 0.0;
            for ((centre, deviation), parameter) in scales.iter().zip(&mut of_class) {
                let coefficient = (parameter / deviation) as f32;
                shift += f64::from(coefficient) * centre;
                coefficients.push(coefficient);
            }
            intercepts.push((of_class.next().unwrap_or(&0.0) - shift) as f32);
        }
        let is_infinite = |coefficient: &f32| !coefficient.is_finite();
        if let Some(position) = coefficients.iter().position(is_infinite) {
            let name = table.features.name(position % n_features);
            return Err(FitError::new(format!(
                "feature {name:?}: its values are too close to each other for a coefficient of float32, multiply them"
            )));
        }
        let mut fitted = Fitted::new(
            FORMAT,
            write(&table.features, labels, coefficients, intercepts),
            format!("A logistic regression for {}", counted(n_classes, "class")),
        );
        if state.get_termination_reason() != Some(&TerminationReason::SolverConverged) {
            fitted.warnings.push(format!(
                "not converged after {} iterations: a larger max_iter or tol, or a smaller C, may help",
                state.get_iter()
            ));
        }
        Ok(fitted)
    }
}

/// Divides a feature by its standard deviation, after centring it if there is an intercept that can take the shift.
/// Returns centre and deviation.
fn standardise(
    mut feature: ArrayViewMut1<'_, f64>,
    weights: &Array1<f64>,
    centred: bool,
) -> (f64, f64) {
    let mean = feature.dot(weights);
    let variance = feature.mapv(|value| (value - mean).powi(2)).dot(weights);
    // Rounding gives equal values a variance.
    let is_constant = feature.iter().all(|value| *value == feature[0]);
    let deviation = if is_constant { 1.0 } else { variance.sqrt() };
    let centre = if centred { mean } else { 0.0 };
    feature.mapv_inplace(|value| (value - centre) / deviation);
    (centre, deviation)
}
