//! When a connected worker counts as stalled, and when it is killed.
//!
//! A probe is sent at every tick of [`PROBE_INTERVAL`]; anything that the worker sends answers it. This
//! module only decides; [`super::worker`] acts.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two probes.
pub(super) const PROBE_INTERVAL: Duration = Duration::from_millis(300);

/// A worker that has sent nothing for this long after a probe is stalled.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1000);

/// Time without a sign of life after which a worker is killed if no other can score.
const KILL_LAST_AFTER: Duration = Duration::from_secs(3);

/// Most that a tick can add to a worker's silence. If the gateway itself stood still for longer, an answer
/// may be waiting unread, and the worker is not to blame.
const LONGEST_TICK: Duration = Duration::from_millis(600);

/// What to do at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Probe,
    /// Give its invocations to other workers; then probe.
    Stall,
    /// Kill the process: it is not expected to recover.
    Kill,
}

/// One worker's state while its stream is open: `Connected` or `Stalled`.
#[derive(Clone, Debug)]
pub(super) struct Health {
    kill_after: Duration,
    is_stalled: bool,
    /// Time since the first unanswered probe, if there is one.
    silence: Option<Duration>,
    last_tick: Option<Instant>,
}

impl Health {
    /// The state of a worker that has just been connected, and that is killed after `kill_after` without a
    /// sign of life.
    pub(super) fn new(kill_after: Duration) -> Self {
        Self {
            kill_after,
            is_stalled: false,
            silence: None,
            last_tick: None,
        }
    }

    /// Records that the worker has sent something. Returns whether it was stalled; it may have invocations
    /// again.
    pub(super) fn on_answer(&mut self) -> bool {
        self.silence = None;
        std::mem::take(&mut self.is_stalled)
    }

    /// Decides what to do at a tick. `others_can_score` says whether any other worker is `Connected`.
    pub(super) fn on_tick(&mut self, now: Instant, others_can_score: bool) -> Action {
        let last = self.last_tick.replace(now).unwrap_or(now);
        let passed = now.saturating_duration_since(last).min(LONGEST_TICK);
        let silence = self
            .silence
            .map_or(Duration::ZERO, |before| before + passed);
        self.silence = Some(silence);
        if !self.is_stalled {
            if silence < PROBE_TIMEOUT {
                return Action::Probe;
            }
            self.is_stalled = true;
            return Action::Stall;
        }
        if silence >= self.kill_after || (silence >= KILL_LAST_AFTER && !others_can_score) {
            return Action::Kill;
        }
        Action::Probe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What can happen next to a worker.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        Answer,
        /// A tick: milliseconds since the last one, and whether others can score.
        Tick(u64, bool),
    }

    const EVENTS: [Event; 6] = [
        Event::Answer,
        Event::Tick(300, true),
        Event::Tick(600, true),
        Event::Tick(600, false),
        Event::Tick(60_000, true),
        Event::Tick(60_000, false),
    ];

    const KILL_AFTER: Duration = Duration::from_millis(3600);

    /// What the rules demand after the last event of a history.
    struct Expected {
        silence: u64,
        action: Option<Action>,
    }

    fn expected(history: &[Event]) -> Expected {
        let answer = history
            .iter()
            .rposition(|event| matches!(event, Event::Answer));
        let since = answer.map_or(0, |index| index + 1);
        let ticks: Vec<(u64, bool)> = history[since..]
            .iter()
            .filter_map(|event| match event {
                Event::Tick(passed, others) => Some((*passed, *others)),
                Event::Answer => None,
            })
            .collect();
        // The silence begins with the first probe after an answer.
        let silence_of = |ticks: &[(u64, bool)]| {
            let passed = ticks.iter().skip(1).map(|(passed, _)| (*passed).min(600));
            passed.sum::<u64>()
        };
        let silence = silence_of(&ticks);
        let Some(((_, others), before)) = ticks.split_last() else {
            return Expected {
                silence,
                action: None,
            };
        };
        let was_stalled = silence_of(before) >= 1000;
        let action = match (was_stalled, silence) {
            (false, 0..1000) => Action::Probe,
            (false, _) => Action::Stall,
            (true, 3600..) => Action::Kill,
            (true, 3000..) if !*others => Action::Kill,
            (true, _) => Action::Probe,
        };
        Expected {
            silence,
            action: Some(action),
        }
    }

    /// Continues a history in every way, `depth` events long; counts the kills.
    fn explore(history: &mut Vec<Event>, health: &Health, now: Instant, depth: usize) -> usize {
        if depth == 0 {
            return 0;
        }
        let mut kills = 0;
        for event in EVENTS {
            let (mut health, mut now) = (health.clone(), now);
            let was_stalled = health.is_stalled;
            history.push(event);
            let expected = expected(history);
            let ended = match event {
                Event::Answer => {
                    assert_eq!(health.on_answer(), was_stalled, "{history:?}");
                    assert!(!health.is_stalled);
                    false
                }
                Event::Tick(passed, others) => {
                    now += Duration::from_millis(passed);
                    let action = health.on_tick(now, others);
                    assert_eq!(Some(action), expected.action, "{history:?}");
                    assert_eq!(health.is_stalled, expected.silence >= 1000, "{history:?}");
                    action == Action::Kill
                }
            };
            kills += if ended {
                1
            } else {
                explore(history, &health, now, depth - 1)
            };
            history.pop();
        }
        kills
    }

    #[test]
    fn every_sequence_of_events_follows_the_rules() {
        let start = Instant::now();
        let kills = explore(&mut Vec::new(), &Health::new(KILL_AFTER), start, 7);
        assert!(kills > 1000, "{kills} sequences end in a kill");
    }

    fn ticks_until(action: Action, others_can_score: bool) -> Duration {
        let mut health = Health::new(Duration::from_secs(60));
        let start = Instant::now();
        let mut now = start;
        while health.on_tick(now, others_can_score) != action {
            now += PROBE_INTERVAL;
        }
        now - start
    }

    #[test]
    fn silence_is_noticed_in_time() {
        assert_eq!(
            ticks_until(Action::Stall, true),
            Duration::from_millis(1200)
        );
        assert_eq!(ticks_until(Action::Kill, false), KILL_LAST_AFTER);
        assert_eq!(ticks_until(Action::Kill, true), Duration::from_secs(60));
    }

    /// The process was stopped, or the machine asleep.
    #[test]
    fn a_gateway_that_stood_still_does_not_blame_its_workers() {
        let mut health = Health::new(KILL_AFTER);
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(health.on_tick(now, false), Action::Probe);
            now += Duration::from_secs(3600);
            assert_eq!(health.on_tick(now, false), Action::Probe);
            health.on_answer();
            now += PROBE_INTERVAL;
        }
    }

    /// With tokio's clock, as `worker` uses it.
    #[tokio::test(start_paused = true)]
    async fn a_stalled_worker_that_answers_is_connected_again() {
        let mut health = Health::new(KILL_AFTER);
        let mut ticks = tokio::time::interval(PROBE_INTERVAL);
        while health.on_tick(ticks.tick().await, true) != Action::Stall {}
        assert!(health.on_answer());
        assert!(!health.on_answer());
        for _ in 0..4 {
            assert_eq!(health.on_tick(ticks.tick().await, true), Action::Probe);
        }
        assert_eq!(health.on_tick(ticks.tick().await, true), Action::Stall);
    }
}
