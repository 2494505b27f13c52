//! The elements of an input tensor, whatever their type and form on the wire.

use std::ops::Range;

use algorithm::Refusal;
use bytes::Bytes;
use proto::open_inference::{InferTensorContents, model_infer_request::InferInputTensor};
use records::Number;

/// The datatypes that inputs may have, for messages.
const DATATYPES: &str = "FP32, FP64, INT32 or INT64";

/// A tensor's elements as numbers of the model's type.
pub(super) struct Tensor<'a, N> {
    pub(super) input: &'a InferInputTensor,
    elements: Box<dyn Elements<N> + 'a>,
}

trait Elements<N> {
    fn len(&self) -> usize;

    /// Writes the elements of `range` to every `stride`-th place of `values`, from the first on, each rounded
    /// to the nearest value of the model's type.
    ///
    /// # Errors
    /// The position of an element that the type can't hold.
    fn read(&self, range: Range<usize>, stride: usize, values: &mut [N]) -> Result<(), usize>;

    /// An element, for messages.
    fn shown(&self, position: usize) -> f64;
}

/// Elements in a slice, with the function that reads one.
struct Slice<'a, E, R> {
    elements: &'a [E],
    read: R,
}

/// A number type of the protocol.
trait Element {
    fn to_number<N: Number>(self) -> Option<N>;
    fn to_f64(self) -> f64;
}

impl<'a, N: Number> Tensor<'a, N> {
    /// `raw` are the tensor's bytes, if the request has raw contents.
    ///
    /// # Errors
    /// An unknown datatype, contents in both forms, or bytes that do not make whole elements.
    pub(super) fn new(
        input: &'a InferInputTensor,
        raw: Option<&'a Bytes>,
    ) -> Result<Self, Refusal> {
        static NO_CONTENTS: InferTensorContents = InferTensorContents {
            bool_contents: Vec::new(),
            int_contents: Vec::new(),
            int64_contents: Vec::new(),
            uint_contents: Vec::new(),
            uint64_contents: Vec::new(),
            fp32_contents: Vec::new(),
            fp64_contents: Vec::new(),
            bytes_contents: Vec::new(),
        };
        if raw.is_some() && input.contents.is_some() {
            return Err(fault(
                input,
                "contents and raw_input_contents, expected one of them",
            ));
        }
        let typed = input.contents.as_ref().unwrap_or(&NO_CONTENTS);
        let elements = match (input.datatype.as_str(), raw) {
            ("FP32", None) => boxed(&typed.fp32_contents, |e| *e),
            ("FP64", None) => boxed(&typed.fp64_contents, |e| *e),
            ("INT32", None) => boxed(&typed.int_contents, |e| *e),
            ("INT64", None) => boxed(&typed.int64_contents, |e| *e),
            ("FP32", Some(raw)) => boxed(chunks(input, raw)?, |e| f32::from_le_bytes(*e)),
            ("FP64", Some(raw)) => boxed(chunks(input, raw)?, |e| f64::from_le_bytes(*e)),
            ("INT32", Some(raw)) => boxed(chunks(input, raw)?, |e| i32::from_le_bytes(*e)),
            ("INT64", Some(raw)) => boxed(chunks(input, raw)?, |e| i64::from_le_bytes(*e)),
            (other, _) => {
                let what = format!("datatype \"{other}\", expected {DATATYPES}");
                return Err(fault(input, &what));
            }
        };
        Ok(Self { input, elements })
    }

    /// # Errors
    /// Another number of elements than the shape has.
    pub(super) fn check_length(&self, expected: usize) -> Result<(), Refusal> {
        let found = self.elements.len();
        if found == expected {
            return Ok(());
        }
        let shape = &self.input.shape;
        let what = format!("found {found} elements, expected {expected} for shape {shape:?}");
        Err(fault(self.input, &what))
    }

    /// Writes the elements of `range` to every `stride`-th place of `values`, from the first on. `place`
    /// names the place of an element, for messages.
    ///
    /// # Errors
    /// An element that the model's type can't hold.
    pub(super) fn read(
        &self,
        range: Range<usize>,
        stride: usize,
        values: &mut [N],
        place: impl Fn(usize) -> String,
    ) -> Result<(), Refusal> {
        self.elements
            .read(range, stride, values)
            .map_err(|position| {
                let (place, found) = (place(position), self.elements.shown(position));
                let what = format!("{place}: found {found:?}, expected {}", N::KIND);
                fault(self.input, &what)
            })
    }
}

fn boxed<'a, N: Number, E, T: Element>(
    elements: &'a [E],
    read: impl Fn(&E) -> T + 'a,
) -> Box<dyn Elements<N> + 'a> {
    Box::new(Slice { elements, read })
}

impl<N: Number, E, T: Element, R: Fn(&E) -> T> Elements<N> for Slice<'_, E, R> {
    fn len(&self) -> usize {
        self.elements.len()
    }

    fn read(&self, range: Range<usize>, stride: usize, values: &mut [N]) -> Result<(), usize> {
        let start = range.start;
        let elements = self.elements[range].iter();
        for ((position, element), value) in
            elements.enumerate().zip(values.iter_mut().step_by(stride))
        {
            let number = (self.read)(element).to_number();
            *value = number.ok_or(start + position)?;
        }
        Ok(())
    }

    fn shown(&self, position: usize) -> f64 {
        (self.read)(&self.elements[position]).to_f64()
    }
}

macro_rules! element {
    ($number:ty, $wide:ty, $from:ident) => {
        impl Element for $number {
            fn to_number<N: Number>(self) -> Option<N> {
                N::$from(<$wide>::from(self))
            }

            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    };
}

element!(f32, f64, from_f64);
element!(f64, f64, from_f64);
element!(i32, i64, from_i64);
element!(i64, i64, from_i64);

fn chunks<'a, const WIDTH: usize>(
    input: &InferInputTensor,
    raw: &'a [u8],
) -> Result<&'a [[u8; WIDTH]], Refusal> {
    match raw.as_chunks() {
        (chunks, []) => Ok(chunks),
        _ => {
            let found = raw.len();
            let what = format!("{found} bytes, expected a multiple of {WIDTH}");
            Err(fault(input, &what))
        }
    }
}

/// A line about an input.
pub(super) fn fault(input: &InferInputTensor, what: &str) -> Refusal {
    Refusal::BadPayload(format!("input \"{}\": {what}", input.name))
}
