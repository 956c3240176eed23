//! Operations as a batch holds them, and their records (`docs/spec/statement.md`).

use ark_bn254::Fr;
use serde::{Deserialize, Serialize};

use crate::{
    babyjubjub::Point,
    float,
    forced::{ForcedOrder, ForcedPayee},
    order::{Kind, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Nonce, TokenId},
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

/// An entry of the layer 1's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// Money from the layer 1.
    Deposit(Deposit),
    /// An order past the operator.
    Forced(ForcedOrder),
}

impl Entry {
    /// The six words that the queue holds: the record of the operation, without its outcome.
    #[must_use]
    pub fn words(&self) -> [Fr; Shape::FULL_RECORD_WORDS] {
        match *self {
            Self::Deposit(deposit) => deposit_record(&deposit, 0, 0),
            Self::Forced(order) => forced_record(&order, 0, Amount::ZERO),
        }
    }
}

/// One operation of a batch, with what the operator resolved.
///
/// What is posted of an operation holds a user's order without its signature, so what is rebuilt
/// from the records is an `Operation<Order>`.
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
        /// The account that is credited; `None` where it bounces because the tree is full.
        to: Option<AccountIndex>,
    },
    /// An order from the layer 1's queue.
    Forced {
        /// What the queue says.
        order: ForcedOrder,
        /// [`ForcedOrder::outcome`]: what it pays; `None` where it is not valid and does nothing.
        paid: Option<Amount>,
    },
}

impl Operation {
    /// The signed order, if a user gave one to the operator.
    #[must_use]
    pub fn signed(&self) -> Option<&Signed<Order>> {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => Some(order),
            Self::Deposit { .. } | Self::Forced { .. } => None,
        }
    }

    /// The operation as it is posted: without a user's signature and the expiry that it is of.
    #[must_use]
    pub fn posted(&self) -> Operation<Order> {
        match *self {
            Self::Transfer { order, to } => Operation::Transfer {
                order: order.order.posted(),
                to,
            },
            Self::Withdrawal { order } => Operation::Withdrawal {
                order: order.order.posted(),
            },
            Self::Deposit { deposit, to } => Operation::Deposit { deposit, to },
            Self::Forced { order, paid } => Operation::Forced { order, paid },
        }
    }
}

