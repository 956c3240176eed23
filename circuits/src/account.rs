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

/// Bit at which the token starts in a leaf's last input; below it is the nonce.
pub const TOKEN_SHIFT: usize = 32;
/// The bit that every leaf's last input has, so that no leaf is a node above two leaves.
pub const PRESENCE_SHIFT: usize = 48;

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

    /// `P(owner.x, owner.y, balance, nonce | token << 32 | 1 << 48)`.
    #[must_use]
    pub fn leaf(&self) -> Fr {
        let details = Fr::from(self.nonce)
            + shifted(self.token.0.into(), TOKEN_SHIFT)
            + shifted(1, PRESENCE_SHIFT);
        poseidon::hash(&[
            self.owner.x,
            self.owner.y,
            Fr::from(self.balance.0),
            details,
        ])
    }
}
