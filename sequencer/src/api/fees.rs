//! What is asked of transactions, and what that is made of.

use std::sync::Arc;

use assay_api::wire::{BatchGasView, BlockPriceView, CostsView, ErrorBody, EstimateView, FeeView};
use assay_circuits::quantity::{Amount, Fee, TokenId};
use assay_l1::client::{RollupParameters, TokenInfo};
use axum::{Json, extract::State};

use super::error::ApiError;
use crate::{
    accounts::Accounts,
    admission::{costs::Record, terms::Terms},
    prices::{BatchGas, BlockPrice, Estimate, LIFETIME_MS, Prices},
    standing::{Look, Standing},
};

/// The contract rounds the price of an entry up to so many wei.
const GWEI: u128 = 1_000_000_000;

/// What these calls use.
#[derive(Clone)]
pub(crate) struct FeeCalls {
    /// The operator's, where this is its node.
    pub(crate) terms: Option<Arc<Terms>>,
    pub(crate) submit_to: Option<String>,
    pub(crate) accounts: Accounts,
    pub(crate) standing: Standing,
    pub(crate) prices: Prices,
    /// What proving costs the operator, wei per second.
    pub(crate) proving_wei_per_s: u128,
    /// What the contract's deployment fixed.
    pub(crate) parameters: RollupParameters,
}

/// What a transaction costs, by token: what is said here is taken for as long as it says, though more is
/// asked by then.
#[utoipa::path(get, path = "/v1/fees", tag = "network", operation_id = "getFees",
    responses(
        (status = 200, body = Vec<FeeView>),
        (status = 403, description = "`read_only`: ask the operator's node", body = ErrorBody),
    ))]
pub(super) async fn fees(State(calls): State<FeeCalls>) -> Result<Json<Vec<FeeView>>, ApiError> {
    let terms = calls.terms.as_ref();
    let terms = terms.ok_or(ApiError::ReadOnly(calls.submit_to.clone()))?;
    let tokens = calls.standing.tokens();
    let fees = tokens.iter().map(|token| calls.fee(terms, token));
    Ok(Json(fees.collect()))
}

/// What a batch and its parts cost now, the layer 1's base fee, and the gas of batches.
#[utoipa::path(get, path = "/v1/costs", tag = "network", operation_id = "getCosts",
    responses((status = 200, body = CostsView)))]
pub(super) async fn costs(State(calls): State<FeeCalls>) -> Json<CostsView> {
    let (blocks, batches) = (calls.prices.blocks(), calls.prices.batches());
    let block = |block: &BlockPrice| BlockPriceView {
        block: block.number,
        timestamp: block.timestamp,
        base_fee_wei: block.base_fee_wei.to_string(),
    };
    let batch = |batch: &BatchGas| BatchGasView {
        batch: batch.number,
        gas: batch.gas,
        operations: batch.operations,
    };
    Json(CostsView {
        estimate: calls.prices.estimate().map(|found| calls.estimate(&found)),
        blocks: blocks.iter().map(block).collect(),
        batches: batches.iter().map(batch).collect(),
    })
}

impl FeeCalls {
    fn fee(&self, terms: &Terms, token: &TokenInfo) -> FeeView {
        let number = TokenId(token.number);
        let now = (&self.accounts, self.prices.quoted());
        let least = |record| {
            let least = terms.minimum_fee(number, record, now).0;
            let fee = Fee::round_up(least).unwrap_or_else(|| Fee::round_down(least));
            fee.to_string()
        };
        FeeView {
            token: token.number,
            accepted: terms.takes_fees_in(number, &self.accounts),
            minimum: least(Record::Transfer),
            suggested: least(Record::Transfer),
            full_record: least(Record::Full),
            valid_until_ms: self.prices.valid_until_ms(),
            valid_ms: LIFETIME_MS,
        }
    }

    fn estimate(&self, found: &Estimate) -> EstimateView {
        let look = self.standing.look();
        let full_record = Record::Full.least_fee(Amount(found.transfer_wei));
        EstimateView {
            base_fee_wei: found.base_fee_wei.to_string(),
            tip_wei: found.tip_wei.to_string(),
            batch_gas: found.batch_gas,
            fill_percent: u32::try_from(found.fill_thousandths / 10).unwrap_or(u32::MAX),
            proving_ms: found.proving_ms,
            proving_wei_per_s: self.proving_wei_per_s.to_string(),
            batch_wei: found.batch_wei.to_string(),
            transfer_wei: found.transfer_wei.to_string(),
            full_record_wei: full_record.to_string(),
            entry_wei: entry_wei(&self.parameters, &look).to_string(),
        }
    }
}

/// What the contract's `inclusionFee` says at the latest block's base fee, wei: the settler's part, and as
/// much for every so many entries that wait.
fn entry_wei(parameters: &RollupParameters, look: &Look) -> u128 {
    let gas = u128::from(parameters.inclusion_gas);
    let base = gas.saturating_mul(look.base_fee_wei).div_ceil(GWEI);
    let base = base.saturating_mul(GWEI);
    let waiting = look.queue_length.saturating_sub(look.queue_consumed);
    let step = u128::from(parameters.inclusion_step.max(1));
    let surcharge = base.saturating_mul(waiting.into()).div_ceil(step);
    base.saturating_add(surcharge)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the words of `docs/spec/contracts.md`.
    #[test]
    fn an_entry_pays_for_its_gas_and_for_those_that_wait() {
        let parameters = RollupParameters {
            inclusion_gas: 62_500,
            inclusion_step: 1_000,
            ..RollupParameters::for_shapes(6)
        };
        let look = |waiting, base_fee_wei| Look {
            base_fee_wei,
            queue_length: 5u64 + waiting,
            queue_consumed: 5,
            ..Look::default()
        };
        assert_eq!(entry_wei(&parameters, &look(0, 2 * GWEI)), 125_000 * GWEI);
        assert_eq!(entry_wei(&parameters, &look(500, 2 * GWEI)), 187_500 * GWEI);
        // Rounded up to gwei.
        assert_eq!(entry_wei(&parameters, &look(0, 1)), GWEI);
    }
}
