//! Test money, of a development network that gives some.

use serde::{Deserialize, Serialize};

/// Path of the call, where there is one.
pub const FAUCET_PATH: &str = "/faucet";

/// Who wants test money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaucetRequest {
    /// An owner's address on the rollup, or an account's on the layer 1.
    pub address: String,
    /// Token number; ether where nothing is said.
    #[serde(default)]
    pub token: u16,
    /// Base units; what is usual where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
}

/// What was given, once the layer 1 has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaucetGrant {
    /// Token number.
    pub token: u16,
    /// Base units.
    pub amount: String,
    /// Of a deposit its place in the layer 1's queue: it is credited when the node shows that entry. Null
    /// for what was paid on the layer 1.
    pub queue_index: Option<u64>,
    /// Hash of the layer 1 transaction.
    pub l1_transaction: String,
}
