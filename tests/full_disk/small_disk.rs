//! A disk of some MiB that only the test and what it starts see: a file system in memory, mounted in
//! namespaces of a process that holds them.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::invoke::assay;

/// Takes all room there is.
const FILLER: &str = "filler";

/// The disk; it is gone when this is dropped.
pub(crate) struct SmallDisk {
    holder: Child,
    /// Where it is mounted in the holder's namespaces, an empty directory elsewhere.
    place: TempDir,
}

impl SmallDisk {
    /// Mounts one; `None`, and a line that says why, where the system does not let it.
    pub(crate) fn mount(mebibytes: u32) -> Option<Self> {
        let place = TempDir::new().unwrap();
        let script =
            format!("mount -t tmpfs -o size={mebibytes}m none \"$0\" && echo ready && exec cat");
        let holder = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script])
            .arg(place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut holder = match holder {
            Ok(holder) => holder,
            Err(error) => {
                eprintln!("skipped: unshare of util-linux does not start: {error}");
                return None;
            }
        };
        let mut line = String::new();
        let mut said = BufReader::new(holder.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let disk = Self { holder, place };
        if line != "ready\n" {
            eprintln!(
                "skipped: the system lets no user mount a file system in namespaces of its own"
            );
            return None;
        }
        Some(disk)
    }

    /// A path on the disk, for what [`SmallDisk::command`] starts.
    pub(crate) fn path(&self, name: &str) -> String {
        self.place.path().join(name).to_str().unwrap().to_owned()
    }

    /// The same path from outside of the namespaces.
    pub(crate) fn seen(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        let place = self.place.path().strip_prefix("/").unwrap();
        root.join(place).join(name)
    }

    /// The program under test where the disk is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let inner = assay(arguments);
        let mut command = Command::new("nsenter");
        command
            .args(["--preserve-credentials", "--user", "--mount", "--target"])
            .arg(self.holder.id().to_string())
            .arg(inner.get_program())
            .args(inner.get_args())
            .stdin(Stdio::null());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs the program there.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Takes all room but for so many KiB.
    pub(crate) fn fill_but(&self, kibibytes: u64) {
        self.fill();
        let filler = OpenOptions::new().write(true).open(self.seen(FILLER));
        let filler = filler.unwrap();
        let length = filler.metadata().unwrap().len();
        filler.set_len(length - (kibibytes << 10)).unwrap();
    }

    /// Takes all room.
    pub(crate) fn fill(&self) {
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(self.seen(FILLER));
        let file = file.as_mut().unwrap();
        for piece in [1 << 20, 4096, 1] {
            let zeros = vec![0; piece];
            let full = loop {
                if let Err(error) = file.write_all(&zeros) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull, "{full}");
        }
    }

    /// Gives the room back.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.seen(FILLER)).unwrap();
    }

    /// Every file below a directory of the disk with its content, but for the filler.
    pub(crate) fn content(&self, below: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.seen(below)];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    found.push((path.clone(), Vec::new()));
                    open.push(path);
                } else if !path.ends_with(FILLER) {
                    found.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // With it the namespaces end, and with them the disk.
        self.holder.kill().unwrap_or_default();
        self.holder.wait().unwrap();
    }
}

/// What a command says that has failed for want of room, in one line that says what to do.
pub(crate) fn wants_room(output: &Output, place: &Path) -> String {
    let errors = String::from_utf8(output.stderr.clone()).unwrap();
    let last = errors.lines().last().unwrap_or_default();
    assert!(last.starts_with("error: "), "{errors}");
    for words in [
        place.to_str().unwrap(),
        "No space left on device",
        "make room on this disk",
    ] {
        assert!(last.contains(words), "{words}: {errors}");
    }
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}
