//! Clients that go away, stall, or break the rules, and a log that nobody reads.

// A client that cannot be set up fails its test there and then, in helper functions too.
#![allow(clippy::expect_used)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
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

/// Sends bytes as they are and reads until the server closes; false if it does not.
fn talk(stack: &Stack, request: &str) -> (String, bool) {
    let mut client = TcpStream::connect(("127.0.0.1", stack.port())).expect("it listens");
    client
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout can be set");
    // The server may close before all is written.
    let _ = client.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let is_closed = match client.read_to_end(&mut answer) {
        Ok(_) => true,
        // A reset after the answer is as good as a close.
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    };
    (String::from_utf8_lossy(&answer).into_owned(), is_closed)
}

/// Each is answered once, with a status of these, and the connection closed: what follows is not taken for a
/// request.
#[tokio::test]
async fn malformed_requests_are_refused_and_closed() {
    let stack = Stack::start(&[]).await;
    let huge = format!("x: {}", "a".repeat(64 << 10));
    let enormous = format!("x: {}", "a".repeat(1 << 20));
    let many = "x: y\r\n".repeat(1000);
    let chunked = "transfer-encoding: chunked";
    for (headers, body, statuses) in [
        ("host: a\r\nhost: b", "", "400"),
        ("x: y", "", "400"),
        ("host: x\r\ncontent-length: -1", "", "400"),
        ("host: x\r\ncontent-length: +1", "a", "400"),
        ("host: x\r\ncontent-length: 1, 1", "a", "400"),
        (
            "host: x\r\ncontent-length: 18446744073709551616",
            "",
            "400 413 431",
        ),
        (
            "host: x\r\ncontent-length: 1\r\ncontent-length: 2",
            "ab",
            "400",
        ),
        (
            "host: x\r\ncontent-length: 4\r\ntransfer-encoding: identity",
            "0\r\n\r\n",
            "400 501",
        ),
        ("host: x\r\ntransfer-encoding: gzip", "0\r\n\r\n", "400 501"),
        (
            "host: x\r\ntransfer-encoding: chunked, gzip",
            "0\r\n\r\n",
            "400 501",
        ),
        ("host: x\r\ntransfer-encoding : chunked", "0\r\n\r\n", "400"),
        ("host: x\r\ncontent-length : 4", "0\r\n\r\n", "400"),
        ("host: x\r\na: b\r\n folded", "", "400"),
        ("host: x\r\na: b\rc: d", "", "400"),
        ("host: x\r\na: b\0c", "", "400"),
        ("host: x\r\n: b", "", "400"),
        (&format!("host: x\r\n{huge}"), "", "431"),
        (&format!("host: x\r\n{enormous}"), "", "431"),
        (&format!("host: x\r\n{many}a: b"), "", "431"),
        (&format!("host: x\r\n{chunked}"), "zz\r\n", "400"),
        (
            &format!("host: x\r\n{chunked}"),
            "-1\r\na\r\n0\r\n\r\n",
            "400",
        ),
        (
            &format!("host: x\r\n{chunked}"),
            "ffffffffffffffffff\r\na",
            "400",
        ),
        (
            &format!("host: x\r\n{chunked}"),
            "1\r\nab\r\n0\r\n\r\n",
            "400",
        ),
    ] {
        let request = format!(
            "POST /invocations HTTP/1.1\r\ncontent-type: text/csv\r\n{headers}\r\n\r\n{body}\
             GET /ping HTTP/1.1\r\nhost: x\r\n\r\n"
        );
        assert_refused(&stack, &request, statuses);
    }
    for request in [
        "nonsense\r\n\r\n",
        "GET /ping HTTP/1.1\r\n\r\n",
        "GET /ping HTTP/7.3\r\nhost: x\r\n\r\n",
        "GET  /ping HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /invocations HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        assert_refused(&stack, request, "400 505");
    }
    assert_eq!(stack.invoke(payload()).await.status(), StatusCode::OK);
}

