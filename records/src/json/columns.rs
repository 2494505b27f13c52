//! The columns of the first record of a text, for training.

use jiter::{Jiter, JiterError, Peek};

use super::{Lead, Level, Word, is_container};
use crate::columns::Width;

/// The columns that a text's first record has; `None` if there is no record, or its fault is for the decoder
/// to find.
///
/// # Errors
/// The record does not say how many columns there are: what was found and what is expected.
pub(crate) fn columns(text: &[u8]) -> Result<Option<Width>, &'static str> {
    let mut walker = Walker {
        jiter: Jiter::new(text).with_allow_inf_nan(),
    };
    match walker.document() {
        Ok(found) => Ok(found),
        Err(Stop::Refused(what)) => Err(what),
        Err(Stop::Syntax) => Ok(None),
    }
}

enum Stop {
    Syntax,
    Refused(&'static str),
}

impl From<JiterError> for Stop {
    fn from(_: JiterError) -> Self {
        Self::Syntax
    }
}

struct Walker<'j> {
    jiter: Jiter<'j>,
}

impl Walker<'_> {
    fn document(&mut self) -> Result<Option<Width>, Stop> {
        match self.jiter.peek()? {
            Peek::Array => self.records(true),
            Peek::Object => self.object(Level::Document),
            _ => Ok(None),
        }
    }

    /// The first record of an array, or the array itself; `is_led` if label and weight are among its values.
    fn records(&mut self, is_led: bool) -> Result<Option<Width>, Stop> {
        match self.jiter.known_array()? {
            None => Ok(None),
            Some(Peek::Array) => self.array(is_led),
            Some(Peek::Object) => self.object(Level::Record),
            first => self.values(first, is_led),
        }
    }

    fn array(&mut self, is_led: bool) -> Result<Option<Width>, Stop> {
        let first = self.jiter.known_array()?;
        self.values(first, is_led)
    }

    fn values(&mut self, mut next: Option<Peek>, is_led: bool) -> Result<Option<Width>, Stop> {
        let mut n_values = 0;
        while let Some(peek) = next {
            n_values += 1;
            self.jiter.known_skip(peek)?;
            next = self.jiter.array_step()?;
        }
        Ok(Some(if is_led {
            Width::List(n_values, Vec::new())
        } else {
            Width::Features(n_values, Vec::new())
        }))
    }

    fn object(&mut self, level: Level) -> Result<Option<Width>, Stop> {
        let mut names = Vec::new();
        let mut key = self.jiter.known_object()?;
        while let Some(name) = key {
            let is_lead = Lead::of(name).is_some();
            let word = Word::of(name, level);
            let name = name.to_owned();
            let peek = self.jiter.peek()?;
            match word.filter(|_| is_container(peek)) {
                Some(word) => return self.form(word, level, peek),
                None => self.jiter.known_skip(peek)?,
            }
            if !is_lead {
                names.push(name);
            }
            key = self.jiter.next_key()?;
        }
        let n_features = names.len();
        Ok((n_features > 0).then_some(Width::Features(n_features, names)))
    }

    fn form(&mut self, word: Word, level: Level, peek: Peek) -> Result<Option<Width>, Stop> {
        match (word, peek) {
            (Word::Instances | Word::Inputs, Peek::Array) => self.records(true),
            (Word::Data, Peek::Object) => self.object(Level::Data),
            (Word::Features, Peek::Array) if level == Level::Document => self.records(false),
            (Word::Features, Peek::Array) => self.array(false),
            (Word::Features, Peek::Object) => self.vector(),
            _ => Ok(None),
        }
    }

    /// The size of `{"values": [...]}` or `{"keys": [...], "shape": [n], "values": [...]}`.
    fn vector(&mut self) -> Result<Option<Width>, Stop> {
        let (mut size, mut dense, mut is_sparse) = (None, None, false);
        let mut key = self.jiter.known_object()?;
        while let Some(name) = key {
            let (is_shape, is_values, is_keys) =
                (name == "shape", name == "values", name == "keys");
            is_sparse |= is_keys;
            let peek = self.jiter.peek()?;
            if is_shape && peek == Peek::Array {
                let mut next = self.jiter.known_array()?;
                while let Some(peek) = next {
                    let text = self.jiter.known_number_bytes(peek)?;
                    let text = std::str::from_utf8(text).ok();
                    size = text.and_then(|text| text.parse::<usize>().ok());
                    next = self.jiter.array_step()?;
                }
            } else if is_values && peek == Peek::Array {
                dense = self.array(false)?;
            } else {
                self.jiter.known_skip(peek)?;
            }
            key = self.jiter.next_key()?;
        }
        match (is_sparse, size) {
            (false, _) => Ok(dense),
            (true, Some(size)) => Ok(Some(Width::Features(size, Vec::new()))),
            (true, None) => Err(Stop::Refused(
                "found a sparse record without \"shape\", expected one in the first record",
            )),
        }
    }
}
