//! Which invocation was being scored when a worker died.
//!
//! An invocation that has lost its worker may be the cause, or may only have been waiting. The gateway tries
//! such a suspect once more, and the worker notes the suspect's id in a file while it scores it. If that
//! worker dies too, the note says whether it was scoring the suspect. A file survives `kill -9`, and only
//! suspects pay for it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

/// The note of one worker: a file beside the worker's socket, named after its process.
#[derive(Clone, Debug)]
pub struct Note {
    path: PathBuf,
}

/// Clears the note when it is dropped.
pub struct NoteGuard {
    file: File,
}

impl Note {
    /// The note of the worker with this process id.
    pub fn new(run_dir: &Path, process: u32) -> Self {
        Self {
            path: run_dir.join(format!("suspect-{process}")),
        }
    }

    /// Notes that the suspect `id`, not 0, is being scored, until the guard is dropped.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn take(&self, id: u64) -> io::Result<NoteGuard> {
        let file = File::create(&self.path)?;
        file.write_all_at(&id.to_le_bytes(), 0)?;
        Ok(NoteGuard { file })
    }

    /// Whether the note names `id`.
    pub fn names(&self, id: u64) -> bool {
        fs::read(&self.path).is_ok_and(|note| note == id.to_le_bytes())
    }

    /// Removes the file of a process that has ended.
    pub fn remove(&self) {
        // There is no file if the process never had a suspect.
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for NoteGuard {
    fn drop(&mut self) {
        // If this fails, the suspect may be blamed wrongly for the end of this process, at worst.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_lasts_until_it_is_cleared() {
        let directory = tempfile::tempdir().unwrap();
        let note = Note::new(directory.path(), 17);
        assert!(!note.names(5));
        let noted = note.take(5).unwrap();
        assert!(note.names(5) && !note.names(6));
        drop(noted);
        assert!(!note.names(5));
        note.remove();
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
