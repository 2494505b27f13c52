//! Numbers the distinct labels of a channel.

use std::{collections::HashMap, str};

use algorithm::text::excerpt;

/// Longest label, in bytes.
const MAX_LABEL_BYTES: usize = 1024;

/// Distinct labels in the order of their first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    codes: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// Neighbouring rows often have the same label.
    last: Option<u32>,
}

impl Dictionary {
    /// The label's number here, from 0.
    ///
    /// # Errors
    /// Text that is no label: what was found and what is expected.
    pub(crate) fn code(&mut self, label: &[u8]) -> Result<u32, String> {
        if let Some(last) = self.last
            && self.texts[last as usize].as_bytes() == label
        {
            return Ok(last);
        }
        let code = match str::from_utf8(label) {
            Ok(text) => match self.codes.get(text) {
                Some(code) => Ok(*code),
                None => self.add(text),
            },
            Err(_) => Err("is not valid UTF-8"),
        };
        let code = code.map_err(|what| {
            let found = quoted(label);
            format!("found {found}, which {what}; expected an integer or text")
        })?;
        self.last = Some(code);
        Ok(code)
    }

    fn add(&mut self, text: &str) -> Result<u32, &'static str> {
        if text.is_empty() {
            return Err("is no label");
        }
        if text.len() > MAX_LABEL_BYTES {
            return Err("is longer than 1024 bytes");
        }
        if text.chars().any(char::is_control) {
            return Err("has control characters");
        }
        let code = u32::try_from(self.texts.len()).map_err(|_| "is one label too many")?;
        self.codes.insert(text.into(), code);
        self.texts.push(text.into());
        Ok(code)
    }

    /// Takes over the labels of the rows with these codes of `other`; `of_row` gets their codes here. Labels
    /// that no row has are left out.
    ///
    /// # Errors
    /// There are more labels than codes.
    pub(crate) fn merge(
        &mut self,
        other: &Self,
        codes: &[u32],
        of_row: &mut Vec<u32>,
    ) -> Result<(), String> {
        let mut known: Vec<Option<u32>> = vec![None; other.texts.len()];
        for code in codes {
            let code = *code as usize;
            let here = match known[code] {
                Some(here) => here,
                None => self.code(other.texts[code].as_bytes())?,
            };
            known[code] = Some(here);
            of_row.push(here);
        }
        Ok(())
    }

    /// The labels by code.
    pub(crate) fn into_texts(self) -> Vec<String> {
        self.texts.into_iter().map(String::from).collect()
    }
}

/// A field as a message quotes it.
pub(crate) fn quoted(field: &[u8]) -> String {
    if field.is_empty() {
        return "an empty field".to_owned();
    }
    format!("\"{}\"", excerpt(field))
}
