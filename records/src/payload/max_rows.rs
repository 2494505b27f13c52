//! How many rows a payload may hold, without decoding it.

use memchr::memchr_iter;

use super::Payload;
use crate::{
    format::Format, leading::Leading, leniency::Leniency, npy, recordio::whole_frames,
    schema::Schema, text::count_lines,
};

impl Payload<'_> {
    /// An upper bound on the number of rows, computed without decoding, in a small part of the time that
    /// decoding takes. A payload that can't be decoded has a bound too.
    pub fn max_rows(&self, schema: &Schema) -> usize {
        let n_features = schema.n_features();
        match self.content_type.format {
            Format::Csv if schema.leniency() != Leniency::default() => self.max_lines(),
            // A row has at least a comma or a line end for each value; the last line end may be left out.
            // The row of one value has a character besides.
            Format::Csv => (self.body.len() + 1) / n_features.max(2),
            // A value has at least a character, and a comma or bracket after it. Any other row is an
            // object.
            Format::Json | Format::JsonLines => {
                let objects = memchr_iter(b'{', self.body).count();
                let n_values = match schema.leniency().short_records {
                    true => 1,
                    false => n_features,
                };
                self.body.len() / n_values.saturating_mul(2) + objects
            }
            // A line may be an empty row; the last line may lack its end.
            Format::Libsvm => self.max_lines(),
            Format::Npy => {
                let header = npy::Header::parse(self.body).ok();
                let layout = header.and_then(|(header, data)| {
                    let layout = npy::Layout::new(&header, n_features, Leading::default())?;
                    (layout.size() == Some(data.len())).then_some(layout)
                });
                layout.map_or(0, |layout| layout.n_rows)
            }
            Format::RecordIo => whole_frames(self.body).n_records,
        }
    }

    /// Lines, the last of which may lack its end.
    fn max_lines(&self) -> usize {
        let is_open = !self.body.ends_with(b"\n") && !self.body.ends_with(b"\r");
        count_lines(self.body) + usize::from(is_open)
    }
}
