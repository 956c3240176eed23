//! Operations as a batch holds them, and their records (`docs/spec/statement.md`).

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::{
    babyjubjub::Point,
    float,
    order::{Kind, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, TokenId},
    shape::Shape,
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
///
/// What is posted of an operation holds the order without its signature, so what is rebuilt from
/// the records is an `Operation<Order>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operation<O = Signed<Order>> {
    /// A transfer to the owner's account `to`, which may not exist yet in a full record.
    Transfer {
        /// The sender's order.
        order: O,
        /// The recipient's account.
        to: AccountIndex,
    },
    /// A withdrawal to the layer 1.
    Withdrawal {
        /// The sender's order.
        order: O,
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
    /// The signed order, if a user gave one.
    #[must_use]
    pub fn signed(&self) -> Option<&Signed<Order>> {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => Some(order),
            Self::Deposit { .. } => None,
        }
    }
}

impl<O: AsRef<Order>> Operation<O> {
    /// Whether the queue of the layer 1 asked for it.
    #[must_use]
    pub fn is_from_l1(&self) -> bool {
        matches!(self, Self::Deposit { .. })
    }

    /// The order, if a user gave one.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => Some(order.as_ref()),
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
        let (kind, token, amount, (x, y)) = match self {
            Self::Deposit { deposit, .. } => {
                let Deposit {
                    token,
                    amount,
                    owner,
                } = *deposit;
                (Kind::Deposit, token, amount, (owner.x, owner.y))
            }
            Self::Transfer { order, .. } | Self::Withdrawal { order } => {
                let order = order.as_ref();
                (order.kind(), order.token, order.amount, order.to.words())
            }
        };
        let order = self.order();
        let from = order.map_or(0, |order| order.from.get());
        let nonce = order.map_or(0, |order| order.nonce);
        let fee = order.map_or(0, |order| order.fee.code());
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
        let Self::Transfer { order, to } = self else {
            return None;
        };
        let order = order.as_ref();
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ark_ff::BigInt;

    use super::*;
    use crate::{address::L1Address, eddsa::Signature, quantity::Fee};

    fn point(x: u64, y: u64) -> Point {
        Point {
            x: Fr::from(x),
            y: Fr::from(y),
        }
    }

    fn signed(to: Payee) -> Signed<Order> {
        let order = Order {
            from: AccountIndex::new(300).unwrap(),
            nonce: 7,
            token: TokenId(9),
            to,
            amount: Amount(1_000_000),
            fee: Fee::from_value(2_000).unwrap(),
            expires: 1_800_000_000,
        };
        let signature = Signature {
            r8: point(3, 4),
            s: BigInt([5, 6, 7, 8]),
        };
        Signed { order, signature }
    }

    /// Stores and witness files hold operations: what was written before must be read. The bytes are
    /// those that version 0.1.0 wrote.
    #[test]
    fn the_stored_bytes_of_operations_stay() {
        let to = AccountIndex::new(70_000).unwrap();
        let transfer = Operation::Transfer {
            order: signed(Payee::Owner(point(1, 2))),
            to,
        };
        let withdrawal = Operation::Withdrawal {
            order: signed(Payee::L1(L1Address([0xab; 20]))),
        };
        let deposit = Operation::Deposit {
            deposit: Deposit {
                token: TokenId(9),
                amount: Amount(5),
                owner: point(1, 2),
            },
            to,
        };
        let stored = [
            "00ac02070900013101320731303030303030043230303080a4a7da06013301343b3530323136383133383833303933343436313133303638323931393534313037393030353733313733313436323732313736393130383933303631f0a204",
            "01ac020709012a3078414261426142614241426162414261624162416241424162414261626162616261426142414261420731303030303030043230303080a4a7da06013301343b3530323136383133383833303933343436313133303638323931393534313037393030353733313733313436323732313736393130383933303631",
            "0209013501310132f0a204",
        ];
        let operations = [transfer, withdrawal, deposit];
        let encode = |operation: Operation| hex::encode(postcard::to_stdvec(&operation).unwrap());
        assert_eq!(operations.map(encode), stored);
        let decode = |text: &str| {
            let bytes = hex::decode(text).unwrap();
            postcard::from_bytes::<Operation>(&bytes).unwrap()
        };
        assert_eq!(stored.map(decode), operations);
    }
}
