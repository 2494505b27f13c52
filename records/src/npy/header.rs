//! The header of a numpy array: magic string, version, and a Python dictionary.
//!
//! Crate npyz has a parser of it, but its errors do not say what was found and what is expected.

use algorithm::text::excerpt;

use super::dtype::Dtype;

/// What the header says.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) dtype: Dtype,
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
}

/// Most dimensions of an array, as in numpy.
const MAX_DIMENSIONS: usize = 64;

/// Longest dictionary, in bytes. Numpy itself refuses more than 10,000.
const MAX_DICTIONARY: usize = 1 << 20;

/// The bytes that every array begins with.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes up to the data, from the beginning of a file; `None` if more of it is needed to say.
///
/// # Errors
/// The bytes do not begin like an array.
pub(crate) fn head_length(body: &[u8]) -> Result<Option<usize>, String> {
    let Some(rest) = body.strip_prefix(MAGIC) else {
        if body.len() < MAGIC.len() && MAGIC.starts_with(body) {
            return Ok(None);
        }
        return Err(format!(
            "found \"{}\" at the beginning, expected \\x93NUMPY",
            excerpt(&body[..body.len().min(MAGIC.len())])
        ));
    };
    let Some((version, rest)) = rest.split_first_chunk::<2>() else {
        return Ok(None);
    };
    let (width, length) = match version[0] {
        1 => (2, rest.first_chunk().map(|l| u16::from_le_bytes(*l).into())),
        2 | 3 => (4, rest.first_chunk().map(|l| u32::from_le_bytes(*l))),
        other => return Err(format!("npy version {other}: expected 1 to 3")),
    };
    let Some(length) = length.map(|length: u32| length as usize) else {
        return Ok(None);
    };
    if length > MAX_DICTIONARY {
        return Err(format!(
            "npy header: found {length} bytes, expected at most {MAX_DICTIONARY}"
        ));
    }
    Ok(Some(MAGIC.len() + version.len() + width + length))
}

impl Header {
    /// The header, and the data after it.
    ///
    /// # Errors
    /// The header is not as numpy writes it, or not supported; one line.
    pub(crate) fn parse(body: &[u8]) -> Result<(Self, &[u8]), String> {
        let cut = || "the npy header is cut short".to_owned();
        let length = head_length(body)?.ok_or_else(cut)?;
        let (head, data) = body.split_at_checked(length).ok_or_else(cut)?;
        let width = if head[MAGIC.len()] == 1 { 2 } else { 4 };
        let dictionary = &head[MAGIC.len() + 2 + width..];
        Ok((Dictionary(dictionary).parse()?, data))
    }

    /// The shape as Python writes it.
    pub(crate) fn shape_text(&self) -> String {
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
        let end = end.ok_or_else(|| self.malformed("a string"))?;
        let (text, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
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
            let (text, rest) = self.0.split_at(digits);
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
        Dtype::parse(text).ok_or_else(|| {
            let found = excerpt(text);
            format!("npy dtype \"{found}\": expected {EXPECTED}")
        })
    }
}
