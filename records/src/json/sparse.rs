//! AWS's `{"values": [...]}`, and the sparse `{"keys": [...], "shape": [n], "values": [...]}`
//! ("Common data formats for inference").

use jiter::{Jiter, Peek};

use super::{Fault, Number, Reader};
use crate::sparse::Row;

impl<'j, N: Number> Reader<'j, '_, '_, N> {
    /// The object that is the value of `features`.
    pub(super) fn sparse(&mut self) -> Result<(), Fault> {
        let (mut values, mut keys) = (None, None);
        let mut key = self.jiter.known_object();
        loop {
            let place = match key {
                Err(error) => return Err(self.syntax(&error)),
                Ok(None) => break,
                Ok(Some("values")) => Some(&mut values),
                Ok(Some("keys")) => Some(&mut keys),
                // The shape says nothing that the schema does not.
                Ok(Some(_)) => None,
            };
            let peek = self.peek()?;
            if let Some(place) = place {
                if peek != Peek::Array {
                    let found = self.found()?;
                    let what = format!("found {found}, expected an array");
                    return Err(self.rows.fault(what));
                }
                // Read once all parts are known, whatever their order.
                *place = Some(self.jiter.clone());
            }
            self.skip(peek)?;
            key = self.jiter.next_key();
        }
        let Some(values) = values else {
            let what = "found no \"values\", expected {\"values\": [...]}";
            return Err(self.rows.fault(what));
        };
        let end = std::mem::replace(&mut self.jiter, values);
        match keys {
            None => self.array(false)?,
            Some(keys) => self.pairs(keys)?,
        }
        self.jiter = end;
        Ok(())
    }

    /// Values, which come next, with their columns.
    fn pairs(&mut self, mut keys: Jiter<'j>) -> Result<(), Fault> {
        let mut row = Row::counted_from(0);
        let first = self.jiter.known_array();
        let mut value = first.map_err(|error| self.syntax(&error))?;
        let mut key = keys.next_array().map_err(|error| self.syntax(&error))?;
        while let (Some(value_peek), Some(key_peek)) = (value, key) {
            let text = keys.known_number_bytes(key_peek);
            let text = text.map_err(|error| self.syntax(&error))?;
            let column = row.index(text, self.rows)?;
            let number = self.number(value_peek, |_| format!("index {column}"))?;
            row.set(column, number, self.rows)?;
            value = self.step()?;
            key = keys.array_step().map_err(|error| self.syntax(&error))?;
        }
        if value.is_some() || key.is_some() {
            let what =
                "found different numbers of \"keys\" and \"values\", expected as many of each";
            return Err(self.rows.fault(what));
        }
        row.end(self.rows)
    }
}
