//! Files that are whole or not there, also after a power cut.
//!
//! A file is written under another name in the same directory and synced, moved to its name, and
//! the directory is synced. Who opens the name finds the old content or the new one, and once the
//! writer has returned, the new one for good.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{FileExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// End of the name under which a file is written. A process that is killed leaves such a file
/// behind; it may be removed when nobody writes.
pub const DRAFT_EXTENSION: &str = "part";

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Whom the process's umask lets.
    All,
    /// Its owner: the file holds a secret.
    Owner,
}

/// A file that is being written and does not have its name yet. Dropped, it is removed.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    path: PathBuf,
}

/// A file that is written and synced and does not have its name yet. Dropped, it is removed.
#[derive(Debug)]
pub struct Synced {
    file: NamedTempFile,
    path: PathBuf,
}

impl Draft {
    /// Begins a file beside its place. Where a symbolic link stands there, the place is the
    /// link's target.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn new(path: &Path, readers: Readers) -> io::Result<Self> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let mut prefix = name.to_owned();
        prefix.push(".");
        let mode = match readers {
            Readers::All => 0o666,
            Readers::Owner => 0o600,
        };
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(&format!(".{DRAFT_EXTENSION}"))
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory(&path))?;
        Ok(Self { file, path })
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Puts the content on disk.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn sync(self) -> io::Result<Synced> {
        let Self { file, path } = self;
        file.as_file().sync_all()?;
        Ok(Synced { file, path })
    }
}

impl Synced {
    /// Gives the file its name. What had the name before is gone, for those who have it open not.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn replace(self) -> io::Result<()> {
        self.file.persist(&self.path)?;
        sync_directory(directory(&self.path))
    }

    /// Gives the file its name where nothing has it.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`], or what the file system refuses.
    pub fn create(self) -> io::Result<()> {
        self.file.persist_noclobber(&self.path)?;
        sync_directory(directory(&self.path))
    }
}

/// Writes a file, in the place of what had its name before. A device or a pipe stays what it is
/// and is written to.
///
/// # Errors
/// What the file system or `content` refuses; then what had the name stays.
pub fn replace(
    path: &Path,
    readers: Readers,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return content(&mut OpenOptions::new().write(true).open(path)?);
    }
    let mut draft = Draft::new(path, readers)?;
    content(draft.file())?;
    draft.sync()?.replace()
}

/// Writes a file that is these bytes, in the place of what had its name before.
///
/// # Errors
/// As [`replace`].
pub fn write(path: &Path, readers: Readers, bytes: &[u8]) -> io::Result<()> {
    replace(path, readers, |file| file.write_all(bytes))
}

/// Writes a file that must not be there yet.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], or what the file system refuses; then nothing new is there.
pub fn create(path: &Path, readers: Readers, content: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut draft = Draft::new(path, readers)?;
    draft.file().write_all(content)?;
    draft.sync()?.create()
}

/// Writes a file's bytes once more where they are, and puts them on disk.
///
/// # Errors
/// What the file system refuses.
pub fn write_again(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let (mut chunk, mut at) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read_at(&mut chunk, at)?;
        if read == 0 {
            return file.sync_all();
        }
        file.write_all_at(&chunk[..read], at)?;
        at += read as u64;
    }
}

/// Makes a directory and those above it, where they are missing.
///
/// # Errors
/// What the file system refuses.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let missing = |path: &&Path| *path != Path::new("") && !path.is_dir();
    let made: Vec<_> = path.ancestors().take_while(missing).collect();
    fs::create_dir_all(path)?;
    made.into_iter()
        .try_for_each(|made| sync_directory(directory(made)))
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn directory(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or(Path::new("."))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use tempfile::TempDir;

    use super::*;

    fn names(dir: &TempDir) -> Vec<String> {
        let names = fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<_> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
        super::write(path, Readers::All, bytes)
    }

    #[test]
    fn a_file_is_replaced_and_those_who_have_it_open_keep_the_old_one() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a.json");
        write(&path, b"old").unwrap();
        let old = File::open(&path).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(io::read_to_string(old).unwrap(), "old");
        assert_eq!(names(&dir), ["a.json"]);
    }

    #[test]
    fn what_fails_half_way_leaves_the_old_file_and_nothing_else() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        write(&path, b"old").unwrap();
        let failed = replace(&path, Readers::All, |file| {
            file.write_all(b"ne")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        let mut draft = Draft::new(&path, Readers::All).unwrap();
        draft.file().write_all(b"ne").unwrap();
        drop(draft.sync().unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(&dir), ["a"]);
    }

    #[test]
    fn a_draft_has_another_name_until_it_is_synced() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        let mut draft = Draft::new(&path, Readers::All).unwrap();
        draft.file().write_all(b"content").unwrap();
        let synced = draft.sync().unwrap();
        let [name] = names(&dir).try_into().unwrap();
        assert!(name.starts_with("a.") && name.ends_with(".part"), "{name}");
        synced.replace().unwrap();
        assert_eq!(names(&dir), ["a"]);
    }

    #[test]
    fn what_is_there_is_not_created_again() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("key");
        let drafts = [b"one", b"two"].map(|content| {
            let mut draft = Draft::new(&path, Readers::Owner).unwrap();
            draft.file().write_all(content).unwrap();
            draft.sync().unwrap()
        });
        let [one, two] = drafts;
        one.create().unwrap();
        let kind = |result: io::Result<()>| result.unwrap_err().kind();
        // Two that began at the same time, and one that comes later.
        assert_eq!(kind(two.create()), io::ErrorKind::AlreadyExists);
        let late = create(&path, Readers::Owner, b"three");
        assert_eq!(kind(late), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(&dir), ["key"]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_written_again_is_as_it_was() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("a");
        let content: Vec<_> = (0..(3 << 20) + 5).map(|at: u32| at as u8).collect();
        write(&path, &content).unwrap();
        let inode = fs::metadata(&path).unwrap().ino();
        write_again(&path).unwrap();
        assert!(fs::read(&path).unwrap() == content);
        assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    }

    #[test]
    fn directories_are_made_and_may_be_there() {
        let dir = TempDir::new().unwrap();
        let inner = dir.path().join("a/b");
        make_directory(&inner).unwrap();
        make_directory(&inner).unwrap();
        assert!(inner.is_dir());
        write(&dir.path().join("file"), b"").unwrap();
        assert!(make_directory(&dir.path().join("file/c")).is_err());
    }

    #[test]
    fn a_public_file_has_the_rights_of_any_new_file() {
        let dir = TempDir::new().unwrap();
        let (ours, other) = (dir.path().join("ours"), dir.path().join("other"));
        write(&ours, b"").unwrap();
        fs::write(&other, b"").unwrap();
        let mode = |path| fs::metadata(path).unwrap().mode();
        assert_eq!(mode(ours), mode(other));
    }

    #[test]
    fn links_and_devices_stay_what_they_are() {
        let dir = TempDir::new().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        write(&target, b"old").unwrap();
        symlink(&target, &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let device = dir.path().join("device");
        symlink("/dev/null", &device).unwrap();
        write(&device, b"gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert_eq!(fs::metadata(&device).unwrap().len(), 0);
    }
}
