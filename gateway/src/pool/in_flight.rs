//! Who waits for an answer on one connection, and whether the connection takes more.
//!
//! Four things happen at once here, on any of the gateway's threads: an invocation joins, its answer comes,
//! its client goes away, its worker is given up. Whoever takes an invocation out owns what becomes of it, so
//! that it is told one thing, once. Joining and sending are one step, and so are giving up and taking back
//! what is unsent: an invocation that is told that it was never sent will not be.

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
    /// The worker answers its probes. Changes only under the lock.
    is_alive: AtomicBool,
}

impl<T> InFlight<T> {
    /// Nothing is in flight on a new connection, which is alive.
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(HashMap::new()),
            is_alive: AtomicBool::new(true),
        }
    }

    /// Whether [`join`](Self::join) may work. It may not any more when it is called.
    pub(super) fn is_alive(&self) -> bool {
        self.is_alive.load(Ordering::Acquire)
    }

    /// Has an invocation wait for its answer, and sends it; false, and neither, where the connection has been
    /// given up.
    pub(super) fn join(&self, id: u64, waiting: T, send: impl FnOnce()) -> bool {
        let mut all = self.lock();
        if !self.is_alive() {
            return false;
        }
        all.insert(id, waiting);
        send();
        true
    }

    /// Takes an invocation out, where nobody else has.
    pub(super) fn take(&self, id: u64) -> Option<T> {
        self.lock().remove(&id)
    }

    /// Takes all out and lets none join. `take_back` takes back what is unsent, and tells what that is.
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

/// Every interleaving of what happens at once, tried by loom.
#[cfg(test)]
mod tests {
    use loom::{sync::Arc, thread};

    use super::*;

    type Notes<T> = std::sync::Mutex<Vec<T>>;

    /// A connection as `connection` makes it, with what matters of the outbox: a queue of ids that the
    /// transport empties.
    struct Model {
        in_flight: InFlight<()>,
        queue: Mutex<Vec<u64>>,
        /// What has been sent, and what invocations were told: notes that cost loom nothing.
        sent: Notes<u64>,
        told: Notes<(u64, Told)>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Told {
        Answer,
        /// Its worker was given up; it had been sent.
        LostSent,
        LostUnsent,
        Refused,
        /// Nothing: the client was gone first.
        Gone,
    }

    impl Model {
        fn new() -> Arc<Self> {
            Arc::new(Self {
                in_flight: InFlight::new(),
                queue: Mutex::new(Vec::new()),
                sent: Notes::default(),
                told: Notes::default(),
            })
        }

        fn tell(&self, id: u64, told: Told) {
            self.told.lock().unwrap().push((id, told));
        }

        fn invoke(&self, id: u64) {
            let joined = self
                .in_flight
                .join(id, (), || self.queue.lock().unwrap().push(id));
            if !joined {
                self.tell(id, Told::Refused);
            }
        }

        /// As when the client goes away.
        fn cancel(&self, id: u64) {
            if self.in_flight.take(id).is_some() {
                self.tell(id, Told::Gone);
            }
        }

        /// The transport sends what is queued, and the worker answers it.
        fn answer(&self) {
            let mut queue = self.queue.lock().unwrap();
            let queued = std::mem::take(&mut *queue);
            // No other thread runs until loom is asked for the next lock.
            for (id, told) in self.told.lock().unwrap().iter() {
                let is_lost = matches!(told, Told::LostSent | Told::LostUnsent);
                assert!(!is_lost || !queued.contains(id), "sent after it was lost");
            }
            self.sent.lock().unwrap().extend(&queued);
            drop(queue);
            for id in queued {
                if self.in_flight.take(id).is_some() {
                    self.tell(id, Told::Answer);
                }
            }
        }

        fn give_up(&self) {
            let (lost, unsent) = self
                .in_flight
                .give_up(|| std::mem::take(&mut *self.queue.lock().unwrap()));
            for (id, ()) in lost {
                let was_unsent = unsent.contains(&id);
                self.tell(
                    id,
                    if was_unsent {
                        Told::LostUnsent
                    } else {
                        Told::LostSent
                    },
                );
            }
        }

        /// What the invocation was told: one thing, once, and true.
        fn told(&self, id: u64) -> Told {
            let told = self.told.lock().unwrap();
            let told: Vec<Told> = told
                .iter()
                .filter(|(of, _)| *of == id)
                .map(|(_, told)| *told)
                .collect();
            assert_eq!(told.len(), 1, "{told:?}");
            let was_sent = self.sent.lock().unwrap().contains(&id);
            match told[0] {
                Told::Answer => assert!(was_sent),
                Told::LostSent => assert!(was_sent, "suspected, but never sent"),
                Told::LostUnsent | Told::Refused => assert!(!was_sent, "called unsent, but sent"),
                Told::Gone => {}
            }
            told[0]
        }
    }

    /// Runs the steps at once in every order; returns all that invocation 1 was told.
    fn at_once(steps: &'static [&'static [fn(&Model)]]) -> Vec<Told> {
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
            // What is left over when the stream ends.
            model.answer();
            model.give_up();
            collected.lock().unwrap().push(model.told(1));
        });
        let mut seen = std::mem::take(&mut *seen.lock().unwrap());
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    #[test]
    fn an_invocation_is_answered_or_lost_or_refused() {
        let told = at_once(&[&[|m| m.invoke(1)], &[Model::answer], &[Model::give_up]]);
        assert_eq!(
            told,
            [
                Told::Answer,
                Told::LostSent,
                Told::LostUnsent,
                Told::Refused
            ]
        );
    }

    #[test]
    fn a_client_that_goes_away_is_told_nothing_more() {
        let told = at_once(&[
            &[|m| m.invoke(1), |m| m.cancel(1)],
            &[Model::answer],
            &[Model::give_up],
        ]);
        assert_eq!(
            told,
            [
                Told::Answer,
                Told::LostSent,
                Told::LostUnsent,
                Told::Refused,
                Told::Gone
            ]
        );
    }

    #[test]
    fn a_worker_that_comes_back_sends_nothing_that_was_lost() {
        at_once(&[
            &[|m| m.invoke(1)],
            &[Model::give_up, |m| m.in_flight.revive(), Model::answer],
        ]);
    }

    #[test]
    fn none_joins_what_has_been_given_up() {
        loom::model(|| {
            let model = Model::new();
            let giving_up = {
                let model = Arc::clone(&model);
                thread::spawn(move || model.give_up())
            };
            model.invoke(1);
            giving_up.join().unwrap();
            model.invoke(2);
            assert_eq!(model.told(2), Told::Refused);
            assert!(model.in_flight.take(1).is_none());
        });
    }
}
