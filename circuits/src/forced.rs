//! Orders that their senders put into the layer 1's queue, where no operator can refuse them
//! (`docs/spec/operations.md`).
//!
//! Whatever stands in such an entry, there is one outcome: it is executed exactly when it is
//! valid at its place in the batch, and else changes nothing. [`ForcedOrder::outcome`] decides
//! that, for everybody.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    address::L1Address,
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, Signature},
    ledger::Ledger,
    order::{Domain, Kind, Message, Payee},
    quantity::{AccountIndex, Amount, Nonce, Timestamp, TokenId},
    word,
};

/// How far a forced order's nonce may be ahead of its account's.
pub const NONCE_WINDOW: Nonce = u16::MAX as Nonce;

/// Who is paid by a forced order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ForcedPayee {
    /// An account that must exist, with this owner.
    Account {
        /// Its leaf; `None` for leaf 0, which is nobody's.
        to: Option<AccountIndex>,
        /// Its owner, a point of the curve or not.
        owner: Point,
    },
    /// An address of the layer 1.
    L1(L1Address),
}

/// An entry of the queue that wants to move money out of an account. Anything may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ForcedOrder {
    /// The account that is to pay; `None` for leaf 0, which is nobody's.
    pub from: Option<AccountIndex>,
    /// The nonce that was signed.
    pub nonce: Nonce,
    /// The token.
    pub token: TokenId,
    /// Who is paid.
    pub payee: ForcedPayee,
    /// How much; of a withdrawal, at most.
    pub amount: Amount,
    /// The upper half of the last second at which the layer 1 takes it; the lower half is all ones.
    pub last: u16,
    /// The signature's point, on the curve or not.
    pub r8: Point,
    /// The signature's response, any word.
    #[serde(with = "word")]
    pub s: Fr,
}

impl ForcedOrder {
    /// Transfer or withdrawal.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.payee {
            ForcedPayee::Account { .. } => Kind::ForcedTransfer,
            ForcedPayee::L1(_) => Kind::ForcedWithdrawal,
        }
    }

    /// The account that is to be credited, as the entry names it.
    #[must_use]
    pub fn to(&self) -> Option<AccountIndex> {
        match self.payee {
            ForcedPayee::Account { to, .. } => to,
            ForcedPayee::L1(_) => None,
        }
    }

    /// Whom the message names.
    #[must_use]
    pub fn signed_payee(&self) -> Payee {
        match self.payee {
            ForcedPayee::Account { owner, .. } => Payee::Owner(owner),
            ForcedPayee::L1(address) => Payee::L1(address),
        }
    }

    /// The last second at which the layer 1 takes it.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        Timestamp::from(self.last) << 16 | 0xffff
    }

    /// The message that is signed. It names the payee's owner and not its leaf.
    #[must_use]
    pub fn message(&self, domain: Domain) -> Fr {
        let message = Message {
            kind: self.kind(),
            from: self.from.map_or(0, AccountIndex::get),
            nonce: self.nonce,
            token: self.token,
            amount: self.amount,
            fee_code: 0,
            expires: self.expires(),
            to: self.signed_payee().words(),
        };
        message.hash(domain)
    }

    /// The same order, signed.
    #[must_use]
    pub fn sign(self, domain: Domain, key: &SecretKey) -> Self {
        let Signature { r8, s } = key.sign(self.message(domain));
        let s = Fr::from_bigint(s).expect("a response is below l, which is below r");
        Self { r8, s, ..self }
    }

    /// The signature that the entry holds.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature {
            r8: self.r8,
            s: self.s.into_bigint(),
        }
    }

    /// What it pays, executed on these accounts; `None` where it is not valid and does nothing.
    #[must_use]
    pub fn outcome(&self, ledger: &Ledger, domain: Domain) -> Option<Amount> {
        let sender = ledger.account(self.from?)?;
        let paid = self.payable(ledger, sender)?;
        let fits = sender.token == self.token
            && self.nonce != Nonce::MAX
            && matches!(self.nonce.checked_sub(sender.nonce), Some(0..=NONCE_WINDOW));
        // The costly rule comes last.
        let valid = fits
            && PublicKey(sender.owner)
                .verify(self.message(domain), &self.signature())
                .is_ok();
        valid.then_some(paid)
    }

    /// What the sender can pay to this payee, or `None` when the payee or the balance is not there.
    fn payable(&self, ledger: &Ledger, sender: &Account) -> Option<Amount> {
        let ForcedPayee::Account { to, owner } = self.payee else {
            return Some(self.amount.min(sender.balance));
        };
        let recipient = ledger.account(to?)?;
        let exists = recipient.owner == owner && recipient.token == self.token;
        (exists && self.amount <= sender.balance).then_some(self.amount)
    }
}
