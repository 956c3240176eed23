//! What a power cut leaves at worst: what was synced, and nothing else.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs::{self, File},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use super::Disk;

/// What is safe below a directory.
#[derive(Clone)]
pub(super) struct Platter {
    root: PathBuf,
    safe: Arc<Mutex<Safe>>,
}

#[derive(Default)]
struct Safe {
    /// Contents by inode. The file is kept open: its number is not given away again.
    files: HashMap<u64, (File, Vec<u8>)>,
    /// Names by directory.
    names: HashMap<PathBuf, Vec<(OsString, Entry)>>,
    /// Files that were synced, each as often as it was.
    synced: Vec<PathBuf>,
}

enum Entry {
    Directory,
    File(u64),
}

impl Platter {
    pub(super) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            safe: Arc::default(),
        }
    }

    /// The disk, watched.
    pub(super) fn watch(&self, disk: Disk) -> Disk {
        let platter = self.clone();
        disk.watched_by(move |path| platter.note(path))
    }

    /// Files and directories that were synced since this was asked last.
    pub(super) fn take_synced(&self) -> Vec<PathBuf> {
        std::mem::take(&mut self.safe.lock().unwrap().synced)
    }

    fn note(&self, path: &Path) {
        if !path.starts_with(&self.root) {
            return;
        }
        let mut safe = self.safe.lock().unwrap();
        safe.synced.push(path.to_owned());
        let file = File::open(path).unwrap();
        let metadata = file.metadata().unwrap();
        if metadata.is_file() {
            let content = fs::read(path).unwrap();
            safe.files.insert(metadata.ino(), (file, content));
            return;
        }
        let entries = fs::read_dir(path).unwrap().map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let kind = match metadata.is_dir() {
                true => Entry::Directory,
                false => Entry::File(metadata.ino()),
            };
            (entry.file_name(), kind)
        });
        safe.names.insert(path.to_owned(), entries.collect());
    }

    /// Writes what is safe into an empty directory. A name whose content was not synced is that
    /// of an empty file.
    pub(super) fn restore(&self, to: &Path) {
        self.safe.lock().unwrap().restore(&self.root, to);
    }

    /// The power goes and comes back.
    pub(super) fn cut(&self) {
        let safe = std::mem::take(&mut *self.safe.lock().unwrap());
        for entry in fs::read_dir(&self.root).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => fs::remove_dir_all(path).unwrap(),
                false => fs::remove_file(path).unwrap(),
            }
        }
        safe.restore(&self.root, &self.root);
    }
}

impl Safe {
    fn restore(&self, from: &Path, to: &Path) {
        for (name, entry) in self.names.get(from).into_iter().flatten() {
            let to = to.join(name);
            match entry {
                Entry::Directory => {
                    fs::create_dir(&to).unwrap();
                    self.restore(&from.join(name), &to);
                }
                Entry::File(inode) => {
                    let content = self.files.get(inode).map(|(_, content)| content.as_slice());
                    fs::write(&to, content.unwrap_or_default()).unwrap();
                }
            }
        }
    }
}
