//! Clients that keep asking, and check every answer against its own rows.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::Client;
use tokio::task::JoinSet;

use crate::{payload, stack::Stack};

/// Load on a stack, until it is stopped.
pub struct Load {
    clients: JoinSet<()>,
    shared: Arc<Shared>,
}

/// What the clients saw.
#[derive(Debug, Default)]
pub struct Report {
    pub answered: usize,
    /// Responses other than the right answer, and requests that broke after they were sent.
    pub failed: HashMap<String, usize>,
    /// Requests that found no server to connect to.
    pub refused: usize,
    pub p99: Duration,
    pub longest: Duration,
}

impl Report {
    /// # Panics
    /// Some response was not the right answer, or there was nobody to connect to.
    pub fn assert_none_failed(&self) {
        assert!(self.failed.is_empty() && self.refused == 0, "{self:?}");
    }
}

struct Shared {
    url: String,
    /// Payloads of one and of many rows, and their answers.
    questions: Vec<(String, String)>,
    stop: AtomicBool,
    answered: AtomicUsize,
    refused: AtomicUsize,
    failed: Mutex<HashMap<String, usize>>,
    latencies: Mutex<Vec<Duration>>,
}

impl Load {
    /// Starts so many clients, each with a connection of its own, on the sample model. Every
    /// `large_every`-th request, if not 0, is one of about half a megabyte.
    pub async fn start(stack: &Stack, connections: usize, large_every: usize) -> Self {
        let rows = payload();
        let answers = stack.invoke(rows.clone()).await.text().await.unwrap();
        let mut questions: Vec<(String, String)> = rows
            .lines()
            .zip(answers.lines())
            .map(|(row, answer)| (format!("{row}\n"), format!("{answer}\n")))
            .collect();
        questions.push((rows.repeat(35), answers.repeat(35)));
        let shared = Arc::new(Shared {
            url: stack.url("/invocations"),
            questions,
            stop: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            failed: Mutex::default(),
            latencies: Mutex::default(),
        });
        let mut clients = JoinSet::new();
        for number in 0..connections {
            clients.spawn(ask(Arc::clone(&shared), number, large_every));
        }
        Self { clients, shared }
    }

    /// Right answers so far.
    pub fn answered(&self) -> usize {
        self.shared.answered.load(Ordering::Relaxed)
    }

    /// Lets the clients finish what they have asked, and tells what they saw.
    pub async fn stop(mut self) -> Report {
        self.shared.stop.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client.unwrap();
        }
        let mut latencies = std::mem::take(&mut *self.shared.latencies.lock().unwrap());
        latencies.sort();
        let at = |share: f64| {
            let index = (latencies.len() as f64 * share) as usize;
            latencies
                .get(index)
                .or(latencies.last())
                .copied()
                .unwrap_or_default()
        };
        Report {
            answered: self.answered(),
            failed: std::mem::take(&mut *self.shared.failed.lock().unwrap()),
            refused: self.shared.refused.load(Ordering::Relaxed),
            p99: at(0.99),
            longest: at(1.0),
        }
    }
}

async fn ask(shared: Arc<Shared>, number: usize, large_every: usize) {
    // A pool of its own: one connection a client.
    let client = Client::builder().pool_max_idle_per_host(1).build().unwrap();
    let small = shared.questions.len() - 1;
    for turn in number.. {
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let is_large = large_every > 0 && turn % large_every == large_every - 1;
        let index = if is_large { small } else { turn % small };
        let (body, expected) = &shared.questions[index];
        let start = Instant::now();
        let request = client.post(&shared.url).header("content-type", "text/csv");
        let failure = match request.body(body.clone()).send().await {
            Err(error) if error.is_connect() => {
                shared.refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            Err(error) => format!("{error:?}"),
            Ok(response) => {
                let status = response.status();
                match response.text().await {
                    Ok(answer) if status == 200 && answer == *expected => {
                        shared.answered.fetch_add(1, Ordering::Relaxed);
                        shared.latencies.lock().unwrap().push(start.elapsed());
                        continue;
                    }
                    Ok(answer) if status == 200 => format!("wrong answer: {answer}"),
                    Ok(answer) => format!("{status}: {answer}"),
                    Err(error) => format!("{error:?}"),
                }
            }
        };
        *shared.failed.lock().unwrap().entry(failure).or_default() += 1;
    }
}
