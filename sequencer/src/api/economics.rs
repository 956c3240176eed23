//! What batches earned and cost.

use assay_api::wire::{BatchEconomics, EarnedFees, SubmissionCostView};

use super::batches::BatchCalls;
use crate::{
    record::{BatchContents, BatchRecord, L1Record},
    storage::StorageError,
};

impl BatchCalls {
    /// What a sealed batch earned and cost, as far as it is known.
    pub(super) fn economics(
        &self,
        record: &BatchRecord,
        held: &BatchContents,
    ) -> Result<BatchEconomics, StorageError> {
        let earned = held.fee_slots.iter().map(|slot| EarnedFees {
            token: slot.token.0,
            amount: held.fees_in(slot.token).to_string(),
            account: slot.account.get(),
        });
        let l1 = self.storage.l1_record(record.number)?;
        let time = self.storage.proving_time(record.number)?;
        Ok(BatchEconomics {
            earned: earned.filter(|fees| fees.amount != "0").collect(),
            l1: self.submission_cost(record, &l1)?,
            proving_ms: time.map(|time| time.ms),
        })
    }

    fn submission_cost(
        &self,
        record: &BatchRecord,
        stands: &L1Record,
    ) -> Result<Option<SubmissionCostView>, StorageError> {
        let cost = self.storage.submission_cost(record.number)?;
        let is_of_now = |transaction| Some(transaction) == stands.transaction;
        let Some(cost) = cost.filter(|cost| is_of_now(cost.transaction)) else {
            return Ok(None);
        };
        let batches = self.storage.brought_together(record.number)?.max(1);
        let gas = cost.gas_used / batches;
        let wei = cost.gas_price_wei.saturating_mul(gas.into());
        Ok(Some(SubmissionCostView {
            batches,
            transaction_gas: cost.gas_used,
            gas,
            gas_price_wei: cost.gas_price_wei.to_string(),
            wei: wei.to_string(),
            gas_per_operation: gas.checked_div(record.operations.into()),
        }))
    }
}
