//! What `train` runs.

use std::cmp::Ordering;

use algorithm::{Data, FitError, Fitted, Kind, Learner, Parameter, Settings, Task, Watch};
use linfa::{DatasetBase, traits::Fit as _};
use ndarray::{Array2, Axis};
use rand_xoshiro::{Xoshiro256Plus, rand_core::SeedableRng as _};

use crate::model::{FORMAT, Model};

/// k-means, with scikit-learn's names and defaults.
pub struct KMeans;

const COUNT: Kind = Kind::Whole {
    from: 1,
    to: 1_000_000,
};
const SEED: Kind = Kind::Whole {
    from: 0,
    to: u64::MAX,
};
const ABOVE_0: Kind = Kind::Number {
    from: f64::MIN_POSITIVE,
    to: f64::MAX,
};

static PARAMETERS: &[Parameter] = &[
    Parameter {
        aliases: &["k"],
        ..Parameter::new("n_clusters", "8", COUNT, "number of clusters")
    },
    Parameter::new("n_init", "10", COUNT, "starts, of which the best counts"),
    Parameter::new("max_iter", "300", COUNT, "most rounds after a start"),
    Parameter::new(
        "tol",
        "0.0001",
        ABOVE_0,
        "move of the centres that ends the rounds",
    ),
    Parameter::new("random_state", "0", SEED, "seed of the starts"),
];

impl Learner for KMeans {
    fn name(&self) -> &'static str {
        "k_means"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn task(&self, _: &Settings) -> Task {
        Task::Unlabelled
    }

    fn takes_missing(&self, _: &Settings) -> bool {
        false
    }

    fn fit(&self, data: Data<'_>, settings: &Settings, _: &dyn Watch) -> Result<Fitted, FitError> {
        let n_clusters = settings.whole("n_clusters") as usize;
        let n_rows = data.train.n_rows();
        if n_clusters > n_rows {
            return Err(FitError::new(format!(
                "hyperparameter n_clusters={n_clusters}: expected at most {n_rows}, the number of rows"
            )));
        }
        if data.train.weights.is_some() {
            return Err(FitError::new(
                "the rows have weights, expected none: k_means can't use them",
            ));
        }
        let rng = Xoshiro256Plus::seed_from_u64(settings.whole("random_state"));
        let fitted = linfa_clustering::KMeans::params_with_rng(n_clusters, rng)
            .n_runs(settings.whole("n_init") as usize)
            .max_n_iterations(settings.whole("max_iter"))
            .tolerance(settings.number("tol"))
            .fit(&DatasetBase::from(sorted(&data.train.records)))
            .map_err(FitError::new)?;
        let centres = fitted.centroids().mapv(|value| value as f32);
        let model = Model {
            names: data.train.features.names().to_vec(),
            centres: centres.rows().into_iter().map(|row| row.to_vec()).collect(),
        };
        let file = serde_json::to_vec(&model).map_err(FitError::new)?;
        Ok(Fitted {
            metrics: vec![("msd", fitted.inertia())],
            ..Fitted::new(FORMAT, file, format!("{n_clusters} clusters"))
        })
    }
}

/// The rows in ascending order, so that their order in the files decides nothing.
fn sorted(records: &Array2<f32>) -> Array2<f64> {
    let compare = |a: &usize, b: &usize| {
        let pairs = records.row(*a).into_iter().zip(records.row(*b));
        let orders = pairs.map(|(a, b)| a.total_cmp(b));
        orders.fold(Ordering::Equal, Ordering::then)
    };
    let mut order: Vec<usize> = (0..records.nrows()).collect();
    order.sort_by(compare);
    records.select(Axis(0), &order).mapv(f64::from)
}
