//! Any JSON object as hyperparameters: taken or refused in one sentence; what is taken is shown so that
//! it reads back the same.

use std::sync::LazyLock;

use algorithm::Settings;
use serde_json::{Map, Value};
use trainer::{
    job::text_of,
    parameters::{Parameters, ParametersError},
};

use crate::learners::{Majority, Mean, Nearest};

static PARAMETERS: LazyLock<Parameters> =
    LazyLock::new(|| Parameters::new(&[&Majority, &Mean, &Nearest]));

/// Panics if the property does not hold.
pub(crate) fn check(data: &[u8]) {
    let Ok(given) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    let given: Vec<(String, String)> = given
        .iter()
        .map(|(name, value)| (name.clone(), text_of(value)))
        .collect();
    match parse(&given) {
        Ok(parsed) => {
            let shown = parsed
                .resolved()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value));
            let shown: Vec<(String, String)> = shown.collect();
            assert_eq!(parse(&shown), Ok(parsed));
        }
        Err(error) => {
            let reason = error.to_string();
            assert_eq!(reason.lines().count(), 1, "{reason:?}");
        }
    }
}

fn parse(given: &[(String, String)]) -> Result<Settings, ParametersError> {
    PARAMETERS.parse(PARAMETERS.choose(given)?, given)
}
