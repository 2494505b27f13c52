//! What `train` runs.

use algorithm::{Data, FitError, Fitted, Kind, Learner, Parameter, Settings, Task, Watch};
use linfa::{DatasetBase, traits::Fit as _};
use ndarray::Axis;
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
        // Their order in the files decides nothing.
        let rows = data
            .train
            .records
            .select(Axis(0), &data.train.sorted_rows());
        let rng = Xoshiro256Plus::seed_from_u64(settings.whole("random_state"));
        let fitted = linfa_clustering::KMeans::params_with_rng(n_clusters, rng)
            .n_runs(settings.whole("n_init") as usize)
            .max_n_iterations(settings.whole("max_iter"))
            .tolerance(settings.number("tol"))
            .fit(&DatasetBase::from(rows.mapv(f64::from)))
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
