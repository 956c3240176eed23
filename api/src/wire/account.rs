//! Accounts and their proofs in JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema::{
    AccountIndex, Address, Amount, FieldElement, Hash, MerklePath, Point, TokenNumber,
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Index of its leaf.
    #[schema(value_type = AccountIndex)]
    pub index: u32,
    /// Address of its owner.
    #[schema(value_type = Address)]
    pub owner: String,
    /// Token number.
    #[schema(value_type = TokenNumber)]
    pub token: u16,
    /// After all executed transactions, base units.
    #[schema(value_type = Amount)]
    pub balance: String,
    /// Of the next transaction to execute.
    pub nonce: u32,
    /// In the last proved batch, base units; null where it did not exist there.
    #[schema(value_type = Option<Amount>)]
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
    #[schema(value_type = Hash)]
    pub root: String,
    /// Index of the leaf.
    #[schema(value_type = AccountIndex)]
    pub index: u32,
    /// Owner's coordinates, decimal; null for an empty leaf.
    #[schema(value_type = Option<Point>)]
    pub owner: Option<[String; 2]>,
    /// Token number.
    #[schema(value_type = Option<TokenNumber>)]
    pub token: Option<u16>,
    /// Base units.
    #[schema(value_type = Option<Amount>)]
    pub balance: Option<String>,
    /// Next nonce.
    pub nonce: Option<u32>,
    /// The leaf, decimal.
    #[schema(value_type = FieldElement)]
    pub leaf: String,
    /// The three nodes beside the path at each height, from the leaf up, decimal.
    #[schema(value_type = MerklePath)]
    pub siblings: Vec<[String; 3]>,
}
