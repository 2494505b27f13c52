//! How many model-workers there are.

use std::num::NonZeroUsize;

use super::{
    environment::{Environment, SettingError},
    process_env,
};
use crate::cpus::Cpus;

/// Most workers that one gateway balances over.
const MAX_WORKERS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// The variable and its alias.
const NAMES: [&str; 2] = ["MODEL_SERVER_WORKERS", "SAGEMAKER_MODEL_SERVER_WORKERS"];

/// `MODEL_SERVER_WORKERS`, else a worker for each CPU that the container may use.
pub(super) fn read<F: Fn(&str) -> Option<String>>(
    env: &Environment<F>,
) -> Result<NonZeroUsize, SettingError> {
    let workers = env.number(&NAMES, NonZeroUsize::MIN, MAX_WORKERS)?;
    Ok(workers.unwrap_or_else(|| Cpus::available().count.min(MAX_WORKERS)))
}

/// Where the number of workers comes from, for the log: the name of a variable, or the limit that the
/// container has.
pub fn workers_source() -> String {
    source(&Environment(process_env))
}

fn source<F: Fn(&str) -> Option<String>>(env: &Environment<F>) -> String {
    match NAMES.into_iter().find(|name| env.text(name).is_some()) {
        Some(name) => name.to_owned(),
        None => Cpus::available().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(name: &str) -> Option<String> {
        (name == "SAGEMAKER_MODEL_SERVER_WORKERS").then(|| "3".to_owned())
    }

    #[test]
    fn a_variable_counts_before_the_cpus() {
        assert_eq!(read(&Environment(alias)).unwrap().get(), 3);
        let workers = read(&Environment(|_: &str| None)).unwrap();
        assert_eq!(workers, Cpus::available().count.min(MAX_WORKERS));
    }

    #[test]
    fn the_log_names_the_source() {
        let named = source(&Environment(alias));
        assert_eq!(named, "SAGEMAKER_MODEL_SERVER_WORKERS");
        let unnamed = source(&Environment(|_: &str| None));
        assert_eq!(unnamed, Cpus::available().to_string());
    }
}
