//! Compiles `proto/*.proto` with protox, a pure-Rust compiler, so that no machine needs protoc.

use std::{
    env,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use prost::Message;
use protox::prost_reflect::prost_types::{DescriptorProto, FileDescriptorSet};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed=proto");

    let messages = protox::compile(["onnx.proto", "recordio.proto"], ["proto"])?;
    write_field_numbers(&messages, &out)?;
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(messages)?;

    if env::var_os("CARGO_FEATURE_GRPC").is_some() {
        let services = protox::compile(["invocations.proto", "open_inference.proto"], ["proto"])?;
        fs::write(out.join("services.bin"), services.encode_to_vec())?;
        write_field_numbers(&services, &out)?;
        tonic_prost_build::configure()
            .bytes(".")
            .codec_path("crate::bounded::BoundedCodec")
            .compile_fds(services)?;
    }
    Ok(())
}

/// Writes `PACKAGE.field.rs`: for each message a module with its field numbers, for `wire`.
fn write_field_numbers(files: &FileDescriptorSet, out: &Path) -> io::Result<()> {
    for file in &files.file {
        let mut code = String::new();
        for message in &file.message_type {
            field_numbers(message, &mut code);
        }
        fs::write(out.join(format!("{}.field.rs", file.package())), code)?;
    }
    Ok(())
}

fn field_numbers(message: &DescriptorProto, code: &mut String) {
    let (name, module) = (message.name(), snake_case(message.name()));
    *code += &format!("/// Field numbers of `{name}`.\npub mod {module} {{\n");
    for field in &message.field {
        let (name, number) = (field.name(), field.number());
        let constant = name.to_uppercase();
        *code += &format!("/// `{name}`\npub const {constant}: u32 = {number};\n");
    }
    for nested in &message.nested_type {
        field_numbers(nested, code);
    }
    *code += "}\n";
}

/// `ModelProto` as `model_proto`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}
