//! Fees, and what they are made of, in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::{Amount, Fee, TokenNumber};

/// What a transaction costs in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeeView {
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// Whether fees above 0 are taken in it.
    pub accepted: bool,
    /// The least fee of a transfer to an account that exists, base units, representable.
    #[schema(value_type = Fee)]
    pub minimum: String,
    /// What to offer for it, base units, representable.
    #[schema(value_type = Fee)]
    pub suggested: String,
    /// The least fee of a withdrawal, or of a transfer that makes an account, and what to offer for
    /// it, base units, representable.
    #[schema(value_type = Fee)]
    pub full_record: String,
    /// Until when these are taken, whatever is asked by then, Unix ms by the node's clock.
    pub valid_until_ms: u64,
    /// How long that is from the answer on, ms, for those whose clocks are wrong.
    pub valid_ms: u64,
}

/// The base fee of a block of the layer 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockPriceView {
    /// Its number.
    pub block: u64,
    /// Unix seconds.
    pub timestamp: u64,
    /// Wei per gas.
    #[schema(value_type = Amount)]
    pub base_fee_wei: String,
}

/// What a batch took on the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchGasView {
    /// Its number.
    pub batch: u64,
    /// Its part of the gas of the transaction that brought it.
    pub gas: u64,
    /// How many operations it holds.
    pub operations: u32,
}

/// What a batch and its parts cost now, by what was measured last. Smoothed means: of the last about eight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimateView {
    /// Base fee of the layer 1, smoothed, wei per gas.
    #[schema(value_type = Amount)]
    pub base_fee_wei: String,
    /// What a block's maker is paid, wei per gas.
    #[schema(value_type = Amount)]
    pub tip_wei: String,
    /// Gas of a batch, smoothed.
    pub batch_gas: u64,
    /// How much of a batch's room is used, smoothed, percent.
    pub fill_percent: u32,
    /// How long a proof takes, smoothed, ms; null before there was one.
    pub proving_ms: Option<u64>,
    /// What proving costs the operator, wei per second, as it says.
    #[schema(value_type = Amount)]
    pub proving_wei_per_s: String,
    /// Gas and proof of a batch, wei.
    #[schema(value_type = Amount)]
    pub batch_wei: String,
    /// A transfer's part of a batch that is at least half full, wei.
    #[schema(value_type = Amount)]
    pub transfer_wei: String,
    /// The part of a withdrawal, or of a transfer that makes an account, wei.
    #[schema(value_type = Amount)]
    pub full_record_wei: String,
    /// What an entry of the contract's queue pays for being taken, beside its own gas, at the latest block's
    /// base fee, wei.
    #[schema(value_type = Amount)]
    pub entry_wei: String,
}

/// What batches cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CostsView {
    /// What one costs now; null before the layer 1 was seen.
    pub estimate: Option<EstimateView>,
    /// The blocks that were seen last, the latest last.
    pub blocks: Vec<BlockPriceView>,
    /// The batches that came to the layer 1 last, the latest last.
    pub batches: Vec<BatchGasView>,
}
