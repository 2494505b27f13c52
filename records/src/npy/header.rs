//! The header of a numpy array: magic string, version, and a Python dictionary.

use crate::{excerpt, number::Number};

/// What the header tells.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub(super) dtype: Dtype,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dtype {
    kind: Kind,
    width: usize,
    is_big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Float,
    Signed,
    Unsigned,
}

/// Dimensions of an array at most, as in numpy.
const MAX_DIMENSIONS: usize = 64;

impl Header {
    /// The header, and the data after it.
    ///
    /// # Errors
    /// One line about what is not as numpy writes it, or not supported.
    pub(super) fn parse(body: &[u8]) -> Result<(Self, &[u8]), String> {
        let cut = || "the npy header is cut short".to_owned();
        let Some(rest) = body.strip_prefix(b"\x93NUMPY") else {
            return Err(format!(
                "found \"{}\" at the beginning, expected \\x93NUMPY",
                excerpt(body.get(..6).unwrap_or(body))
            ));
        };
        let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
        let (length, rest) = match version[0] {
            1 => {
                let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
                (u32::from(u16::from_le_bytes(*length)), rest)
            }
            2 | 3 => {
                let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
                (u32::from_le_bytes(*length), rest)
            }
            other => return Err(format!("npy version {other}: expected 1 to 3")),
        };
        let length = usize::try_from(length).map_err(|_| cut())?;
        let (text, data) = rest.split_at_checked(length).ok_or_else(cut)?;
        Ok((Dictionary(text).parse()?, data))
    }

    /// The shape as Python writes it.
    pub(super) fn shape_text(&self) -> String {
        match self.shape.as_slice() {
            [one] => format!("({one},)"),
            shape => {
                let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
                format!("({})", sizes.join(", "))
            }
        }
    }
}

/// What is left to read of the dictionary.
struct Dictionary<'a>(&'a [u8]);

impl<'a> Dictionary<'a> {
    fn parse(mut self) -> Result<Header, String> {
        let (mut dtype, mut fortran_order, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.take(b'}') {
            let key = self.quoted()?;
            self.expect(b':')?;
            match key {
                b"descr" => dtype = Some(self.dtype()?),
                b"fortran_order" => fortran_order = Some(self.boolean()?),
                b"shape" => shape = Some(self.shape()?),
                _ => {
                    return Err(format!(
                        "npy header: found key \"{}\", expected descr, fortran_order and shape",
                        excerpt(key)
                    ));
                }
            }
            if !self.take(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        match (dtype, fortran_order, shape) {
            (Some(dtype), Some(fortran_order), Some(shape)) => Ok(Header {
                dtype,
                fortran_order,
                shape,
            }),
            _ => Err("npy header: expected descr, fortran_order and shape".to_owned()),
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.0 = self.0.trim_ascii_start();
        match self.0.strip_prefix(&[byte]) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.malformed(&format!("'{}'", char::from(byte))))
    }

    fn malformed(&self, expected: &str) -> String {
        format!(
            "npy header: found \"{}\", expected {expected}",
            excerpt(self.0)
        )
    }

    fn quoted(&mut self) -> Result<&'a [u8], String> {
        let quote = if self.take(b'\'') {
            b'\''
        } else {
            self.expect(b'"').map_err(|_| self.malformed("a string"))?;
            b'"'
        };
        let end = self.0.iter().position(|byte| *byte == quote);
        let text = end.and_then(|end| self.0.get(..end));
        let text = text.ok_or_else(|| self.malformed("a string"))?;
        self.0 = self.0.get(text.len() + 1..).unwrap_or_default();
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, String> {
        self.0 = self.0.trim_ascii_start();
        for (word, value) in [(&b"True"[..], true), (b"False", false)] {
            if let Some(rest) = self.0.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err(self.malformed("True or False"))
    }

    fn shape(&mut self) -> Result<Vec<usize>, String> {
        let mut shape = Vec::new();
        self.expect(b'(')?;
        while !self.take(b')') {
            let digits = self
                .0
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let (text, rest) = self.0.split_at_checked(digits).unwrap_or_default();
            let size = std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.parse().ok());
            let Some(size) = size.filter(|_| shape.len() < MAX_DIMENSIONS) else {
                return Err(self.malformed("a shape like (rows, features)"));
            };
            shape.push(size);
            self.0 = rest;
            if !self.take(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(shape)
    }

    fn dtype(&mut self) -> Result<Dtype, String> {
        const EXPECTED: &str = "one of f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1";
        let text = self.quoted().map_err(|_| self.malformed(EXPECTED))?;
        let (is_big_endian, plain) = match text {
            [b'>', plain @ ..] => (true, plain),
            [b'<' | b'=' | b'|', plain @ ..] => (false, plain),
            plain => (false, plain),
        };
        let (kind, width) = match plain {
            b"f4" => (Kind::Float, 4),
            b"f8" => (Kind::Float, 8),
            b"i1" => (Kind::Signed, 1),
            b"i2" => (Kind::Signed, 2),
            b"i4" => (Kind::Signed, 4),
            b"i8" => (Kind::Signed, 8),
            b"u1" | b"b1" => (Kind::Unsigned, 1),
            b"u2" => (Kind::Unsigned, 2),
            b"u4" => (Kind::Unsigned, 4),
            b"u8" => (Kind::Unsigned, 8),
            _ => {
                let found = excerpt(text);
                return Err(format!("npy dtype \"{found}\": expected {EXPECTED}"));
            }
        };
        Ok(Dtype {
            kind,
            width,
            is_big_endian,
        })
    }
}

/// An element.
enum Element {
    Float(f64),
    Signed(i64),
    Unsigned(u64),
}

impl Dtype {
    /// Bytes an element.
    pub(super) fn width(self) -> usize {
        self.width
    }

    /// The nearest value of the model's type, if it has one; `bytes` has the type's width.
    pub(super) fn value<N: Number>(self, bytes: &[u8]) -> Option<N> {
        match self.element(bytes) {
            Element::Float(value) => N::from_f64(value),
            Element::Signed(value) => N::from_i64(value),
            Element::Unsigned(value) => N::from_u64(value),
        }
    }

    /// The element for a message.
    pub(super) fn text(self, bytes: &[u8]) -> String {
        match self.element(bytes) {
            Element::Float(value) => format!("{value:?}"),
            Element::Signed(value) => value.to_string(),
            Element::Unsigned(value) => value.to_string(),
        }
    }

    fn element(self, bytes: &[u8]) -> Element {
        let bits = match *bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            // There is no type of another width.
            _ => 0,
        };
        let bits = if self.is_big_endian {
            bits.swap_bytes() >> (u64::BITS as usize - 8 * self.width)
        } else {
            bits
        };
        match (self.kind, self.width) {
            (Kind::Float, 4) => Element::Float(f64::from(f32::from_bits(bits as u32))),
            (Kind::Float, _) => Element::Float(f64::from_bits(bits)),
            (Kind::Signed, 1) => Element::Signed(i64::from(bits as i8)),
            (Kind::Signed, 2) => Element::Signed(i64::from(bits as i16)),
            (Kind::Signed, 4) => Element::Signed(i64::from(bits as i32)),
            (Kind::Signed, _) => Element::Signed(bits as i64),
            (Kind::Unsigned, _) => Element::Unsigned(bits),
        }
    }
}
