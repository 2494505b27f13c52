//! File formats: bytes in, a checked model out, and back.

mod library;
pub(crate) mod onnx;

#[expect(
    unused_imports,
    reason = "the readers of libraries' files are being written"
)]
pub(crate) use library::LibraryFile;