impl<O: AsRef<Order>> Operation<O> {
    /// Code of its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => order.as_ref().kind(),
            Self::Deposit { .. } => Kind::Deposit,
            Self::Forced { order, .. } => order.kind(),
        }
    }

    /// What the queue of the layer 1 said, if it asked for it.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        match self {
            Self::Transfer { .. } | Self::Withdrawal { .. } => None,
            Self::Deposit { deposit, .. } => Some(Entry::Deposit(*deposit)),
            Self::Forced { order, .. } => Some(Entry::Forced(*order)),
        }
    }

    /// Whether the queue of the layer 1 asked for it.
    #[must_use]
    pub fn is_from_l1(&self) -> bool {
        self.entry().is_some()
    }

    /// The order, if a user gave one to the operator.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => Some(order.as_ref()),
            Self::Deposit { .. } | Self::Forced { .. } => None,
        }
    }

    /// The account that is debited.
    #[must_use]
    pub fn sender(&self) -> Option<AccountIndex> {
        match self {
            Self::Transfer { order, .. } | Self::Withdrawal { order } => Some(order.as_ref().from),
            Self::Deposit { .. } => None,
            Self::Forced { order, paid } => order.from.filter(|_| paid.is_some()),
        }
    }

    /// The account that is credited.
    #[must_use]
    pub fn recipient(&self) -> Option<AccountIndex> {
        match self {
            Self::Transfer { to, .. } => Some(*to),
            Self::Withdrawal { .. } => None,
            Self::Deposit { to, .. } => *to,
            Self::Forced { order, paid } => order.to().filter(|_| paid.is_some()),
        }
    }

    /// Whom it credits, with which token, and how much.
    #[must_use]
    pub fn credit(&self) -> Option<(Point, TokenId, Amount)> {
        self.recipient()?;
        match self {
            Self::Deposit { deposit, .. } => Some((deposit.owner, deposit.token, deposit.amount)),
            Self::Transfer { order, .. } | Self::Withdrawal { order } => {
                let order = order.as_ref();
                match order.to {
                    Payee::Owner(owner) => Some((owner, order.token, order.amount)),
                    Payee::L1(_) => None,
                }
            }
            Self::Forced { order, .. } => match order.payee {
                ForcedPayee::Account { owner, .. } => Some((owner, order.token, order.amount)),
                ForcedPayee::L1(_) => None,
            },
        }
    }

    /// The six words of its full record.
    #[must_use]
    pub fn full_record(&self) -> [Fr; Shape::FULL_RECORD_WORDS] {
        let order = match self {
            Self::Deposit { deposit, to } => {
                let to_index = to.map_or(0, AccountIndex::get);
                return deposit_record(deposit, u8::from(to.is_none()), to_index);
            }
            Self::Forced { order, paid } => {
                let paid_out = paid.unwrap_or(Amount::ZERO);
                return forced_record(order, u8::from(paid.is_none()), paid_out);
            }
            Self::Transfer { order, .. } | Self::Withdrawal { order } => order.as_ref(),
        };
        let head = Head {
            kind: order.kind(),
            status: 0,
            from: order.from.get(),
            to: self.recipient().map_or(0, AccountIndex::get),
            token: order.token,
            nonce: order.nonce,
            amount: order.amount,
            last: order.fee.code(),
        };
        let (x, y) = order.to.words();
        let zero = Fr::from(0u8);
        [head.word(), x, y, zero, zero, zero]
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

/// Word 0 of a full record.
struct Head {
    kind: Kind,
    /// 0, or 1 for what bounced or did nothing.
    status: u8,
    from: u32,
    to: u32,
    token: TokenId,
    nonce: Nonce,
    amount: Amount,
    /// Code of the fee, or the upper half of a forced order's expiry.
    last: u16,
}

impl Head {
    fn word(&self) -> Fr {
        shifted(self.kind as u128, full_record_shift::KIND)
            + shifted(self.status.into(), full_record_shift::STATUS)
            + shifted(self.from.into(), full_record_shift::FROM)
            + shifted(self.to.into(), full_record_shift::TO)
            + shifted(self.token.0.into(), full_record_shift::TOKEN)
            + shifted(self.nonce.into(), full_record_shift::NONCE)
            + shifted(self.amount.0, full_record_shift::AMOUNT)
            + shifted(self.last.into(), full_record_shift::LAST)
    }
}

fn deposit_record(deposit: &Deposit, status: u8, to: u32) -> [Fr; Shape::FULL_RECORD_WORDS] {
    let Deposit {
        token,
        amount,
        owner,
    } = *deposit;
    let head = Head {
        kind: Kind::Deposit,
        status,
        from: 0,
        to,
        token,
        nonce: 0,
        amount,
        last: 0,
    };
    let zero = Fr::from(0u8);
    [head.word(), owner.x, owner.y, zero, zero, zero]
}

/// A withdrawal's second word is what it paid.
fn forced_record(order: &ForcedOrder, status: u8, paid: Amount) -> [Fr; Shape::FULL_RECORD_WORDS] {
    let head = Head {
        kind: order.kind(),
        status,
        from: order.from.map_or(0, AccountIndex::get),
        to: order.to().map_or(0, AccountIndex::get),
        token: order.token,
        nonce: order.nonce,
        amount: order.amount,
        last: order.last,
    };
    let (x, y) = order.signed_payee().words();
    let second = match order.payee {
        ForcedPayee::Account { .. } => y,
        ForcedPayee::L1(_) => Fr::from(paid.0),
    };
    [head.word(), x, second, order.r8.x, order.r8.y, order.s]
}

/// Lowest bit of each field of a full record's first word.
pub mod full_record_shift {
    /// 4 bits.
    pub const KIND: usize = 244;
    /// 4 bits.
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
    pub const LAST: usize = 0;
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

    /// Stores and witness files hold operations: what was written before must be read. Other bytes
    /// need another version of the data directory.
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
        let deposit = Deposit {
            token: TokenId(9),
            amount: Amount(5),
            owner: point(1, 2),
        };
        let forced = ForcedOrder {
            from: Some(to),
            nonce: 7,
            token: TokenId(9),
            payee: ForcedPayee::Account {
                to: None,
                owner: point(1, 2),
            },
            amount: Amount(5),
            last: u16::MAX,
            r8: point(3, 4),
            s: Fr::from(5u8),
        };
        let stored = [
            "00ac02070900013101320731303030303030043230303080a4a7da06013301343b3530323136383133383833303933343436313133303638323931393534313037393030353733313733313436323732313736393130383933303631f0a204",
            "01ac020709012a3078414261426142614241426162414261624162416241424162414261626162616261426142414261420731303030303030043230303080a4a7da06013301343b3530323136383133383833303933343436313133303638323931393534313037393030353733313733313436323732313736393130383933303631",
            "020901350131013201f0a204",
            "020901350131013200",
            "0301f0a20407090000013101320135ffff03013301340000000000000000000000000000000000000000000000000000000000000005010135",
        ];
        let operations = [
            transfer,
            withdrawal,
            Operation::Deposit {
                deposit,
                to: Some(to),
            },
            Operation::Deposit { deposit, to: None },
            Operation::Forced {
                order: forced,
                paid: Some(Amount(5)),
            },
        ];
        let encode = |operation: Operation| hex::encode(postcard::to_stdvec(&operation).unwrap());
        assert_eq!(operations.map(encode), stored);
        let decode = |text: &str| {
            let bytes = hex::decode(text).unwrap();
            postcard::from_bytes::<Operation>(&bytes).unwrap()
        };
        assert_eq!(stored.map(decode), operations);
    }
}