/// Transfer-Encoding is the length, whichever comes first, and nothing after the body is taken for a request.
#[tokio::test]
async fn a_body_with_two_lengths_is_the_last_on_its_connection() {
    let stack = Stack::start(&[]).await;
    let rows = payload();
    let row = rows.lines().next().expect("the payload has a row");
    let label = stack.invoke(row.to_owned()).await.text().await;
    let label = label.expect("an answer");
    let body = format!("{:x}\r\n{row}\r\n0\r\n\r\n", row.len());
    let after = "GET /ping HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = format!("content-length: {}", body.len() + after.len());
    let coding = "Transfer-Encoding: chunked";
    for lengths in [
        format!("{length}\r\n{coding}"),
        format!("{coding}\r\n{length}"),
    ] {
        let request = format!("{HEAD}{lengths}\r\n\r\n{body}");
        // Also as the second request on the connection.
        for before in [
            "",
            &format!("{HEAD}content-length: {}\r\n\r\n{row}", row.len()),
        ] {
            let (answer, is_closed) = talk(&stack, &format!("{before}{request}{after}"));
            let expected = if before.is_empty() { 1 } else { 2 };
            assert_eq!(
                answer.matches("HTTP/1.1 200 OK").count(),
                expected,
                "{answer}"
            );
            assert_eq!(answer.matches("HTTP/1.1 ").count(), expected, "{answer}");
            assert!(answer.ends_with(&label), "{answer}");
            assert!(is_closed, "{answer}");
        }
    }
}

fn assert_refused(stack: &Stack, request: &str, statuses: &str) {
    let (answer, is_closed) = talk(stack, request);
    let status = answer
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3));
    let is_allowed = status.is_some_and(|status| statuses.split(' ').any(|one| one == status));
    assert!(is_allowed, "{request:.150}\nexpected {statuses}: {answer}");
    assert_eq!(
        answer.matches("HTTP/1.1 ").count(),
        1,
        "{request:.150}\n{answer}"
    );
    assert!(is_closed, "{request:.150}\nstill open: {answer}");
}

/// The headers' names in a body or in a trailer mean nothing.
#[tokio::test]
async fn only_the_head_holds_the_bodys_length() {
    let stack = Stack::start(&[]).await;
    let lines = "content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n";
    let sized = format!("{HEAD}content-length: {}\r\n\r\n{lines}", lines.len());
    let chunked = format!(
        "{HEAD}transfer-encoding: chunked\r\n\r\n{:x}\r\n{lines}\r\n0\r\nx: y\r\n\r\n",
        lines.len()
    );
    let last = "GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (answer, _) = talk(&stack, &(sized + &chunked + &chunked + last));
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 4, "{answer}");
    // The worker's word on these lines, and not the gateway's.
    assert_eq!(answer.matches("\nrow 1: ").count(), 3, "{answer}");
}

#[tokio::test]
async fn http_1_0_and_bare_line_feeds_are_understood() {
    let stack = Stack::start(&[]).await;
    for request in [
        "GET /ping HTTP/1.0\r\n\r\n",
        "GET /ping HTTP/1.1\nhost: x\nconnection: close\n\n",
    ] {
        let (answer, is_closed) = talk(&stack, request);
        assert!(answer.contains(" 200 OK"), "{answer}");
        assert!(is_closed);
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
    let (answer, _) = talk(&stack, &request);
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
    // The first ones bring the allocator to its size, and a later round may still find a worse moment than those
    // before it, by any amount; something left behind by each client makes every round grow.
    go_away(20_000).await;
    let files = open_files(gateway);
    let mut growth = Vec::new();
    for _ in 0..4 {
        let before = resident_kib(gateway);
        go_away(20_000).await;
        eventually("all connections are closed", async || {
            (open_files(gateway) <= files + 5).then_some(())
        })
        .await;
        growth.push(resident_kib(gateway).saturating_sub(before));
    }
    eprintln!("{files} files before; 20,000 clients each: {growth:?} KiB more");
    // 100 bytes a client: less than the least that is kept of a connection or of an invocation.
    let least = growth.iter().copied().min();
    assert!(least < Some(2 * 1024), "{growth:?} KiB");
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
