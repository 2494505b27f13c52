//! The instructions of a pickle, one after the other; none is carried out.

use crate::files::xgboost::error::Fault;

/// An instruction, as far as it matters here.
#[derive(Clone, Copy)]
pub(super) enum Instruction<'a> {
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
    /// Pushes what has been noted.
    Get,
    /// Begins the items of a container or the arguments of a call.
    Mark,
    /// Adds an item to a list.
    Append,
    /// Adds all items since the mark.
    Appends,
    /// Pushes an empty dictionary or list, or a tuple.
    Container(Container),
    Other,
    Stop,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Container {
    Dictionary,
    List,
    Tuple,
    Set,
}

#[derive(Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    length: usize,
    is_cut_short: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            length: bytes.len(),
            is_cut_short: false,
        }
    }

    /// Whether the last instruction wanted more bytes than there are.
    pub(super) fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], Fault> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(self.cut_short());
        };
        self.rest = rest;
        Ok(taken)
    }

    fn cut_short(&mut self) -> Fault {
        self.is_cut_short = true;
        let at = self.length - self.rest.len();
        Fault::malformed(format!("a pickle that is cut short at byte {at}"))
    }

    /// A line, without its end.
    fn line(&mut self) -> Result<&'a [u8], Fault> {
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let Some(end) = end else {
            return Err(self.cut_short());
        };
        let line = self.take(end + 1)?;
        Ok(&line[..end])
    }

    /// A little-endian length of `width` bytes, and as many bytes.
    fn counted(&mut self, width: usize) -> Result<&'a [u8], Fault> {
        let length = self.take(width)?.iter().rev();
        let length = length.fold(0, |length, byte| length << 8 | u64::from(*byte));
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The next instruction with its operands, as Python's `pickletools` lists them.
    pub(super) fn next(&mut self) -> Result<Instruction<'a>, Fault> {
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
            // PROTO, BINPUT; FRAME; LONG_BINPUT; PUT; MEMOIZE; MARK.
            super::PROTOCOL | b'q' => self.note(1)?,
            0x95 => self.note(8)?,
            b'r' => self.note(4)?,
            b'p' => {
                self.line()?;
                Instruction::Note
            }
            0x94 => Instruction::Note,
            b'(' => Instruction::Mark,
            b'}' | b'd' => Instruction::Container(Container::Dictionary),
            b']' | b'l' => Instruction::Container(Container::List),
            b')' | b't' | 0x85..=0x87 => Instruction::Container(Container::Tuple),
            0x8f | 0x91 => Instruction::Container(Container::Set),
            // BINGET, LONG_BINGET and GET may stand for the global `bytearray`.
            b'h' => self.get(1)?,
            b'j' => self.get(4)?,
            b'g' => {
                self.line()?;
                Instruction::Get
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
            b'a' => Instruction::Append,
            b'e' => Instruction::Appends,
            // The instructions without operands.
            b'0' | b'1' | b'2' | b'N' | b'Q' | b'R' | b'b' | b'o' | b's' | b'u' | 0x81 | 0x88
            | 0x89 | 0x90 | 0x92 | 0x97 | 0x98 => Instruction::Other,
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

    fn get(&mut self, n: usize) -> Result<Instruction<'a>, Fault> {
        self.take(n)?;
        Ok(Instruction::Get)
    }

    fn other(&mut self, n: usize) -> Result<Instruction<'a>, Fault> {
        self.take(n)?;
        Ok(Instruction::Other)
    }
}
