//! Short waits without putting the thread to sleep.
//!
//! A sleeping thread takes tens of microseconds to wake, several times the cost of a one-row payload. So a
//! thread that has nothing else to do stays awake for a moment, if the last wait of the same kind was short.
//! Meanwhile it yields to every thread and task that is ready.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use tokio::task::yield_now;

use crate::cpus::Cpus;

/// Longest time awake. It is enough for a client on this machine to read an answer and send its next request.
const AWAKE: Duration = Duration::from_micros(60);

/// If a wait took longer than this, the thread sleeps during the next.
const SHORT_WAIT: Duration = Duration::from_micros(250);

/// Waits of one kind, such as those for answers from one worker.
#[derive(Debug, Default)]
pub struct Waits {
    last_was_short: AtomicBool,
}

impl Waits {
    /// Waits for `future`. If `is_quiet`, when there is next to nothing else to do, and the last such wait was
    /// short, the thread stays awake for a moment.
    pub async fn wait<F: Future>(&self, is_quiet: bool, future: F) -> F::Output {
        if !is_quiet {
            return future.await;
        }
        let began = Instant::now();
        let output = if self.last_was_short.load(Ordering::Relaxed) && has_several_cpus() {
            awake(future, began + AWAKE).await
        } else {
            future.await
        };
        self.last_was_short
            .store(began.elapsed() < SHORT_WAIT, Ordering::Relaxed);
        output
    }
}

/// On a single CPU a thread that stays awake only keeps the CPU from the thread that it waits for.
fn has_several_cpus() -> bool {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    *SEVERAL.get_or_init(|| Cpus::available().count.get() > 1)
}

async fn awake<F: Future>(future: F, until: Instant) -> F::Output {
    let mut future = pin!(future);
    while Instant::now() < until {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return output;
        }
        // Yields to other threads and processes, then to this thread's tasks and their I/O.
        thread::yield_now();
        yield_now().await;
    }
    future.await
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::{sync::oneshot, time};

    use super::*;

    #[tokio::test]
    async fn other_tasks_go_on_while_a_wait_is_awake() {
        let waits = Waits {
            last_was_short: AtomicBool::new(true),
        };
        let (sender, receiver) = oneshot::channel();
        let other = tokio::spawn(async move {
            for _ in 0..10 {
                yield_now().await;
            }
            sender.send(7)
        });
        assert_eq!(waits.wait(true, receiver).await, Ok(7));
        assert_eq!(other.await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_long_wait_ends_too_and_the_thread_sleeps_during_the_next() {
        let waits = Waits {
            last_was_short: AtomicBool::new(true),
        };
        waits.wait(true, time::sleep(2 * SHORT_WAIT)).await;
        assert!(!waits.last_was_short.load(Ordering::Relaxed));
        waits.wait(true, async {}).await;
        assert!(waits.last_was_short.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_wait_can_be_dropped() {
        let waits = Waits {
            last_was_short: AtomicBool::new(true),
        };
        let dropped = time::timeout(Duration::from_millis(1), waits.wait(true, pending::<()>()));
        assert!(dropped.await.is_err());
    }
}
