//! The container's limits on CPU time and memory: those of its control groups, cgroup v1 and v2.
//!
//! A limit holds for everything below its group. So every group counts, from the process's own to the topmost
//! that the container sees, and the tightest limit wins. Files and units are described in the kernel's
//! `cgroup-v2.rst`, `sched-bwc.rst` and `cgroup-v1/memory.rst`.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The two interfaces of control groups. A machine may mount both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

/// The CPU time that a group may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CpuQuota {
    /// In CPUs: 1.5 is the time of one and a half CPUs.
    pub cpus: f64,
    pub version: Version,
}

/// A group's limit on memory, and the memory that it uses, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    pub limit: u64,
    /// Without the inactive page cache, which the kernel frees when memory is needed.
    pub used: u64,
    pub version: Version,
}

impl Memory {
    /// One part in `MARGIN` of the limit is kept free as a safety margin.
    const MARGIN: u64 = 16;

    /// Bytes that may still be used.
    pub fn free(&self) -> u64 {
        (self.limit - self.limit / Self::MARGIN).saturating_sub(self.used)
    }
}

/// The tightest CPU quota, if there is any.
pub fn cpu_quota() -> Option<CpuQuota> {
    Groups::find(Path::new("/"), "cpu").cpu_quota()
}

/// The memory limit that leaves the least memory free, if there is any. Cheap enough to read for each large
/// payload.
pub fn memory() -> Option<Memory> {
    static GROUPS: OnceLock<Groups> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| Groups::find(Path::new("/"), "memory"));
    groups.memory()
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V1 => "cgroup v1",
            Version::V2 => "cgroup v2",
        })
    }
}

/// The directories of the groups that this process belongs to.
struct Groups(Vec<(Version, PathBuf)>);

impl Groups {
    /// The groups that `controller` may limit. `root` is `/` except in tests. Without `/proc` there are none.
    fn find(root: &Path, controller: &str) -> Self {
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
        let memberships = read("proc/self/cgroup");
        let mounts = read("proc/self/mountinfo");
        let mut groups = Vec::new();
        for mount in mounts.lines().filter_map(Mount::parse) {
            let Some(version) = mount.version(controller) else {
                continue;
            };
            let member = memberships
                .lines()
                .find_map(|line| membership(line, version, controller));
            // A mount may show only a part of the hierarchy, from `mount.root` down. If the process's group
            // is not below that, as in a container that sees the host's names, the mount is that group.
            let below = member
                .and_then(|path| Path::new(path).strip_prefix(mount.root).ok())
                .unwrap_or(Path::new(""));
            let top = root.join(mount.point.trim_start_matches('/'));
            for ancestor in below.ancestors() {
                groups.push((version, top.join(ancestor)));
            }
        }
        Self(groups)
    }

    fn cpu_quota(&self) -> Option<CpuQuota> {
        let quotas = self.0.iter().filter_map(|(version, group)| {
            let (quota, period): (f64, f64) = match version {
                Version::V1 => (
                    number(group, "cpu.cfs_quota_us")?,
                    number(group, "cpu.cfs_period_us")?,
                ),
                Version::V2 => {
                    let text = fs::read_to_string(group.join("cpu.max")).ok()?;
                    let (quota, period) = text.trim().split_once(' ')?;
                    (quota.parse().ok()?, period.parse().ok()?)
                }
            };
            // v1 says -1 for no limit; v2 says "max", which does not parse.
            (quota > 0.0 && period > 0.0).then_some(CpuQuota {
                cpus: quota / period,
                version: *version,
            })
        });
        quotas.min_by(|a, b| a.cpus.total_cmp(&b.cpus))
    }

    fn memory(&self) -> Option<Memory> {
        let limits = self.0.iter().filter_map(|(version, group)| {
            let (limit, used, cache_name) = match version {
                Version::V1 => (
                    "memory.limit_in_bytes",
                    "memory.usage_in_bytes",
                    "total_inactive_file ",
                ),
                Version::V2 => ("memory.max", "memory.current", "inactive_file "),
            };
            // For no limit, v1 says a number that is larger than the memory of any machine.
            let limit: u64 = number(group, limit).filter(|limit| *limit < 1 << 60)?;
            let used: u64 = number(group, used)?;
            // If the inactive cache is unknown, it counts as used.
            let inactive = inactive_cache(group, cache_name).unwrap_or(0);
            Some(Memory {
                limit,
                used: used.saturating_sub(inactive),
                version: *version,
            })
        });
        limits.min_by_key(Memory::free)
    }
}

/// The number after `name` in a group's `memory.stat`.
fn inactive_cache(group: &Path, name: &str) -> Option<u64> {
    let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
    let number = stat.lines().find_map(|line| line.strip_prefix(name))?;
    number.parse().ok()
}

