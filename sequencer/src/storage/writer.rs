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
};

/// Commits that may wait for the writer.
const QUEUE: usize = 64;

type Answer = oneshot::Sender<Result<(), StorageError>>;

/// The door to the writing thread.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<(Commit, Answer)>,
    failed: Arc<AtomicBool>,
    thread: Arc<Mutex<Option<thread::JoinHandle<()>>>>,
}

impl Writer {
    pub(super) fn start(mut files: Files) -> Result<Self, StorageError> {
        let (queue, mut commits) = mpsc::channel::<(Commit, Answer)>(QUEUE);
        let failed = Arc::new(AtomicBool::new(false));
        let has_failed = failed.clone();
        let work = move || {
            while let Some(first) = commits.blocking_recv() {
                let mut group = vec![first];
                while group.len() < GROUP {
                    match commits.try_recv() {
                        Ok(next) => group.push(next),
                        Err(_) => break,
                    }
                }
                write_group(&mut files, group, &has_failed);
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

fn write_group(files: &mut Files, group: Vec<(Commit, Answer)>, failed: &AtomicBool) {
    let (commits, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    if failed.load(Ordering::Acquire) {
        return tell(answers, || Err(StorageError::ReadOnly));
    }
    match files.write(commits) {
        Ok(()) => tell(answers, || Ok(())),
        Err(error) => {
            error!(%error, "writing failed; the node is read-only until it is restarted");
            failed.store(true, Ordering::Release);
            tell(answers, || Err(StorageError::ReadOnly));
        }
    }
}

fn tell(answers: Vec<Answer>, result: impl Fn() -> Result<(), StorageError>) {
    for answer in answers {
        // Whoever has gone away does not need the answer.
        let _ = answer.send(result());
    }
}
