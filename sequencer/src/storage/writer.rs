//! The one thread that writes.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::{
    commit::Commit,
    error::StorageError,
    files::{Files, GROUP},
    retention::Retention,
};

/// Commits that may wait for the writer.
const QUEUE: usize = 64;

type Answer = oneshot::Sender<Result<(), StorageError>>;

/// What the writing thread is asked for.
#[derive(Debug)]
enum Command {
    Commit(Box<Commit>, Answer),
    /// Whether the disk takes writes again.
    TryDisk(Answer),
    /// What need not be kept goes.
    Forget(Retention, Answer),
}

/// The door to the writing thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Command>,
    failed: Arc<AtomicBool>,
    thread: Arc<Mutex<Option<thread::JoinHandle<()>>>>,
}

impl Writer {
    pub(super) fn start(mut files: Files) -> Result<Self, StorageError> {
        let (queue, mut commands) = mpsc::channel::<Command>(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let has_failed = failed.clone();
        let work = move || {
            while let Some(first) = commands.blocking_recv() {
                let (mut group, mut tries) = (Vec::new(), Vec::new());
                let mut forgets = Vec::new();
                let mut next = Some(first);
                while let Some(command) = next {
                    match command {
                        Command::Commit(commit, answer) => group.push((*commit, answer)),
                        Command::TryDisk(answer) => tries.push(answer),
                        Command::Forget(retention, answer) => forgets.push((retention, answer)),
                    }
                    let has_room = group.len() + tries.len() + forgets.len() < GROUP;
                    next = has_room.then(|| commands.try_recv().ok()).flatten();
                }
                if !group.is_empty() {
                    write_group(&mut files, group, &has_failed);
                }
                for (retention, answer) in forgets {
                    let _ = answer.send(forget(&mut files, retention, &has_failed));
                }
                for answer in tries {
                    // Whoever has gone away does not need the answer.
                    let _ = answer.send(try_disk(&mut files, &has_failed));
                }
            }
        };
        let thread = thread::Builder::new()
            .name("storage".to_owned())
            .spawn(work);
        let thread = thread.map_err(StorageError::Thread)?;
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
        self.ask(|answer| Command::Commit(Box::new(commit), answer))
            .await
    }

    /// Whether the disk takes writes again. If so, what was not answered is taken back where it can be,
    /// and the directory must be opened again.
    pub(super) async fn try_disk(&self) -> Result<(), StorageError> {
        self.ask(Command::TryDisk).await
    }

    /// Forgets what need not be kept.
    pub(super) async fn forget(&self, retention: Retention) -> Result<(), StorageError> {
        self.ask(|answer| Command::Forget(retention, answer)).await
    }

    async fn ask(&self, command: impl FnOnce(Answer) -> Command) -> Result<(), StorageError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.queue.send(command(answer)).await;
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

fn write_group(files: &mut Files, group: Vec<(Commit, Answer)>, failed: &AtomicBool) {
    let (commits, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    if failed.load(Ordering::Acquire) {
        return tell(answers, || Err(StorageError::ReadOnly));
    }
    match files.write(commits) {
        Ok(()) => tell(answers, || Ok(())),
        Err(error) => {
            error!(%error, "writing failed; nothing is written until the disk takes it again");
            failed.store(true, Ordering::Release);
            tell(answers, || Err(StorageError::ReadOnly));
        }
    }
}

fn forget(
    files: &mut Files,
    retention: Retention,
    failed: &AtomicBool,
) -> Result<(), StorageError> {
    if failed.load(Ordering::Acquire) {
        return Err(StorageError::ReadOnly);
    }
    let forgotten = files.forget(retention);
    if let Err(error) = &forgotten {
        error!(%error, "forgetting failed; nothing is written until the disk takes it again");
        failed.store(true, Ordering::Release);
    }
    forgotten
}

fn try_disk(files: &mut Files, failed: &AtomicBool) -> Result<(), StorageError> {
    // Memory is ahead of the disk, or what was read of it was wrong.
    failed.store(true, Ordering::Release);
    files.take_back()
}

fn tell(answers: Vec<Answer>, result: impl Fn() -> Result<(), StorageError>) {
    for answer in answers {
        // Whoever has gone away does not need the answer.
        let _ = answer.send(result());
    }
}
