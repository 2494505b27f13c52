//! Large work: on a thread, so that small calls do not wait for it, and with an end.

use std::{process, sync::Arc, time::Duration};

use algorithm::Cancellation;
use tokio::{
    task::{self, AbortHandle, JoinHandle},
    time,
};

/// How much longer than `MODEL_SERVER_TIMEOUT` work may take before the process ends itself. By then the
/// client has been told that there is no answer in time.
const GRACE: Duration = Duration::from_secs(1);

/// Work that waits for a thread, or that a thread does.
pub(crate) struct Large {
    task: AbortHandle,
    cancellation: Arc<Cancellation>,
}

impl Large {
    /// Hands `work` to a thread. If it takes longer than `limit`, and a little more, the process ends.
    /// `inference_id` names the call in the log.
    pub(crate) fn start(
        limit: Duration,
        inference_id: String,
        work: impl FnOnce(&Cancellation) + Send + 'static,
    ) -> Self {
        let cancellation = Arc::new(Cancellation::new());
        let of_work = Arc::clone(&cancellation);
        let task = task::spawn_blocking(move || work(&of_work));
        let large = Self {
            task: task.abort_handle(),
            cancellation,
        };
        tokio::spawn(give_up_after(limit + GRACE, task, inference_id));
        large
    }

    /// Cancels the work. It does not begin if it has not yet; if it has, it may stop early.
    pub(crate) fn cancel(&self) {
        self.cancellation.cancel();
        self.task.abort();
    }
}

/// Ends the process if the work is not done after `limit`: a thread can't be ended alone. The gateway moves
/// everything else in flight here to other workers, and supervisord starts a new process.
async fn give_up_after(limit: Duration, task: JoinHandle<()>, inference_id: String) {
    if time::timeout(limit, task).await.is_err() {
        tracing::error!(
            ?limit,
            inference_id,
            "a call takes too long; this process ends"
        );
        process::abort();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn cancelled_work_that_waits_for_a_thread_does_not_begin() {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        let _runtime = runtime.enter();
        let (begins, began) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let limit = Duration::from_secs(60);
        let first = begins.clone();
        let running = Large::start(limit, "first".to_owned(), move |cancellation| {
            first.send("first").unwrap();
            wait.recv().unwrap();
            assert!(cancellation.is_cancelled());
            first.send("first was cancelled").unwrap();
        });
        let waiting = Large::start(limit, "second".to_owned(), move |_| {
            begins.send("second").unwrap();
        });
        assert_eq!(began.recv(), Ok("first"));
        waiting.cancel();
        running.cancel();
        go.send(()).unwrap();
        assert_eq!(began.recv(), Ok("first was cancelled"));
        // Both have dropped their senders.
        assert!(began.recv().is_err());
    }
}
