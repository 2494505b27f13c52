//! The number of CPUs that the container may use.

use std::{fmt, num::NonZeroUsize, thread};

use rustix::thread::sched_getaffinity;

use crate::cgroup::{self, CpuQuota};

/// A number of CPUs, and its source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cpus {
    pub count: NonZeroUsize,
    /// The quota, if it allows less time than the CPUs have.
    quota: Option<CpuQuota>,
}

impl Cpus {
    /// The CPUs that this process may use.
    pub fn available() -> Self {
        let allowed = sched_getaffinity(None).ok().map(|set| set.count() as usize);
        let allowed = allowed
            .and_then(NonZeroUsize::new)
            // The machine has more CPUs than fit into a set.
            .or_else(|| thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        Self::new(allowed, cgroup::cpu_quota())
    }

    /// The `allowed` CPUs (affinity, cpuset), or a smaller quota, rounded up: a single worker could not use up
    /// a quota of 1.5.
    fn new(allowed: NonZeroUsize, quota: Option<CpuQuota>) -> Self {
        let quota = quota.filter(|quota| quota.cpus < allowed.get() as f64);
        let covered = quota.and_then(|quota| NonZeroUsize::new(quota.cpus.ceil() as usize));
        Self {
            count: covered.unwrap_or(allowed),
            quota,
        }
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quota {
            Some(CpuQuota { cpus, version }) => write!(f, "the CPU quota {cpus} ({version})"),
            None => f.write_str("the CPUs that may be used (affinity, cpuset)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cgroup::Version;

    #[test]
    fn a_quota_counts_if_it_is_less_than_the_cpus_and_is_rounded_up() {
        let count = |allowed, cpus: Option<f64>| {
            let quota = cpus.map(|cpus| CpuQuota {
                cpus,
                version: Version::V2,
            });
            let cpus = Cpus::new(NonZeroUsize::new(allowed).unwrap(), quota);
            (cpus.count.get(), cpus.to_string())
        };
        let of_quota = |text: &str| format!("the CPU quota {text} (cgroup v2)");
        let of_cpus = "the CPUs that may be used (affinity, cpuset)".to_owned();
        assert_eq!(count(8, Some(1.5)), (2, of_quota("1.5")));
        assert_eq!(count(8, Some(0.1)), (1, of_quota("0.1")));
        assert_eq!(count(2, Some(1.5)), (2, of_quota("1.5")));
        assert_eq!(count(2, Some(2.0)), (2, of_cpus.clone()));
        assert_eq!(count(2, Some(64.0)), (2, of_cpus.clone()));
        assert_eq!(count(3, None), (3, of_cpus));
    }
}
