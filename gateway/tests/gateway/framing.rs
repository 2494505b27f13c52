//! Where one HTTP/1.1 request ends and the next begins: a request whose length can be read in two ways must
//! not smuggle another one past whoever reads it the other way.

use std::net::Ipv4Addr;

use gateway::http;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};

use crate::{
    fake_worker::Behaviour::Echo,
    harness::{DEADLINE, Gateway},
};

const HEAD: &str = "POST /invocations HTTP/1.1\r\nhost: x\r\n";

/// A request of its own, and the last one on its connection.
const LAST: &str = "POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
    content-length: 8\r\n\r\nsmuggled";

/// What a gateway answered on one connection, and the payloads that reached its worker.
struct Conversation {
    answers: String,
    payloads: Vec<String>,
}

impl Conversation {
    fn statuses(&self) -> Vec<&str> {
        let starts = self.answers.match_indices("HTTP/1.1 ");
        starts
            .map(|(start, version)| &self.answers[start + version.len()..][..3])
            .collect()
    }
}

/// Sends `bytes` in one piece to a gateway whose worker echoes, and reads until the gateway closes the
/// connection. Fails if the gateway keeps it open.
async fn talk(bytes: &str) -> Conversation {
    let gateway = Gateway::start(&[Echo], &[]).await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let routes = gateway.routes.clone();
    let server = tokio::spawn(http::serve(listener, routes, async move {
        let _ = stopped.await;
    }));
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(bytes.as_bytes()).await.unwrap();
    let mut answers = String::new();
    let closed = timeout(DEADLINE, client.read_to_string(&mut answers)).await;
    assert!(closed.is_ok(), "still open: {bytes}\n{answers}");
    closed.unwrap().unwrap();
    drop(stop);
    server.await.unwrap();
    let payloads = gateway.workers[0].seen();
    Conversation {
        answers,
        payloads: payloads
            .iter()
            .map(|payload| String::from_utf8(payload.to_vec()).unwrap())
            .collect(),
    }
}

/// hyper takes Transfer-Encoding for the length and closes the connection after the answer, as RFC 9112,
/// 6.1 asks of it.
#[tokio::test]
async fn a_request_with_both_lengths_is_the_last_on_its_connection() {
    let chunked = "5\r\n1,2,3\r\n0\r\n\r\n";
    for length in [
        0,
        5,
        chunked.len(),
        // By this length the next request is a part of the body.
        chunked.len() + LAST.len(),
        1 << 20,
    ] {
        for lengths in [
            format!("content-length: {length}\r\ntransfer-encoding: chunked"),
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
            format!(
                "content-length: {length}\r\ntransfer-encoding: chunked\r\ncontent-length: {length}"
            ),
            format!(
                "content-length: {length}\r\ntransfer-encoding: chunked\r\nconnection: keep-alive"
            ),
        ] {
            let request = format!("{HEAD}{lengths}\r\n\r\n{chunked}{LAST}");
            let conversation = talk(&request).await;
            assert_eq!(conversation.statuses(), ["200"], "{request}");
            assert!(conversation.answers.ends_with("\r\n\r\n1,2,3"), "{request}");
            assert_eq!(conversation.payloads, ["1,2,3"], "{request}");
        }
    }
}

/// The same after a request that leaves the connection open.
#[tokio::test]
async fn both_lengths_are_noticed_in_a_later_request() {
    let first = format!("{HEAD}content-length: 1\r\n\r\n7");
    let second = format!(
        "{HEAD}content-length: 100\r\ntransfer-encoding: chunked\r\n\r\n1\r\n8\r\n0\r\n\r\n"
    );
    let conversation = talk(&format!("{first}{second}{LAST}")).await;
    assert_eq!(conversation.statuses(), ["200", "200"]);
    assert_eq!(conversation.payloads, ["7", "8"]);
}

#[tokio::test]
async fn an_ambiguous_or_malformed_length_is_refused_and_the_connection_closed() {
    for (headers, body) in [
        ("content-length: 1\r\ncontent-length: 2", "ab"),
        ("content-length: 2\r\ncontent-length: 1", "ab"),
        ("content-length: 1, 1", "a"),
        ("content-length: +1", "a"),
        ("content-length : 1", "a"),
        ("transfer-encoding: chunked, gzip", "0\r\n\r\n"),
        (
            "content-length: 5\r\ntransfer-encoding: identity",
            "0\r\n\r\n",
        ),
        ("transfer-encoding : chunked", "0\r\n\r\n"),
        // More bytes than the chunk's size says.
        ("transfer-encoding: chunked", "1\r\nab\r\n0\r\n\r\n"),
        ("transfer-encoding: chunked", "ffffffffffffffffff\r\na"),
        ("host: y", ""),
    ] {
        let request = format!("{HEAD}{headers}\r\n\r\n{body}{LAST}");
        let conversation = talk(&request).await;
        assert_eq!(conversation.statuses(), ["400"], "{request}");
        assert!(conversation.payloads.is_empty(), "{request}");
    }
}

/// Equal values say the same (RFC 9110, 8.6).
#[tokio::test]
async fn a_content_length_that_is_repeated_counts_once() {
    let request = format!("{HEAD}content-length: 2\r\ncontent-length: 2\r\n\r\nab{LAST}");
    let conversation = talk(&request).await;
    assert_eq!(conversation.statuses(), ["200", "200"]);
    assert_eq!(conversation.payloads, ["ab", "smuggled"]);
}

#[tokio::test]
async fn what_follows_a_chunked_body_is_a_request_of_its_own() {
    let chunked =
        format!("{HEAD}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x=\"y\"\r\nc\r\n0\r\n\r\n");
    let conversation = talk(&format!("{chunked}{LAST}")).await;
    assert_eq!(conversation.statuses(), ["200", "200"]);
    assert_eq!(conversation.payloads, ["abc", "smuggled"]);

    let conversation = talk(&format!("{chunked}trailing bytes\r\n\r\n{LAST}")).await;
    assert_eq!(conversation.statuses(), ["200", "400"]);
    assert_eq!(conversation.payloads, ["abc"]);
}

#[tokio::test]
async fn a_body_that_looks_like_a_request_is_a_body() {
    let sized = format!("{HEAD}content-length: {}\r\n\r\n{LAST}", LAST.len());
    let chunked = format!(
        "{HEAD}transfer-encoding: chunked\r\n\r\n{:x}\r\n{LAST}\r\n0\r\nx: content-length: 7\r\n\r\n",
        LAST.len()
    );
    let last = "GET /ping HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let conversation = talk(&format!("{sized}{chunked}{last}")).await;
    assert_eq!(conversation.payloads, [LAST, LAST]);
    // Both answers echo a request, which names the version too.
    assert_eq!(conversation.answers.matches("HTTP/1.1 200 OK").count(), 3);
}
