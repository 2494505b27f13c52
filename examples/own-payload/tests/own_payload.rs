//! Pictures in, answers and refusals out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/handler.rs"]
mod handler;

use std::{io::Cursor, path::Path};

use algorithm::{Handler, Refusal};
use handler::{ask, handler, model};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

const PAYLOAD: &[u8] = include_bytes!("../payload.png");

fn load_refused(directory: &Path) -> String {
    let line = own_payload::load(directory).err().unwrap().to_string();
    line.replace(&directory.display().to_string(), "DIR")
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
    for payload in [b"", &b"a picture"[..], &PAYLOAD[..PAYLOAD.len() / 2]] {
        let line = refused(payload);
        assert!(
            line.starts_with("the picture can't be decoded: ") && !line.contains('\n'),
            "{line}"
        );
    }
}

#[test]
fn a_model_of_anything_else_is_refused() {
    let line = "the model: expected labels for the float32 features r, g, b";
    assert_eq!(load_refused(model(["r", "g", "x"]).path()), line);
    let empty = tempfile::tempdir().unwrap();
    let line = "DIR: no model file, expected ONNX (NAME.onnx); found no file";
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
