//! A phase as people see it.

use std::{
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use algorithm::report::format::count;
use indicatif::{ProgressBar, ProgressStyle};
use tracing::info;

/// Time between two log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// A bar on a terminal, log lines elsewhere.
pub(super) struct View {
    lines: Lines,
    started: Instant,
    pub(super) bar: Option<ProgressBar>,
}

impl View {
    pub(super) fn new(phase: &'static str, unit: &'static str, total: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let (bar, form) = match total {
                0 => (ProgressBar::new_spinner(), "{spinner} {prefix} {msg}"),
                _ => (ProgressBar::new(total), "{prefix} {bar:16} {wide_msg}"),
            };
            // A form that can't be read leaves the default one.
            let style = ProgressStyle::with_template(form);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.with_prefix(phase)
        });
        Self {
            lines: Lines::new(phase, unit, total),
            started: Instant::now(),
            bar,
        }
    }

    /// Shows how much is done, and what the learner says of the model so far.
    pub(super) fn show(&mut self, done: u64, status: &str) {
        let elapsed = self.started.elapsed();
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(self.lines.words(done, elapsed, status));
            }
            None => {
                if let Some(line) = self.lines.next(done, elapsed, status) {
                    info!("{line}");
                }
            }
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// What is said of a phase, and when.
struct Lines {
    phase: &'static str,
    unit: &'static str,
    /// 0 if it is not known.
    total: u64,
    /// What was done when something was done for the first time, and when: a resumed job does not begin at 0.
    first: Option<(u64, Duration)>,
    last_line: Duration,
}

impl Lines {
    fn new(phase: &'static str, unit: &'static str, total: u64) -> Self {
        Self {
            phase,
            unit,
            total,
            first: None,
            last_line: Duration::ZERO,
        }
    }

    /// The line for the log, if it is time for one.
    fn next(&mut self, done: u64, elapsed: Duration, status: &str) -> Option<String> {
        let words = self.words(done, elapsed, status);
        if elapsed < self.last_line + LOG_INTERVAL {
            return None;
        }
        self.last_line = elapsed;
        Some(format!("{}: {words}", self.phase))
    }

    fn words(&mut self, done: u64, elapsed: Duration, status: &str) -> String {
        if done > 0 && self.first.is_none() {
            self.first = Some((done, elapsed));
        }
        let Self { unit, total, .. } = self;
        let after = time(elapsed);
        let mut words = match total {
            0 if done == 0 => format!("{after} so far"),
            0 => format!("{} {unit} after {after}", count(done)),
            _ => {
                let percent = u128::from(done.min(*total)) * 100 / u128::from(*total);
                format!("{percent}% of {} {unit} after {after}", count(*total))
            }
        };
        if let Some(left) = self.left(done, elapsed) {
            words.push_str(&format!(", {} left", time(left)));
        }
        if !status.is_empty() {
            words.push_str("; ");
            words.push_str(status);
        }
        words
    }

    /// The time that the rest takes at the speed so far.
    fn left(&self, done: u64, elapsed: Duration) -> Option<Duration> {
        let (first, at) = self.first?;
        let rest = self.total.checked_sub(done).filter(|rest| *rest > 0)?;
        let speed = done.checked_sub(first)? as f64 / (elapsed - at).as_secs_f64();
        Duration::try_from_secs_f64(rest as f64 / speed).ok()
    }
}

/// `5 s`, `1 min 26 s`, `2 h 5 min`
fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_line_every_five_seconds_and_none_for_short_phases() {
        let mut lines = Lines::new("boosting", "rounds", 2_000);
        let said: Vec<(usize, String)> = (1..=120)
            .filter_map(|tenth| {
                let elapsed = seconds(tenth as f64 / 10.0);
                let line = lines.next(tenth as u64 * 10, elapsed, "validation-rmse 0.5");
                line.map(|line| (tenth, line))
            })
            .collect();
        let line = |percent, after, left| {
            format!(
                "boosting: {percent}% of 2,000 rounds after {after} s, {left} s left; validation-rmse 0.5"
            )
        };
        assert_eq!(said, [(50, line(25, 5, 15)), (100, line(50, 10, 10))]);
    }

    #[test]
    fn the_rounds_of_an_earlier_run_took_no_time_in_this_one() {
        let mut lines = Lines::new("boosting", "rounds", 1_000);
        assert_eq!(lines.next(900, seconds(1.0), ""), None);
        assert_eq!(
            lines.next(910, seconds(6.0), "").unwrap(),
            "boosting: 91% of 1,000 rounds after 6 s, 45 s left"
        );
    }

    #[test]
    fn time_left_is_said_only_if_it_is_known() {
        for (total, done, words) in [
            (0, 0, "5 s so far"),
            (0, 12_345, "12,345 bytes after 5 s"),
            (1_000, 0, "0% of 1,000 bytes after 5 s"),
            (
                u64::MAX,
                1,
                "0% of 18,446,744,073,709,551,615 bytes after 5 s",
            ),
            (10, 10, "100% of 10 bytes after 5 s"),
            (10, 20, "100% of 10 bytes after 5 s"),
        ] {
            let mut lines = Lines::new("reading", "bytes", total);
            let found = lines.words(done, seconds(5.0), "");
            assert_eq!(found, words, "{done} of {total}");
        }
    }

    #[test]
    fn times_are_short() {
        let times = [0.4, 59.6, 86.0, 7_500.0].map(|time_of| time(seconds(time_of)));
        assert_eq!(times, ["0 s", "1 min 0 s", "1 min 26 s", "2 h 5 min"]);
        assert_eq!(time(Duration::MAX), "5124095576030431 h 0 min");
    }
}
