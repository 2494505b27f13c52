//! A document in JSON. XGBoost writes bare `NaN`, which strict JSON lacks.

use algorithm::text::excerpt;
use jiter::{Jiter, JiterError, Peek};

use super::{
    document::{Document, too_large},
    error::Fault,
};

pub(super) struct Json<'a> {
    jiter: Jiter<'a>,
}

impl<'a> Json<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            jiter: Jiter::new(bytes).with_allow_inf_nan(),
        }
    }

    fn fault(&self, error: &JiterError) -> Fault {
        Fault::malformed(error.description(&self.jiter))
    }

    /// Reads an array of which `element` reads one element.
    fn elements(
        &mut self,
        mut element: impl FnMut(&mut Self, usize, Peek) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut next = self.jiter.next_array();
        for position in 0.. {
            let Some(peek) = next.map_err(|error| self.fault(&error))? else {
                break;
            };
            element(self, position, peek)?;
            next = self.jiter.array_step();
        }
        Ok(())
    }

    /// The text of a number.
    fn number(&mut self, peek: Peek) -> Result<&str, Fault> {
        let start = self.jiter.current_index();
        if let Err(error) = self.jiter.known_number_bytes(peek) {
            return Err(self.fault(&error));
        }
        let text = std::str::from_utf8(self.jiter.slice_to_current(start));
        text.map_err(|_| unreachable!("a number is ASCII"))
    }
}

impl Document for Json<'_> {
    fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut next = self.jiter.next_object().map(|key| key.map(str::to_owned));
        while let Some(key) = next.map_err(|error| self.fault(&error))? {
            member(self, &key).map_err(|fault| fault.at(excerpt(key.as_bytes())))?;
            next = self.jiter.next_key().map(|key| key.map(str::to_owned));
        }
        Ok(())
    }

    fn array(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.elements(|document, position, _| {
            element(document, position).map_err(|fault| fault.at(format!("[{position}]")))
        })
    }

    fn text(&mut self) -> Result<String, Fault> {
        let text = self.jiter.next_str().map(str::to_owned);
        text.map_err(|error| self.fault(&error))
    }

    fn integers(&mut self) -> Result<Vec<i32>, Fault> {
        let mut integers = Vec::new();
        self.elements(|document, position, peek| {
            let integer = match peek {
                Peek::True | Peek::False => {
                    let known = document.jiter.known_bool(peek);
                    i32::from(known.map_err(|error| document.fault(&error))?)
                }
                _ => {
                    let text = document.number(peek)?;
                    text.parse()
                        .map_err(|_| too_large(position, excerpt(text.as_bytes())))?
                }
            };
            integers.push(integer);
            Ok(())
        })?;
        Ok(integers)
    }

    fn floats(&mut self) -> Result<Vec<f32>, Fault> {
        let mut floats = Vec::new();
        self.elements(|document, _, peek| {
            let text = document.number(peek)?;
            // A float64 in between would round twice.
            let Ok(float) = text.parse() else {
                unreachable!("Rust reads every number of JSON, `NaN` and `Infinity` too");
            };
            floats.push(float);
            Ok(())
        })?;
        Ok(floats)
    }

    fn skip(&mut self) -> Result<(), Fault> {
        self.jiter.next_skip().map_err(|error| self.fault(&error))
    }
}
