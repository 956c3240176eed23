//! The door to the disk: where writing can fail, and where it becomes durable.

use std::{
    fmt,
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
};

use assay_durable::{Draft, Readers};

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
type Synced = dyn Fn(&Path) + Send + Sync;

/// The disk, which may be told to fail.
#[derive(Clone, Default)]
pub struct Disk {
    fault: Option<Arc<Fault>>,
    synced: Option<Arc<Synced>>,
}

impl Disk {
    /// A disk that asks before each step whether it fails: a full disk, or a power cut.
    #[must_use]
    pub fn with_faults(fault: impl Fn(Step) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self {
            fault: Some(Arc::new(fault)),
            ..Self::default()
        }
    }

    /// The same disk, which tells of each file and each directory that was synced: a file's
    /// content is safe from then on, and the names in a directory are. What nobody was told of
    /// may be gone after a power cut.
    #[must_use]
    pub fn watched_by(self, synced: impl Fn(&Path) + Send + Sync + 'static) -> Self {
        Self {
            synced: Some(Arc::new(synced)),
            ..self
        }
    }

    pub(super) fn step(&self, step: Step) -> io::Result<()> {
        self.fault.as_ref().map_or(Ok(()), |fault| fault(step))
    }

    /// Syncs a file or a directory.
    pub(super) fn sync(&self, file: &File, path: &Path) -> io::Result<()> {
        file.sync_all()?;
        if let Some(synced) = &self.synced {
            synced(path);
        }
        Ok(())
    }

    /// Writes a file whole, or not at all.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(Step::WriteFile)?;
        let mut draft = Draft::new(path, Readers::All)?;
        draft.file().write_all(bytes)?;
        let draft = draft.sync()?;
        self.step(Step::RenameFile)?;
        draft.replace()?;
        if let Some(synced) = &self.synced {
            synced(path);
            path.parent()
                .into_iter()
                .for_each(|directory| synced(directory));
        }
        Ok(())
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (&self.fault, &self.synced) {
            (None, None) => "Disk",
            (Some(_), _) => "Disk(with faults)",
            (None, Some(_)) => "Disk(watched)",
        })
    }
}
