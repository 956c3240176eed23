//! The rules that an operation can break.

use std::fmt;

use crate::{
    eddsa::SignatureError,
    quantity::{AccountIndex, Amount, Nonce, Timestamp, TokenId},
};

/// Why an operation cannot be executed. Each has a stable code (see [`Rejection::code`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The paying or receiving account does not exist.
    #[error("there is no account {0}")]
    UnknownAccount(AccountIndex),
    /// The account holds another token.
    #[error("account {account} holds token {found}, not {named}")]
    WrongToken {
        /// The account.
        account: AccountIndex,
        /// The token that the operation names.
        named: TokenId,
        /// The token it holds.
        found: TokenId,
    },
    /// The recipient's account belongs to somebody else than the signer pays.
    #[error("account {0} belongs to another owner than the one who is paid")]
    WrongOwner(AccountIndex),
    /// The nonce is not the account's next.
    #[error("nonce {given} does not fit: the next nonce of the account is {next}")]
    WrongNonce {
        /// The nonce that was signed.
        given: Nonce,
        /// The nonce that is next.
        next: Nonce,
    },
    /// The account has used its last nonce.
    #[error("account {0} has used all its 2^32 - 1 nonces")]
    NonceExhausted(AccountIndex),
    /// Too late.
    #[error("the transaction expired at {expires}, and it is {now}")]
    Expired {
        /// Its last second.
        expires: Timestamp,
        /// The batch's timestamp.
        now: Timestamp,
    },
    /// Amount and fee are more than the account has.
    #[error("the account has {balance}, and amount and fee take {needed}")]
    InsufficientBalance {
        /// What the account has, base units.
        balance: Amount,
        /// Amount and fee, base units; saturated at 2^128 - 1.
        needed: Amount,
    },
    /// The recipient's balance would reach 2^128.
    #[error("the recipient's balance would reach 2^128")]
    BalanceOverflow,
    /// A transfer's amount is not exactly a 40-bit float.
    #[error(
        "a transfer of {amount} cannot be encoded; the nearest amount below is {nearest_below}"
    )]
    AmountNotRepresentable {
        /// What was asked for.
        amount: Amount,
        /// What can be sent.
        nearest_below: Amount,
    },
    /// A new owner is no point of the curve.
    #[error("the recipient's key is not a point of the curve")]
    OwnerOffCurve,
    /// No fee slot for the token of a fee.
    #[error("fees in token {0} are not taken")]
    FeeTokenNotAccepted(TokenId),
    /// The signature does not hold.
    #[error("the signature is not valid: {0}")]
    Signature(#[from] SignatureError),
    /// All 2^24 - 1 accounts are taken.
    #[error("the state tree is full")]
    TreeFull,
    /// A new account at another index than the next.
    #[error("a new account gets index {next}, not {given}")]
    NotNextIndex {
        /// The index that was given.
        given: AccountIndex,
        /// The one that is next.
        next: AccountIndex,
    },
    /// A deposit that bounces though it could be credited.
    #[error("the deposit bounces, and the state tree has room for a new account")]
    BouncedWithRoom,
    /// A forced order with another outcome than the state gives it.
    #[error("the forced order has the outcome {given}, and by the state it is {expected}")]
    WrongOutcome {
        /// What the state gives it.
        expected: ForcedOutcome,
        /// What it was given.
        given: ForcedOutcome,
    },
}

/// What became of a forced order: what it paid, or nothing where it was not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForcedOutcome(pub Option<Amount>);

impl fmt::Display for ForcedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(paid) => write!(f, "{paid} paid"),
            None => f.write_str("noop"),
        }
    }
}

impl Rejection {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAccount(_) => "unknown_account",
            Self::WrongToken { .. } => "wrong_token",
            Self::WrongOwner(_) => "wrong_owner",
            Self::WrongNonce { .. } => "wrong_nonce",
            Self::NonceExhausted(_) => "nonce_exhausted",
            Self::Expired { .. } => "expired",
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::BalanceOverflow => "balance_overflow",
            Self::AmountNotRepresentable { .. } => "amount_not_representable",
            Self::OwnerOffCurve => "owner_off_curve",
            Self::FeeTokenNotAccepted(_) => "fee_token_not_accepted",
            Self::Signature(_) => "invalid_signature",
            Self::TreeFull => "tree_full",
            Self::NotNextIndex { .. } => "not_next_index",
            Self::BouncedWithRoom => "bounced_with_room",
            Self::WrongOutcome { .. } => "wrong_outcome",
        }
    }
}
