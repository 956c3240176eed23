//! What the transactions took that brought batches, by their receipts: each is asked for when its batch is
//! on the layer 1, and once more when it is final, since a reorganisation may put it into another block.

use std::collections::HashMap;

use assay_circuits::quantity::{BatchNumber, TokenId};
use assay_l1::client::TransactionReceipt;
use tracing::debug;

use crate::{
    admission::costs,
    l1::gateway::SharedGateway,
    prices::{BatchGas, Prices},
    record::{BatchContents, BatchRecord, L1Record, SubmissionCost, Word},
    standing::Heights,
    storage::{Commit, Storage, StorageError},
    telemetry,
};

/// Batches that are looked at in one look, of those whose receipts may still be wanted.
const BATCHES_AT_ONCE: usize = 1_024;
/// Receipts that are asked for in one look.
const RECEIPTS_AT_ONCE: usize = 8;
/// Of batches that came longer ago than so many, no receipts are asked for: a node that begins anew asks for
/// no long history.
const BATCHES_BEHIND: u64 = 1_000;
/// Batches of which prices are begun with after a start.
const BEGUN_WITH: u64 = 16;

/// Reads receipts.
#[derive(Debug)]
pub(crate) struct CostWatch {
    gateway: SharedGateway,
    storage: Storage,
    prices: Prices,
    /// Up to this one nothing more is asked for; none before the first look.
    settled: Option<BatchNumber>,
    /// The heights at which there was nothing to ask for, nor to move on to.
    idle_at: Option<(BatchNumber, BatchNumber)>,
}

/// What a batch of this node took and earned, as it is counted.
#[derive(Debug, PartialEq)]
pub(super) struct Own {
    pub(super) gas: u64,
    pub(super) wei: f64,
    /// Base units by token.
    pub(super) fees: Vec<(TokenId, f64)>,
}

/// The receipts of a look: what is not there is in no block.
type Receipts = HashMap<Word, Option<TransactionReceipt>>;

impl CostWatch {
    /// Tells the prices of what is known from before.
    pub(crate) fn resume(
        gateway: SharedGateway,
        storage: Storage,
        prices: Prices,
    ) -> Result<Self, StorageError> {
        let watch = Self {
            gateway,
            storage,
            prices,
            settled: None,
            idle_at: None,
        };
        let last = watch.storage.last_tip()?.number.0;
        for number in (last.saturating_sub(BEGUN_WITH) + 1..=last).map(BatchNumber) {
            let Some(batch) = watch.storage.batch(number)? else {
                continue;
            };
            if let Some(cost) = watch.storage.submission_cost(number)? {
                watch.tell_prices(&batch, &cost)?;
            }
            if let Some(time) = watch.storage.proving_time(number)? {
                watch.prices.see_proof(time.ms);
            }
        }
        Ok(watch)
    }

