//! When a connected worker counts as stalled, and when it is killed.
//!
//! A probe is sent at every tick of [`PROBE_INTERVAL`]; anything that the worker sends answers it. This
//! module only decides; [`super::worker`] acts.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two probes.
pub(super) const PROBE_INTERVAL: Duration = Duration::from_millis(300);

/// How long a stalled worker may take to come back if no other can score; then it is killed.
const LAST_CHANCE: Duration = Duration::from_secs(2);

/// Most that a tick can add to a worker's silence. If the gateway itself stood still for longer, an answer
/// may be waiting unread, and the worker is not to blame.
const LONGEST_TICK: Duration = Duration::from_millis(600);

/// How long the gateway waits for a worker that gives no sign of life.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// `MODEL_SERVER_PROBE_TIMEOUT`: a worker that has sent nothing for this long after a probe is stalled.
    pub stall_after: Duration,
    /// `MODEL_SERVER_TIMEOUT`: it is killed after this long.
    pub kill_after: Duration,
}

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
    patience: Patience,
    is_stalled: bool,
    /// Time since the first unanswered probe, if there is one.
    silence: Option<Duration>,
    last_tick: Option<Instant>,
}

impl Health {
    /// The state of a worker that has just been connected.
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
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
        let Patience {
            stall_after,
            kill_after,
        } = self.patience;
        if !self.is_stalled {
            if silence < stall_after {
                return Action::Probe;
            }
            self.is_stalled = true;
            return Action::Stall;
        }
        if silence >= kill_after || (silence >= stall_after + LAST_CHANCE && !others_can_score) {
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

    fn patience(stall_after: u64) -> Patience {
        Patience {
            stall_after: Duration::from_millis(stall_after),
            kill_after: KILL_AFTER,
        }
    }

    /// What the rules demand after the last event of a history.
    struct Expected {
        silence: u64,
        action: Option<Action>,
    }

    fn expected(history: &[Event], stall_after: u64) -> Expected {
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
        let was_stalled = silence_of(before) >= stall_after;
        let action = match was_stalled {
            false if silence < stall_after => Action::Probe,
            false => Action::Stall,
            true if silence >= 3600 => Action::Kill,
            true if !*others && silence >= stall_after + 2000 => Action::Kill,
            true => Action::Probe,
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
        let stall_after = health.patience.stall_after.as_millis() as u64;
        let mut kills = 0;
        for event in EVENTS {
            let (mut health, mut now) = (health.clone(), now);
            let was_stalled = health.is_stalled;
            history.push(event);
            let expected = expected(history, stall_after);
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
                    let is_stalled = expected.silence >= stall_after;
                    assert_eq!(health.is_stalled, is_stalled, "{history:?}");
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
        // The last worker is killed before the others, and at the same time as they.
        for stall_after in [1000, 1500, 2000] {
            let health = Health::new(patience(stall_after));
            let kills = explore(&mut Vec::new(), &health, Instant::now(), 7);
            assert!(
                kills > 100,
                "{stall_after}: {kills} sequences end in a kill"
            );
        }
    }

    /// Seconds of silence until a worker that is stalled after `stall_after` seconds gets this action.
    fn seconds_until(action: Action, stall_after: u64, others_can_score: bool) -> f64 {
        let mut health = Health::new(Patience {
            stall_after: Duration::from_secs(stall_after),
            kill_after: Duration::from_secs(60),
        });
        let start = Instant::now();
        let mut now = start;
        while health.on_tick(now, others_can_score) != action {
            now += PROBE_INTERVAL;
        }
        (now - start).as_secs_f64()
    }

    #[test]
    fn silence_is_noticed_in_time() {
        for (stall_after, stalled, last_killed) in
            [(1, 1.2, 3.0), (10, 10.2, 12.0), (60, 60.0, 60.3)]
        {
            assert_eq!(seconds_until(Action::Stall, stall_after, true), stalled);
            assert_eq!(seconds_until(Action::Kill, stall_after, false), last_killed);
        }
        assert_eq!(seconds_until(Action::Kill, 1, true), 60.0);
    }

    /// The process was stopped, or the machine asleep.
    #[test]
    fn a_gateway_that_stood_still_does_not_blame_its_workers() {
        let mut health = Health::new(patience(1000));
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
        let mut health = Health::new(patience(1000));
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
