//! What happens to every call, an invocation or a direct one: its work is done, a panic is caught, a line is
//! logged.

use std::{
    panic::{self, AssertUnwindSafe},
    time::Instant,
};

use algorithm::Refusal;

use crate::invocation_log::{self, Call};

/// Does the work of a call. `length` is the length of an answer in bytes, for the log.
///
/// # Errors
/// Those of `work`; [`Refusal::Internal`] after a panic, whose place the panic hook has logged.
pub(crate) fn answer<T>(
    call: Call<'_>,
    length: impl FnOnce(&T) -> usize,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let began = Instant::now();
    // A bug in the work of one call must not end the calls beside it.
    let answer = panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Refusal::Internal(
            "internal error: the model panicked".to_owned(),
        ))
    });
    invocation_log::write(call, answer.as_ref().map(length), began.elapsed());
    answer
}
