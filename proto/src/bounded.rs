//! A codec that looks at a request before it takes memory for it.
//!
//! A decoded message may be much larger than its bytes: an empty tensor takes two bytes on the wire and
//! over three hundred in memory, so that a request of 100 MB could take 15 GB. This codec counts what such a
//! request is made of and refuses it undecoded.

use std::{any::TypeId, marker::PhantomData};

use prost::{Message, bytes::Buf as _};
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder},
};
use tonic_prost::ProstCodec;

use crate::{
    open_inference::{
        ModelInferRequest,
        field::{model_infer_request, model_infer_request::infer_input_tensor},
    },
    wire,
};

/// Strings, messages and byte fields of a request, at most: two for each feature of a very wide model.
const MAX_PARTS: usize = 1 << 18;

/// The messages whose parts are counted too: tensors, and in a tensor its contents.
const TENSORS: [&[u32]; 2] = [
    &[model_infer_request::INPUTS, model_infer_request::OUTPUTS],
    &[infer_input_tensor::CONTENTS],
];

/// [`ProstCodec`] with a bound for `ModelInferRequest`; all other messages pass as they are.
#[derive(Debug)]
pub struct BoundedCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for BoundedCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for BoundedCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = <ProstCodec<T, U> as Codec>::Encoder;
    type Decoder = BoundedDecoder<T, U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::default())
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedDecoder(ProstCodec::<T, U>::raw_decoder(BufferSettings::default()))
    }
}

/// Decodes what is within the bound.
pub struct BoundedDecoder<T, U>(<ProstCodec<T, U> as Codec>::Decoder)
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static;

impl<T, U> Decoder for BoundedDecoder<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        if TypeId::of::<U>() == TypeId::of::<ModelInferRequest>() {
            let mut parts = 0;
            // A request is in one piece. prost would skip groups, where this walk ends: it is refused.
            count(
                wire::Message::new(buffer.chunk(), "the request"),
                &TENSORS,
                &mut parts,
            )
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
            if parts > MAX_PARTS {
                return Err(Status::invalid_argument(format!(
                    "the request is made of more than {MAX_PARTS} tensors, names and values of \
                     variable length: expected fewer"
                )));
            }
        }
        self.0.decode(buffer)
    }
}

/// Adds the length-delimited fields of a message to `parts`, and stops above [`MAX_PARTS`]. `within` are
/// the fields to descend into, level by level.
fn count(
    message: wire::Message<'_>,
    within: &[&[u32]],
    parts: &mut usize,
) -> Result<(), wire::Error> {
    for field in message.fields() {
        let field = field?;
        let wire::Value::Bytes(_) = field.value else {
            continue;
        };
        *parts += 1;
        if *parts > MAX_PARTS {
            break;
        }
        if let [fields, deeper @ ..] = within
            && fields.contains(&field.number)
        {
            count(field.message("a tensor of the request")?, deeper, parts)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_inference::{InferTensorContents, model_infer_request::InferInputTensor};

    fn parts(bytes: &[u8]) -> Result<usize, wire::Error> {
        let mut parts = 0;
        count(
            wire::Message::new(bytes, "the request"),
            &TENSORS,
            &mut parts,
        )?;
        Ok(parts)
    }

    fn is_excessive(request: &ModelInferRequest) -> bool {
        parts(&request.encode_to_vec()).unwrap() > MAX_PARTS
    }

    fn request(n_inputs: usize, n_strings: usize) -> ModelInferRequest {
        let input = InferInputTensor {
            contents: (n_strings > 0).then(|| InferTensorContents {
                bytes_contents: vec![Default::default(); n_strings],
                ..Default::default()
            }),
            ..Default::default()
        };
        ModelInferRequest {
            inputs: vec![input; n_inputs],
            ..Default::default()
        }
    }

    #[test]
    fn many_small_parts_are_excessive_and_much_data_is_not() {
        assert!(is_excessive(&request(MAX_PARTS + 1, 0)));
        assert!(is_excessive(&request(1, MAX_PARTS)));
        assert!(!is_excessive(&request(1000, 100)));
        let data = ModelInferRequest {
            raw_input_contents: vec![vec![0; 1 << 24].into()],
            ..request(1, 0)
        };
        assert!(!is_excessive(&data));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for bytes in [
            &b"\xff\xff"[..],
            b"\x2a\xff\xff\xff\xff\x0f",
            b"\x2a\x01\xff",
            b"\x0b",
        ] {
            assert!(parts(bytes).is_err(), "{bytes:?}");
        }
        // An empty unknown group, which prost skips, and then many tensors.
        let hidden = [&b"\x7b\x7c"[..], &request(MAX_PARTS + 1, 0).encode_to_vec()].concat();
        assert!(ModelInferRequest::decode(&*hidden).is_ok());
        assert!(parts(&hidden).is_err());
    }
}
