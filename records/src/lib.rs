//! Bytes to rows, the same for training and serving.
//!
//! Whatever can be trained on can be scored, and the other way round: there is one reader for each of CSV,
//! JSON, JSON Lines, libsvm, npy and recordio-protobuf. It reads records with or without labels and weights,
//! and describes the same fault in the same words; only the place in front differs ([`Fault`]).
//!
//! A feature without a name is called `feature_0`, `feature_1` and so on, as everywhere in this project
//! ([`algorithm::Features::name`]). `column 3` is a position in a record, counted from 1, label and weight
//! included.
//!
//! | module | holds |
//! | --- | --- |
//! | `payload` | a request's body to rows, in parts if it is large |
//! | `training` | a channel's files to a table, on all cores |
//! | `content_type`, `format`, [`headers`] | which format it is, and how to read it |
//! | `csv`, `json`, `libsvm`, `npy`, `recordio` | a decoder for each format |
//! | `text`, `number`, `sparse`, `named`, `leading` | what decoders share |
//! | `rows`, `sparse_rows`, `target`, `dictionary` | where they put rows, labels and weights |
//! | `schema`, `columns`, `leniency` | what they know about the columns, and let pass |
//! | `fault` | what is wrong with a record, and where |

mod columns;
mod content_type;
mod csv;
mod dictionary;
mod fault;
mod format;
pub mod headers;
mod json;
mod leading;
mod leniency;
mod libsvm;
mod named;
mod npy;
mod number;
mod payload;
mod recordio;
mod rows;
mod schema;
mod sparse;
mod sparse_rows;
mod target;
mod text;
pub mod training;

#[cfg(test)]
mod testing;

pub use columns::Columns;
pub use content_type::{ContentType, Header};
pub use csv::separator;
pub use fault::Fault;
pub use format::Format;
pub use leniency::Leniency;
pub use number::Number;
pub use payload::{Payload, PayloadError};
pub use recordio::frame;
pub use schema::{Schema, rows_in_block};
