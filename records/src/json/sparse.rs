//! AWS's `{"values": [...]}`, and the sparse `{"keys": [...], "shape": [n], "values": [...]}`
//! ("Common data formats for inference").

use jiter::{Jiter, Peek};

use super::{Number, Reader};
use crate::sparse::Row;

impl<'j, N: Number> Reader<'j, '_, '_, N> {
    /// The object that is the value of `features`.
    pub(super) fn sparse(&mut self) -> Result<(), String> {
        let (mut values, mut keys) = (None, None);
        let mut key = self.jiter.known_object();
        loop {
            let place = match key {
                Err(error) => return Err(self.syntax(&error)),
                Ok(None) => break,
                Ok(Some("values")) => Some(&mut values),
                Ok(Some("keys")) => Some(&mut keys),
                // The shape says nothing that the model does not.
                Ok(Some(_)) => None,
            };
            let peek = self.peek()?;
            if let Some(place) = place {
                if peek != Peek::Array {
                    let row = self.rows.row_number();
                    let found = self.found()?;
                    return Err(format!("row {row}: found {found}, expected an array"));
                }
                // Read once all parts are known, whatever their order.
                *place = Some(self.jiter.clone());
            }
            self.skip(peek)?;
            key = self.jiter.next_key();
        }
        let row = self.rows.row_number();
        let Some(values) = values else {
            return Err(format!(
                "row {row}: \"values\" is not there, expected {{\"values\": [...]}}"
            ));
        };
        let end = std::mem::replace(&mut self.jiter, values);
        match keys {
            None => self.record()?,
            Some(keys) => self.pairs(keys)?,
        }
        self.jiter = end;
        Ok(())
    }

    /// Values, which come next, with their columns.
    fn pairs(&mut self, mut keys: Jiter<'j>) -> Result<(), String> {
        let schema = self.rows.schema();
        let mut row = Row::new(self.rows.row_number(), schema);
        let first = self.jiter.known_array();
        let mut value = first.map_err(|error| self.syntax(&error))?;
        let mut key = keys.next_array().map_err(|error| self.syntax(&error))?;
        while let (Some(value_peek), Some(key_peek)) = (value, key) {
            let text = keys.known_number_bytes(key_peek);
            let text = text.map_err(|error| self.syntax(&error))?;
            let column = row.column(text)?;
            let number = self.number(value_peek, |_| format!("index {column}"))?;
            row.set(column, number)?;
            value = self.step()?;
            key = keys.array_step().map_err(|error| self.syntax(&error))?;
        }
        if value.is_some() || key.is_some() {
            return Err(format!(
                "row {}: found different numbers of \"keys\" and \"values\", expected as many",
                self.rows.row_number()
            ));
        }
        row.end(self.rows);
        Ok(())
    }
}