/// The number in a group's file.
fn number<N: std::str::FromStr>(group: &Path, file: &str) -> Option<N> {
    fs::read_to_string(group.join(file))
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The process's group in a line of `/proc/self/cgroup`: `0::/path` for v2, `4:cpu,cpuacct:/path` for v1.
fn membership<'a>(line: &'a str, version: Version, controller: &str) -> Option<&'a str> {
    let mut parts = line.splitn(3, ':');
    let (_, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let is_it = match version {
        Version::V1 => controllers.split(',').any(|name| name == controller),
        Version::V2 => controllers.is_empty(),
    };
    is_it.then_some(path)
}

/// A line of `/proc/self/mountinfo`.
struct Mount<'a> {
    root: &'a str,
    point: &'a str,
    kind: &'a str,
    options: &'a str,
}

impl<'a> Mount<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (place, what) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let mut what = what.split(' ');
        Some(Self {
            root: place.next()?,
            point: place.next()?,
            kind: what.next()?,
            options: what.nth(1)?,
        })
    }

    /// The interface that is mounted, if it has this controller.
    fn version(&self, controller: &str) -> Option<Version> {
        match self.kind {
            "cgroup2" => Some(Version::V2),
            "cgroup" => {
                let mut options = self.options.split(',');
                options
                    .any(|option| option == controller)
                    .then_some(Version::V1)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A file system of these paths and contents.
    fn machine(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn cpus(files: &[(&str, &str)]) -> Option<(f64, Version)> {
        let quota = Groups::find(machine(files).path(), "cpu").cpu_quota()?;
        Some((quota.cpus, quota.version))
    }

    const V2: [(&str, &str); 2] = [
        ("proc/self/cgroup", "0::/\n"),
        (
            "proc/self/mountinfo",
            "31 23 0:27 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n",
        ),
    ];
    const V1_MOUNTS: &str = "35 31 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
        36 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n\
        37 31 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    const V1_MEMBER: &str = "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/\n";

    #[test]
    fn a_quota_of_cgroup_v2() {
        let quota = |text| cpus(&[V2[0], V2[1], ("sys/fs/cgroup/cpu.max", text)]);
        assert_eq!(quota("150000 100000\n"), Some((1.5, Version::V2)));
        assert_eq!(quota("max 100000\n"), None);
        assert_eq!(quota("nonsense"), None);
        assert_eq!(cpus(&V2), None);
        assert_eq!(cpus(&[]), None);
    }

    #[test]
    fn a_quota_of_cgroup_v1() {
        let quota = |text| {
            cpus(&[
                ("proc/self/cgroup", V1_MEMBER),
                ("proc/self/mountinfo", V1_MOUNTS),
                ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", text),
                ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "50000\n"),
            ])
        };
        assert_eq!(quota("25000\n"), Some((0.5, Version::V1)));
        assert_eq!(quota("-1\n"), None);
    }

    #[test]
    fn the_tightest_of_nested_groups_counts() {
        let nested = |own, parent| {
            cpus(&[
                ("proc/self/cgroup", "0::/pod/box\n"),
                V2[1],
                ("sys/fs/cgroup/pod/box/cpu.max", own),
                ("sys/fs/cgroup/pod/cpu.max", parent),
            ])
        };
        assert_eq!(
            nested("max 100000", "200000 100000"),
            Some((2.0, Version::V2))
        );
        assert_eq!(
            nested("50000 100000", "200000 100000"),
            Some((0.5, Version::V2))
        );
    }

    #[test]
    fn the_least_memory_left_counts_and_inactive_cache_is_free() {
        let root = machine(&[
            ("proc/self/cgroup", "0::/pod/box\n"),
            V2[1],
            ("sys/fs/cgroup/pod/box/memory.max", "1600\n"),
            ("sys/fs/cgroup/pod/box/memory.current", "1000\n"),
            (
                "sys/fs/cgroup/pod/box/memory.stat",
                "anon 500\ninactive_file 400\n",
            ),
            ("sys/fs/cgroup/pod/memory.max", "max\n"),
            ("sys/fs/cgroup/pod/memory.current", "1500\n"),
        ]);
        let memory = Groups::find(root.path(), "memory").memory().unwrap();
        assert_eq!((memory.limit, memory.used), (1600, 600));
        assert_eq!(memory.free(), 900);

        let v1 = |limit| {
            let root = machine(&[
                ("proc/self/cgroup", V1_MEMBER),
                ("proc/self/mountinfo", V1_MOUNTS),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", limit),
                ("sys/fs/cgroup/memory/memory.usage_in_bytes", "300\n"),
                (
                    "sys/fs/cgroup/memory/memory.stat",
                    "inactive_file 1\ntotal_inactive_file 100\n",
                ),
            ]);
            Groups::find(root.path(), "memory").memory()
        };
        let expected = Memory {
            limit: 1000,
            used: 200,
            version: Version::V1,
        };
        assert_eq!(v1("1000\n"), Some(expected));
        assert_eq!(v1("9223372036854771712\n"), None);
    }
}
