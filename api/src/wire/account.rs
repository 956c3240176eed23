//! Accounts and their proofs in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Index of its leaf.
    pub index: u32,
    /// Address of its owner.
    pub owner: String,
    /// Token number.
    pub token: u16,
    /// After all executed transactions, base units.
    pub balance: String,
    /// Of the next transaction to execute.
    pub nonce: u32,
    /// In the last proved batch, base units; null where it did not exist there.
    pub proved_balance: Option<String>,
    /// In the last proved batch.
    pub proved_nonce: Option<u32>,
    /// Its transactions that wait for execution.
    pub pending: u32,
    /// The nonce to sign next: after those executed and those waiting in an unbroken row.
    pub next_nonce: u32,
}

/// Accounts of an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountList {
    /// By index.
    pub accounts: Vec<AccountView>,
}

/// A Merkle proof of an account's leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountProof {
    /// The batch after which it holds.
    pub batch: u64,
    /// Root after that batch, 0x hex.
    pub root: String,
    /// Index of the leaf.
    pub index: u32,
    /// Owner's coordinates, decimal; null for an empty leaf.
    pub owner: Option<[String; 2]>,
    /// Token number.
    pub token: Option<u16>,
    /// Base units.
    pub balance: Option<String>,
    /// Next nonce.
    pub nonce: Option<u32>,
    /// The leaf, decimal.
    pub leaf: String,
    /// The three nodes beside the path at each height, from the leaf up, decimal.
    pub siblings: Vec<[String; 3]>,
}
