//! Pictures in, answers and refusals out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    path::Path,
};

use algorithm::{
    Answer, Cancellation, Data, Features, Handler, Labels, Learner as _, Refusal, Request,
    Settings, Table, Target,
};
use flate2::{Compression, read::ZlibEncoder};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use learners::DecisionTree;
use ndarray::Array2;
use proptest::prelude::*;
use tempfile::TempDir;

const COLOURS: &str = include_str!("../job/input/data/training/colours.csv");
const PAYLOAD: &[u8] = include_bytes!("../payload.png");

/// A directory with the model that the job trains, with these names of its features.
fn model(features: [&str; 3]) -> TempDir {
    let rows = COLOURS.lines().skip(1);
    let rows = rows.map(|row| row.split_once(',').unwrap());
    let (names, values): (Vec<&str>, Vec<&str>) = rows.unzip();
    let mut labels: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    labels.sort();
    labels.dedup();
    let class = |name: &&str| labels.iter().position(|label| label == name).unwrap();
    let values = values.iter().flat_map(|row| row.split(','));
    let values: Vec<f32> = values.map(|value| value.parse().unwrap()).collect();
    let table = Table {
        records: Array2::from_shape_vec((names.len(), 3), values).unwrap(),
        target: Target::Classes {
            of_row: names.iter().map(class).collect(),
            labels: Labels::Text(labels.clone()),
        },
        weights: None,
        features: Features::named(features.map(str::to_owned).to_vec()),
        absent: None,
    };
    let settings = Settings::parse(&[DecisionTree.parameters()], &BTreeMap::new()).unwrap();
    let data = Data {
        train: &table,
        validation: None,
    };
    let fitted = DecisionTree.fit(data, &settings, &()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("model.onnx"), fitted.file).unwrap();
    directory
}

fn handler() -> Box<dyn Handler> {
    own_payload::load(model(["r", "g", "b"]).path()).unwrap()
}

fn load_refused(directory: &Path) -> String {
    let line = own_payload::load(directory).err().unwrap().to_string();
    line.replace(&directory.display().to_string(), "DIR")
}

fn ask(
    handler: &dyn Handler,
    content_type: &str,
    accept: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    handler.handle(Request {
        content_type,
        content_encoding: "",
        accept,
        custom_attributes: "",
        body,
        cancellation: &Cancellation::new(),
    })
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture: DynamicImage = picture.into();
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The answer as text.
fn answer(handler: &dyn Handler, picture: impl Into<DynamicImage>) -> String {
    let answer = ask(handler, "image/png", "", &png(picture)).unwrap();
    assert_eq!(answer.content_type, "application/json");
    String::from_utf8(answer.body).unwrap()
}

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
fn a_picture_has_a_mean_colour_with_a_name() {
    let handler = handler();
    let plain = |colour| RgbImage::from_pixel(3, 2, Rgb(colour));
    assert_eq!(
        answer(&*handler, plain([200, 30, 30])),
        r#"{"mean":[200,30,30],"name":"red"}"#
    );
    assert_eq!(
        answer(&*handler, plain([0; 3])),
        r#"{"mean":[0,0,0],"name":"black"}"#
    );
    assert_eq!(
        answer(&*handler, plain([255; 3])),
        r#"{"mean":[255,255,255],"name":"white"}"#
    );
    let halves = RgbImage::from_fn(2, 1, |x, _| Rgb([255 * x as u8, 0, 1]));
    assert!(answer(&*handler, halves).starts_with(r#"{"mean":[128,0,1],"#));
    let grey = image::GrayImage::from_pixel(5, 5, image::Luma([128]));
    assert_eq!(
        answer(&*handler, grey),
        r#"{"mean":[128,128,128],"name":"grey"}"#
    );
    let deep = image::ImageBuffer::from_pixel(2, 2, Rgb([0_u16, 0, 65_535]));
    assert_eq!(
        answer(&*handler, deep),
        r#"{"mean":[0,0,255],"name":"blue"}"#
    );

    let answer = ask(&*handler, "image/png", "application/*", PAYLOAD).unwrap();
    let answer = String::from_utf8(answer.body).unwrap();
    assert!(answer.ends_with(r#""name":"orange"}"#), "{answer}");
}

#[test]
fn what_is_transparent_has_no_colour() {
    let handler = handler();
    let mut picture = RgbaImage::from_pixel(2, 1, Rgba([0, 255, 0, 0]));
    let refusal = ask(&*handler, "image/png", "", &png(picture.clone())).unwrap_err();
    let line = "the picture is transparent, expected a colour".to_owned();
    assert_eq!(refusal, Refusal::BadPayload(line));
    picture.put_pixel(1, 0, Rgba([255, 255, 0, 51]));
    assert_eq!(
        answer(&*handler, picture),
        r#"{"mean":[255,255,0],"name":"yellow"}"#
    );
}

#[test]
fn headers_decide_before_the_picture() {
    let handler = handler();
    let line = "Content-Type \"text/csv\": expected image/png".to_owned();
    let refusal = ask(&*handler, "text/csv", "", b"1,2").unwrap_err();
    assert_eq!(refusal, Refusal::UnsupportedContentType(line));
    let line = "Accept \"text/csv\": expected application/json".to_owned();
    let refusal = ask(&*handler, "image/png", "text/csv", b"").unwrap_err();
    assert_eq!(refusal, Refusal::NotAcceptable(line));
}

#[test]
fn a_picture_that_can_not_be_decoded_is_refused_in_one_line() {
    let handler = handler();
    let refused = |payload: &[u8]| match ask(&*handler, "image/png", "", payload) {
        Err(Refusal::BadPayload(line)) => line,
        other => unreachable!("{other:?}"),
    };
    for payload in [
        b"",
        &b"a picture"[..],
        &PAYLOAD[..PAYLOAD.len() / 2],
        &black(0, 1, 0),
        &black(2, 2, 1),
    ] {
        let line = refused(payload);
        assert!(
            line.starts_with("the picture can't be decoded: ") && !line.contains('\n'),
            "{line}"
        );
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

#[test]
fn a_model_of_anything_else_is_refused() {
    let line = "the model: expected labels for the float32 features r, g, b";
    assert_eq!(load_refused(model(["r", "g", "x"]).path()), line);
    let empty = tempfile::tempdir().unwrap();
    let line = "DIR: no model file, expected one that ends in .onnx";
    assert_eq!(load_refused(empty.path()), line);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_changed_picture_breaks_the_handler(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        let handler = handler();
        let mut payload = PAYLOAD.to_vec();
        for (position, byte) in changes {
            *position.get_mut(&mut payload) = byte;
        }
        if is_cut {
            payload.truncate(length.index(payload.len()));
        }
        if let Err(refusal) = ask(&*handler, "image/png", "", &payload) {
            prop_assert!(matches!(&refusal, Refusal::BadPayload(line) if !line.contains('\n')), "{refusal:?}");
        }
    }
}
