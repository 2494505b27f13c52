//! Sends blocks of records to the decoders.

use std::{
    io, mem,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
};

use super::{
    block::{Block, Decoder, Plan},
    layout::Layout,
    options::Options,
    stream::{Piece, Stream},
};
use crate::{fault::Fault, leading::Leading};

/// Why a file is read no further.
pub(super) enum Stop {
    /// It can't be used.
    Fault(Fault),
    /// It can't be read.
    Read(io::Error),
    /// A decoder has found a fault.
    Failed,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Sends blocks.
pub(super) struct Feeder<'a> {
    pub(super) options: &'a Options,
    pub(super) layout: Layout<'a>,
    /// Whether the first CSV file has a header.
    pub(super) has_header: Option<bool>,
    send: SyncSender<Block>,
    n_sent: usize,
    /// A decoder found a fault: what follows need not be read.
    failed: &'a AtomicBool,
}

/// The file that is being read.
pub(super) struct File<'a> {
    /// Its place among the files.
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) stream: Stream<'a>,
    /// Lines read that no block holds.
    pub(super) lines_before: u64,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(
        options: &'a Options,
        send: SyncSender<Block>,
        failed: &'a AtomicBool,
    ) -> Self {
        Self {
            options,
            layout: Layout::new(options),
            has_header: None,
            send,
            n_sent: 0,
            failed,
        }
    }

    /// Sends a block to the decoders.
    pub(super) fn send(
        &mut self,
        file: &mut File<'_>,
        piece: Piece,
        decoder: Decoder,
        leading: Leading,
    ) -> Result<(), Stop> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(Stop::Failed);
        }
        let block = Block {
            index: self.n_sent,
            file: file.index,
            bytes: piece.bytes,
            is_cut: piece.is_cut,
            lines_before: mem::take(&mut file.lines_before),
            plan: Plan {
                decoder,
                schema: self.layout.schema(),
                leading,
                task: self.options.task,
            },
        };
        self.n_sent += 1;
        // The decoders end only when there is no sender.
        self.send.send(block).map_err(|_| Stop::Failed)
    }
}
