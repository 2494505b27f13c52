//! Rows of float32, one by one.

use std::slice::ChunksExact;

use crate::{PredictError, Rows, Signature};

impl<'a> Rows<'a> {
    /// The rows, each a slice of `n_features` values, for a model of float32.
    ///
    /// # Errors
    /// Values of another type, or values that do not make whole rows.
    ///
    /// ```
    /// use algorithm::{Features, Rows, Signature};
    ///
    /// let signature = Signature::regressor(Features::unnamed(2), 1);
    /// let rows = Rows::F32(&[1.0, 2.0, 3.0, 4.0]).float32(&signature)?;
    /// assert_eq!(rows.last(), Some(&[3.0, 4.0][..]));
    /// assert!(Rows::F32(&[1.0]).float32(&signature).is_err());
    /// # Ok::<(), algorithm::PredictError>(())
    /// ```
    pub fn float32(self, signature: &Signature) -> Result<ChunksExact<'a, f32>, PredictError> {
        let Rows::F32(values) = self else {
            return Err(PredictError::input_type(self, signature));
        };
        let width = signature.features.len();
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(PredictError::length(self, signature));
        }
        Ok(values.chunks_exact(width))
    }
}
