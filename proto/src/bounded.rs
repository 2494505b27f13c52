//! A codec that looks at a request before it takes memory for it.
//!
//! A decoded message may be much larger than its bytes: an empty tensor takes two bytes on the wire and
//! over three hundred in memory, so that a request of 100 MB could take 15 GB. This codec counts what such a
//! request is made of and refuses it undecoded.

use std::{any::TypeId, marker::PhantomData};

use prost::{
    Message,
    bytes::Buf as _,
    encoding::{WireType, decode_key, decode_varint},
};
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder},
};
use tonic_prost::ProstCodec;

use crate::open_inference::ModelInferRequest;

/// Strings, messages and byte fields of a request, at most: two for each feature of a very wide model.
const MAX_PARTS: usize = 1 << 18;

/// Fields of `ModelInferRequest` that hold messages: `inputs` and `outputs`.
const TENSORS: [u32; 2] = [5, 6];

/// The field `contents` of a tensor, whose own fields are counted too.
const CONTENTS: u32 = 5;

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
            // A request is in one piece; what is malformed is left to the decoder itself.
            if count(buffer.chunk(), 0, &mut parts) == Some(Excess) {
                return Err(Status::invalid_argument(format!(
                    "the request is made of more than {MAX_PARTS} tensors, names and values of \
                     variable length: expected fewer"
                )));
            }
        }
        self.0.decode(buffer)
    }
}

/// There are too many parts.
#[derive(PartialEq)]
struct Excess;

/// Counts the parts of a message; `depth` is 0 in a request, 1 in its tensors, 2 in their contents.
fn count(mut message: &[u8], depth: u8, parts: &mut usize) -> Option<Excess> {
    while !message.is_empty() {
        let (field, wire_type) = decode_key(&mut message).ok()?;
        let skipped = match wire_type {
            WireType::Varint => {
                decode_varint(&mut message).ok()?;
                0
            }
            WireType::ThirtyTwoBit => 4,
            WireType::SixtyFourBit => 8,
            WireType::LengthDelimited => {
                *parts += 1;
                if *parts > MAX_PARTS {
                    return Some(Excess);
                }
                let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
                let part = message.get(..length)?;
                let is_message = match depth {
                    0 => TENSORS.contains(&field),
                    1 => field == CONTENTS,
                    _ => false,
                };
                if is_message && count(part, depth + 1, parts) == Some(Excess) {
                    return Some(Excess);
                }
                length
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        message = message.get(skipped..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open_inference::{InferTensorContents, model_infer_request::InferInputTensor};

    fn is_excessive(request: &ModelInferRequest) -> bool {
        count(&request.encode_to_vec(), 0, &mut 0) == Some(Excess)
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
    fn what_is_malformed_is_not_counted_on() {
        for bytes in [&b"\xff\xff"[..], b"\x2a\xff\xff\xff\xff\x0f", b"\x2b"] {
            assert!(count(bytes, 0, &mut 0).is_none());
        }
    }
}
