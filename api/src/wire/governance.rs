//! What is announced at the contract, in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::{Hash, L1Address, ShapeNumber};

/// What is announced at the contract, as the node read it: what a new verifier or another operator means is
/// said in `docs/trust.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GovernanceView {
    /// The block of the layer 1 after which it was so.
    pub block: u64,
    /// Its hash, 0x hex.
    #[schema(value_type = Hash)]
    pub block_hash: String,
    /// Who may announce shapes, and closing; null where nobody may, and the operator alone may announce
    /// closing.
    #[schema(value_type = Option<L1Address>)]
    pub governor: Option<String>,
    /// Who may freeze the rollup at once; null for nobody.
    #[schema(value_type = Option<L1Address>)]
    pub guardian: Option<String>,
    /// From announcing a shape, or closing, to its effect, s.
    pub notice_s: u32,
    /// Who may become the operator at any time, by accepting; null for nobody.
    #[schema(value_type = Option<L1Address>)]
    pub next_operator: Option<String>,
    /// Shapes that were announced and are not in use, by ascending number.
    pub shapes: Vec<ProposalView>,
}

/// A shape of batches that is announced, with a verifier of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Its number.
    #[schema(value_type = ShapeNumber)]
    pub number: u8,
    /// Transfer records.
    pub transfers: u32,
    /// Full records.
    pub full_records: u32,
    /// Fee slots.
    pub fee_slots: u32,
    /// The contract that would verify its proofs.
    #[schema(value_type = L1Address)]
    pub verifier: String,
    /// SHA-256 of the verifier's key, 0x hex; null before that was read.
    #[schema(value_type = Option<Hash>)]
    pub verifying_key_sha256: Option<String>,
    /// From when anybody may have the queue's length recorded, Unix seconds.
    pub ready_at: u64,
    /// After it the proposal is void, Unix seconds.
    pub void_at: u64,
    /// So many entries of the queue must be taken before it is used; null before that was recorded.
    pub after_entries: Option<u64>,
    /// How far it is.
    pub state: ProposalState,
}

/// How far a shape is that was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Users have until `ready_at` to leave, if they do not want to rely on it.
    Announced,
    /// Anybody may have the queue's length recorded.
    Ready,
    /// Entries of the queue are taken before it.
    Waits,
    /// Anybody may put it into service.
    Usable,
    /// It was not used in time, and cannot be used any more.
    Void,
}
