//! Every wire and file contract of the project, generated from the `.proto` files beside this crate.
//!
//! | module | file | between |
//! | --- | --- | --- |
//! | [`onnx`] | `onnx.proto` | `trainer` and `model-worker` (and onnxruntime, Netron, ...): the model file |
//! | [`recordio`] | `recordio.proto` | whoever writes recordio-protobuf, and `model-worker` and `trainer` |
//! | [`invocations`] | `invocations.proto` | `gateway` and `model-worker` |
//! | [`open_inference`] | `open_inference.proto` | any Open Inference Protocol client and `model-worker` |
//!
//! The modules `field` hold the numbers of the fields, generated from the same files. [`wire`] reads
//! messages of hostile size with them, without prost's cost in memory.

// Generated code follows prost's style, not ours.
#![allow(unreachable_pub, clippy::all)]

#[cfg(feature = "grpc")]
pub mod bounded;
pub mod wire;

/// The ONNX model file, reduced to the fields that tree models use.
pub mod onnx {
    include!(concat!(env!("OUT_DIR"), "/onnx.rs"));

    /// Field numbers.
    pub mod field {
        include!(concat!(env!("OUT_DIR"), "/onnx.field.rs"));
    }
}

/// The records of AWS's recordio-protobuf (package `aialgs.data`).
pub mod recordio {
    include!(concat!(env!("OUT_DIR"), "/aialgs.data.rs"));

    /// Field numbers.
    pub mod field {
        include!(concat!(env!("OUT_DIR"), "/aialgs.data.field.rs"));
    }
}

/// The multiplexed stream between the gateway and a worker.
#[cfg(feature = "grpc")]
pub mod invocations {
    include!(concat!(env!("OUT_DIR"), "/invocations.v1.rs"));
}

/// The Open Inference Protocol, version 2 (package `inference`).
#[cfg(feature = "grpc")]
pub mod open_inference {
    include!(concat!(env!("OUT_DIR"), "/inference.rs"));

    /// Field numbers.
    pub mod field {
        include!(concat!(env!("OUT_DIR"), "/inference.field.rs"));
    }
}

/// Encoded `FileDescriptorSet` of the gRPC services, for server reflection.
#[cfg(feature = "grpc")]
pub const SERVICES_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/services.bin"));
