//! How the job ended, for SageMaker: `output/failure` holds the reason, `output/success` is empty.

use std::{
    fs::{self, File},
    io::{self, Write},
};

use super::Paths;

/// SageMaker shows up to this many bytes of the file as the job's FailureReason.
const MAX_FAILURE_BYTES: usize = 1024;

/// Writes the reason, its beginning if it is long. A failure that is already there stays: it is the
/// earlier cause.
///
/// # Errors
/// The file can't be written.
pub fn write_failure(paths: &Paths, reason: &str) -> io::Result<()> {
    fs::create_dir_all(&paths.output)?;
    let mut end = reason.len().min(MAX_FAILURE_BYTES);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    match File::create_new(paths.output.join("failure")) {
        Ok(mut file) => file.write_all(&reason.as_bytes()[..end]),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says that all went well, as SageMaker's training toolkit does.
///
/// # Errors
/// The file can't be written.
pub fn write_success(paths: &Paths) -> io::Result<()> {
    fs::create_dir_all(&paths.output)?;
    fs::write(paths.output.join("success"), [])
}
