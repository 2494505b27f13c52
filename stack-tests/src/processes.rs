//! Processes as /proc shows them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// The children of `parent` whose command line, as words, `is_wanted`, in the order of their command lines.
pub fn children(parent: u32, is_wanted: impl Fn(&[&str]) -> bool) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|pid| pid.parse().ok()) else {
            continue;
        };
        if let Some(command) = command_of_child(pid, parent)
            && is_wanted(&command.split('\0').collect::<Vec<_>>())
        {
            found.push((command, pid));
        }
    }
    found.sort();
    found.into_iter().map(|(_, pid)| pid).collect()
}

fn command_of_child(pid: u32, parent: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    if line.trim().parse() != Ok(parent) {
        return None;
    }
    fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()
}

/// The environment that the process was started with: `NAME=value`.
pub fn environment(pid: u32) -> Vec<String> {
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    environment.split('\0').map(str::to_owned).collect()
}

/// Sends a signal; a process that is gone already is fine.
pub fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let _ = kill_process(pid, signal);
}

/// Whether the process exists and is no zombie.
pub fn is_running(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

/// Number of the process's open files.
pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// The process's resident memory in KiB; 0 if the process is gone.
pub fn resident_kib(pid: u32) -> usize {
    status_kib(pid, "VmRSS:").unwrap_or(0)
}

/// The most resident memory that the process has had, in KiB.
pub fn peak_kib(pid: u32) -> usize {
    status_kib(pid, "VmHWM:").unwrap()
}

/// A number of `/proc/PID/status`.
fn status_kib(pid: u32, field: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
