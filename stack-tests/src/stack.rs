//! `serve` with real processes, on free ports.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use reqwest::{Client, Response, StatusCode};
use rustix::process::Signal;
use tokio::time::sleep;

use crate::{
    binaries, eventually,
    processes::{children, is_running, signal},
    project,
    training::Job,
};

/// A running `serve`. Dropping it ends it and all its processes.
pub struct Stack {
    serve: Child,
    log: Arc<Mutex<String>>,
    /// While it is set, nobody reads what `serve` prints.
    deaf: Arc<AtomicBool>,
    job: Job,
    port: Option<u16>,
    client: Client,
}

impl Stack {
    /// Starts `serve` on the model of `job` with these settings; does not wait for anything.
    pub fn spawn(job: Job, settings: &[(&str, &str)]) -> Self {
        let programs = job.path().join("programs");
        link_programs(&programs);
        let mut serve = Command::new(project().join("serve"))
            .env("MODEL_SERVER_BIN_DIR", &programs)
            .env("SAGEMAKER_BASE_DIR", job.path())
            // The run directory is removed with the job, even if `serve` is killed.
            .env("TMPDIR", job.path())
            .env("SAGEMAKER_BIND_TO_PORT", "0")
            .env("MODEL_SERVER_WORKERS", "2")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("serve must start");
        let log = Arc::new(Mutex::new(String::new()));
        let deaf = Arc::new(AtomicBool::new(false));
        collect(serve.stdout.take().unwrap(), &log, &deaf);
        collect(serve.stderr.take().unwrap(), &log, &deaf);
        Self {
            serve,
            log,
            deaf,
            job,
            port: None,
            client: Client::new(),
        }
    }

    /// Starts `serve` on the sample model and waits until it can score.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Job::sample().trained(), settings).await
    }

    /// As [`start`](Self::start), on the model of `job`.
    pub async fn start_on(job: Job, settings: &[(&str, &str)]) -> Self {
        let mut stack = Self::spawn(job, settings);
        stack.wait_ready().await;
        stack
    }

    /// Waits until `/ping` is 200.
    pub async fn wait_ready(&mut self) {
        self.find_port().await;
        eventually("/ping is 200", async || {
            let ping = self.client.get(self.url("/ping")).send().await.ok()?;
            (ping.status() == 200).then_some(())
        })
        .await;
    }

    /// Waits until the gateway has logged its port, and keeps it.
    pub async fn find_port(&mut self) {
        let log = Arc::clone(&self.log);
        let port = eventually("the gateway logs its address", async || {
            let log = log.lock().unwrap();
            let (_, rest) = log.rsplit_once("address=0.0.0.0:")?;
            rest.split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        })
        .await;
        self.port = Some(port);
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port())
    }

    pub fn port(&self) -> u16 {
        self.port.expect("wait_ready comes first")
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn job(&self) -> &Job {
        &self.job
    }

    /// POSTs CSV to `/invocations`.
    pub async fn invoke(&self, body: impl Into<reqwest::Body>) -> Response {
        self.client
            .post(self.url("/invocations"))
            .header("content-type", "text/csv")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// The status of `/ping`.
    pub async fn ping(&self) -> StatusCode {
        let ping = self.client.get(self.url("/ping")).send().await;
        ping.unwrap().status()
    }

    /// The workers' process ids, by index.
    pub fn workers(&self) -> Vec<u32> {
        children(self.serve.id(), |words| words.contains(&"--index"))
    }

    /// Kills the workers in turn, one a second.
    pub async fn kill_a_worker_every_second(&self, times: usize) {
        for round in 0..times {
            let workers = self.workers();
            signal(workers[round % workers.len()], Signal::KILL);
            sleep(Duration::from_secs(1)).await;
        }
    }

    /// The gateway's process id.
    pub fn gateway(&self) -> Option<u32> {
        let gateways = children(self.serve.id(), |words| words[0].ends_with("/gateway"));
        gateways.first().copied()
    }

    /// What `serve` and its processes have printed so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// From now on the pipes that `serve` prints to fill up.
    pub fn stop_reading_the_log(&mut self) {
        self.deaf.store(true, Ordering::Relaxed);
    }

    /// Sends SIGTERM to `serve`, as `docker stop` does.
    pub fn terminate(&self) {
        signal(self.serve.id(), Signal::TERM);
    }

    /// Waits for `serve` to exit.
    pub async fn exited(&mut self) -> ExitStatus {
        let serve = &mut self.serve;
        eventually("serve exits", async || serve.try_wait().unwrap()).await
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let mut processes = self.workers();
        processes.extend(self.gateway());
        let _ = self.serve.kill();
        let _ = self.serve.wait();
        for process in processes {
            if is_running(process) {
                signal(process, Signal::KILL);
            }
        }
        if thread::panicking() {
            eprintln!("--- log of serve ---\n{}", self.log());
        }
    }
}

/// Makes a directory of the programs that `serve` runs, under the names that it knows.
fn link_programs(directory: &Path) {
    fs::create_dir(directory).unwrap();
    for (program, binary) in [
        ("gateway", "stack-gateway"),
        ("model-worker", "stack-worker"),
    ] {
        symlink(binaries().join(binary), directory.join(program)).unwrap();
    }
}

/// A TCP port that nobody listens on at the moment.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn collect(
    stream: impl std::io::Read + Send + 'static,
    log: &Arc<Mutex<String>>,
    deaf: &Arc<AtomicBool>,
) {
    let (log, deaf) = (Arc::clone(log), Arc::clone(deaf));
    thread::spawn(move || {
        let mut lines = BufReader::new(stream).lines();
        while let Some(Ok(line)) = lines.next() {
            if deaf.load(Ordering::Relaxed) {
                // Keeps the pipe open, unread, until the test ends.
                thread::park();
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}
