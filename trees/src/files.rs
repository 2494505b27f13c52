//! File formats: bytes in, a checked model out, and back.

pub(crate) mod onnx;
