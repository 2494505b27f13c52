//! What clients see when processes die, stall, hang or come late: the table "Failures" of the README.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use rustix::process::Signal;
use stack_tests::{eventually, load::Load, payload, processes::signal, stack::Stack};
use tokio::time::sleep;

/// One row that the sample model takes.
fn row() -> String {
    payload().lines().next().unwrap_or_default().to_owned()
}

/// What the client of an invocation reads that stalled two workers.
const STALLED: &str = "two workers in a row gave no sign of life for 1 s (MODEL_SERVER_PROBE_TIMEOUT) while they \
                       had this invocation\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_a_worker_every_second_loses_nothing() {
    let stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 32, 0).await;
    stack.kill_a_worker_every_second(30).await;
    let report = load.stop().await;
    report.assert_none_failed();
    eprintln!("kill -9 every second: {report:?}");
    assert!(report.p99 < Duration::from_millis(250), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_worker_is_left_out_and_replaced() {
    let stack = Stack::start(&[("MODEL_SERVER_TIMEOUT", "6")]).await;
    eventually("both workers are connected", async || {
        let connected = stack.log().matches("worker connected").count();
        (connected == 2).then_some(())
    })
    .await;
    let load = Load::start(&stack, 8, 0).await;
    let stopped = stack.workers()[0];
    signal(stopped, Signal::STOP);
    let start = Instant::now();
    eventually("the worker is noticed", async || {
        stack
            .log()
            .contains("worker does not answer its probe")
            .then_some(())
    })
    .await;
    let noticed = start.elapsed();
    eventually("the worker is replaced", async || {
        let workers = stack.workers();
        (workers.len() == 2 && !workers.contains(&stopped)).then_some(())
    })
    .await;
    let replaced = start.elapsed();
    let report = load.stop().await;
    eprintln!("kill -STOP: noticed {noticed:?}, replaced {replaced:?}, {report:?}");
    report.assert_none_failed();
    assert!(noticed < Duration::from_secs(2), "{noticed:?}");
    assert!(replaced < Duration::from_secs(9), "{replaced:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_hangs_in_a_computation_is_replaced() {
    let stack = Stack::start(&[("MODEL_SERVER_TIMEOUT", "2")]).await;
    let before = stack.workers();
    // Large enough to be scored on a thread, while the worker goes on answering.
    let hang = format!("fault: hang{}", " ".repeat(100_000));
    let answer = stack.invoke(hang);
    let small = async {
        for _ in 0..20 {
            assert_eq!(stack.invoke(row()).await.status(), StatusCode::OK);
        }
    };
    let (answer, ()) = tokio::join!(answer, small);
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        answer.text().await.ok().as_deref(),
        Some("no answer within the time limit (MODEL_SERVER_TIMEOUT)\n")
    );
    eventually("the worker is replaced", async || {
        let now = stack.workers();
        (now.len() == 2 && now != before).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_500_and_the_worker_lives() {
    let stack = Stack::start(&[("MODEL_SERVER_WORKERS", "1")]).await;
    let before = stack.workers();
    let panic = "fault: panic";
    for body in [panic.to_owned(), format!("{panic}{}", " ".repeat(100_000))] {
        let answer = stack.invoke(body).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let line = answer.text().await.unwrap();
        assert_eq!(line, "internal error: the model panicked\n");
        assert_eq!(stack.invoke(row()).await.status(), StatusCode::OK);
    }
    assert_eq!(stack.workers(), before);
    eventually("the log has the panic's place", async || {
        stack.log().contains("faults.rs:").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_hangs_every_worker_does_not_stop_the_rest() {
    let stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 4, 0).await;
    let answer = stack.invoke("fault: hang").await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(answer.text().await.ok().as_deref(), Some(STALLED));
    let answered = load.answered();
    eventually("answers flow again", async || {
        (load.answered() > answered + 100).then_some(())
    })
    .await;
    load.stop().await.assert_none_failed();
}

/// Beside it, invocations wait for as long as it takes, and are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computation_that_silences_its_worker_is_waited_for_with_patience() {
    for (patience, status, line) in [
        ("1", StatusCode::BAD_GATEWAY, STALLED),
        // The worker says what it thinks of the payload.
        (
            "5",
            StatusCode::BAD_REQUEST,
            "the payload is a header line only (\"fault: nap\"), expected rows of numbers after it\n",
        ),
    ] {
        let stack = Stack::start(&[("MODEL_SERVER_PROBE_TIMEOUT", patience)]).await;
        let before = stack.workers();
        let load = Load::start(&stack, 4, 0).await;
        let answer = stack.invoke("fault: nap").await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.text().await.ok().as_deref(), Some(line));
        load.stop().await.assert_none_failed();
        assert_eq!(stack.workers(), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_kills_every_worker_is_502_and_harms_nobody_else() {
    let stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 8, 50).await;
    for _ in 0..5 {
        let answer = stack.invoke("fault: crash").await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        assert_eq!(
            answer.text().await.ok().as_deref(),
            Some("two workers in a row died while they had this invocation\n")
        );
        eventually("the workers are back", async || {
            (stack.workers().len() == 2).then_some(())
        })
        .await;
    }
    let report = load.stop().await;
    report.assert_none_failed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_workers_killed_again_and_again_are_waited_for() {
    let stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 16, 0).await;
    for _ in 0..6 {
        let workers = stack.workers();
        for worker in &workers {
            signal(*worker, Signal::KILL);
        }
        let killed = Instant::now();
        eventually("other workers run", async || {
            let now = stack.workers();
            (now.len() == 2 && workers.iter().all(|old| !now.contains(old))).then_some(())
        })
        .await;
        eventually("/ping is 200", async || {
            (stack.ping().await == StatusCode::OK).then_some(())
        })
        .await;
        let back = killed.elapsed();
        assert!(back < Duration::from_secs(3), "{back:?}");
        sleep(Duration::from_millis(300)).await;
    }
    let report = load.stop().await;
    eprintln!("all workers killed: {report:?}");
    report.assert_none_failed();
}

#[tokio::test]
async fn ping_is_503_exactly_while_no_worker_can_score() {
    let stack = Stack::start(&[]).await;
    for worker in stack.workers() {
        signal(worker, Signal::STOP);
    }
    eventually("/ping is 503", async || {
        (stack.ping().await == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    for worker in stack.workers() {
        signal(worker, Signal::CONT);
    }
    eventually("/ping is 200 again", async || {
        (stack.ping().await == StatusCode::OK).then_some(())
    })
    .await;
}

/// The gateway answers for its health itself: it waits neither for a worker nor for the traffic.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ping_does_not_wait_while_every_worker_is_saturated() {
    let stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 32, 0).await;
    // About 8 MB each, twice as many at once as there are workers.
    let rows = payload().repeat(600);
    let stop = AtomicBool::new(false);
    let large = async || {
        let mut answered = 0;
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(stack.invoke(rows.clone()).await.status(), StatusCode::OK);
            answered += 1;
        }
        answered
    };
    let pings = async {
        let saturated = pings(&stack, 300).await;
        for worker in stack.workers() {
            signal(worker, Signal::STOP);
        }
        // Nobody could answer for a worker now.
        let stopped = pings(&stack, 30).await;
        for worker in stack.workers() {
            signal(worker, Signal::CONT);
        }
        stop.store(true, Ordering::Relaxed);
        (saturated, stopped)
    };
    let (a, b, c, d, (saturated, stopped)) =
        tokio::join!(large(), large(), large(), large(), pings);
    let report = load.stop().await;
    eprintln!(
        "ping beside {} large payloads and {} small ones: {saturated:?}; with all workers stopped: \
         {stopped:?}",
        a + b + c + d,
        report.answered
    );
    report.assert_none_failed();
    for pings in [saturated, stopped] {
        // A machine that is busy with all this, and with other tests, needs some time to give the gateway its
        // turn. Whoever waits for a worker that is stopped waits for a second and more.
        assert!(pings.nine_of_ten < Duration::from_millis(250), "{pings:?}");
        assert!(pings.longest < Duration::from_secs(1), "{pings:?}");
    }
}

#[derive(Debug)]
#[allow(dead_code)] // the median is for the log
struct Pings {
    median: Duration,
    nine_of_ten: Duration,
    longest: Duration,
}

/// So many pings, a hundred a second.
async fn pings(stack: &Stack, count: usize) -> Pings {
    let mut took = Vec::new();
    for _ in 0..count {
        sleep(Duration::from_millis(10)).await;
        let start = Instant::now();
        stack.ping().await;
        took.push(start.elapsed());
    }
    took.sort();
    let at = |index: usize| took.get(index).copied().unwrap_or_default();
    Pings {
        median: at(count / 2),
        nine_of_ten: at(count * 9 / 10),
        longest: at(count - 1),
    }
}

#[tokio::test]
async fn a_gateway_that_dies_is_replaced_and_finds_the_workers() {
    let mut stack = Stack::start(&[]).await;
    let workers = stack.workers();
    let gateway = stack.gateway();
    let port = stack.port();
    signal(gateway.expect("a gateway runs"), Signal::KILL);
    let killed = Instant::now();
    eventually("the new gateway logs its port", async || {
        stack.find_port().await;
        (stack.port() != port).then_some(())
    })
    .await;
    stack.wait_ready().await;
    let back = killed.elapsed();
    eprintln!("gateway killed: serving again after {back:?}");
    assert!(back < Duration::from_millis(1500), "{back:?}");
    assert_eq!(stack.invoke(row()).await.status(), StatusCode::OK);
    assert_eq!(stack.workers(), workers);
    assert_ne!(stack.gateway(), gateway);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_load_answers_everything_accepted() {
    let mut stack = Stack::start(&[]).await;
    let load = Load::start(&stack, 32, 40).await;
    eventually("load flows", async || (load.answered() > 500).then_some(())).await;
    stack.terminate();
    let start = Instant::now();
    let status = stack.exited().await;
    let took = start.elapsed();
    let report = load.stop().await;
    eprintln!("SIGTERM under load: exit after {took:?}, {report:?}");
    assert_eq!(status.code(), Some(0));
    assert!(report.failed.is_empty(), "{report:?}");
    assert!(report.refused > 0, "the clients went on asking");
    assert!(took < Duration::from_secs(25), "{took:?}");
}
