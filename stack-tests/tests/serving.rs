//! `/ping` and `/invocations` as clients see them.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use reqwest::{Method, StatusCode};
use stack_tests::{payload, project, stack::Stack};

#[tokio::test]
async fn answers_one_label_a_row_in_order() {
    let stack = Stack::start(&[]).await;
    let rows = payload();
    let whole = stack.invoke(rows.clone()).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert!(
        whole.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    let whole = whole.text().await.unwrap();
    let labels: Vec<&str> = whole.lines().collect();
    assert_eq!(labels.len(), rows.lines().count());
    assert!(whole.ends_with('\n'));
    // The answers are those of the rows themselves, not of their neighbours.
    for (row, label) in rows.lines().zip(&labels) {
        let alone = stack.invoke(row.to_owned()).await.text().await.unwrap();
        assert_eq!(alone.trim_end(), *label);
    }
    let truth = fs::read_to_string(project().join("local-test/payload-labels.csv")).unwrap();
    let right = truth.lines().zip(&labels).filter(|(a, b)| a == *b).count();
    assert!(
        right * 10 >= labels.len() * 7,
        "{right} of {}",
        labels.len()
    );
}

#[tokio::test]
async fn bad_requests_get_one_clear_line() {
    let stack = Stack::start(&[("SAGEMAKER_MAX_PAYLOAD_IN_MB", "1")]).await;
    let too_large = "0".repeat((1 << 20) + 1);
    for (method, path, content_type, body, status, line) in [
        (
            Method::POST,
            "/invocations",
            "text/csv",
            "1,2,3",
            400,
            "row 1: 3 columns, the model takes 24",
        ),
        (
            Method::POST,
            "/invocations",
            "text/csv",
            "",
            400,
            "the payload is empty, expected at least one row",
        ),
        (
            Method::POST,
            "/invocations",
            "image/png",
            "1",
            415,
            "Content-Type \"image/png\": expected text/csv, application/json, application/jsonlines, \
             text/libsvm, application/x-npy, application/x-recordio-protobuf",
        ),
        (
            Method::POST,
            "/invocations",
            "text/csv",
            too_large.as_str(),
            413,
            "the payload is larger than 1048576 bytes (SAGEMAKER_MAX_PAYLOAD_IN_MB, MAX_CONTENT_LENGTH)",
        ),
        (
            Method::GET,
            "/invocations",
            "text/csv",
            "",
            405,
            "this path does not take that method",
        ),
        (
            Method::POST,
            "/pingx",
            "text/csv",
            "",
            404,
            "no such path: there are GET /ping, POST /invocations and GET /execution-parameters",
        ),
    ] {
        let request = stack.client().request(method, stack.url(path));
        let request = request
            .header("content-type", content_type)
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{line}");
        if status == 405 {
            assert_eq!(response.headers()["allow"], "POST");
        }
        assert_eq!(response.text().await.unwrap(), format!("{line}\n"));
    }
    let ping = stack
        .client()
        .head(stack.url("/ping"))
        .send()
        .await
        .unwrap();
    assert_eq!(ping.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_accept_header_that_nothing_meets_is_406() {
    let stack = Stack::start(&[]).await;
    let request = stack.client().post(stack.url("/invocations"));
    let request = request
        .header("content-type", "text/csv")
        .header("accept", "image/png");
    let response = request.body(payload()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
    assert_eq!(
        response.text().await.unwrap(),
        "Accept \"image/png\": expected text/csv, application/json, application/jsonlines, \
         application/x-npy\n"
    );
}

#[tokio::test]
async fn large_and_small_payloads_share_the_workers() {
    let stack = Stack::start(&[]).await;
    let rows = payload();
    let expected = stack.invoke(rows.clone()).await.text().await.unwrap();
    // About 8 MB: many frames each way.
    let large = stack.invoke(rows.repeat(600));
    let small = async {
        for _ in 0..50 {
            assert_eq!(
                stack.invoke(rows.clone()).await.text().await.unwrap(),
                expected
            );
        }
    };
    let (large, ()) = tokio::join!(large, small);
    assert_eq!(large.status(), StatusCode::OK);
    assert!(large.text().await.unwrap() == expected.repeat(600));
}

/// A client that sends its whole body before it reads gets the refusal, not a reset connection.
#[tokio::test]
async fn a_refused_body_that_is_still_being_sent_does_not_break_the_connection() {
    let stack = Stack::start(&[("SAGEMAKER_MAX_PAYLOAD_IN_MB", "1")]).await;
    let body = "1,".repeat(8 << 20);
    let head = format!("content-length: {}\r\n\r\n", body.len());
    let chunked = format!(
        "transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    for rest in [head + &body, chunked] {
        let mut client = TcpStream::connect(("127.0.0.1", stack.port())).unwrap();
        let head = "POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
        client.write_all(head.as_bytes()).unwrap();
        client.write_all(rest.as_bytes()).unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    }

    // Asked to go on, and refused then.
    let mut client = TcpStream::connect(("127.0.0.1", stack.port())).unwrap();
    let head = "POST /invocations HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n\
                transfer-encoding: chunked\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    client.read_exact(&mut go_on).unwrap();
    client
        .write_all(format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).as_bytes())
        .unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}
