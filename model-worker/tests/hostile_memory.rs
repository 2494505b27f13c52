//! A payload takes no more memory than a small multiple of its size, whatever it claims or stands for.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::fs;

use algorithm::{Features, Labels, Output};
use model_worker::scorer::Scorer;
use proto::invocations::{Outcome, RequestHead};
use trees::{Model, TreeModel, TreeNode};

const N_FEATURES: usize = 2000;

/// Memory that a request may take: blocks of rows, and an answer.
const FIXED: usize = 16 << 20;

/// Bytes that a payload's byte may take besides.
const MULTIPLE: usize = 12;

/// The most memory that this process has had since [`reset_peak`], in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}

/// Makes the memory in use now the peak (proc(5), `clear_refs`).
fn reset_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn scorer() -> Scorer {
    let names = (0..N_FEATURES).map(|column| format!("f{column}"));
    let tree = TreeModel {
        trees: vec![vec![TreeNode::Leaf {
            values: vec![(0, 1.0)],
        }]],
        output: Output::Classes(Labels::Integers(vec![0, 1])),
        features: Features::named(names.collect()),
        metadata: vec![],
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

/// One test, for the peak is the whole process's.
#[test]
fn what_a_payload_claims_is_not_allocated() {
    let scorer = scorer();
    let record = |length: u32| [&0xced7_230a_u32.to_le_bytes()[..], &length.to_le_bytes()].concat();
    let sparse = "{\"features\":{\"keys\":[],\"values\":[]}}\n";
    let claims = "{'descr':'<f8','fortran_order':True,'shape':(100000000,2000)}\n";
    for (name, content_type, body, outcome) in [
        (
            "rows of two bytes",
            "text/libsvm",
            b"0\n".repeat(100_000),
            Outcome::Ok,
        ),
        (
            "sparse lines",
            "application/jsonlines",
            sparse.repeat(100_000).into_bytes(),
            Outcome::Ok,
        ),
        (
            "a terabyte of npy",
            "application/x-npy",
            npy(claims),
            Outcome::BadPayload,
        ),
        (
            "4 GB of record",
            "application/x-recordio-protobuf",
            record(u32::MAX),
            Outcome::BadPayload,
        ),
        (
            "512 MB of record",
            "application/x-recordio-protobuf",
            record(0x1fff_ffff),
            Outcome::BadPayload,
        ),
        (
            "a record of empty features",
            "application/x-recordio-protobuf",
            [record(8 << 20), b"\x0a\x00".repeat(4 << 20)].concat(),
            Outcome::BadPayload,
        ),
        (
            "nesting",
            "application/json",
            b"[".repeat(8 << 20),
            Outcome::BadPayload,
        ),
        (
            "nested features",
            "application/json",
            b"{\"features\":".repeat(1 << 20),
            Outcome::BadPayload,
        ),
        (
            "one endless row",
            "application/json",
            [&b"["[..], &b"1,".repeat(4 << 20)].concat(),
            Outcome::BadPayload,
        ),
        (
            "tensors",
            "application/json",
            [&b"{\"inputs\":["[..], &b"{},".repeat(2 << 20)].concat(),
            Outcome::BadPayload,
        ),
        (
            "commas",
            "text/csv",
            b",".repeat(8 << 20),
            Outcome::BadPayload,
        ),
        (
            "blank lines",
            "text/csv",
            b"\n".repeat(8 << 20),
            Outcome::BadPayload,
        ),
        (
            "missing values",
            "text/csv",
            [b",".repeat(N_FEATURES - 1), b"\n".to_vec()]
                .concat()
                .repeat(4000),
            Outcome::Ok,
        ),
    ] {
        reset_peak();
        let before = peak();
        let head = RequestHead {
            content_type: content_type.to_owned(),
            ..RequestHead::default()
        };
        let (head, answer) = scorer.answer(&head, &body);
        let grown = peak() - before;
        assert_eq!(
            head.outcome(),
            outcome,
            "{name}: {}",
            String::from_utf8_lossy(&answer)
                .chars()
                .take(200)
                .collect::<String>()
        );
        let allowed = FIXED + MULTIPLE * body.len();
        println!("{name}: {} bytes took {grown}", body.len());
        assert!(
            grown <= allowed,
            "{name}: {} bytes took {grown}, allowed are {allowed}",
            body.len()
        );
    }
}
