//! The model inside a pickled `Booster`, found without running the pickle.
//!
//! A pickle is a program. This scanner only skips from one instruction to the next, and takes the bytes that
//! follow the key `handle` in the `Booster`'s state. It builds no object, calls nothing and remembers nothing
//! but the last texts.

use std::borrow::Cow;

use algorithm::text::excerpt;

use super::error::Fault;

/// What a pickle of protocol 2 or later begins with.
pub(super) const PROTOCOL: u8 = 0x80;

/// What one of protocol 0 or 1 begins with if it holds an object.
const TEXT_PICKLES: [&[u8]; 2] = [
    b"ccopy_reg\n_reconstructor\n",
    b"ccopyreg\n_reconstructor\n",
];

/// The class whose pickles are read.
const BOOSTER: (&str, &str) = ("xgboost.core", "Booster");

/// An instruction, as far as it matters here.
enum Instruction<'a> {
    /// Pushes bytes.
    Bytes(&'a [u8]),
    /// Pushes a text of UTF-8.
    Text(&'a [u8]),
    /// Pushes a text of protocol 0, with escapes.
    EscapedText(&'a [u8]),
    /// Pushes what this module calls this name.
    Global(&'a [u8], &'a [u8]),
    /// The same, with the last two texts.
    StackGlobal,
    /// Changes nothing that is looked at: notes for later, frames.
    Note,
    /// Pushes an empty dictionary or list, or a tuple.
    Container(&'static str),
    Other,
    Stop,
}

struct Scanner<'a> {
    rest: &'a [u8],
    length: usize,
}

pub(super) fn is_text_pickle(bytes: &[u8]) -> bool {
    TEXT_PICKLES.iter().any(|start| bytes.starts_with(start))
}

/// The bytes of the model.
pub(super) fn model(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    let mut scanner = Scanner {
        rest: bytes,
        length: bytes.len(),
    };
    let mut texts: [&[u8]; 2] = [&[], &[]];
    let mut has_class = false;
    // Whether the key has just been pushed, and then whether `bytearray` has.
    let (mut after_key, mut after_global) = (false, false);
    loop {
        let instruction = scanner.next()?;
        let global = match instruction {
            Instruction::Global(module, name) => Some((module, name)),
            Instruction::StackGlobal => Some((texts[0], texts[1])),
            _ => None,
        };
        if let Some((module, name)) = global {
            if !has_class && !is_reconstructor(module, name) {
                check_class(module, name)?;
                has_class = true;
            }
            after_global = true;
            continue;
        }
        match instruction {
            Instruction::Bytes(found) if after_key && has_class => return Ok(Cow::Borrowed(found)),
            // Up to protocol 2 bytes are a text of as many characters.
            Instruction::Text(found) if after_key && after_global && has_class => {
                return latin1(found).map(Cow::Owned);
            }
            Instruction::EscapedText(found) if after_key && after_global && has_class => {
                return unescape(found).map(Cow::Owned);
            }
            Instruction::Text(found) | Instruction::EscapedText(found) => {
                texts = [texts[1], found];
                // In the texts that follow the key, `bytearray` is found.
                after_key = found == b"handle"
                    || (after_key && matches!(found, b"builtins" | b"bytearray"));
                after_global = false;
            }
            Instruction::Note => {}
            Instruction::Container(kind) if !has_class && texts[1].is_empty() => {
                return Err(refused(kind));
            }
            Instruction::Stop => {
                return Err(match has_class {
                    true => {
                        Fault::invalid("a pickled Booster: found no bytes for the key `handle`")
                    }
                    false => refused("a plain value"),
                });
            }
            Instruction::Other if !after_global => after_key = false,
            _ => {}
        }
    }
}

/// What builds an object of the class that follows.
fn is_reconstructor(module: &[u8], name: &[u8]) -> bool {
    matches!(module, b"copy_reg" | b"copyreg") && matches!(name, b"_reconstructor" | b"__newobj__")
}

fn check_class(module: &[u8], name: &[u8]) -> Result<(), Fault> {
    if (module, name) == (BOOSTER.0.as_bytes(), BOOSTER.1.as_bytes()) {
        return Ok(());
    }
    let (module, name) = (excerpt(module), excerpt(name));
    Err(refused(&format!("`{module}.{name}`")))
}

fn refused(found: &str) -> Fault {
    let (module, name) = BOOSTER;
    Fault::unsupported(format!(
        "found a pickle of {found}, supported are those of `{module}.{name}`"
    ))
}

/// The bytes whose values are the characters of a text.
fn latin1(text: &[u8]) -> Result<Vec<u8>, Fault> {
    let wrong = || Fault::malformed("a pickle: found a text for `handle` that stands for no bytes");
    let text = std::str::from_utf8(text).map_err(|_| wrong())?;
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).map_err(|_| wrong()))
        .collect()
}

