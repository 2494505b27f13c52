//! The settings of mimalloc, the allocator of gateway and workers.

use super::{environment::Environment, process_env};

/// Gives memory back at once when a large payload has left it, and takes small pages. Without these two,
/// gateway and workers hold several times the memory that they use.
const FRUGAL: [(&str, &str); 2] = [("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")];

/// The variables that keep the allocator frugal, for a container whose memory is limited; elsewhere holding
/// memory is faster. A variable that is set already is left out.
pub fn frugal_allocator() -> Vec<(&'static str, String)> {
    unset(&Environment(process_env))
}

fn unset<F: Fn(&str) -> Option<String>>(env: &Environment<F>) -> Vec<(&'static str, String)> {
    FRUGAL
        .into_iter()
        .filter(|(name, _)| env.text(name).is_none())
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_is_left_alone() {
        let delay = |name: &str| (name == "MIMALLOC_PURGE_DELAY").then(|| "100".to_owned());
        let expected = [("MIMALLOC_ALLOW_THP", "0".to_owned())];
        assert_eq!(unset(&Environment(delay)), expected);
        assert_eq!(unset(&Environment(|_: &str| None)).len(), 2);
    }
}
