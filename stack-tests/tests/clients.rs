//! Clients that go away, stall, or break the rules, and a log that nobody reads.

// A client that cannot be set up fails its test there and then, in helper functions too.
#![allow(clippy::expect_used)]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use stack_tests::{
    eventually, payload,
    processes::{open_files, resident_kib},
    stack::Stack,
};
use tokio::{io::AsyncWriteExt as _, task::JoinSet};

const HEAD: &str = "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/csv\r\n";

/// Sends bytes as they are and reads until the server closes.
fn talk(stack: &Stack, request: &str) -> String {
    let mut client = TcpStream::connect(("127.0.0.1", stack.port())).expect("it listens");
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout can be set");
    // The server may close before all is written.
    let _ = client.write_all(request.as_bytes());
    let mut answer = Vec::new();
    // A reset after the answer is as good as a close.
    let _ = client.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn malformed_requests_are_refused_and_closed() {
    let stack = Stack::start(&[]).await;
    let huge = format!(
        "GET /ping HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "a".repeat(1 << 20)
    );
    for request in [
        "nonsense\r\n\r\n",
        "GET /ping HTTP/1.1\r\n\r\n",
        "GET /ping HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
        "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        "POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &huge,
    ] {
        let answer = talk(&stack, request);
        assert!(answer.starts_with("HTTP/1.1 4"), "{request:.60}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
}

/// Transfer-Encoding counts, and the connection ends after the answer (RFC 9112, 6.1): what follows is not
/// taken for a request, whichever length the client meant.
#[tokio::test]
async fn a_body_with_two_lengths_ends_the_connection() {
    let stack = Stack::start(&[]).await;
    for lengths in [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
    ] {
        let request =
            format!("{HEAD}{lengths}\r\n\r\n0\r\n\r\nGET /ping HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = talk(&stack, &request);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let stack = Stack::start(&[]).await;
    let rows = payload();
    let mut expected = String::new();
    let mut request = String::new();
    for row in rows.lines().take(20) {
        request += &format!("{HEAD}content-length: {}\r\n\r\n{row}", row.len());
        expected += &stack
            .invoke(row.to_owned())
            .await
            .text()
            .await
            .expect("an answer");
    }
    request += "GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = talk(&stack, &request);
    let labels: String = answer
        .lines()
        .filter(|line| line.starts_with("acer") || line.starts_with("quercus"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(labels, expected);
}

#[tokio::test]
async fn expect_100_continue_is_answered_before_the_body() {
    let stack = Stack::start(&[]).await;
    let row = payload().lines().next().unwrap_or_default().to_owned();
    let mut client = TcpStream::connect(("127.0.0.1", stack.port())).expect("it listens");
    let head = format!(
        "{HEAD}expect: 100-continue\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        row.len()
    );
    client
        .write_all(head.as_bytes())
        .expect("the head is taken");
    let mut interim = [0; 25];
    client.read_exact(&mut interim).expect("an interim answer");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(row.as_bytes()).expect("the body is taken");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn stalled_clients_cost_no_place_in_the_queue() {
    let stack = Stack::start(&[("MODEL_SERVER_QUEUE", "4")]).await;
    let mut stalled = Vec::new();
    for _ in 0..200 {
        let mut client = TcpStream::connect(("127.0.0.1", stack.port())).expect("it listens");
        let head = format!("{HEAD}content-length: 1000000\r\n\r\n1,2,3");
        client
            .write_all(head.as_bytes())
            .expect("the head is taken");
        stalled.push(client);
    }
    let start = Instant::now();
    assert_eq!(stack.ping().await, StatusCode::OK);
    assert_eq!(stack.invoke(payload()).await.status(), StatusCode::OK);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_clients_that_go_away_leave_nothing_behind() {
    let stack = Stack::start(&[]).await;
    let gateway = stack.gateway().expect("a gateway runs");
    let rows = payload();
    let go_away = async |clients: usize| {
        let mut tasks = JoinSet::new();
        for task in 0..50 {
            let (rows, port) = (rows.clone(), stack.port());
            tasks.spawn(async move {
                for turn in 0..clients / 50 {
                    let Ok(mut client) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await
                    else {
                        continue;
                    };
                    let request = format!("{HEAD}content-length: {}\r\n\r\n{rows}", rows.len());
                    // Some go in the middle of the request, some before they have read the answer.
                    let end = if (task + turn) % 2 == 0 {
                        request.len() / 2
                    } else {
                        request.len()
                    };
                    let _ = client.write_all(&request.as_bytes()[..end]).await;
                    // No lingering: the port is free again at once.
                    let _ = client.set_zero_linger();
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    };
    // The first ones bring the allocator to its size: what counts is whether it goes on growing.
    go_away(25_000).await;
    let files = open_files(gateway);
    let memory = resident_kib(gateway);
    go_away(75_000).await;
    eventually("all connections are closed", async || {
        (open_files(gateway) <= files + 5).then_some(())
    })
    .await;
    let now = resident_kib(gateway);
    eprintln!("75,000 clients more: {files} files before, {memory} KiB before, {now} KiB after");
    assert!(now < memory + 16 * 1024, "{memory} KiB, then {now} KiB");
    assert_eq!(stack.invoke(payload()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn serving_goes_on_while_nobody_reads_the_log() {
    let mut stack = Stack::start(&[("RUST_LOG", "trace")]).await;
    stack.stop_reading_the_log();
    // Far more than a pipe and all queues before it hold.
    for _ in 0..3_000 {
        assert_eq!(stack.invoke(payload()).await.status(), StatusCode::OK);
    }
    assert_eq!(stack.workers().len(), 2);
}
