//! The element types of numpy arrays.

use crate::number::Number;

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dtype {
    kind: Kind,
    is_big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

/// An element.
enum Element {
    F32(f32),
    F64(f64),
    Signed(i64),
    Unsigned(u64),
}

impl Dtype {
    /// Reads a type as numpy writes it, `<f4`; `None` if it is not supported.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (is_big_endian, plain) = match text {
            [b'>', plain @ ..] => (true, plain),
            [b'<' | b'=' | b'|', plain @ ..] => (false, plain),
            plain => (false, plain),
        };
        let kind = match plain {
            b"f4" => Kind::F32,
            b"f8" => Kind::F64,
            b"i1" => Kind::I8,
            b"i2" => Kind::I16,
            b"i4" => Kind::I32,
            b"i8" => Kind::I64,
            b"u1" | b"b1" => Kind::U8,
            b"u2" => Kind::U16,
            b"u4" => Kind::U32,
            b"u8" => Kind::U64,
            _ => return None,
        };
        Some(Self {
            kind,
            is_big_endian,
        })
    }

    /// Bytes an element.
    pub(crate) fn width(self) -> usize {
        match self.kind {
            Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 => 2,
            Kind::F32 | Kind::I32 | Kind::U32 => 4,
            Kind::F64 | Kind::I64 | Kind::U64 => 8,
        }
    }

    /// Pushes the nearest value of the model's type for each element; `None` if the type can't hold one of
    /// them, and what was pushed is then useless.
    pub(super) fn push_all<N: Number>(self, bytes: &[u8], values: &mut Vec<N>) -> Option<()> {
        const SINGLE: Dtype = Dtype::little_endian(Kind::F32);
        const DOUBLE: Dtype = Dtype::little_endian(Kind::F64);
        // The types that most arrays have get a loop of their own, without a decision for each element.
        match self {
            SINGLE => SINGLE.push_each(bytes, values),
            DOUBLE => DOUBLE.push_each(bytes, values),
            _ => self.push_each(bytes, values),
        }
    }

    #[inline(always)]
    fn push_each<N: Number>(self, bytes: &[u8], values: &mut Vec<N>) -> Option<()> {
        let mut are_there = true;
        values.extend(bytes.chunks_exact(self.width()).map(|element| {
            let value = self.value(element);
            are_there &= value.is_some();
            value.unwrap_or(N::ZERO)
        }));
        are_there.then_some(())
    }

    const fn little_endian(kind: Kind) -> Self {
        Self {
            kind,
            is_big_endian: false,
        }
    }

    /// The nearest value of the model's type, if it has one; `bytes` has the type's width.
    #[inline(always)]
    pub(super) fn value<N: Number>(self, bytes: &[u8]) -> Option<N> {
        match self.element(bytes) {
            Element::F32(value) => N::from_f64(value.into()),
            Element::F64(value) => N::from_f64(value),
            Element::Signed(value) => N::from_i64(value),
            Element::Unsigned(value) => N::from_u64(value),
        }
    }

    /// The element as a label or a weight; a float32 becomes the float64 with the same shortest text.
    pub(super) fn float(self, bytes: &[u8]) -> f64 {
        match self.element(bytes) {
            Element::F32(value) => shortest(value),
            Element::F64(value) => value,
            Element::Signed(value) => value as f64,
            Element::Unsigned(value) => value as f64,
        }
    }

    /// The element for a message.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        match self.element(bytes) {
            Element::F32(value) => format!("{value:?}"),
            Element::F64(value) => format!("{value:?}"),
            Element::Signed(value) => value.to_string(),
            Element::Unsigned(value) => value.to_string(),
        }
    }

    #[inline(always)]
    fn element(self, bytes: &[u8]) -> Element {
        use Element::{Signed, Unsigned};
        match self.kind {
            Kind::F32 => Element::F32(self.read(bytes, f32::from_le_bytes, f32::from_be_bytes)),
            Kind::F64 => Element::F64(self.read(bytes, f64::from_le_bytes, f64::from_be_bytes)),
            Kind::I8 => Signed(
                self.read(bytes, i8::from_le_bytes, i8::from_be_bytes)
                    .into(),
            ),
            Kind::I16 => Signed(
                self.read(bytes, i16::from_le_bytes, i16::from_be_bytes)
                    .into(),
            ),
            Kind::I32 => Signed(
                self.read(bytes, i32::from_le_bytes, i32::from_be_bytes)
                    .into(),
            ),
            Kind::I64 => Signed(self.read(bytes, i64::from_le_bytes, i64::from_be_bytes)),
            Kind::U8 => Unsigned(
                self.read(bytes, u8::from_le_bytes, u8::from_be_bytes)
                    .into(),
            ),
            Kind::U16 => Unsigned(
                self.read(bytes, u16::from_le_bytes, u16::from_be_bytes)
                    .into(),
            ),
            Kind::U32 => Unsigned(
                self.read(bytes, u32::from_le_bytes, u32::from_be_bytes)
                    .into(),
            ),
            Kind::U64 => Unsigned(self.read(bytes, u64::from_le_bytes, u64::from_be_bytes)),
        }
    }

    #[inline]
    fn read<T, const WIDTH: usize>(
        self,
        bytes: &[u8],
        little: impl Fn([u8; WIDTH]) -> T,
        big: impl Fn([u8; WIDTH]) -> T,
    ) -> T {
        let Some(bytes) = bytes.first_chunk() else {
            unreachable!("an element has the width of its type")
        };
        if self.is_big_endian {
            big(*bytes)
        } else {
            little(*bytes)
        }
    }
}

/// The float64 whose shortest text is that of `value`: 0.1, not 0.10000000149011612.
pub(crate) fn shortest(value: f32) -> f64 {
    match value.to_string().parse() {
        Ok(shortest) => shortest,
        Err(_) => unreachable!("the text of a float32 is a number"),
    }
}
