//! The invocations that wait for an answer on a connection, and whether the connection takes more.
//!
//! Four things happen here concurrently, on any of the gateway's threads: an invocation joins, its answer
//! arrives, its client goes away, its worker is given up. Whoever takes an invocation out says what became
//! of it, so that it gets exactly one result. Joining and sending are one step, and so are giving up and
//! taking back the unsent: an invocation whose result is "never sent" is not sent later.

use std::collections::HashMap;

#[cfg(test)]
use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};
#[cfg(not(test))]
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

/// The invocations in flight, by id.
pub(super) struct InFlight<T> {
    waiting: Mutex<HashMap<u64, T>>,
    /// Whether the worker answers its probes. Changes only under the lock.
    is_alive: AtomicBool,
}

impl<T> InFlight<T> {
    /// The state of a new connection: nothing in flight, and alive.
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(HashMap::new()),
            is_alive: AtomicBool::new(true),
        }
    }

    /// Whether [`join`](Self::join) would succeed now.
    pub(super) fn is_alive(&self) -> bool {
        self.is_alive.load(Ordering::Acquire)
    }

    /// Has an invocation wait for its answer, and sends it. Returns false, and does neither, if the connection
    /// has been given up.
    pub(super) fn join(&self, id: u64, waiting: T, send: impl FnOnce()) -> bool {
        let mut all = self.lock();
        if !self.is_alive() {
            return false;
        }
        all.insert(id, waiting);
        send();
        true
    }

    /// Takes an invocation out; `None` if it has been taken before.
    pub(super) fn take(&self, id: u64) -> Option<T> {
        self.lock().remove(&id)
    }

    /// Whether an invocation still waits.
    pub(super) fn contains(&self, id: u64) -> bool {
        self.lock().contains_key(&id)
    }

    /// Takes all invocations out and lets none join. `take_back` takes the unsent back, and returns which
    /// they are.
    pub(super) fn give_up<U>(&self, take_back: impl FnOnce() -> U) -> (HashMap<u64, T>, U) {
        let mut all = self.lock();
        self.is_alive.store(false, Ordering::Release);
        let unsent = take_back();
        (std::mem::take(&mut *all), unsent)
    }

    /// Lets invocations join again.
    pub(super) fn revive(&self) {
        let _all = self.lock();
        self.is_alive.store(true, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, T>> {
        // No code panics while it holds the lock.
        self.waiting
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// loom tries every interleaving.
#[cfg(test)]
mod tests {
    use loom::{sync::Arc, thread};

    use super::*;

    /// A list that loom does not see, so that writing to it adds no interleavings.
    type Record<T> = std::sync::Mutex<Vec<T>>;

    /// A connection whose outbox is reduced to a queue of ids that the transport empties.
    struct Model {
        in_flight: InFlight<()>,
        queue: Mutex<Vec<u64>>,
        sent: Record<u64>,
        results: Record<(u64, Outcome)>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Outcome {
        Answered,
        /// Its worker was given up after it had been sent.
        LostSent,
        LostUnsent,
        Refused,
        /// Its client was gone first.
        Cancelled,
    }

    impl Model {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                in_flight: InFlight::new(),
                queue: Mutex::new(Vec::new()),
                sent: Record::default(),
                results: Record::default(),
            })
        }

        fn end(&self, id: u64, outcome: Outcome) {
            self.results.lock().unwrap().push((id, outcome));
        }

        fn invoke(&self, id: u64) {
            let joined = self
                .in_flight
                .join(id, (), || self.queue.lock().unwrap().push(id));
            if !joined {
                self.end(id, Outcome::Refused);
            }
        }

        /// The client goes away.
        fn cancel(&self, id: u64) {
            if self.in_flight.take(id).is_some() {
                self.end(id, Outcome::Cancelled);
            }
        }

        /// The transport sends what is queued, and the worker answers it.
        fn answer(&self) {
            let mut queue = self.queue.lock().unwrap();
            let queued = std::mem::take(&mut *queue);
            // loom switches threads only at its own locks, so these lines are one step.
            for (id, outcome) in self.results.lock().unwrap().iter() {
                let is_lost = matches!(outcome, Outcome::LostSent | Outcome::LostUnsent);
                assert!(!is_lost || !queued.contains(id), "sent after it was lost");
            }
            self.sent.lock().unwrap().extend(&queued);
            drop(queue);
            for id in queued {
                if self.in_flight.take(id).is_some() {
                    self.end(id, Outcome::Answered);
                }
            }
        }

        fn give_up(&self) {
            let (lost, unsent) = self
                .in_flight
                .give_up(|| std::mem::take(&mut *self.queue.lock().unwrap()));
            for (id, ()) in lost {
                let was_unsent = unsent.contains(&id);
                self.end(
                    id,
                    if was_unsent {
                        Outcome::LostUnsent
                    } else {
                        Outcome::LostSent
                    },
                );
            }
        }

        /// The invocation's outcome: there must be exactly one, and it must be true.
        fn outcome(&self, id: u64) -> Outcome {
            let results = self.results.lock().unwrap();
            let outcomes: Vec<Outcome> = results
                .iter()
                .filter(|(of, _)| *of == id)
                .map(|(_, outcome)| *outcome)
                .collect();
            assert_eq!(outcomes.len(), 1, "{outcomes:?}");
            let was_sent = self.sent.lock().unwrap().contains(&id);
            match outcomes[0] {
                Outcome::Answered => assert!(was_sent),
                Outcome::LostSent => assert!(was_sent, "suspected, but never sent"),
                Outcome::LostUnsent | Outcome::Refused => {
                    assert!(!was_sent, "called unsent, but sent")
                }
                Outcome::Cancelled => {}
            }
            outcomes[0]
        }
    }

    /// Runs each list of steps on a thread of its own, in every interleaving; returns all outcomes of
    /// invocation 1.
    fn interleave(steps: &'static [&'static [fn(&Model)]]) -> Vec<Outcome> {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let collected = std::sync::Arc::clone(&seen);
        loom::model(move || {
            let model = Model::new();
            let threads: Vec<_> = steps
                .iter()
                .map(|steps| {
                    let model = Arc::clone(&model);
                    thread::spawn(move || steps.iter().for_each(|step| step(&model)))
                })
                .collect();
            for thread in threads {
                thread.join().unwrap();
            }
            // The stream ends.
            model.answer();
            model.give_up();
            collected.lock().unwrap().push(model.outcome(1));
        });
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    #[test]
    fn an_invocation_is_answered_or_lost_or_refused() {
        let outcomes = interleave(&[&[|m| m.invoke(1)], &[Model::answer], &[Model::give_up]]);
        assert_eq!(
            outcomes,
            [
                Outcome::Answered,
                Outcome::LostSent,
                Outcome::LostUnsent,
                Outcome::Refused
            ]
        );
    }

    #[test]
    fn a_client_that_goes_away_gets_no_other_outcome() {
        let outcomes = interleave(&[
            &[|m| m.invoke(1), |m| m.cancel(1)],
            &[Model::answer],
            &[Model::give_up],
        ]);
        assert_eq!(
            outcomes,
            [
                Outcome::Answered,
                Outcome::LostSent,
                Outcome::LostUnsent,
                Outcome::Refused,
                Outcome::Cancelled
            ]
        );
    }

    #[test]
    fn a_revived_connection_sends_nothing_that_was_lost() {
        interleave(&[
            &[|m| m.invoke(1)],
            &[Model::give_up, |m| m.in_flight.revive(), Model::answer],
        ]);
    }

    #[test]
    fn no_invocation_joins_a_connection_that_was_given_up() {
        loom::model(|| {
            let model = Model::new();
            let giving_up = {
                let model = Arc::clone(&model);
                thread::spawn(move || model.give_up())
            };
            model.invoke(1);
            giving_up.join().unwrap();
            model.invoke(2);
            assert_eq!(model.outcome(2), Outcome::Refused);
            assert!(model.in_flight.take(1).is_none());
        });
    }
}
