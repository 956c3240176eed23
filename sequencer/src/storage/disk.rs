//! The door to the disk: where writing can fail, and where it becomes durable.

use std::{
    fmt,
    fs::File,
    io::{self, Write as _},
    path::Path,
    sync::Arc,
    thread,
    time::Duration,
};

use assay_durable::{Draft, Readers};

/// As much as a group of commits may want, several times over.
const PROBE_BYTES: usize = 4 << 20;

/// What the writer is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Open a log.
    OpenLog,
    /// Open the rows.
    OpenRows,
    /// Find out whether the disk takes anything at all.
    Probe,
    /// Move damaged rows out of the way.
    MoveAside,
    /// Write a file's bytes beside its place.
    WriteFile,
    /// Put the written file in its place.
    RenameFile,
    /// Append to the log of sealed batches; refused, half of the record is written all the same.
    AppendLog,
    /// Make the log durable.
    SyncLog,
    /// Append to the log of acknowledged transactions; refused, half is written all the same.
    AppendTransactions,
    /// Make that log durable.
    SyncTransactions,
    /// Change the rows.
    ApplyRows,
    /// Make the rows durable.
    SyncRows,
    /// Say that the commit is on disk.
    Acknowledge,
}

impl Step {
    /// All steps, in their order.
    pub const ALL: [Self; 13] = [
        Self::OpenLog,
        Self::OpenRows,
        Self::Probe,
        Self::MoveAside,
        Self::WriteFile,
        Self::RenameFile,
        Self::AppendLog,
        Self::SyncLog,
        Self::AppendTransactions,
        Self::SyncTransactions,
        Self::ApplyRows,
        Self::SyncRows,
        Self::Acknowledge,
    ];
}

type Fault = dyn Fn(Step) -> io::Result<()> + Send + Sync;
type Synced = dyn Fn(&Path) + Send + Sync;

/// How often, and how long apart, a file is opened for which there is no descriptor.
const OPEN_ATTEMPTS: u32 = 40;
const OPEN_PAUSE: Duration = Duration::from_millis(50);

/// Does what needs a descriptor, and waits a while for one where all are in use: others are given back
/// when a connection ends.
pub(super) fn patiently<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..OPEN_ATTEMPTS {
        match open() {
            Err(error) if is_out_of_descriptors(&error) => thread::sleep(OPEN_PAUSE),
            opened => return opened,
        }
    }
    open()
}

/// EMFILE or ENFILE, for which the standard library has no kind.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

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

    /// Whether a directory's disk takes a file, which is gone again afterwards.
    pub(super) fn probe(&self, directory: &Path) -> io::Result<()> {
        self.step(Step::Probe)?;
        let mut draft = Draft::new(&directory.join("probe"), Readers::All)?;
        draft.file().write_all(&[0; PROBE_BYTES])?;
        draft.sync().map(drop)
    }

    /// Writes a file whole, or not at all.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        patiently(|| self.try_write(path, bytes))
    }

    fn try_write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
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

/// What whoever runs the node can do about it.
pub(super) fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            " (make room on this disk; nothing that is on it was changed)"
        }
        io::ErrorKind::PermissionDenied => {
            " (let the node's user read and write everything in this directory)"
        }
        io::ErrorKind::ReadOnlyFilesystem => " (mount this disk so that it can be written)",
        _ => match error.raw_os_error() {
            _ if is_out_of_descriptors(error) => " (raise the limit of open files, `ulimit -n`)",
            Some(EIO) => " (the disk fails; what it holds is where it was, and nothing was moved)",
            _ => "",
        },
    }
}

/// An error of Linux for which the standard library has no kind.
const EIO: i32 = 5;
