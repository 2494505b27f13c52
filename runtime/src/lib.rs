//! What the binaries share.
//!
//! | module | holds |
//! | --- | --- |
//! | [`cgroup`] | the container's limits of CPU time and memory |
//! | [`cpus`] | how many workers they are good for |
//! | [`settings`] | the environment variables of `serve`, read and checked once |
//! | [`telemetry`] | logging to stderr that never blocks the caller |
//! | [`log_quota`] | bounds the log lines about single invocations |
//! | [`shutdown`] | the signals that end a server |
//! | [`awake`] | waiting without falling asleep |
//! | [`exchange`] | both ends of the invocation stream between gateway and worker |
//! | [`socket`] | the unix socket under that stream |
//! | [`suspect`] | who was being scored when a worker died |
//! | [`exit`] | exit codes that tell the supervisor whether a restart can help |

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
