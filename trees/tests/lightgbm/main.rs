//! LightGBM's own files, of six versions of the library, against its own answers.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod answers;
mod copies;
mod corpus;
mod errors;
