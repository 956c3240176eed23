//! What a batch posts on the layer 1, read back: all that there is of it for those who are not its
//! operator.
//!
//! A record has one reading or none: what is read is written again and compared, so that no bit of it
//! stays without a meaning.

use ark_bn254::Fr;
use ark_ff::Zero as _;

use crate::{
    address::L1Address,
    babyjubjub::Point,
    float::{self, FloatError},
    forced::{ForcedOrder, ForcedPayee},
    operation::{Deposit, Entry, Operation},
    order::{Domain, Kind, Order, Payee},
    quantity::{
        AccountIndex, Amount, BatchNumber, Fee, Nonce, QuantityError, StateRoot, Timestamp, TokenId,
    },
    shape::Shape,
    statement::Statement,
    transition::FeeSlot,
    word,
};

/// Words that are no record, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A kind that no record has here.
    #[error("a record here is not of kind {0}")]
    Kind(u8),
    /// An account or a fee that is none.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// An amount that is no canonical float.
    #[error("its amount: {0}")]
    Amount(#[from] FloatError),
    /// Something stands where nothing may.
    #[error("bits are set that have no meaning in a record of its kind")]
    StrayBits,
}

/// A transfer record: the parts of a transfer between accounts that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferRecord {
    /// The account that pays.
    pub from: AccountIndex,
    /// The account that is paid.
    pub to: AccountIndex,
    /// How much, in the token of both.
    pub amount: Amount,
    /// The operator's fee.
    pub fee: Fee,
}

impl TransferRecord {
    /// Reads 13 bytes, or `None` where they are all zero: an unused record.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn from_bytes(
        bytes: &[u8; Shape::TRANSFER_RECORD_BYTES],
    ) -> Result<Option<Self>, RecordError> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let [f0, f1, f2, t0, t1, t2, a0, a1, a2, a3, a4, fee @ ..] = *bytes;
        let amount = u64::from_be_bytes([0, 0, 0, a0, a1, a2, a3, a4]);
        Ok(Some(Self {
            from: AccountIndex::new(u32::from_be_bytes([0, f0, f1, f2]))?,
            to: AccountIndex::new(u32::from_be_bytes([0, t0, t1, t2]))?,
            amount: Amount(float::AMOUNT.decode(amount)?),
            fee: Fee::from_code(u16::from_be_bytes(fee))?,
        }))
    }
}

/// The fields of a full record's first word.
struct Head {
    kind: u8,
    status: u8,
    from: u32,
    to: u32,
    token: TokenId,
    nonce: Nonce,
    amount: Amount,
    last: u16,
}

impl Head {
    /// Bits above the fields are for the comparison afterwards.
    fn of(word: Fr) -> Self {
        let bytes = word::to_bytes(word);
        let part = |at: usize, length: usize| {
            let bytes = &bytes[at..at + length];
            bytes
                .iter()
                .fold(0u128, |value, byte| value << 8 | u128::from(*byte))
        };
        Self {
            kind: bytes[1] >> 4,
            status: bytes[1] & 15,
            from: part(2, 3) as u32,
            to: part(5, 3) as u32,
            token: TokenId(part(8, 2) as u16),
            nonce: part(10, 4) as Nonce,
            amount: Amount(part(14, 16)),
            last: part(30, 2) as u16,
        }
    }

    fn order(&self, to: Payee) -> Result<Order, RecordError> {
        Ok(Order {
            from: AccountIndex::new(self.from)?,
            nonce: self.nonce,
            token: self.token,
            to,
            amount: self.amount,
            fee: Fee::from_code(self.last)?,
            // It is not posted, and was checked by the proof.
            expires: Timestamp::MAX,
        })
    }

    fn forced(&self, payee: ForcedPayee, words: &FullRecord) -> ForcedOrder {
        ForcedOrder {
            from: AccountIndex::new(self.from).ok(),
            nonce: self.nonce,
            token: self.token,
            payee,
            amount: self.amount,
            last: self.last,
            r8: point(words[3], words[4]),
            s: words[5],
        }
    }

