//! The one thread that writes.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::{
    STORE_DIR, StorageError, WITNESS_DIR,
    batch_log::BatchLog,
    commit::Commit,
    disk::{Disk, Step},
    witness_path,
};

/// Commits that may wait for the writer.
const QUEUE: usize = 64;
/// Commits that are made durable together.
const GROUP: usize = 64;

type Answer = oneshot::Sender<Result<(), StorageError>>;

/// The door to the writing thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<(Commit, Answer)>,
    failed: Arc<AtomicBool>,
    thread: Arc<Mutex<Option<thread::JoinHandle<()>>>>,
}

/// What the thread owns.
pub(super) struct Files {
    pub(super) db: sled::Db,
    pub(super) dir: PathBuf,
    pub(super) log: BatchLog,
    pub(super) disk: Disk,
}

impl Writer {
    pub(super) fn start(mut files: Files, lock: Arc<File>) -> Result<Self, StorageError> {
        let (queue, mut commits) = mpsc::channel::<(Commit, Answer)>(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let has_failed = failed.clone();
        let work = move || {
            // The directory stays locked for as long as anything may still be written to it.
            let _lock = lock;
            while let Some(first) = commits.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP {
                    match commits.try_recv() {
                        Ok(next) => group.push(next),
                        Err(_) => break,
                    }
                }
                files.write_group(group, &has_failed);
            }
        };
        let thread = thread::Builder::new()
            .name("storage".to_owned())
            .spawn(work);
        let thread = thread.map_err(|error| StorageError::Database(error.to_string()))?;
        Ok(Self {
            queue,
            failed,
            thread: Arc::new(Mutex::new(Some(thread))),
        })
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    pub(super) async fn commit(&self, commit: Commit) -> Result<(), StorageError> {
        if commit.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let sent = self.queue.send((commit, answer)).await;
        sent.map_err(|_| StorageError::Closed)?;
        answered.await.map_err(|_| StorageError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if Arc::strong_count(&self.thread) > 1 {
            return;
        }
        // The last door: close the queue and wait, so that the directory is free afterwards.
        let (closed, _) = mpsc::channel(1);
        self.queue = closed;
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if thread.is_some_and(|thread| thread.join().is_err()) {
            error!("the writing thread panicked");
        }
    }
}

impl Files {
    fn write_group(&mut self, group: Vec<(Commit, Answer)>, failed: &AtomicBool) {
        let (commits, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        if failed.load(Ordering::Acquire) {
            return tell(answers, || Err(StorageError::ReadOnly));
        }
        match self.write(commits) {
            Ok(()) => tell(answers, || Ok(())),
            Err(error) => {
                error!(%error, "writing failed; the node is read-only until it is restarted");
                failed.store(true, Ordering::Release);
                tell(answers, || Err(StorageError::ReadOnly));
            }
        }
    }

    /// Files first, then the log, then the rows: what a row names is there.
    pub(super) fn write(&mut self, commits: Vec<Commit>) -> Result<(), StorageError> {
        let mut batch = sled::Batch::default();
        for commit in commits {
            for (number, bytes) in &commit.witnesses {
                let path = witness_path(&self.dir, *number);
                self.write_file(&path, bytes)
                    .map_err(StorageError::io(&path))?;
            }
            for (number, payload) in &commit.log {
                let appended = self.log.append(&self.disk, *number, payload);
                appended.map_err(StorageError::io(self.log.path()))?;
            }
            for (key, value) in commit.rows {
                match value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
        }
        let store = self.dir.join(STORE_DIR);
        self.disk
            .step(Step::ApplyRows)
            .map_err(StorageError::io(&store))?;
        self.db.apply_batch(batch)?;
        self.disk
            .step(Step::SyncRows)
            .map_err(StorageError::io(&store))?;
        sync(&self.db, &store)?;
        self.disk
            .step(Step::Acknowledge)
            .map_err(StorageError::io(&store))
    }

    fn write_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.disk.step(Step::WriteFile)?;
        let beside = path.with_extension("new");
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        self.disk.step(Step::RenameFile)?;
        fs::rename(&beside, path)?;
        File::open(self.dir.join(WITNESS_DIR))?.sync_all()
    }
}

/// sled's flush leaves the last bytes to the system: its file is synced after it.
pub(super) fn sync(db: &sled::Db, store: &Path) -> Result<(), StorageError> {
    db.flush()?;
    let file = store.join("db");
    File::open(&file)
        .and_then(|file| file.sync_all())
        .map_err(StorageError::io(&file))
}

fn tell(answers: Vec<Answer>, result: impl Fn() -> Result<(), StorageError>) {
    for answer in answers {
        // Whoever has gone away does not need the answer.
        let _ = answer.send(result());
    }
}
