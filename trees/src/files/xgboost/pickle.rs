//! The model inside a pickled `Booster`, found without running the pickle.
//!
//! A pickle is a program. This scanner only skips from one instruction to the next, and takes the bytes that
//! follow the key `handle` in the `Booster`'s state, and the list of texts that follows `feature_names`. It builds
//! no object, calls nothing and remembers nothing but the last texts and the place of that list.

mod instruction;
mod names;

use std::borrow::Cow;

use algorithm::text::excerpt;

use super::error::{Fault, invalid};
use instruction::{Container, Instruction, Scanner};
use names::Names;

/// What a pickle of protocol 2 or later begins with, before the protocol's number.
const PROTOCOL: u8 = 0x80;

/// What one of protocol 0 or 1 begins with if it holds an object.
const TEXT_PICKLES: [&[u8]; 2] = [
    b"ccopy_reg\n_reconstructor\n",
    b"ccopyreg\n_reconstructor\n",
];

/// The class whose pickles are read.
const BOOSTER: (&str, &str) = ("xgboost.core", "Booster");

/// What is taken out of a pickled `Booster`.
pub(super) struct Pickled<'a> {
    /// A model file of another format.
    pub(super) model: Cow<'a, [u8]>,
    names: Names<'a>,
}

impl Pickled<'_> {
    /// Names for this many features, which XGBoost up to 1.2 wrote beside the model. They can be set to anything: a
    /// list of another length is no error, but there are no names then.
    pub(super) fn feature_names(self, n_features: usize) -> Vec<String> {
        self.names.of_features(n_features)
    }
}

/// Whether a file begins like a pickle of an object.
pub(super) fn is_pickle(head: &[u8]) -> bool {
    matches!(head, [PROTOCOL, 2..=5, ..])
        || TEXT_PICKLES.iter().any(|start| head.starts_with(start))
}

/// Whether a pickle that begins with these bytes holds a `Booster`.
///
/// # Errors
/// It holds something else, whose class the line names, or it is no pickle.
pub(super) fn check(head: &[u8]) -> Result<(), Fault> {
    let mut scanner = Scanner::new(head);
    match find_class(&mut scanner) {
        Err(_) if scanner.is_cut_short() => Err(refused("no class in its first bytes")),
        found => found,
    }
}

/// What a pickled `Booster` holds.
pub(super) fn read(bytes: &[u8]) -> Result<Pickled<'_>, Fault> {
    let mut scanner = Scanner::new(bytes);
    find_class(&mut scanner)?;
    let mut model = None;
    let mut names = Names::default();
    // Whether the key has just been pushed, and then whether `bytearray` has.
    let (mut after_key, mut after_global) = (false, false);
    loop {
        let instruction = scanner.next()?;
        names.take(instruction, &scanner);
        match instruction {
            Instruction::Global(..) | Instruction::StackGlobal => after_global = true,
            Instruction::Bytes(found) if after_key && model.is_none() => {
                model = Some(Cow::Borrowed(found));
            }
            // Up to protocol 2 bytes are a text of as many characters.
            Instruction::Text(found) if after_key && after_global && model.is_none() => {
                model = Some(Cow::Owned(latin1(&utf8(found)?)?));
            }
            Instruction::EscapedText(found) if after_key && after_global && model.is_none() => {
                model = Some(Cow::Owned(latin1(&unescape(found)?)?));
            }
            Instruction::Text(found) | Instruction::EscapedText(found) => {
                // In the texts that follow the key, `bytearray` is found.
                after_key = found == b"handle"
                    || (after_key && matches!(found, b"builtins" | b"bytearray"));
                after_global = false;
            }
            Instruction::Stop => break,
            Instruction::Append | Instruction::Appends | Instruction::Other if !after_global => {
                after_key = false;
            }
            _ => {}
        }
    }
    match model {
        Some(model) => Ok(Pickled { model, names }),
        None => invalid!("a pickled Booster: found no bytes for the key `handle`"),
    }
}

/// Reads up to the class of the pickle's object, which must be `Booster`.
fn find_class(scanner: &mut Scanner<'_>) -> Result<(), Fault> {
    let mut texts: [&[u8]; 2] = [&[], &[]];
    loop {
        let (module, name) = match scanner.next()? {
            Instruction::Global(module, name) => (module, name),
            Instruction::StackGlobal => (texts[0], texts[1]),
            Instruction::Text(found) | Instruction::EscapedText(found) => {
                texts = [texts[1], found];
                continue;
            }
            Instruction::Container(kind) if texts[1].is_empty() => {
                return Err(refused(match kind {
                    Container::Dictionary => "a dictionary",
                    Container::List => "a list",
                    Container::Tuple => "a tuple",
                    Container::Set => "a set",
                }));
            }
            Instruction::Stop => return Err(refused("a plain value")),
            _ => continue,
        };
        if (module, name) == (BOOSTER.0.as_bytes(), BOOSTER.1.as_bytes()) {
            return Ok(());
        }
        if !is_reconstructor(module, name) {
            let (module, name) = (excerpt(module), excerpt(name));
            return Err(refused(&format!("`{module}.{name}`")));
        }
    }
}

/// What builds an object of the class that follows.
fn is_reconstructor(module: &[u8], name: &[u8]) -> bool {
    matches!(module, b"copy_reg" | b"copyreg") && matches!(name, b"_reconstructor" | b"__newobj__")
}

fn refused(found: &str) -> Fault {
    let (module, name) = BOOSTER;
    Fault::unsupported(format!(
        "found a pickle of {found}, supported are those of `{module}.{name}`"
    ))
}

fn utf8(text: &[u8]) -> Result<Cow<'_, str>, Fault> {
    let text = std::str::from_utf8(text);
    text.map(Cow::Borrowed)
        .map_err(|_| Fault::malformed("a pickle: found a text that is not UTF-8"))
}

/// The characters of a text of protocol 0: bytes, and `\u` or `\U` with four or eight digits.
fn unescape(text: &[u8]) -> Result<String, Fault> {
    let mut characters = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        let n_digits = match (*byte, after.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                characters.push(char::from(*byte));
                rest = after;
                continue;
            }
        };
        let digits = after.get(1..=n_digits);
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(character) = code.and_then(char::from_u32) else {
            return Err(Fault::malformed(
                "a pickle: found an escape that is no character",
            ));
        };
        characters.push(character);
        rest = &after[1 + n_digits..];
    }
    Ok(characters)
}

/// The bytes whose values are the characters of a text.
fn latin1(text: &str) -> Result<Vec<u8>, Fault> {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)));
    bytes.collect::<Result<_, _>>().map_err(|_| {
        Fault::malformed("a pickle: found a text for `handle` that stands for no bytes")
    })
}