    /// Asks for the receipts that are wanted, as many as one look allows, and writes down what they say.
    pub(crate) async fn read(&mut self, heights: Heights) -> Result<(), StorageError> {
        let Heights {
            proved, r#final, ..
        } = heights;
        let reached = (proved, r#final);
        // What is recorded of batches on the layer 1 changes with the heights, and what they cost here: where
        // nothing was to be done, nothing is until they change.
        if self.idle_at == Some(reached) {
            return Ok(());
        }
        self.idle_at = None;
        let oldest = BatchNumber(r#final.0.saturating_sub(BATCHES_BEHIND));
        let settled = self.settled.unwrap_or(oldest).min(r#final);
        let begin = settled.max(self.storage.base()?.number);
        let (mut settled, mut is_idle) = (begin, true);
        let (mut receipts, mut commit) = (Receipts::new(), Commit::default());
        let mut new = Vec::new();
        for number in (settled.0 + 1..=proved.0).take(BATCHES_AT_ONCE) {
            let number = BatchNumber(number);
            let Some(batch) = self.storage.batch(number)? else {
                break;
            };
            let stands = self.storage.l1_record(number)?;
            let before = self.cost(number, &stands)?;
            let is_known = before.is_some_and(|before| before.r#final == stands.final_ms.is_some());
            if !is_known && stands.transaction.is_some() {
                is_idle = false;
                if !self.ask(&stands, &mut receipts).await {
                    break;
                }
                if let Some(cost) = cost_of(&stands, &receipts) {
                    commit.submission_cost(number, &cost);
                    new.extend(before.is_none().then_some((batch, cost)));
                }
            }
            if stands.final_ms.is_some() && settled.next() == number {
                settled = number;
            }
        }
        if !commit.is_empty() {
            self.storage.commit(commit).await?;
        }
        self.settled = Some(settled);
        is_idle &= settled == begin;
        self.idle_at = is_idle.then_some(reached);
        for (batch, cost) in new {
            self.tell_prices(&batch, &cost)?;
            self.count(&batch, &cost)?;
        }
        Ok(())
    }

    /// What is known of the transaction that a batch has now.
    fn cost(
        &self,
        number: BatchNumber,
        stands: &L1Record,
    ) -> Result<Option<SubmissionCost>, StorageError> {
        let cost = self.storage.submission_cost(number)?;
        Ok(cost.filter(|cost| Some(cost.transaction) == stands.transaction))
    }

    /// Asks for a receipt unless it was asked for in this look; false where this look asks for no more.
    async fn ask(&self, stands: &L1Record, receipts: &mut Receipts) -> bool {
        let Some(transaction) = stands.transaction else {
            return true;
        };
        if receipts.contains_key(&transaction) {
            return true;
        }
        if receipts.len() >= RECEIPTS_AT_ONCE {
            return false;
        }
        match self.gateway.receipt(transaction).await {
            Ok(receipt) => {
                receipts.insert(transaction, receipt);
                true
            }
            Err(error) => {
                // Nothing stands on it; the next look asks again.
                debug!(%error, "what a batch cost is not known yet");
                false
            }
        }
    }

    /// What a batch took is what the next ones may take.
    fn tell_prices(&self, batch: &BatchRecord, cost: &SubmissionCost) -> Result<(), StorageError> {
        let together = self.storage.brought_together(batch.number)?.max(1);
        let Some(contents) = self.contents(batch)? else {
            return Ok(());
        };
        self.prices.see_batch(BatchGas {
            number: batch.number.0,
            gas: cost.gas_used / together,
            weight: costs::weight(contents.full.len(), contents.transfers.len()),
            operations: batch.operations,
        });
        Ok(())
    }

    /// What a batch holds; none where its record is lost, which a batch on the layer 1 goes on without.
    fn contents(&self, batch: &BatchRecord) -> Result<Option<BatchContents>, StorageError> {
        match self.storage.contents(batch) {
            Ok(contents) => Ok(Some(contents)),
            Err(StorageError::BatchMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Counts what a batch of this node earned and cost.
    fn count(&self, batch: &BatchRecord, cost: &SubmissionCost) -> Result<(), StorageError> {
        let Some(Own { gas, wei, fees }) = self.own(batch, cost)? else {
            return Ok(());
        };
        telemetry::L1_GAS_USED.add(gas);
        telemetry::L1_SPENT.add(wei);
        for (token, earned) in fees {
            telemetry::FEES_EARNED.add_as(token.to_string(), earned);
        }
        Ok(())
    }

    /// What of a batch is the node's own: of those that others made nothing.
    pub(super) fn own(
        &self,
        batch: &BatchRecord,
        cost: &SubmissionCost,
    ) -> Result<Option<Own>, StorageError> {
        if batch.adopted {
            return Ok(None);
        }
        let together = self.storage.brought_together(batch.number)?.max(1);
        let gas = cost.gas_used / together;
        let contents = self.contents(batch)?;
        let slots = contents.iter().flat_map(|contents| {
            let slots = contents.fee_slots.iter();
            slots.map(|slot| (slot.token, contents.fees_in(slot.token).0 as f64))
        });
        Ok(Some(Own {
            gas,
            wei: gas as f64 * cost.gas_price_wei as f64,
            fees: slots.collect(),
        }))
    }
}

/// What the receipt of a batch's transaction says, where there is one.
fn cost_of(stands: &L1Record, receipts: &Receipts) -> Option<SubmissionCost> {
    let transaction = stands.transaction?;
    let receipt = receipts.get(&transaction)?.as_ref()?;
    receipt.succeeded.then_some(SubmissionCost {
        transaction,
        gas_used: receipt.gas_used,
        gas_price_wei: receipt.gas_price_wei,
        r#final: stands.final_ms.is_some(),
    })
}
