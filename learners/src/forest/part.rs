//! The part of a forest that one of several hosts grows.

use algorithm::{FitError, Settings, Share, Table};
use tracing::info;
use trees::ForestPart;

use crate::canonical::{fingerprint, hash_of_text};

/// The part of this host; `None` if it grows all trees.
pub(super) fn of(
    share: Share,
    n_trees: usize,
    settings: &Settings,
    table: &Table,
) -> Result<Option<ForestPart>, FitError> {
    if share == Share::ALL {
        return Ok(None);
    }
    let Share { index, count } = share;
    if n_trees < count {
        return Err(FitError::new(format!(
            "hyperparameter n_estimators={n_trees}: expected at least {count}, a tree for each host of the job"
        )));
    }
    let settings = settings.resolved().into_iter();
    let settings = settings.map(|(name, value)| format!("{name}={value}\n"));
    let part = ForestPart {
        index,
        count,
        n_trees,
        fingerprint: hash_of_text(fingerprint(table), &settings.collect::<String>()),
    };
    info!(
        "grows {} of {n_trees} trees; figures are those of this host's trees",
        part.n_own_trees()
    );
    Ok(Some(part))
}

/// What the model is: `A random forest for 3 classes`.
pub(super) fn title(part: Option<ForestPart>, kind: &str, learns: &str) -> String {
    match part {
        Some(ForestPart { index, count, .. }) => {
            format!("Part {} of {count} of a {kind} for {learns}", index + 1)
        }
        None => format!("A {kind} for {learns}"),
    }
}
