//! A gateway over fake workers.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Request, header},
    response::Response,
};
use gateway::{
    pool::{Patience, Pool},
    routes::Routes,
};
use http_body_util::BodyExt as _;
use runtime::settings::Settings;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::fake_worker::{Behaviour, FakeWorker, socket};

/// Longest wait for anything that must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Routes, the pool behind them, and its workers.
pub(crate) struct Gateway {
    pub(crate) routes: Routes,
    pub(crate) workers: Vec<FakeWorker>,
    pub(crate) pool: Pool,
    directory: TempDir,
    connecting: JoinHandle<()>,
}

impl Gateway {
    /// A gateway whose pool is a worker for each of `behaviours`, all connected.
    pub(crate) async fn start(behaviours: &[Behaviour], settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let workers = behaviours
            .iter()
            .enumerate()
            .map(|(i, behaviour)| FakeWorker::start(&socket(directory.path(), i), *behaviour))
            .collect();
        let gateway = Self::over(directory, workers, behaviours.len(), settings);
        eventually(|| gateway.pool.ready_workers() == behaviours.len()).await;
        gateway
    }

    /// A gateway over `slots` sockets in `directory`, of which `workers` serve the first ones.
    fn over(
        directory: TempDir,
        workers: Vec<FakeWorker>,
        slots: usize,
        settings: &[(&str, &str)],
    ) -> Self {
        let find = |name: &str| {
            let pair = settings.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        };
        let settings = Settings::read(find).unwrap();
        let sockets = (0..slots).map(|i| socket(directory.path(), i)).collect();
        let patience = Patience {
            stall_after: settings.probe_timeout,
            kill_after: settings.timeout,
        };
        let (pool, connecting) = Pool::new(sockets, patience);
        Self {
            routes: Routes::new(pool.clone(), &settings),
            workers,
            pool,
            directory,
            connecting: tokio::spawn(connecting),
        }
    }

    /// A gateway over `slots` sockets on which no worker listens yet.
    pub(crate) fn without_workers(slots: usize) -> Self {
        Self::over(tempfile::tempdir().unwrap(), vec![], slots, &[])
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) async fn invoke(&self, body: impl Into<Body>) -> Response {
        let request = Request::post("/invocations")
            .header(header::HOST, "gateway")
            .header(header::CONTENT_TYPE, "text/csv")
            .body(body.into())
            .unwrap();
        self.routes.clone().answer(request).await
    }

    pub(crate) async fn ping(&self) -> Response {
        let request = Request::get("/ping").header(header::HOST, "gateway");
        let request = request.body(Body::empty()).unwrap();
        self.routes.clone().answer(request).await
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
