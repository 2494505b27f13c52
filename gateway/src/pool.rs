//! Picks the least loaded worker, and moves invocations off dead workers.

mod connection;
mod health;
mod in_flight;
mod reservation;
mod stream;
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

use runtime::log_quota::LogQuota;
use tokio::{sync::Notify, task::JoinSet, time::sleep};
use tower::{
    Service,
    retry::budget::{Budget as _, TpsBudget},
};

use crate::{
    error::Error,
    invocation::{Answer, Invocation},
    loss::{Loss, Losses},
};
use connection::{Blame, Connection, Lost};
pub use health::Patience;
use reservation::Reservation;
use worker::Worker;

/// Retries that the budget allows for each invocation of the last [`RETRY_WINDOW`].
const RETRY_SHARE: f32 = 0.2;

/// Time over which the budget counts invocations.
const RETRY_WINDOW: Duration = Duration::from_secs(10);

/// Retries that the budget allows besides.
const RETRIES_PER_SECOND: u32 = 100;

/// How much busier than the least loaded worker a worker may be and still get an invocation for a batch that
/// has not been sent: this many one-row payloads, some 30 us of work.
const AHEAD: u64 = 16;

/// Pause before a retry asks the budget again, and time for which a worker is avoided that gave something back.
const RETRY_PAUSE: Duration = Duration::from_millis(20);

static LOSSES: LogQuota = LogQuota::new();

/// The workers behind this gateway. Cheap to clone; a tower service of invocations.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    workers: Vec<Worker>,
    /// Notified when a worker becomes ready.
    changed: Notify,
    /// The worker that was picked last. The next search begins after it, so that equally loaded workers take
    /// turns.
    last_picked: AtomicUsize,
    /// Invocations deposit into it, retries withdraw from it.
    retries: TpsBudget,
}

impl Shared {
    fn ready_workers(&self) -> usize {
        let workers = self.workers.iter();
        workers.filter(|worker| worker.ready().is_some()).count()
    }
}

impl Pool {
    /// A pool of the workers that listen on `sockets`, and the task that keeps them connected. The workers
    /// need not run yet.
    pub fn new(sockets: Vec<PathBuf>, patience: Patience) -> (Self, impl Future<Output = ()>) {
        let workers = sockets
            .into_iter()
            .enumerate()
            .map(|(index, socket)| Worker::new(index, socket, patience))
            .collect();
        let pool = Self(Arc::new(Shared {
            workers,
            changed: Notify::new(),
            last_picked: AtomicUsize::new(0),
            retries: TpsBudget::new(RETRY_WINDOW, RETRIES_PER_SECOND, RETRY_SHARE),
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

    /// Has a worker answer the invocation; waits for a worker if none is ready. The caller sets the
    /// deadline.
    ///
    /// An invocation that loses its worker goes to another. If it had been sent it is a suspect, as it may be
    /// the cause, and it goes to a worker that has no other suspect ([`Reservation::invoke_suspect`]). A worker
    /// may also give an invocation back that it has not begun; then it goes to another, and is no suspect by that.
    ///
    /// # Errors
    /// [`Error::WorkersLost`] if the suspect is the cause of a second loss.
    pub async fn invoke(&self, invocation: Invocation) -> Result<Answer, Error> {
        self.0.retries.deposit();
        // How the invocation became a suspect.
        let mut suspicion: Option<Loss> = None;
        let mut was_given_back = false;
        loop {
            let reservation = self.reserve(invocation.work()).await;
            let sent = invocation.clone();
            let answer = match &suspicion {
                None => reservation.invoke(sent).await,
                // In a box, so that it takes no room in the future of every invocation.
                Some(before) => Box::pin(reservation.invoke_suspect(sent, before)).await,
            };
            match answer {
                Ok(answer) if answer.is_given_back() => {
                    reservation.avoid_for(RETRY_PAUSE);
                    self.retry_permitted().await;
                    // The first one goes on at once. More in a row: all workers shed, or there is only one.
                    if std::mem::replace(&mut was_given_back, true) {
                        sleep(RETRY_PAUSE).await;
                    }
                }
                Ok(answer) => return Ok(answer),
                Err(lost) => {
                    drop(reservation);
                    self.judge(&invocation, lost, &mut suspicion).await?;
                }
            }
        }
    }

    /// Decides what becomes of an invocation that lost its worker: another try, as soon as the budget permits, or
    /// the end.
    async fn judge(
        &self,
        invocation: &Invocation,
        Lost { how, blame }: Lost,
        suspicion: &mut Option<Loss>,
    ) -> Result<(), Error> {
        let inference_id = invocation.head.inference_id.as_str();
        let is_suspect = suspicion.is_some();
        if let Some(left_out) = LOSSES.take() {
            tracing::warn!(inference_id, is_suspect, reason = %how, left_out, "worker lost with an invocation");
        } else {
            tracing::debug!(inference_id, is_suspect, reason = %how, "worker lost with an invocation");
        }
        let was_alone = suspicion.as_ref().is_some_and(Loss::is_of_stream);
        match blame {
            Blame::Certain => {
                let Some(first) = suspicion.take() else {
                    unreachable!("only `invoke_suspect` is certain");
                };
                return Err(Error::WorkersLost(Losses { first, second: how }));
            }
            Blame::Possible => *suspicion = Some(how),
            // On a stream of its own it is refused at once by a worker that is about to end.
            Blame::None if was_alone => {}
            Blame::None => return Ok(()),
        }
        self.retry_permitted().await;
        Ok(())
    }

    /// Waits until the budget allows one more retry. In a pool that struggles, waiting spreads the retries,
    /// and no invocation fails for want of budget.
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
                let pool_is_ready = || shared.ready_workers() > 0;
                let worker = &shared.workers[index];
                worker.run(&shared.changed, pool_is_ready).await;
            });
        }
        tasks.join_all().await;
    }

    async fn reserve(&self, work: u64) -> Reservation {
        loop {
            let changed = self.0.changed.notified();
            if let Some((connection, is_quiet)) = self.least_loaded() {
                return Reservation::new(connection, work, is_quiet);
            }
            changed.await;
        }
    }

    /// The least loaded worker, and whether the pool is quiet: at most one small invocation is in flight.
    ///
    /// The previously picked worker is preferred if it is idle (it may still be awake), or if its batch has
    /// not been sent and it is at most [`AHEAD`] busier: a batch costs its worker a single wake-up, however
    /// many invocations it holds.
    fn least_loaded(&self) -> Option<(Arc<Connection>, bool)> {
        let Shared {
            workers,
            last_picked,
            ..
        } = &*self.0;
        let last = last_picked.load(Ordering::Relaxed);
        let mut in_flight = 0;
        let (least_work, index, least) = (1..=workers.len())
            .map(|offset| last.wrapping_add(offset) % workers.len())
            .filter_map(|index| Some((index, workers[index].ready()?)))
            .map(|(index, connection)| (connection.work(), index, connection))
            .inspect(|(work, ..)| in_flight += work)
            .min_by_key(|(work, ..)| *work)?;
        let is_quiet = in_flight <= 1;
        if let Some(previous) = workers[last].ready()
            && (previous.work() == 0
                || previous.work() <= least_work + AHEAD && previous.has_unsent())
        {
            return Some((previous, is_quiet));
        }
        last_picked.store(index, Ordering::Relaxed);
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
