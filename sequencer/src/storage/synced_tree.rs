//! Makes durable what a library wrote below a directory, without knowing its files: all of them
//! are synced, and all directories. A file that has not changed since it was synced is not synced
//! again, so that the cost follows what was written and not what is there. Files at the top, and
//! directories, stay open from the first sync on: they change again and again, and a process that has
//! no descriptor left must still be able to sync them.

use std::{
    collections::HashMap,
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    disk::{Disk, patiently},
    error::StorageError,
};

/// File systems count time in ticks of up to a second or two. What was changed longer ago than
/// this bears another time after its next change.
const SETTLED: Duration = Duration::from_secs(3);

/// A directory whose files somebody else writes.
#[derive(Debug)]
pub(super) struct SyncedTree {
    root: PathBuf,
    /// Files and directories as they were when they were synced.
    synced: HashMap<PathBuf, Synced>,
}

/// A file or directory that was synced.
#[derive(Debug)]
struct Synced {
    inode: u64,
    /// None where a later change may bear the same time.
    version: Option<Version>,
    /// Of what stays open.
    file: Option<File>,
}

/// Changes whenever a file or directory does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    inode: u64,
    length: u64,
    changed_s: i64,
    changed_ns: i64,
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self {
            inode: metadata.ino(),
            length: metadata.len(),
            changed_s: metadata.ctime(),
            changed_ns: metadata.ctime_nsec(),
        }
    }

    /// Whether a later change must bear a later time.
    fn is_settled(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let changed = u64::try_from(self.changed_s).map(Duration::from_secs);
        changed.is_ok_and(|changed| now > changed + SETTLED)
    }
}

impl SyncedTree {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            synced: HashMap::new(),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Puts everything on disk that was written before the call.
    pub(super) fn sync(&mut self, disk: &Disk) -> Result<(), StorageError> {
        self.sync_at(SystemTime::now(), disk)
    }

    pub(super) fn sync_at(&mut self, now: SystemTime, disk: &Disk) -> Result<(), StorageError> {
        let mut round = Round {
            disk,
            now,
            before: &mut self.synced,
            after: HashMap::new(),
        };
        round.directory(&self.root, true)?;
        self.synced = round.after;
        Ok(())
    }
}

/// One pass over the tree.
struct Round<'a> {
    disk: &'a Disk,
    now: SystemTime,
    before: &'a mut HashMap<PathBuf, Synced>,
    after: HashMap<PathBuf, Synced>,
}

impl Round<'_> {
    /// Contents first, then names: a name on disk is that of a whole file.
    fn directory(&mut self, path: &Path, is_top: bool) -> Result<(), StorageError> {
        let io = || StorageError::io(path);
        // Looked at before it is read: a name that comes in between is seen the next time.
        let version = Version::of(&fs::metadata(path).map_err(io())?);
        for entry in patiently(|| fs::read_dir(path)).map_err(io())? {
            let entry = entry.map_err(io())?;
            let path = entry.path();
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // The database has removed it in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(StorageError::io(&path)(error)),
            };
            if metadata.is_dir() {
                self.directory(&path, false)?;
            } else {
                self.sync(path, Version::of(&metadata), is_top)?;
            }
        }
        self.sync(path.to_owned(), version, true)
    }

    fn sync(&mut self, path: PathBuf, version: Version, stays: bool) -> Result<(), StorageError> {
        let before = self.before.remove(&path);
        let before = before.filter(|before| before.inode == version.inode);
        let is_synced = before.as_ref().and_then(|before| before.version) == Some(version);
        let mut file = before.and_then(|before| before.file);
        if !is_synced {
            let opened = match file.take() {
                Some(file) => Ok(file),
                None => patiently(|| File::open(&path)),
            };
            let synced = opened.and_then(|file| {
                self.disk.sync(&file, &path)?;
                Ok(file)
            });
            match synced {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(StorageError::io(&path)(error)),
                Ok(synced) => file = Some(synced).filter(|_| stays),
            }
        }
        let synced = Synced {
            inode: version.inode,
            version: version.is_settled(self.now).then_some(version),
            file,
        };
        self.after.insert(path, synced);
        Ok(())
    }
}
