//! How large a table may be. A sparse file of a few bytes may stand for any number of values.

use runtime::cgroup;
use rustix::system::sysinfo;

/// Bytes that are left for a table: those of the container's limit, else the machine's memory.
pub(super) fn available() -> usize {
    let bytes = cgroup::memory().map_or_else(machine, |memory| memory.free());
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The machine's memory in bytes.
fn machine() -> u64 {
    let info = sysinfo();
    let unit = u64::from(info.mem_unit.max(1));
    info.totalram.saturating_mul(unit)
}
