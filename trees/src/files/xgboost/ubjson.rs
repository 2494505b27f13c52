//! A document in UBJSON (draft 12, as XGBoost writes it): big endian, each length checked against the bytes
//! that are left.

use algorithm::text::excerpt;

use super::{
    document::{Document, too_large},
    error::Fault,
};

/// Most objects and arrays around a value that is skipped. XGBoost's documents have 10.
const MAX_DEPTH: usize = 64;

pub(super) struct Ubjson<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// How an array goes on after `[`.
enum Array<'a> {
    /// Elements of one type, without markers.
    Typed { marker: u8, bytes: &'a [u8] },
    /// This many elements, each with a marker.
    Counted(usize),
    /// Elements, each with a marker, and `]`.
    Open,
}

/// An object or an array that is being skipped.
enum Skip {
    Object,
    Counted(usize),
    Open,
}

impl<'a> Ubjson<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        let Some((taken, _)) = rest.split_at_checked(n) else {
            return Err(Fault::malformed(format!(
                "found {} bytes at byte {}, expected {n}",
                rest.len(),
                self.at
            )));
        };
        self.at += n;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        Ok(self.take(1)?[0])
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Reads `byte` if it is the next.
    fn accept(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Fault> {
        match self.byte()? {
            found if found == byte => Ok(()),
            found => Err(self.unexpected(found, what)),
        }
    }

    /// The byte just read is none that may be here.
    fn unexpected(&self, found: u8, what: &str) -> Fault {
        Fault::malformed(format!(
            "found `{}` at byte {}, expected {what}",
            found.escape_ascii(),
            self.at - 1
        ))
    }

    /// A length or a count: a marker and a whole number.
    fn length(&mut self) -> Result<usize, Fault> {
        let marker = self.byte()?;
        let at = self.at;
        let Some(width) = width(marker).filter(|_| !is_float(marker)) else {
            return Err(self.unexpected(marker, "a length"));
        };
        let length = integer(marker, self.take(width)?);
        usize::try_from(length)
            .map_err(|_| Fault::malformed(format!("found the length {length} at byte {at}")))
    }

    fn string(&mut self) -> Result<&'a str, Fault> {
        let length = self.length()?;
        let at = self.at;
        std::str::from_utf8(self.take(length)?)
            .map_err(|_| Fault::malformed(format!("found a text at byte {at} that is not UTF-8")))
    }

    /// The key of an object's next member, after `{` or a member; `None` at its end.
    fn key(&mut self) -> Result<Option<&'a str>, Fault> {
        if self.accept(b'}') {
            return Ok(None);
        }
        self.string().map(Some)
    }

    /// The head of an array, after `[`.
    fn head(&mut self) -> Result<Array<'a>, Fault> {
        if self.accept(b'$') {
            let marker = self.byte()?;
            let Some(width) = width(marker) else {
                return Err(self.unexpected(marker, "a type of numbers"));
            };
            self.expect(b'#', "`#`")?;
            let bytes = self.length()?.saturating_mul(width);
            return Ok(Array::Typed {
                marker,
                bytes: self.take(bytes)?,
            });
        }
        if self.accept(b'#') {
            return self.length().map(Array::Counted);
        }
        Ok(Array::Open)
    }

    /// Reads an array of numbers, `number` being one with its marker. Booleans are whole numbers.
    fn numbers<T>(
        &mut self,
        number: impl Fn(usize, u8, &[u8]) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        self.expect(b'[', "an array")?;
        let head = self.head()?;
        if let Array::Typed { marker, bytes } = head {
            let width = width(marker).unwrap_or(1);
            let numbers = bytes.chunks_exact(width).enumerate();
            return numbers
                .map(|(position, bytes)| number(position, marker, bytes))
                .collect();
        }
        let mut numbers = Vec::new();
        while self.goes_on(&head, numbers.len()) {
            let marker = self.byte()?;
            let bytes = match (marker, width(marker)) {
                (b'T', _) => &[1],
                (b'F', _) => &[0],
                (_, Some(width)) => self.take(width)?,
                (_, None) => return Err(self.unexpected(marker, "a number")),
            };
            let marker = if matches!(marker, b'T' | b'F') {
                b'U'
            } else {
                marker
            };
            numbers.push(number(numbers.len(), marker, bytes)?);
        }
        Ok(numbers)
    }

    /// Whether an array has an element at `position`; reads the end of an open one.
    fn goes_on(&mut self, head: &Array<'_>, position: usize) -> bool {
        match head {
            Array::Counted(count) => position < *count,
            _ => !self.accept(b']'),
        }
    }
}

