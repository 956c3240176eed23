//! Restoring a rollup from its layer 1, with what is shown meanwhile.

use std::{path::PathBuf, sync::Mutex};

use anyhow::Result;
use assay_circuits::{circuit::CircuitId, shape::Shape};
use assay_l1::client::RollupClient;
use assay_prover::keys::{VerifyingKeyFile, verifying_key_path};
use assay_restore::{
    batches::Checked,
    keys::VerifyingKeys,
    restore::{Progress as Done, RestoreConfig, Restored, Watch, restore_and_watch},
};
use clap::Args;

use crate::terminal::progress::{Progress, Step};

/// What of a layer 1 is read, and by which keys its proofs are checked.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArgs {
    /// The block from which on to look for events: that of the contract.
    #[arg(
        long,
        env = "ASSAY_START_BLOCK",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    start_block: u64,
    /// Leave so many blocks at the end out, since they may be reorganised.
    #[arg(
        long,
        env = "ASSAY_CONFIRMATIONS",
        value_name = "BLOCKS",
        default_value_t = 2
    )]
    confirmations: u64,
    /// Compare the contract's verifying keys with those in this directory. Without it they are
    /// believed.
    #[arg(long, env = "ASSAY_KEYS", value_name = "DIR")]
    keys: Option<PathBuf>,
}

impl HistoryArgs {
    /// Restores the rollup of a contract, and shows each batch to `watch`.
    pub(crate) async fn restored(
        &self,
        client: &RollupClient,
        watch: Watch<'_>,
    ) -> Result<Restored> {
        let keys = VerifyingKeys::of_contract(client, &self.trusted()?).await?;
        let config = RestoreConfig {
            start_block: self.start_block,
            confirmations: self.confirmations,
        };
        restored_and_watched(client, keys, config, watch).await
    }

    /// The keys in the directory that was given.
    fn trusted(&self) -> Result<VerifyingKeys> {
        let mut keys = Vec::new();
        for shape in Shape::ALL {
            let path = self
                .keys
                .as_ref()
                .map(|directory| verifying_key_path(directory, CircuitId::Batch(shape)));
            if let Some(path) = path.filter(|path| path.exists()) {
                keys.push((shape, VerifyingKeyFile::open(&path)?.verifying_key));
            }
        }
        Ok(VerifyingKeys::new(keys))
    }
}

/// Restores the rollup of a contract; the terminal shows how far that is.
pub(crate) async fn restored(
    client: &RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
) -> Result<Restored> {
    restored_and_watched(client, keys, config, &mut |_: &Checked| {}).await
}

async fn restored_and_watched(
    client: &RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
    watch: Watch<'_>,
) -> Result<Restored> {
    let shown = Shown::default();
    let report = |done| shown.show(done);
    let restored = restore_and_watch(client, keys, config, &report, watch).await;
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
