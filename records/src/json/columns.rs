//! The columns of the first record of a text, for training.

use jiter::{Jiter, JiterError, Peek};

use super::{Lead, Level, Word, is_container};

/// What a record's features are.
type Columns = (usize, Vec<String>);

/// The columns that a text's first record has, `n_leading` values of an array being before its features, and
/// their names if it is an object of values by name. `None` if there is no record.
///
/// # Errors
/// The text has no record that says how many columns there are: what was found and what is expected.
pub(crate) fn columns(text: &[u8], n_leading: usize) -> Result<Option<Columns>, String> {
    let mut walker = Walker {
        jiter: Jiter::new(text).with_allow_inf_nan(),
        n_leading,
    };
    match walker.document() {
        Ok(found) => Ok(found),
        Err(Stop::Refused(what)) => Err(what.to_owned()),
        // The decoder says it better.
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
    n_leading: usize,
}

impl Walker<'_> {
    fn document(&mut self) -> Result<Option<Columns>, Stop> {
        match self.jiter.peek()? {
            Peek::Array => self.records(self.n_leading),
            Peek::Object => self.object(Level::Document),
            _ => Ok(None),
        }
    }

    /// The first record of an array, or the array itself.
    fn records(&mut self, n_leading: usize) -> Result<Option<Columns>, Stop> {
        match self.jiter.known_array()? {
            None => Ok(None),
            Some(Peek::Array) => self.array(n_leading),
            Some(Peek::Object) => self.object(Level::Record),
            first => self.values(first, n_leading),
        }
    }

    fn array(&mut self, n_leading: usize) -> Result<Option<Columns>, Stop> {
        let first = self.jiter.known_array()?;
        self.values(first, n_leading)
    }

    fn values(
        &mut self,
        mut next: Option<Peek>,
        n_leading: usize,
    ) -> Result<Option<Columns>, Stop> {
        let mut n_values: usize = 0;
        while let Some(peek) = next {
            n_values += 1;
            self.jiter.known_skip(peek)?;
            next = self.jiter.array_step()?;
        }
        Ok(Some((n_values.saturating_sub(n_leading), Vec::new())))
    }

    fn object(&mut self, level: Level) -> Result<Option<Columns>, Stop> {
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
        Ok((!names.is_empty()).then_some((names.len(), names)))
    }

    fn form(&mut self, word: Word, level: Level, peek: Peek) -> Result<Option<Columns>, Stop> {
        match (word, peek) {
            (Word::Instances | Word::Inputs, Peek::Array) => self.records(self.n_leading),
            (Word::Data, Peek::Object) => self.object(Level::Data),
            (Word::Features, Peek::Array) if level == Level::Document => self.records(0),
            (Word::Features, Peek::Array) => self.array(0),
            (Word::Features, Peek::Object) => self.vector(),
            _ => Ok(None),
        }
    }

    /// The size of `{"values": [...]}` or `{"keys": [...], "shape": [n], "values": [...]}`.
    fn vector(&mut self) -> Result<Option<Columns>, Stop> {
        let (mut size, mut n_values, mut is_sparse) = (None, None, false);
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
                let columns = self.array(0)?;
                n_values = columns.map(|(n_values, _)| n_values);
            } else {
                self.jiter.known_skip(peek)?;
            }
            key = self.jiter.next_key()?;
        }
        match (is_sparse, size, n_values) {
            (true, Some(size), _) | (false, _, Some(size)) => Ok(Some((size, Vec::new()))),
            (true, None, _) => Err(Stop::Refused(
                "found a sparse record without \"shape\", expected one in the first record",
            )),
            (false, _, None) => Ok(None),
        }
    }
}
