//! An account and its leaf (`docs/spec/state.md`).

pub mod r1cs;

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::{
    babyjubjub::Point,
    poseidon,
    quantity::{Amount, Nonce, TokenId},
    word::shifted,
};

/// Bit at which the nonce starts in a leaf's packed word.
pub const NONCE_SHIFT: usize = 128;
/// Bit at which the token starts in a leaf's packed word.
pub const TOKEN_SHIFT: usize = 160;

/// One token of one owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The public key that spends from it.
    pub owner: Point,
    /// The token it holds.
    pub token: TokenId,
    /// How much, base units.
    pub balance: Amount,
    /// The nonce of the next operation.
    pub nonce: Nonce,
}

impl Account {
    /// A new account, holding nothing.
    #[must_use]
    pub fn new(owner: Point, token: TokenId) -> Self {
        Self {
            owner,
            token,
            balance: Amount::ZERO,
            nonce: 0,
        }
    }

    /// `balance | nonce << 128 | token << 160`.
    #[must_use]
    pub fn packed(&self) -> Fr {
        Fr::from(self.balance.0)
            + shifted(self.nonce.into(), NONCE_SHIFT)
            + shifted(self.token.0.into(), TOKEN_SHIFT)
    }

    /// `P(owner.x, owner.y, packed)`.
    #[must_use]
    pub fn leaf(&self) -> Fr {
        poseidon::hash(&[self.owner.x, self.owner.y, self.packed()])
    }
}
