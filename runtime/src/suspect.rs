//! Who was being scored when a worker died.
//!
//! An invocation that has lost its worker may be the cause, or just have been there. The gateway tries
//! such a suspect once more; the worker then notes the suspect's id in a file while it scores it. If the
//! worker dies too, the note tells whether the suspect was at work: a note survives `kill -9`, and only
//! suspects pay for it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

/// The note of the worker with this process id. It lies beside the worker's socket.
#[derive(Clone, Debug)]
pub struct Note {
    path: PathBuf,
}

/// Withdraws the note when dropped.
pub struct Noted {
    file: File,
}

impl Note {
    pub fn new(run_dir: &Path, process: u32) -> Self {
        Self {
            path: run_dir.join(format!("suspect-{process}")),
        }
    }

    /// Notes that the suspect `id`, not 0, is being scored, until the guard is dropped.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn take(&self, id: u64) -> io::Result<Noted> {
        let file = File::create(&self.path)?;
        file.write_all_at(&id.to_le_bytes(), 0)?;
        Ok(Noted { file })
    }

    /// Whether the note names `id`.
    pub fn names(&self, id: u64) -> bool {
        fs::read(&self.path).is_ok_and(|note| note == id.to_le_bytes())
    }

    /// Removes the file of a process that has ended.
    pub fn remove(&self) {
        // There is none where the process never had a suspect.
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        // A note that stays would blame an innocent, at worst, for the process's next end.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_lasts_until_it_is_withdrawn() {
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
