//! What the binaries share.
//!
//! | module | holds |
//! | --- | --- |
//! | [`cgroup`] | the container's limits on CPU time and memory |
//! | [`cpus`] | the number of CPUs that the container may use |
//! | [`settings`] | the environment variables of `serve`, read and checked once |
//! | [`telemetry`] | logging to stderr that never blocks the caller |
//! | [`log_quota`] | bounds the log lines about single invocations |
//! | [`shutdown`] | the signals that end a server |
//! | [`exit`] | exit codes that say whether a restart can help |
//! | [`exchange`] | both ends of the invocation stream between gateway and worker |
//! | [`socket`] | the unix socket under that stream |
//! | [`suspect`] | which invocation was being scored when a worker died |
//! | [`awake`] | short waits without putting the thread to sleep |

pub mod awake;
pub mod cgroup;
pub mod cpus;
pub mod exchange;
pub mod exit;
pub mod log_quota;
pub mod settings;
pub mod shutdown;
pub mod socket;
pub mod suspect;
pub mod telemetry;