    /// What an entry of the queue with these words asks for.
    fn entry(&self, words: &FullRecord) -> Result<Entry, RecordError> {
        let code = |kind: Kind| kind as u8;
        Ok(match self.kind {
            kind if kind == code(Kind::Deposit) => Entry::Deposit(Deposit {
                token: self.token,
                amount: self.amount,
                owner: point(words[1], words[2]),
            }),
            kind if kind == code(Kind::ForcedTransfer) => {
                let payee = ForcedPayee::Account {
                    to: AccountIndex::new(self.to).ok(),
                    owner: point(words[1], words[2]),
                };
                Entry::Forced(self.forced(payee, words))
            }
            kind if kind == code(Kind::ForcedWithdrawal) => {
                Entry::Forced(self.forced(ForcedPayee::L1(address(words[1])), words))
            }
            kind => return Err(RecordError::Kind(kind)),
        })
    }
}

type FullRecord = [Fr; Shape::FULL_RECORD_WORDS];

fn point(x: Fr, y: Fr) -> Point {
    Point { x, y }
}

/// The low 160 bits; others are for the comparison afterwards.
fn address(word: Fr) -> L1Address {
    let mut address = [0; 20];
    address.copy_from_slice(&word::to_bytes(word)[12..]);
    L1Address(address)
}

/// The low 128 bits; others are for the comparison afterwards.
fn amount(word: Fr) -> Amount {
    let mut amount = [0; 16];
    amount.copy_from_slice(&word::to_bytes(word)[16..]);
    Amount(u128::from_be_bytes(amount))
}

impl Entry {
    /// Reads what [`Entry::words`] writes.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn from_words(words: &FullRecord) -> Result<Self, RecordError> {
        let entry = Head::of(words[0]).entry(words)?;
        if entry.words() == *words {
            Ok(entry)
        } else {
            Err(RecordError::StrayBits)
        }
    }
}

impl Operation<Order> {
    /// Reads what [`Operation::full_record`] writes. An order's expiry is not in it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn from_full_record(words: &FullRecord) -> Result<Self, RecordError> {
        let head = Head::of(words[0]);
        let done = head.status == 0;
        let operation = match head.kind {
            kind if kind == Kind::Transfer as u8 => Self::Transfer {
                order: head.order(Payee::Owner(point(words[1], words[2])))?,
                to: AccountIndex::new(head.to)?,
            },
            kind if kind == Kind::Withdrawal as u8 => Self::Withdrawal {
                order: head.order(Payee::L1(address(words[1])))?,
            },
            _ => match head.entry(words)? {
                Entry::Deposit(deposit) => Self::Deposit {
                    deposit,
                    to: done.then(|| AccountIndex::new(head.to)).transpose()?,
                },
                Entry::Forced(order) => {
                    let paid = match order.payee {
                        ForcedPayee::Account { .. } => order.amount,
                        ForcedPayee::L1(_) => amount(words[2]),
                    };
                    Self::Forced {
                        order,
                        paid: done.then_some(paid),
                    }
                }
            },
        };
        if operation.full_record() == *words {
            Ok(operation)
        } else {
            Err(RecordError::StrayBits)
        }
    }
}

/// A batch as it is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedBatch {
    /// How much it may hold.
    pub shape: Shape,
    /// Its number.
    pub number: BatchNumber,
    /// Unix seconds.
    pub timestamp: Timestamp,
    /// Who is paid for settling it.
    pub settler: L1Address,
    /// Root after it.
    pub new_root: StateRoot,
    /// [`crate::ledger::Ledger::leaves_given_out`] after it.
    pub accounts: u32,
    /// The fee slots in use.
    pub fee_slots: Vec<FeeSlot>,
    /// The full records in use.
    pub full: Vec<Operation<Order>>,
    /// The transfer records in use.
    pub transfers: Vec<TransferRecord>,
}

