//! Waiting without falling asleep.
//!
//! A thread that sleeps takes tens of microseconds to wake, several times what a one-row payload costs. One
//! that has nothing else to do stays awake for a moment instead, where what it waits for has been coming
//! soon. Threads that want the CPU get it meanwhile.

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

/// Longest time awake: a client on this machine has read an answer and sent its next request by then.
const AWAKE: Duration = Duration::from_micros(60);

/// Where a wait took longer than this, the next one is slept through.
const SOON: Duration = Duration::from_micros(250);

/// Waits of one kind.
#[derive(Debug, Default)]
pub struct Waits {
    were_short: AtomicBool,
}

impl Waits {
    /// Waits for `future`; where there is next to nothing else to do, awake for a moment if the last such
    /// wait was short.
    pub async fn wait<F: Future>(&self, is_quiet: bool, future: F) -> F::Output {
        if !is_quiet {
            return future.await;
        }
        let began = Instant::now();
        let output = if self.were_short.load(Ordering::Relaxed) && has_several_cpus() {
            awake(future, began + AWAKE).await
        } else {
            future.await
        };
        self.were_short
            .store(began.elapsed() < SOON, Ordering::Relaxed);
        output
    }
}

/// On one CPU the others can do nothing while this thread is awake, and need no waking.
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
        // First to other processes, then to the tasks of this one and what has come for them.
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
            were_short: AtomicBool::new(true),
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
    async fn a_long_wait_ends_too_and_the_next_one_is_slept_through() {
        let waits = Waits {
            were_short: AtomicBool::new(true),
        };
        waits.wait(true, time::sleep(2 * SOON)).await;
        assert!(!waits.were_short.load(Ordering::Relaxed));
        waits.wait(true, async {}).await;
        assert!(waits.were_short.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_wait_can_be_dropped() {
        let waits = Waits {
            were_short: AtomicBool::new(true),
        };
        let dropped = time::timeout(Duration::from_millis(1), waits.wait(true, pending::<()>()));
        assert!(dropped.await.is_err());
    }
}