/// The same for a text of protocol 0, whose line breaks, backslashes and the like are `\u` and four digits.
fn unescape(text: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let (b'\\', [b'u', digits @ ..]) = (*byte, rest) else {
            bytes.push(*byte);
            continue;
        };
        let code = digits
            .get(..4)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(Fault::malformed(
                "a pickle: found an escape for `handle` that is no byte",
            ));
        };
        bytes.push(code);
        rest = &digits[4..];
    }
    Ok(bytes)
}

impl<'a> Scanner<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(self.cut_short());
        };
        self.rest = rest;
        Ok(taken)
    }

    fn cut_short(&self) -> Fault {
        let at = self.length - self.rest.len();
        Fault::malformed(format!("a pickle that is cut short at byte {at}"))
    }

    /// A line, without its end.
    fn line(&mut self) -> Result<&'a [u8], Fault> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(end.ok_or_else(|| self.cut_short())? + 1)?;
        Ok(&line[..line.len() - 1])
    }

    /// A little-endian length of `width` bytes, and as many bytes.
    fn counted(&mut self, width: usize) -> Result<&'a [u8], Fault> {
        let length = self.take(width)?.iter().rev();
        let length = length.fold(0, |length, byte| length << 8 | u64::from(*byte));
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The next instruction with its operands, as Python's `pickletools` lists them.
    fn next(&mut self) -> Result<Instruction<'a>, Fault> {
        let at = self.length - self.rest.len();
        let code = self.take(1)?[0];
        Ok(match code {
            b'.' => Instruction::Stop,
            b'c' => Instruction::Global(self.line()?, self.line()?),
            0x93 => Instruction::StackGlobal,
            // SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8.
            b'C' => Instruction::Bytes(self.counted(1)?),
            b'B' => Instruction::Bytes(self.counted(4)?),
            0x8e | 0x96 => Instruction::Bytes(self.counted(8)?),
            // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8; Python 2's SHORT_BINSTRING, BINSTRING.
            0x8c | b'U' => Instruction::Text(self.counted(1)?),
            b'X' | b'T' => Instruction::Text(self.counted(4)?),
            0x8d => Instruction::Text(self.counted(8)?),
            b'V' => Instruction::EscapedText(self.line()?),
            // Python 2's STRING, in quotes.
            b'S' => {
                let line = self.line()?;
                let quotes: &[u8] = b"'\"";
                let inside = line
                    .strip_prefix(&quotes[..1])
                    .and_then(|line| line.strip_suffix(&quotes[..1]));
                let inside =
                    inside.or_else(|| line.strip_prefix(&quotes[1..])?.strip_suffix(&quotes[1..]));
                Instruction::Text(inside.unwrap_or(line))
            }
            // PROTO, BINPUT; FRAME; LONG_BINPUT; PUT; MEMOIZE.
            PROTOCOL | b'q' => self.note(1)?,
            0x95 => self.note(8)?,
            b'r' => self.note(4)?,
            b'p' => {
                self.line()?;
                Instruction::Note
            }
            // MEMOIZE; MARK, before the arguments of `bytearray`.
            0x94 | b'(' => Instruction::Note,
            b'}' | b'd' => Instruction::Container("a dictionary"),
            b']' | b'l' => Instruction::Container("a list"),
            b')' | b't' | 0x85..=0x87 => Instruction::Container("a tuple"),
            0x8f | 0x91 => Instruction::Container("a set"),
            // BINGET, LONG_BINGET and GET may stand for the global `bytearray`.
            b'h' => self.note(1)?,
            b'j' => self.note(4)?,
            b'g' => {
                self.line()?;
                Instruction::Note
            }
            // BININT1, BININT2, BININT, BINFLOAT, the extension registry's codes.
            b'K' | 0x82 => self.other(1)?,
            b'M' | 0x83 => self.other(2)?,
            b'J' | 0x84 => self.other(4)?,
            b'G' => self.other(8)?,
            // LONG1, LONG4.
            0x8a => {
                self.counted(1)?;
                Instruction::Other
            }
            0x8b => {
                self.counted(4)?;
                Instruction::Other
            }
            // INT, LONG, FLOAT, PERSID; INST has two lines.
            b'I' | b'L' | b'F' | b'P' => {
                self.line()?;
                Instruction::Other
            }
            b'i' => Instruction::Global(self.line()?, self.line()?),
            // The instructions without operands.
            b'0' | b'1' | b'2' | b'N' | b'Q' | b'R' | b'a' | b'b' | b'e' | b'o' | b's' | b'u'
            | 0x81 | 0x88 | 0x89 | 0x90 | 0x92 | 0x97 | 0x98 => Instruction::Other,
            other => {
                return Err(Fault::malformed(format!(
                    "a pickle: found the instruction 0x{other:02x} at byte {at}, which there is not"
                )));
            }
        })
    }

    fn note(&mut self, n: usize) -> Result<Instruction<'a>, Fault> {
        self.take(n)?;
        Ok(Instruction::Note)
    }

    fn other(&mut self, n: usize) -> Result<Instruction<'a>, Fault> {
        self.take(n)?;
        Ok(Instruction::Other)
    }
}
