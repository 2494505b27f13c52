//! The gateway's routes and pool against workers that do as they are told.

// Setting up what fails must fail the test there and then, in helper functions too.
#![allow(clippy::unwrap_used)]

mod fake_worker;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use fake_worker::{
    Behaviour::{self, Die, Echo, Freeze, Hang, Vanish},
    FakeWorker, socket,
};
use futures_util::future::join_all;
use gateway::{pool::Pool, routes::Routes};
use http_body_util::BodyExt as _;
use runtime::settings::Settings;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Routes to fakes with these behaviours, connected.
struct Gateway {
    routes: Routes,
    workers: Vec<FakeWorker>,
    directory: TempDir,
    pool: Pool,
    connecting: JoinHandle<()>,
}

impl Gateway {
    async fn start(behaviours: &[Behaviour], settings: &[(&str, &str)]) -> Self {
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
        let (pool, connecting) = Pool::new(sockets, settings.timeout);
        Self {
            routes: Routes::new(pool.clone(), &settings),
            workers,
            directory,
            pool,
            connecting: tokio::spawn(connecting),
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    async fn invoke(&self, body: impl Into<Body>) -> Response {
        let request = Request::post("/invocations")
            .header(header::HOST, "gateway")
            .header(header::CONTENT_TYPE, "text/csv")
            .body(body.into())
            .unwrap();
        self.routes.clone().answer(request).await
    }

    async fn ping(&self) -> StatusCode {
        let request = Request::get("/ping").header(header::HOST, "gateway");
        let request = request.body(Body::empty()).unwrap();
        self.routes.clone().answer(request).await.status()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.connecting.abort();
    }
}

async fn eventually(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "not in time");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn ping_is_200_if_and_only_if_a_worker_can_score() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = Gateway::over(directory, vec![], 2, &[]);
    assert_eq!(gateway.ping().await, StatusCode::SERVICE_UNAVAILABLE);
    let late = FakeWorker::start(&socket(gateway.path(), 1), Echo);
    eventually(|| gateway.pool.ready_workers() == 1).await;
    assert_eq!(gateway.ping().await, StatusCode::OK);
    late.behave(Die);
    gateway.invoke("x").await;
    drop(late);
    eventually(|| gateway.pool.ready_workers() == 0).await;
    assert_eq!(gateway.ping().await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_invocation_may_come_by_the_runtime_apis_path() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    for (path, status) in [
        ("/endpoints/leaves/invocations", StatusCode::OK),
        ("/endpoints/leaf-trees-2/invocations", StatusCode::OK),
        ("/endpoints/invocations", StatusCode::NOT_FOUND),
        ("/endpoints/a/b/invocations", StatusCode::NOT_FOUND),
    ] {
        let request = Request::post(path).header(header::HOST, "gateway");
        let request = request.body(Body::from("1,2")).unwrap();
        let answer = gateway.routes.clone().answer(request).await;
        assert_eq!(answer.status(), status, "{path}");
        if status == StatusCode::OK {
            assert_eq!(text(answer).await, "1,2");
        }
    }
}

#[tokio::test]
async fn an_invocation_waits_for_a_worker_that_starts_late() {
    let directory = tempfile::tempdir().unwrap();
    let gateway = Gateway::over(directory, vec![], 1, &[]);
    let answer = gateway.invoke("1,2");
    let start = async { FakeWorker::start(&socket(gateway.path(), 0), Echo) };
    let (answer, _worker) = tokio::join!(answer, start);
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(text(answer).await, "1,2");
}

#[tokio::test]
async fn an_invocation_moves_on_when_its_worker_dies() {
    let gateway = Gateway::start(&[Die, Echo], &[]).await;
    for _ in 0..10 {
        assert_eq!(gateway.invoke("1,2").await.status(), StatusCode::OK);
    }
    assert!(!gateway.workers[0].seen().is_empty());
}

#[tokio::test]
async fn an_invocation_that_kills_two_workers_is_not_tried_on_a_third() {
    let gateway = Gateway::start(&[Die, Die, Die], &[]).await;
    let answer = gateway.invoke("poison").await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    let tried: usize = gateway
        .workers
        .iter()
        .map(|worker| worker.seen().len())
        .sum();
    assert_eq!(tried, 2);
}

/// A suspect that the worker was not scoring when it died is innocent.
#[tokio::test]
async fn an_invocation_that_was_only_waiting_when_its_workers_died_is_tried_on() {
    let gateway = Gateway::start(&[Vanish, Vanish, Vanish, Echo], &[]).await;
    for _ in 0..8 {
        assert_eq!(gateway.invoke("1,2").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_frozen_worker_loses_its_invocations_and_comes_back() {
    let gateway = Gateway::start(&[Freeze, Echo], &[]).await;
    // More than leave for one worker together.
    let answers = (0..40).map(|_| gateway.invoke("1,2"));
    for answer in join_all(answers).await {
        assert_eq!(answer.status(), StatusCode::OK);
    }
    assert!(!gateway.workers[0].seen().is_empty());
    assert_eq!(gateway.pool.ready_workers(), 1);
    gateway.workers[0].behave(Echo);
    eventually(|| gateway.pool.ready_workers() == 2).await;
}

/// A worker that is woken once for ten does not cost ten wake-ups; but none gets far ahead.
#[tokio::test]
async fn invocations_that_come_together_share_a_batch() {
    let gateway = Gateway::start(&[Hang, Hang], &[]).await;
    let seen = || {
        let mut seen: Vec<usize> = gateway
            .workers
            .iter()
            .map(|worker| worker.seen().len())
            .collect();
        seen.sort_unstable();
        seen
    };
    let ten = join_all((0..10).map(|_| gateway.invoke("1")));
    let then_thirty = async {
        eventually(|| seen() == [0, 10]).await;
        join_all((0..30).map(|_| gateway.invoke("1"))).await
    };
    let check = async {
        eventually(|| seen().iter().sum::<usize>() == 40).await;
        let seen = seen();
        assert!(seen[1] - seen[0] <= 17, "{seen:?}");
    };
    tokio::select! {
        _ = ten => panic!("nobody answers"),
        _ = then_thirty => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn the_worker_with_less_work_in_flight_is_chosen() {
    let gateway = Gateway::start(&[Hang, Hang], &[]).await;
    let large = gateway.invoke(vec![b'0'; 1 << 20]);
    let small = async {
        eventually(|| {
            gateway
                .workers
                .iter()
                .any(|worker| !worker.seen().is_empty())
        })
        .await;
        let small = (0..20).map(|_| gateway.invoke("1"));
        join_all(small).await
    };
    let check = async {
        let seen = |worker: &FakeWorker| worker.seen().iter().map(Bytes::len).collect::<Vec<_>>();
        eventually(|| {
            gateway
                .workers
                .iter()
                .map(|worker| worker.seen().len())
                .sum::<usize>()
                == 21
        })
        .await;
        let mut seen: Vec<_> = gateway.workers.iter().map(seen).collect();
        seen.sort_by_key(Vec::len);
        assert_eq!(seen, [vec![1 << 20], vec![1; 20]]);
    };
    tokio::select! {
        _ = large => panic!("nobody answers"),
        _ = small => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn one_client_stays_with_one_worker_and_many_do_not_count_as_quiet() {
    let gateway = Gateway::start(&[Echo, Echo], &[]).await;
    for _ in 0..10 {
        gateway.invoke("x").await;
    }
    let mut quiet: Vec<_> = gateway.workers.iter().map(FakeWorker::quiet).collect();
    quiet.sort();
    assert_eq!(quiet, [vec![], vec![true; 10]]);

    let gateway = Gateway::start(&[Hang], &[]).await;
    let invoke_all = join_all((0..4).map(|_| gateway.invoke("x")));
    tokio::select! {
        _ = invoke_all => panic!("it never answers"),
        () = eventually(|| gateway.workers[0].seen().len() == 4) => {}
    }
    assert_eq!(gateway.workers[0].quiet(), [true, true, false, false]);
}

#[tokio::test]
async fn an_invocation_beyond_its_time_is_504_and_taken_back() {
    let gateway = Gateway::start(&[Hang], &[("MODEL_SERVER_TIMEOUT", "1")]).await;
    let answer = gateway.invoke("1,2").await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    eventually(|| gateway.workers[0].cancelled() == 1).await;
}

#[tokio::test]
async fn an_invocation_whose_client_is_gone_is_taken_back() {
    let gateway = Gateway::start(&[Hang], &[]).await;
    let gone = async { eventually(|| !gateway.workers[0].seen().is_empty()).await };
    tokio::select! {
        _ = gateway.invoke("1,2") => panic!("nobody answers"),
        () = gone => {}
    }
    eventually(|| gateway.workers[0].cancelled() == 1).await;
}

#[tokio::test]
async fn more_invocations_than_the_queue_holds_are_turned_away_at_once() {
    let gateway = Gateway::start(&[Hang], &[("MODEL_SERVER_QUEUE", "2")]).await;
    let hanging = futures_util::future::join(gateway.invoke("1"), gateway.invoke("2"));
    let check = async {
        eventually(|| gateway.workers[0].seen().len() == 2).await;
        let refused = gateway.invoke("3").await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
        // Health does not wait in the queue.
        assert_eq!(gateway.ping().await, StatusCode::OK);
    };
    tokio::select! {
        _ = hanging => panic!("nobody answers"),
        () = check => {}
    }
}

#[tokio::test]
async fn large_bodies_arrive_whole_both_ways() {
    let gateway = Gateway::start(&[Echo], &[]).await;
    let body: Vec<u8> = (0..5_000_000_u32).map(|i| b'0' + (i % 10) as u8).collect();
    let answer = gateway.invoke(body.clone()).await;
    assert!(text(answer).await.as_bytes() == body);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_and_reaches_no_worker() {
    let gateway = Gateway::start(&[Echo], &[("SAGEMAKER_MAX_PAYLOAD_IN_MB", "1")]).await;
    let limit = 1 << 20;
    let fits = gateway.invoke(vec![b'1'; limit]).await;
    assert_eq!(fits.status(), StatusCode::OK);
    let refused = gateway.invoke(vec![b'1'; limit + 1]).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(gateway.workers[0].seen().len(), 1);
}
