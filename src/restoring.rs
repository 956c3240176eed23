//! Restoring a rollup from its layer 1, with what is shown meanwhile.

use std::sync::Mutex;

use anyhow::Result;
use assay_l1::client::RollupClient;
use assay_restore::{
    keys::VerifyingKeys,
    restore::{Progress as Done, RestoreConfig, Restored, restore},
};

use crate::terminal::progress::{Progress, Step};

/// Restores the rollup of a contract; the terminal shows how far that is.
pub(crate) async fn restored(
    client: &RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
) -> Result<Restored> {
    let shown = Shown::default();
    let restored = restore(client, keys, config, &|done| shown.show(done)).await;
    shown.end(restored.is_ok());
    Ok(restored?)
}

/// The step under way on the terminal.
#[derive(Default)]
struct Shown {
    step: Mutex<Option<(bool, Step)>>,
}

impl Shown {
    fn show(&self, done: Done) {
        let (of_batches, title, done, of) = match done {
            Done::Blocks { done, of } => (false, "reading what the contract told", done, of),
            Done::Batches { done, of } => (true, "checking batches", done, of),
        };
        let mut shown = self.lock();
        if shown.as_ref().map(|(of_batches, _)| *of_batches) != Some(of_batches) {
            if let Some((_, step)) = shown.take() {
                step.finish("done");
            }
            *shown = Some((of_batches, Progress::new().step_with_estimate(title, of)));
        }
        if let Some((_, step)) = shown.as_ref() {
            step.set(done);
        }
    }

    fn end(&self, succeeded: bool) {
        if let Some((_, step)) = self.lock().take()
            && succeeded
        {
            step.finish("done");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(bool, Step)>> {
        self.step
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
