//! What can be claimed on the layer 1, by those whom it concerns.

use std::fmt;

use assay_circuits::{address::L1Address, quantity::AccountIndex};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    batch::{BatchHeaderView, ClaimView},
    schema::ClaimsCursor,
};
use crate::stage::Stage;

/// Whose claims are asked for. Its text is the parameter of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claimant {
    /// Of what an account paid out.
    From(AccountIndex),
    /// Of what an address of the layer 1 is paid.
    To(L1Address),
}

impl fmt::Display for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(account) => write!(f, "from={account}"),
            Self::To(receiver) => write!(f, "to={receiver}"),
        }
    }
}

/// A claim of a batch that is on the layer 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvedClaim {
    /// The batch: what else `claim` wants of it is in `batches`.
    pub batch: u64,
    /// What can be claimed.
    #[serde(flatten)]
    pub claim: ClaimView,
    /// Whether the contract had paid it after its latest block; null where the layer 1 did not answer in
    /// time.
    pub claimed: Option<bool>,
}

/// What the contract's `claim` wants of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchClaims {
    /// Its number.
    pub number: u64,
    /// `proved` or `final`: a reorganisation of the layer 1 can take back what is not final.
    pub stage: Stage,
    /// What the contract has the hash of.
    pub header: BatchHeaderView,
    /// All that can be claimed of it, in the order of the contract's list.
    pub claims: Vec<ClaimView>,
}

/// A page of claims, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClaimList {
    /// Latest first.
    pub claims: Vec<ProvedClaim>,
    /// The batches of these claims, latest first.
    pub batches: Vec<BatchClaims>,
    /// Ask with `before` = this for the next page; null at the end.
    #[schema(value_type = Option<ClaimsCursor>)]
    pub next_before: Option<String>,
}
