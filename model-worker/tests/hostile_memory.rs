//! A payload takes no more memory than a small multiple of its size, whatever it claims and however many
//! values it stands for.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::{
    env, fs,
    process::{Command, Output},
};

use algorithm::{Cancellation, Features, Handler as _, Labels, Refusal, Request};
use model_worker::scorer::Scorer;
use trees::{Model, TreeModel, TreeNode};

const N_FEATURES: usize = 2000;

/// Memory that a request may take: blocks of rows, and an answer.
const FIXED: usize = 16 << 20;

/// Bytes that each byte of a payload may take besides.
const MULTIPLE: usize = 12;

/// The most memory that this process has had, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}

/// A model of one leaf.
fn scorer(n_features: usize, n_classes: i64) -> Scorer {
    let tree = TreeModel {
        trees: vec![vec![TreeNode::Leaf {
            values: vec![(0, 1.0)],
        }]],
        output: algorithm::Output::Classes(Labels::Integers((0..n_classes).collect())),
        features: Features::named((0..n_features).map(|column| format!("f{column}")).collect()),
        ..TreeModel::default()
    };
    Scorer::new(
        Box::new(Model::load(&tree.to_onnx().unwrap()).unwrap()),
        "text/csv",
        None,
    )
    .unwrap()
}

fn npy(header: &str) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [
        b"\x93NUMPY\x01\x00",
        &length[..],
        header.as_bytes(),
        &[0; 2000],
    ]
    .concat()
}

/// Names the case that a process of this test is to run.
const CASE: &str = "HOSTILE_MEMORY_CASE";

/// Each case runs in a process of its own: the peak is that of a process, which keeps some of the memory that
/// it frees.
#[test]
fn the_claims_of_a_payload_are_not_allocated() {
    let case = env::var(CASE).ok();
    let record = |length: u32| [&0xced7_230a_u32.to_le_bytes()[..], &length.to_le_bytes()].concat();
    let sparse = "{\"features\":{\"keys\":[],\"values\":[]}}\n";
    let claims = "{'descr':'<f8','fortran_order':True,'shape':(100000000,2000)}\n";
    for (name, content_type, body, is_answered) in [
        (
            "rows of two bytes",
            "text/libsvm",
            b"0\n".repeat(100_000),
            true,
        ),
        (
            "sparse lines",
            "application/jsonlines",
            sparse.repeat(100_000).into_bytes(),
            true,
        ),
        ("a terabyte of npy", "application/x-npy", npy(claims), false),
        (
            "4 GB of record",
            "application/x-recordio-protobuf",
            record(u32::MAX),
            false,
        ),
        (
            "512 MB of record",
            "application/x-recordio-protobuf",
            record(0x1fff_ffff),
            false,
        ),
        (
            "a record of empty features",
            "application/x-recordio-protobuf",
            [record(8 << 20), b"\x0a\x00".repeat(4 << 20)].concat(),
            false,
        ),
        ("nesting", "application/json", b"[".repeat(8 << 20), false),
        (
            "nested features",
            "application/json",
            b"{\"features\":".repeat(1 << 20),
            false,
        ),
        (
            "one endless row",
            "application/json",
            [&b"["[..], &b"1,".repeat(4 << 20)].concat(),
            false,
        ),
        (
            "tensors",
            "application/json",
            [&b"{\"inputs\":["[..], &b"{},".repeat(2 << 20)].concat(),
            false,
        ),
        ("commas", "text/csv", b",".repeat(8 << 20), false),
        ("blank lines", "text/csv", b"\n".repeat(8 << 20), false),
        (
            "rows of many scores",
            "text/csv",
            b"1\n".repeat(250_000),
            true,
        ),
        (
            "missing values",
            "text/csv",
            [b",".repeat(N_FEATURES - 1), b"\n".to_vec()]
                .concat()
                .repeat(4000),
            true,
        ),
    ] {
        match &case {
            None => run(name),
            Some(case) if case == name => answer(name, content_type, &body, is_answered),
            Some(_) => {}
        }
    }
}

/// Runs this test for one case.
fn run(name: &str) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "the_claims_of_a_payload_are_not_allocated",
            "--nocapture",
        ])
        .env(CASE, name)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&stdout);
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{name}: {stdout}{stderr}");
    let took = stdout.lines().find(|line| line.starts_with(name));
    println!("{}", took.unwrap());
}

fn answer(name: &str, content_type: &str, body: &[u8], is_answered: bool) {
    let scorer = match name {
        "rows of many scores" => scorer(1, 1000),
        _ => scorer(N_FEATURES, 2),
    };
    let before = peak();
    let answer = scorer.handle(Request {
        content_type,
        content_encoding: "",
        accept: "",
        custom_attributes: "",
        body,
        cancellation: &Cancellation::new(),
    });
    let grown = peak().saturating_sub(before);
    match answer {
        Ok(_) => assert!(is_answered, "{name} was answered"),
        Err(Refusal::BadPayload(line)) => assert!(!is_answered, "{name}: {line}"),
        Err(other) => panic!("{name}: {other:?}"),
    }
    let allowed = FIXED + MULTIPLE * body.len();
    println!("\n{name}: {} bytes took {grown}", body.len());
    assert!(
        grown <= allowed,
        "{name}: {} bytes took {grown}, allowed are {allowed}",
        body.len()
    );
}
