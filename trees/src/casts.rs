//! From the model's input type to the type that an ensemble compares in.

use algorithm::Rows;

use crate::number::{Float, Number};

/// Rows of the model's input, and the float types that they are cast to, in order; the last is the
/// ensemble's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CastRows<'a> {
    pub(crate) rows: Rows<'a>,
    pub(crate) n_features: usize,
    pub(crate) casts: &'a [Float],
}

impl CastRows<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.rows.len() / self.n_features
    }

    /// Writes the rows to `into`, in place of what it held.
    pub(crate) fn cast<T: Number>(&self, into: &mut Vec<T>) {
        let casts = self.casts;
        into.clear();
        match self.rows {
            Rows::F32(rows) => {
                into.extend(rows.iter().map(|value| cast::<T>(casts, f64::from(*value))));
            }
            Rows::F64(rows) => into.extend(rows.iter().map(|value| cast::<T>(casts, *value))),
            // An integer beyond 2^53 must not be rounded twice.
            Rows::I64(rows) if casts.first() == Some(&Float::Single) => {
                into.extend(
                    rows.iter()
                        .map(|value| cast::<T>(casts, f64::from(*value as f32))),
                );
            }
            Rows::I64(rows) => {
                into.extend(rows.iter().map(|value| cast::<T>(casts, *value as f64)));
            }
        }
    }
}

fn cast<T: Number>(casts: &[Float], mut value: f64) -> T {
    for float in casts {
        if *float == Float::Single {
            value = f64::from(value as f32);
        }
    }
    T::from_f64(value)
}
