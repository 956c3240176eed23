//! What became of a transaction that an operator promised to execute, by the layer 1 alone
//! (`docs/spec/receipt.md`).
//!
//! A nonce is used once, in its turn. So of the batches it is enough to see the one that used the
//! promise's nonce; or, where none did until nothing could execute the transaction any more, how the
//! sender's account stood when there was still time. From when the nonce is the account's next and
//! the balance covers the transaction, that stays so: only what uses the nonce takes anything away.

use assay_circuits::{
    account::Account,
    ledger::Ledger,
    operation::Operation,
    order::{Domain, Order, Signed},
    quantity::{Amount, Nonce, Timestamp},
    transition,
};

use crate::batches::Checked;

/// A promise, held against batches as they come.
#[derive(Debug, Clone)]
pub struct Promise {
    domain: Domain,
    signed: Signed<Order>,
    /// The sender's account after the last batch in which the transaction would have been in time.
    account: Option<Account>,
    used: Option<Use>,
    possible: Option<Possible>,
    /// The time of the last batch.
    timestamp: Timestamp,
}

/// The operation that used the nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Use {
    batch: u64,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// It is what was promised.
    AsPromised,
    /// An order of the sender's with another content, for this fee.
    Other(Amount),
    /// An order of the sender's that went past the operator.
    Forced,
}

/// From when the transaction could have been executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possible {
    /// The batch after which it could.
    pub after_batch: u64,
    /// The time of that batch, Unix seconds.
    pub since: Timestamp,
    /// Batches that followed in time.
    pub batches: u64,
}

/// Where the layer 1 stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Time of the block up to which was read, Unix seconds.
    pub timestamp: u64,
    /// By how much a batch's time may lie behind its block's, seconds.
    pub max_lag_s: u32,
    /// Whether no batch can follow.
    pub frozen: bool,
}

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This batch holds what was promised.
    Kept {
        /// The batch.
        batch: u64,
    },
    /// It is not in a batch, and can still come into one.
    Open {
        /// Whether it could now.
        possible: Option<Possible>,
    },
    /// It is not in a batch, and cannot come into one any more.
    Broken(Broken),
    /// It is not in a batch, and the operator did not promise more than it could keep.
    Void(Void),
}

/// How a promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// This batch holds another order of the sender's with the nonce, whose fee was too low to take the
    /// promised one's place.
    OtherOrder {
        /// The batch.
        batch: u64,
        /// The other's fee.
        fee: Amount,
        /// The least fee of one that takes its place.
        replace_fee: Amount,
    },
    /// It expired, though it could have been executed.
    Expired(Possible),
    /// The rollup is frozen, though it could have been executed before.
    Frozen(Possible),
}

/// Why nothing was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// The sender took it back: this batch holds an order of the sender's with the nonce whose fee was
    /// high enough to take its place.
    Replaced {
        /// The batch.
        batch: u64,
        /// The other's fee.
        fee: Amount,
    },
    /// The sender used the nonce past the operator, in this batch.
    Forced {
        /// The batch.
        batch: u64,
    },
    /// It was never the sender's: no account has the index, or its owner did not sign.
    NotTheSenders,
    /// Its turn did not come: the account's next nonce was still this one.
    EarlierNonce {
        /// The account's next nonce.
        next: Nonce,
    },
    /// The balance did not cover it.
    Balance {
        /// What the account had.
        balance: Amount,
        /// Amount and fee.
        needed: Amount,
    },
}

impl Promise {
    /// Of a transaction of the rollup with this domain.
    #[must_use]
    pub fn new(domain: Domain, signed: Signed<Order>) -> Self {
        Self {
            domain,
            signed,
            account: None,
            used: None,
            possible: None,
            timestamp: 0,
        }
    }

    /// A batch, after all that came before it.
    pub fn see(&mut self, checked: &Checked) {
        let (batch, timestamp) = (checked.posted.number.0, checked.posted.timestamp);
        self.timestamp = timestamp;
        if self.used.is_some() {
            return;
        }
        let operations = &checked.replayed.operations;
        if let Some(how) = operations.iter().find_map(|operation| self.how(operation)) {
            self.used = Some(Use { batch, how });
            return;
        }
        if timestamp > self.signed.order.expires {
            return;
        }
        if let Some(possible) = &mut self.possible {
            possible.batches += 1;
        }
        let from = self.signed.order.from;
        let mut changes = checked.replayed.changes.iter().rev();
        let Some(change) = changes.find(|change| change.index == from) else {
            return;
        };
        self.account = Some(change.after);
        if self.possible.is_none() && self.hindrance().is_none() {
            self.possible = Some(Possible {
                after_batch: batch,
                since: timestamp,
                batches: 0,
            });
        }
    }

    /// How an operation used the nonce, if it did. A forced order may pass over others.
    fn how(&self, operation: &Operation<Order>) -> Option<How> {
        let promised = &self.signed.order;
        if operation.sender() != Some(promised.from) {
            return None;
        }
        match operation {
            Operation::Transfer { order, .. } | Operation::Withdrawal { order } => {
                let same = order.posted() == promised.posted();
                let how = || match same {
                    true => How::AsPromised,
                    false => How::Other(order.fee.value()),
                };
                (order.nonce == promised.nonce).then(how)
            }
            Operation::Forced { order, .. } => {
                (order.nonce >= promised.nonce).then_some(How::Forced)
            }
            Operation::Deposit { .. } => None,
        }
    }

    /// Why the transaction could not be executed on the account as it stands; nothing where it could.
    fn hindrance(&self) -> Option<Void> {
        let order = &self.signed.order;
        let Some(account) = self.account else {
            return Some(Void::NotTheSenders);
        };
        let ledger = Ledger::from_accounts([(order.from, account)]);
        if transition::check_signed(&ledger, self.domain, &self.signed).is_err() {
            return Some(Void::NotTheSenders);
        }
        if account.nonce != order.nonce {
            let next = account.nonce;
            return Some(Void::EarlierNonce { next });
        }
        let needed = order.amount.checked_add(order.fee.value());
        let needed = needed.unwrap_or(Amount(u128::MAX));
        let balance = account.balance;
        (balance < needed).then_some(Void::Balance { balance, needed })
    }

    /// What became of it, when all batches were seen that the layer 1 has.
    #[must_use]
    pub fn verdict(&self, now: &Now) -> Verdict {
        if let Some(Use { batch, how }) = self.used {
            let replace_fee = self.signed.order.fee.to_replace();
            return match how {
                How::AsPromised => Verdict::Kept { batch },
                How::Forced => Verdict::Void(Void::Forced { batch }),
                How::Other(fee) if fee >= replace_fee => {
                    Verdict::Void(Void::Replaced { batch, fee })
                }
                How::Other(fee) => Verdict::Broken(Broken::OtherOrder {
                    batch,
                    fee,
                    replace_fee,
                }),
            };
        }
        let expires = self.signed.order.expires;
        let in_time_until = u64::from(expires).saturating_add(now.max_lag_s.into());
        let expired = self.timestamp > expires || now.timestamp > in_time_until;
        if !expired && !now.frozen {
            return Verdict::Open {
                possible: self.possible,
            };
        }
        match (self.possible, self.hindrance()) {
            (Some(possible), None) if expired => Verdict::Broken(Broken::Expired(possible)),
            (Some(possible), None) => Verdict::Broken(Broken::Frozen(possible)),
            (_, Some(void)) => Verdict::Void(void),
            // Before the first batch there is no account.
            (None, None) => Verdict::Void(Void::NotTheSenders),
        }
    }
}
