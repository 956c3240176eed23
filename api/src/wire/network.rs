//! Network, fees and the state of the node in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::governance::GovernanceView;
use super::schema::{
    Address, Decimals, FieldElement, Hash, L1Address, NetworkName, ShapeName, TokenNumber,
};
use crate::seen;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// Its number on the rollup; 0 is ether.
    #[schema(value_type = TokenNumber)]
    pub number: u16,
    /// Its contract on the layer 1; null for ether.
    #[schema(value_type = Option<L1Address>)]
    pub address: Option<String>,
    /// The operator's name for it: no two tokens have the same. Null where it has none.
    pub name: Option<String>,
    /// What it calls itself; anybody may choose any name.
    pub symbol: Option<String>,
    /// Decimal places; null where they are not known.
    #[schema(value_type = Option<Decimals>)]
    pub decimals: Option<u8>,
}

/// A shape that batches may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShapeView {
    /// Name.
    #[schema(value_type = ShapeName)]
    pub name: String,
    /// Transfer records.
    pub transfers: u32,
    /// Full records.
    pub full_records: u32,
    /// Fee slots.
    pub fee_slots: u32,
    /// SHA-256 of the verifying key, 0x hex.
    #[schema(value_type = Hash)]
    pub verifying_key_sha256: String,
    /// Whether everybody can forge proofs under the key: development only.
    pub insecure_development_key: bool,
}

/// Numbers of the last batch at each stage; 0 before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Heights)]
pub struct HeightsView {
    /// The batch that is open, or was last.
    pub executed: u64,
    /// Executed in its final order.
    pub sealed: u64,
    /// Data and proof on the layer 1.
    pub proved: u64,
    /// Proof deep in the layer 1.
    pub r#final: u64,
}

/// The layer 1 as the node sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct L1View {
    /// Latest block.
    pub block: u64,
    /// Its hash, 0x hex, with which a wallet finds out whether its layer 1 is this one; null before
    /// the layer 1 has answered.
    #[schema(value_type = Option<Hash>)]
    pub block_hash: Option<String>,
    /// What time it is there, Unix seconds.
    pub timestamp: u64,
    /// When the layer 1 last answered, Unix ms; 0 before the first time.
    pub seen_ms: u64,
    /// Entries in the contract's queue.
    pub queue_length: u64,
    /// Of them, taken into a batch by this node.
    pub queue_taken: u64,
    /// Of them, taken by proved batches.
    pub queue_consumed: u64,
    /// Until when the first entry that no proved batch took must be taken, Unix seconds; null
    /// where none waits.
    pub head_due: Option<u32>,
    /// When anybody may freeze the rollup for that entry, unless a batch takes it before, Unix seconds;
    /// null where none waits.
    pub freezable_at: Option<u64>,
    /// Until when anybody may settle batches, Unix seconds; 0 where nobody was ever late.
    pub open_until: u32,
    /// Whether the rollup is frozen for good: its users leave on the layer 1.
    pub frozen: bool,
    /// When anybody may freeze it, Unix seconds; null where closing was not announced.
    pub closing_at: Option<u64>,
    /// How much older than its block a batch's timestamp may be, s: an order must live longer.
    pub max_lag_s: u32,
    /// Blocks on top of an entry of the queue before it is taken.
    pub confirmations: u64,
    /// Blocks on top of a proof before its batch is final.
    pub finality_blocks: u64,
}

/// Transactions that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolView {
    /// How many wait.
    pub transactions: u64,
    /// How many may.
    pub most: u64,
}

/// Proving jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProverView {
    /// Batches without a proof that nobody works on.
    pub open: u64,
    /// Batches that a worker has on lease.
    pub leased: u64,
}

/// Whether the node is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadyView {
    /// Whether the node takes transactions and moves batches.
    pub ready: bool,
    /// Why not, or what else is wrong.
    pub faults: Vec<FaultView>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FaultView {
    /// Stable, for programs: `docs/spec/api.md` lists them.
    #[serde(deserialize_with = "seen::deserialize")]
    pub code: String,
    /// For people.
    #[serde(deserialize_with = "seen::deserialize")]
    pub message: String,
}

/// The node and its network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    /// Of this program.
    #[serde(deserialize_with = "seen::deserialize")]
    pub version: String,
    /// `public` or `development`.
    #[schema(value_type = NetworkName)]
    pub network: String,
    /// EIP-155 chain id of the layer 1.
    pub chain_id: u64,
    /// Separates deployments in signatures: a field element, decimal.
    #[schema(value_type = FieldElement)]
    pub domain: String,
    /// The rollup contract.
    #[schema(value_type = L1Address)]
    pub contract: String,
    /// The operator's address on the rollup: signs receipts, is paid fees; null where this is not the
    /// operator's node but follows the layer 1.
    #[schema(value_type = Option<Address>)]
    pub operator: Option<String>,
    /// Shapes that batches may have.
    pub shapes: Vec<ShapeView>,
    /// A batch is closed so long after its first operation, ms.
    pub batch_time_ms: u64,
    /// Path of the call that gives test money, on a development network that does; else null.
    pub faucet: Option<String>,
    /// Last batch of each stage.
    pub heights: HeightsView,
    /// Layer 1.
    pub l1: L1View,
    /// What is announced at the contract; null before it was read.
    pub governance: Option<GovernanceView>,
    /// Transactions that wait.
    pub pool: PoolView,
    /// Proving jobs.
    pub prover: ProverView,
    /// Whether the node takes transactions.
    pub ready: bool,
    /// Why not, or what else is wrong.
    #[serde(deserialize_with = "seen::deserialize_all")]
    pub faults: Vec<String>,
    /// What each stage depends on.
    pub trust: Vec<String>,
}
