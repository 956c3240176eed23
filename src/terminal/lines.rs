//! Lines on standard output that nothing waits for.

use std::{
    io::ErrorKind,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use super::output;

/// Lines that wait for a slow reader; what comes in addition is left out.
const WAITING_MAX: usize = 1_024;

/// Writes lines from a thread of its own, so that a reader that is slow or gone holds nothing up.
#[derive(Debug)]
pub(crate) struct Lines {
    sender: SyncSender<String>,
    written: JoinHandle<()>,
}

impl Lines {
    #[must_use]
    pub(crate) fn new() -> Self {
        let (sender, lines) = sync_channel::<String>(WAITING_MAX);
        let written = thread::spawn(move || {
            for line in lines {
                let written = output::line(&line).map_err(|error| error.kind());
                // What a full disk does not take is left out.
                if written == Err(ErrorKind::BrokenPipe) {
                    return;
                }
            }
        });
        Self { sender, written }
    }

    /// Writes a line, if somebody reads.
    pub(crate) fn tell(&self, line: String) {
        let _ = self.sender.try_send(line);
    }

    /// Waits until all is written, or nobody reads.
    pub(crate) fn finish(self) {
        drop(self.sender);
        // A thread that panicked has told so itself.
        let _ = self.written.join();
    }
}
