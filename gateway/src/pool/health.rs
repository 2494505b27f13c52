//! When a connected worker counts as stalled, and when it is beyond waiting for.
//!
//! Probes go out at every tick of [`PROBE_INTERVAL`]; whatever the worker sends answers them. This is the
//! decision alone: [`super::worker`] asks it and acts.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two probes.
pub(super) const PROBE_INTERVAL: Duration = Duration::from_millis(300);

/// A worker that has sent nothing for this long after a probe is stalled.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1000);

/// Time without a sign of life after which a worker is killed where no other can score.
const LAST_CHANCE: Duration = Duration::from_secs(3);

/// Most that one tick can add to a worker's silence. Where the gateway itself stood still for longer, an
/// answer may lie unread, and the worker is not to blame.
const LONGEST_TICK: Duration = Duration::from_millis(600);

/// What to do at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Probe,
    /// Give its invocations to other workers; then probe.
    Stall,
    /// Kill the process; it will not come back by itself.
    Kill,
}

/// One worker's state while its stream is open: `Connected` or `Stalled`.
#[derive(Clone, Debug)]
pub(super) struct Health {
    patience: Duration,
    is_stalled: bool,
    /// Time since the first probe that is unanswered, if one is.
    silence: Option<Duration>,
    last_tick: Option<Instant>,
}

impl Health {
    /// Of a worker that has just been connected, and is killed after `patience` without a sign of life.
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            patience,
            is_stalled: false,
            silence: None,
            last_tick: None,
        }
    }

    /// The worker has sent something. True where it was stalled, and may have invocations again.
    pub(super) fn on_answer(&mut self) -> bool {
        self.silence = None;
        std::mem::take(&mut self.is_stalled)
    }

    /// It is time for a probe. `others_can_score` tells whether any other worker is `Connected`.
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
        if silence >= self.patience || (silence >= LAST_CHANCE && !others_can_score) {
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
        /// A tick so many milliseconds after the last one, and whether others can score.
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

    const PATIENCE: Duration = Duration::from_millis(3600);

    /// The rules, read from a history: what its last event must bring about.
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
        // The first probe after an answer begins the silence.
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

    /// Goes on from a history in every way; counts the kills.
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
        let kills = explore(&mut Vec::new(), &Health::new(PATIENCE), start, 7);
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
        assert_eq!(ticks_until(Action::Kill, false), LAST_CHANCE);
        assert_eq!(ticks_until(Action::Kill, true), Duration::from_secs(60));
    }

    /// The process was stopped, or the machine asleep.
    #[test]
    fn a_gateway_that_stood_still_does_not_blame_its_workers() {
        let mut health = Health::new(PATIENCE);
        let mut now = Instant::now();
        for _ in 0..100 {
            assert_eq!(health.on_tick(now, false), Action::Probe);
            now += Duration::from_secs(3600);
            assert_eq!(health.on_tick(now, false), Action::Probe);
            health.on_answer();
            now += PROBE_INTERVAL;
        }
    }

    /// As `worker` asks it, with a clock that tokio moves.
    #[tokio::test(start_paused = true)]
    async fn a_stalled_worker_that_answers_is_connected_again() {
        let mut health = Health::new(PATIENCE);
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
