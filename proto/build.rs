//! Compiles `proto/*.proto` with protox, a pure-Rust compiler, so that no machine needs protoc.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=proto");

    let messages = protox::compile(["onnx.proto", "recordio.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(messages)?;

    if env::var_os("CARGO_FEATURE_GRPC").is_some() {
        let services = protox::compile(["invocations.proto", "open_inference.proto"], ["proto"])?;
        fs::write(out.join("services.bin"), services.encode_to_vec())?;
        tonic_prost_build::configure()
            .bytes(".")
            .codec_path("crate::bounded::BoundedCodec")
            .compile_fds(services)?;
    }
    Ok(())
}
