//! Operations as a batch holds them, and their records (`docs/spec/statement.md`).

pub mod r1cs;

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::{
    babyjubjub::Point,
    float,
    quantity::{AccountIndex, Amount, TokenId},
    shape::Shape,
    transaction::{Kind, Payee, SignedTransaction},
    word::shifted,
};

/// A deposit, as the queue of the layer 1 holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Deposit {
    /// The token.
    pub token: TokenId,
    /// How much, base units; not 0.
    pub amount: Amount,
    /// Whom it is for, a point of the curve.
    pub owner: Point,
}

/// One operation of a batch, with the accounts that the operator resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// A transfer to the owner's account `to`, which may not exist yet in a full record.
    Transfer {
        /// The sender's order.
        signed: SignedTransaction,
        /// The recipient's account.
        to: AccountIndex,
    },
    /// A withdrawal to the layer 1.
    Withdrawal {
        /// The sender's order.
        signed: SignedTransaction,
    },
    /// A deposit from the layer 1.
    Deposit {
        /// What the queue says.
        deposit: Deposit,
        /// The account that is credited.
        to: AccountIndex,
    },
}

impl Operation {
    /// Whether the queue of the layer 1 asked for it.
    #[must_use]
    pub fn is_from_l1(&self) -> bool {
        matches!(self, Self::Deposit { .. })
    }

    /// The signed order, if a user signed it.
    #[must_use]
    pub fn signed(&self) -> Option<&SignedTransaction> {
        match self {
            Self::Transfer { signed, .. } | Self::Withdrawal { signed } => Some(signed),
            Self::Deposit { .. } => None,
        }
    }

    /// The account that is credited.
    #[must_use]
    pub fn recipient(&self) -> Option<AccountIndex> {
        match self {
            Self::Transfer { to, .. } | Self::Deposit { to, .. } => Some(*to),
            Self::Withdrawal { .. } => None,
        }
    }

    /// The six words of its full record.
    #[must_use]
    pub fn full_record(&self) -> [Fr; Shape::FULL_RECORD_WORDS] {
        let signed = self.signed().map(|signed| &signed.transaction);
        let (kind, token, amount, (x, y)) = match self {
            Self::Deposit { deposit, .. } => {
                let Deposit {
                    token,
                    amount,
                    owner,
                } = *deposit;
                (Kind::Deposit, token, amount, (owner.x, owner.y))
            }
            Self::Transfer { signed, .. } | Self::Withdrawal { signed } => {
                let order = &signed.transaction;
                (order.kind(), order.token, order.amount, order.to.words())
            }
        };
        let from = signed.map_or(0, |order| order.from.get());
        let nonce = signed.map_or(0, |order| order.nonce);
        let fee = signed.map_or(0, |order| order.fee.code());
        let to = self.recipient().map_or(0, AccountIndex::get);
        let head = shifted(kind as u128, full_record_shift::KIND)
            + shifted(from.into(), full_record_shift::FROM)
            + shifted(to.into(), full_record_shift::TO)
            + shifted(token.0.into(), full_record_shift::TOKEN)
            + shifted(nonce.into(), full_record_shift::NONCE)
            + shifted(amount.0, full_record_shift::AMOUNT)
            + Fr::from(fee);
        let zero = Fr::from(0u8);
        [head, x, y, zero, zero, zero]
    }

    /// The 13 bytes of its transfer record, or `None` for what is no transfer or has an amount
    /// without a 40-bit float.
    #[must_use]
    pub fn transfer_record(&self) -> Option<[u8; Shape::TRANSFER_RECORD_BYTES]> {
        let Self::Transfer { signed, to } = self else {
            return None;
        };
        let order = &signed.transaction;
        let Payee::Owner(_) = order.to else {
            return None;
        };
        let amount = float::AMOUNT.encode(order.amount.0).ok()?;
        let mut record = [0; Shape::TRANSFER_RECORD_BYTES];
        record[0..3].copy_from_slice(&order.from.get().to_be_bytes()[1..]);
        record[3..6].copy_from_slice(&to.get().to_be_bytes()[1..]);
        record[6..11].copy_from_slice(&amount.to_be_bytes()[3..]);
        record[11..13].copy_from_slice(&order.fee.code().to_be_bytes());
        Some(record)
    }
}

/// Lowest bit of each field of a full record's first word.
pub mod full_record_shift {
    /// 4 bits.
    pub const KIND: usize = 244;
    /// 4 bits, all zero so far.
    pub const STATUS: usize = 240;
    /// 24 bits.
    pub const FROM: usize = 216;
    /// 24 bits.
    pub const TO: usize = 192;
    /// 16 bits.
    pub const TOKEN: usize = 176;
    /// 32 bits.
    pub const NONCE: usize = 144;
    /// 128 bits.
    pub const AMOUNT: usize = 16;
    /// 16 bits.
    pub const FEE: usize = 0;
}