impl Document for Ubjson<'_> {
    fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.expect(b'{', "an object")?;
        while let Some(key) = self.key()? {
            member(self, key).map_err(|fault| fault.at(excerpt(key.as_bytes())))?;
        }
        Ok(())
    }

    fn array(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.expect(b'[', "an array")?;
        let head = self.head()?;
        if let Array::Typed { marker, bytes } = head {
            if bytes.is_empty() {
                return Ok(());
            }
            return Err(self.unexpected(marker, "an array of objects or texts"));
        }
        for position in 0.. {
            if !self.goes_on(&head, position) {
                break;
            }
            element(self, position).map_err(|fault| fault.at(format!("[{position}]")))?;
        }
        Ok(())
    }

    fn text(&mut self) -> Result<String, Fault> {
        self.expect(b'S', "a text")?;
        self.string().map(str::to_owned)
    }

    fn integers(&mut self) -> Result<Vec<i32>, Fault> {
        self.numbers(|position, marker, bytes| {
            if is_float(marker) {
                return Err(Fault::invalid("found a float, expected a whole number")
                    .at(format!("[{position}]")));
            }
            let integer = integer(marker, bytes);
            i32::try_from(integer).map_err(|_| too_large(position, integer))
        })
    }

    fn floats(&mut self) -> Result<Vec<f32>, Fault> {
        self.numbers(|_, marker, bytes| {
            Ok(match (marker, bytes) {
                (b'd', [a, b, c, d]) => f32::from_be_bytes([*a, *b, *c, *d]),
                (b'D', [a, b, c, d, e, f, g, h]) => {
                    f64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32
                }
                _ => integer(marker, bytes) as f32,
            })
        })
    }

    fn skip(&mut self) -> Result<(), Fault> {
        let mut open: Vec<Skip> = Vec::new();
        loop {
            // A value.
            match self.byte()? {
                b'{' => open.push(Skip::Object),
                b'[' => match self.head()? {
                    Array::Typed { .. } => {}
                    Array::Counted(count) => open.push(Skip::Counted(count)),
                    Array::Open => open.push(Skip::Open),
                },
                b'S' | b'H' => drop(self.string()?),
                b'T' | b'F' | b'Z' | b'N' => {}
                b'C' => drop(self.byte()?),
                marker => match width(marker) {
                    Some(width) => drop(self.take(width)?),
                    None => return Err(self.unexpected(marker, "a value")),
                },
            }
            if open.len() > MAX_DEPTH {
                return Err(Fault::malformed(format!(
                    "found more than {MAX_DEPTH} objects and arrays inside each other"
                )));
            }
            // What follows: the end of the value, or of objects and arrays around it, or one more value.
            loop {
                let Some(last) = open.last_mut() else {
                    return Ok(());
                };
                let goes_on = match last {
                    Skip::Object => self.key()?.is_some(),
                    Skip::Open => !self.accept(b']'),
                    Skip::Counted(count) => {
                        let goes_on = *count > 0;
                        *count = count.saturating_sub(1);
                        goes_on
                    }
                };
                if goes_on {
                    break;
                }
                open.pop();
            }
        }
    }
}

/// Bytes of a number of this type.
fn width(marker: u8) -> Option<usize> {
    match marker {
        b'U' | b'i' => Some(1),
        b'I' => Some(2),
        b'l' | b'd' => Some(4),
        b'L' | b'D' => Some(8),
        _ => None,
    }
}

fn is_float(marker: u8) -> bool {
    matches!(marker, b'd' | b'D')
}

/// A whole number, of as many bytes as its type has.
fn integer(marker: u8, bytes: &[u8]) -> i64 {
    let negative = marker != b'U' && bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(start, |number, byte| number << 8 | i64::from(*byte))
}
