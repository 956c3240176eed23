//! Where writing can fail.

use std::{fmt, io, sync::Arc};

/// What the writer is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Write a file's bytes beside its place.
    WriteFile,
    /// Put the written file in its place.
    RenameFile,
    /// Append to the log of sealed batches; refused, half of the record is written all the same.
    AppendLog,
    /// Make the log durable.
    SyncLog,
    /// Change the rows.
    ApplyRows,
    /// Make the rows durable.
    SyncRows,
    /// Say that the commit is on disk.
    Acknowledge,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 7] = [
        Self::WriteFile,
        Self::RenameFile,
        Self::AppendLog,
        Self::SyncLog,
        Self::ApplyRows,
        Self::SyncRows,
        Self::Acknowledge,
    ];
}

type Fault = dyn Fn(Step) -> io::Result<()> + Send + Sync;

/// The disk, which may be told to fail.
#[derive(Clone, Default)]
pub struct Disk {
    fault: Option<Arc<Fault>>,
}

impl Disk {
    /// A disk that asks before each step whether it fails: a full disk, or a power cut.
    #[must_use]
    pub fn with_faults(fault: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            fault: Some(Arc::new(fault)),
        }
    }

    pub(super) fn step(&self, step: Step) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| fault(step))
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.fault.is_some() {
            "Disk(with faults)"
        } else {
            "Disk"
        })
    }
}
