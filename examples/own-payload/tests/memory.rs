//! A picture takes no more memory than the limit, whatever it claims. This is a test binary of its own because the
//! peak is that of a process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/handler.rs"]
mod handler;

use std::{fs, io::Read as _};

use algorithm::Refusal;
use flate2::{Compression, read::ZlibEncoder};
use handler::{ask, handler};

/// A chunk with the checksum that PNG wants (RFC 2083, 15).
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = u32::MAX;
    for byte in kind.iter().chain(data) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], kind, data, &(!crc).to_be_bytes()].concat()
}

/// A black PNG of this size, the first `rows` rows of it.
fn black(width: u32, height: u32, rows: u64) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // A row is a byte for the filter, and four bytes a pixel.
    let zeros = std::io::repeat(0).take(rows * (1 + 4 * u64::from(width)));
    let mut data = Vec::new();
    let mut zlib = ZlibEncoder::new(zeros, Compression::best());
    zlib.read_to_end(&mut data).unwrap();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &[&size[..], &[8, 6, 0, 0, 0]].concat()),
        &chunk(b"IDAT", &data),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

/// The most memory that this process has had, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: usize = line
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    kilobytes << 10
}

#[test]
fn claims_are_not_allocated() {
    let handler = handler();
    let refused = |payload: &[u8]| match ask(&*handler, "image/png", "", payload) {
        Err(Refusal::BadPayload(line)) => line,
        other => unreachable!("{other:?}"),
    };
    for payload in [black(0, 1, 0), black(2, 2, 1)] {
        assert!(refused(&payload).starts_with("the picture can't be decoded: "));
    }
    let (before, line) = (
        peak(),
        "the picture takes more than 67108864 bytes when decoded, expected a smaller one",
    );
    assert_eq!(refused(&black(100_000, 100_000, 0)), line);
    assert_eq!(refused(&black(4_097, 4_096, 4_096)), line);
    let taken = peak() - before;
    assert!(taken < 16 << 20, "{taken} bytes");
}
