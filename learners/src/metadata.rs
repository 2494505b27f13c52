//! What a model file says about its origin.

use std::collections::BTreeMap;

use algorithm::Settings;
use serde_json::json;

/// The hyperparameters of the job.
pub(crate) fn metadata(settings: &Settings) -> Vec<(String, String)> {
    let settings: BTreeMap<_, _> = settings.resolved().into_iter().collect();
    vec![("hyperparameters".to_owned(), json!(settings).to_string())]
}
