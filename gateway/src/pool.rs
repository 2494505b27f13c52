//! Picks the worker with the least work in flight, and moves invocations off dead workers.

mod connection;
mod health;
mod in_flight;
mod worker;

use std::{
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet, time::sleep};
use tower::{
    Service,
    retry::budget::{Budget as _, TpsBudget},
};

use crate::{
    error::Error,
    invocation::{Answer, Invocation},
};
use connection::{Connection, Reservation};
use worker::Worker;

/// The retry budget: for each invocation of the last so many seconds this share of a retry, and so many
/// a second besides.
const RETRY_WINDOW: Duration = Duration::from_secs(10);
const RETRY_SHARE: f32 = 0.2;
const RETRIES_A_SECOND: u32 = 100;

/// How much more work than the least loaded worker one may have and still get an invocation into a batch
/// that is about to leave: as many one-row payloads, some 30 us.
const AHEAD: u64 = 16;

/// Pause before a retry that the budget does not allow asks again.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

/// The workers behind this gateway. Cheap to clone; a tower service of invocations.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    workers: Vec<Worker>,
    /// Notified when a worker becomes ready.
    changed: Notify,
    /// The worker that was picked last; the next search begins behind it, so that equally loaded workers
    /// take turns.
    turn: AtomicUsize,
    /// Invocations pay in, retries draw on it.
    retries: TpsBudget,
}

impl Shared {
    fn ready_workers(&self) -> usize {
        let workers = self.workers.iter();
        workers.filter(|worker| worker.ready().is_some()).count()
    }
}

impl Pool {
    /// A pool of the workers behind `sockets`, and the task that keeps them connected. Workers need not
    /// run yet.
    /// One that shows no sign of life for `patience` is killed.
    pub fn new(sockets: Vec<PathBuf>, patience: Duration) -> (Self, impl Future<Output = ()>) {
        let workers = sockets
            .into_iter()
            .enumerate()
            .map(|(index, socket)| Worker::new(index, socket, patience))
            .collect();
        let pool = Self(Arc::new(Shared {
            workers,
            changed: Notify::new(),
            turn: AtomicUsize::new(0),
            retries: TpsBudget::new(RETRY_WINDOW, RETRIES_A_SECOND, RETRY_SHARE),
        }));
        let connecting = pool.clone().keep_connected();
        (pool, connecting)
    }

    /// Whether a worker can score now.
    pub fn is_ready(&self) -> bool {
        self.ready_workers() > 0
    }

    /// Number of workers that can score now.
    pub fn ready_workers(&self) -> usize {
        self.0.ready_workers()
    }

    /// Has a worker answer the invocation; waits for one where none is ready. The caller sets the
    /// deadline.
    ///
    /// One that loses its worker is suspected to be the cause and tried once more, apart from others like
    /// it ([`Reservation::invoke_suspect`]).
    ///
    /// # Errors
    /// [`Error::WorkersLost`] where two workers died while they had it.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Answer, Error> {
        self.0.retries.deposit();
        let mut is_suspect = false;
        loop {
            let place = self.reserve(invocation.work()).await;
            let answer = if is_suspect {
                place.invoke_suspect(invocation.clone()).await
            } else {
                place.invoke(invocation.clone()).await
            };
            let lost = match answer {
                Ok(answer) => return Ok(answer),
                Err(lost) => lost,
            };
            drop(place);
            let inference_id = invocation.head.inference_id.as_str();
            tracing::warn!(inference_id, is_suspect, "worker lost with an invocation");
            if lost.may_be_cause {
                if is_suspect {
                    return Err(Error::WorkersLost);
                }
                is_suspect = true;
                self.retry_permitted().await;
            }
        }
    }

    /// Waits until the budget allows one more retry. Waiting, instead of failing, spreads the retries of
    /// a pool that struggles and loses none.
    async fn retry_permitted(&self) {
        while !self.0.retries.withdraw() {
            sleep(RETRY_PAUSE).await;
        }
    }

    async fn keep_connected(self) {
        let mut tasks = JoinSet::new();
        for index in 0..self.0.workers.len() {
            let shared = Arc::clone(&self.0);
            tasks.spawn(async move {
                if let Some(worker) = shared.workers.get(index) {
                    let ready = || shared.ready_workers() > 0;
                    worker.run(&shared.changed, ready).await;
                }
            });
        }
        tasks.join_all().await;
    }

    async fn reserve(&self, work: u64) -> Reservation {
        loop {
            let changed = self.0.changed.notified();
            if let Some((connection, is_quiet)) = self.least_loaded() {
                return connection.reserve(work, is_quiet);
            }
            changed.await;
        }
    }

    /// The worker with the least work in flight; or the one before where it has none, for it may still be
    /// awake, or while its batch has not left and it is not far ahead: a batch costs its worker one wake-up,
    /// however many invocations it holds. And whether the pool is quiet: at most one small invocation is in
    /// flight.
    fn least_loaded(&self) -> Option<(Arc<Connection>, bool)> {
        let workers = &self.0.workers;
        let turn = self.0.turn.load(Ordering::Relaxed);
        let at = |offset: usize| {
            workers
                .get(turn.wrapping_add(offset) % workers.len())?
                .ready()
        };
        let mut in_flight = 0;
        let least = (1..=workers.len())
            .filter_map(|offset| Some((offset, at(offset)?)))
            .map(|(offset, connection)| (connection.work(), offset, connection))
            .inspect(|(work, ..)| in_flight += work)
            .min_by_key(|(work, ..)| *work);
        let (least_work, offset, least) = least?;
        let is_quiet = in_flight <= 1;
        if let Some(before) = at(0)
            && (before.work() == 0 || before.work() <= least_work + AHEAD && before.has_unsent())
        {
            return Some((before, is_quiet));
        }
        self.0
            .turn
            .store(turn.wrapping_add(offset) % workers.len(), Ordering::Relaxed);
        Some((least, is_quiet))
    }
}

impl Service<Invocation> for Pool {
    type Response = Answer;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: Invocation) -> Self::Future {
        let pool = self.clone();
        Box::pin(async move { pool.invoke(invocation).await })
    }
}