/// Which part of what was posted is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostedError {
    /// More of something than the shape holds.
    #[error("{found} {what} do not fit: shape {shape} holds {most}")]
    TooMany {
        /// The shape.
        shape: Shape,
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many fit.
        most: usize,
    },
    /// A full record that is none.
    #[error("full record {position}: {error}")]
    Full {
        /// Its position, from 0.
        position: usize,
        /// Why.
        #[source]
        error: RecordError,
    },
    /// A transfer record that is none.
    #[error("transfer record {position}: {error}")]
    Transfer {
        /// Its position, from 0.
        position: usize,
        /// Why.
        #[source]
        error: RecordError,
    },
    /// A transfer record after one that is not used.
    #[error("transfer record {0} follows one that is not used")]
    AfterUnused(usize),
}

/// Reads full records in use.
///
/// # Errors
/// [`PostedError::Full`].
pub fn read_full(records: &[FullRecord]) -> Result<Vec<Operation<Order>>, PostedError> {
    let read = |(position, record)| {
        Operation::from_full_record(record).map_err(|error| PostedError::Full { position, error })
    };
    records.iter().enumerate().map(read).collect()
}

/// Reads transfer records, of which the last may be unused.
///
/// # Errors
/// [`PostedError::Transfer`], [`PostedError::AfterUnused`].
pub fn read_transfers(
    records: &[[u8; Shape::TRANSFER_RECORD_BYTES]],
) -> Result<Vec<TransferRecord>, PostedError> {
    let mut transfers = Vec::with_capacity(records.len());
    for (position, record) in records.iter().enumerate() {
        let read = TransferRecord::from_bytes(record);
        let read = read.map_err(|error| PostedError::Transfer { position, error })?;
        match read {
            Some(transfer) if transfers.len() == position => transfers.push(transfer),
            Some(_) => return Err(PostedError::AfterUnused(position)),
            None => {}
        }
    }
    Ok(transfers)
}

/// Refuses more of anything than a shape holds.
///
/// # Errors
/// [`PostedError::TooMany`].
pub fn check_room(
    shape: Shape,
    fee_slots: usize,
    full: usize,
    transfers: usize,
) -> Result<(), PostedError> {
    for (what, found, most) in [
        ("fee slots", fee_slots, shape.fee_slots()),
        ("full records", full, shape.full_records()),
        ("transfers", transfers, shape.transfers()),
    ] {
        if found > most {
            return Err(PostedError::TooMany {
                shape,
                what,
                found,
                most,
            });
        }
    }
    Ok(())
}

impl PostedBatch {
    /// The batch's vector, after a batch that left this root and so many accounts.
    ///
    /// # Panics
    /// Where it does not pass [`check_room`].
    #[must_use]
    pub fn statement(
        &self,
        domain: Domain,
        old_root: StateRoot,
        accounts_before: u32,
    ) -> Statement {
        let l1_operations = self.full.iter().filter(|op| op.is_from_l1()).count();
        let header = [
            old_root.0,
            self.new_root.0,
            domain.0,
            Fr::from(self.shape.id()),
            Fr::from(self.number.0),
            Fr::from(self.timestamp),
            Fr::from(l1_operations as u64),
            self.settler.word(),
            Fr::from(accounts_before),
            Fr::from(self.accounts),
        ];
        let slot = |slot: &FeeSlot| [Fr::from(slot.token.0), Fr::from(slot.account.get())];
        let fee_slots: Vec<_> = self.fee_slots.iter().map(slot).collect();
        let full: Vec<_> = self.full.iter().map(Operation::full_record).collect();
        let transfers: Vec<_> = self
            .transfers
            .iter()
            .map(TransferRecord::to_bytes)
            .collect();
        Statement::lay_out(self.shape, header, &fee_slots, &full, &transfers)
    }
}

impl TransferRecord {
    /// Its 13 bytes.
    ///
    /// # Panics
    /// Where its amount has no 40-bit float.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Shape::TRANSFER_RECORD_BYTES] {
        let operation = Operation::Transfer {
            order: Order {
                from: self.from,
                nonce: 0,
                token: TokenId::ETHER,
                to: Payee::Owner(point(Fr::zero(), Fr::zero())),
                amount: self.amount,
                fee: self.fee,
                expires: Timestamp::MAX,
            },
            to: self.to,
        };
        let record = operation.transfer_record();
        record.expect("a record's amount was read from a float")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
