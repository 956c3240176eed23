//! Why a transaction is not taken.

use assay_api::{stage::Stage, wire::ErrorCode};
use assay_circuits::{
    address::L1Address,
    order::TxHash,
    quantity::{Amount, Nonce, Timestamp, TokenId},
    transition::Rejection,
};
use serde_json::{Value, json};

use crate::record::StoredError;

/// Why a transaction is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AdmissionError {
    /// It breaks a rule of the protocol.
    #[error(transparent)]
    Rule(#[from] Rejection),
    /// The nonce has been used.
    #[error("nonce {given} has been used: the next nonce of the account is {next}")]
    NonceUsed {
        /// What was signed.
        given: Nonce,
        /// What is next.
        next: Nonce,
    },
    /// The nonce is too far ahead.
    #[error("nonce {given} is too far ahead of {next}: at most {window} may wait")]
    NonceTooFar {
        /// What was signed.
        given: Nonce,
        /// What is next.
        next: Nonce,
        /// How many nonces from the next on are taken.
        window: u32,
    },
    /// Another transaction with this nonce waits, and this one does not offer enough to replace it.
    #[error("nonce {given} is taken by {by}, which waits; a fee of {replace_fee} replaces it")]
    NonceTaken {
        /// What was signed.
        given: Nonce,
        /// The one that waits.
        by: TxHash,
        /// The least fee that takes its place.
        replace_fee: Amount,
    },
    /// It waited until its sender signed another with its nonce and a higher fee.
    #[error("its sender replaced it by {by}")]
    Replaced {
        /// The other.
        by: TxHash,
    },
    /// It waited for one with an earlier nonce until the room was needed.
    #[error("it waited for a transaction with an earlier nonce, and its room was needed")]
    Displaced,
    /// The balance does not cover it and what waits before it.
    #[error("the account has {balance}; this takes {needed}, those that wait {reserved}")]
    Unaffordable {
        /// What the account has.
        balance: Amount,
        /// Amount and fee.
        needed: Amount,
        /// Amounts and fees of those that wait.
        reserved: Amount,
    },
    /// It would expire before a batch must be on the layer 1.
    #[error("the transaction expires at {expires}; to be taken now it must live until {least}")]
    ExpiresTooSoon {
        /// Its last second.
        expires: Timestamp,
        /// The earliest last second that is taken.
        least: Timestamp,
    },
    /// It would live too long.
    #[error("the transaction expires at {expires}; it may live until {most} at most")]
    ExpiresTooLate {
        /// Its last second.
        expires: Timestamp,
        /// The latest last second that is taken.
        most: Timestamp,
    },
    /// It moves nothing.
    #[error("the amount is 0")]
    ZeroAmount,
    /// What is sent there comes back to nobody.
    #[error("{receiver} is {is}: nobody could get at what is sent there")]
    RefusedReceiver {
        /// The receiver on the layer 1.
        receiver: L1Address,
        /// What it is.
        is: &'static str,
    },
    /// The fee is too low.
    #[error("the fee of {given} is below the least fee for this in token {token}, {minimum}")]
    FeeTooLow {
        /// The token.
        token: TokenId,
        /// What was offered.
        given: Amount,
        /// What is asked.
        minimum: Amount,
    },
    /// It was taken before.
    #[error("the transaction was taken before; its stage is {stage}")]
    Duplicate {
        /// Its hash.
        hash: TxHash,
        /// How far it has come.
        stage: Stage,
    },
    /// A queue is full.
    #[error("the node is busy: {what}")]
    Busy {
        /// Which queue.
        what: &'static str,
    },
    /// Nothing can be written.
    #[error("the node cannot write to its disk and takes nothing")]
    StorageUnavailable,
    /// The node has stopped executing.
    #[error("the node has stopped and takes nothing")]
    Halted,
}

impl AdmissionError {
    /// For programs.
    pub(crate) fn error_code(&self) -> ErrorCode {
        match self {
            Self::Rule(rejection) => rule_code(rejection),
            Self::NonceUsed { .. } => ErrorCode::WrongNonce,
            Self::NonceTooFar { .. } => ErrorCode::NonceTooFar,
            Self::NonceTaken { .. } => ErrorCode::NonceTaken,
            Self::Replaced { .. } => ErrorCode::Replaced,
            Self::Displaced => ErrorCode::Displaced,
            Self::ExpiresTooLate { .. } => ErrorCode::ExpiresTooLate,
            Self::ZeroAmount => ErrorCode::ZeroAmount,
            Self::RefusedReceiver { .. } => ErrorCode::RefusedReceiver,
            Self::Unaffordable { .. } => ErrorCode::InsufficientBalance,
            Self::ExpiresTooSoon { .. } => ErrorCode::ExpiresTooSoon,
            Self::FeeTooLow { .. } => ErrorCode::FeeTooLow,
            Self::Duplicate { .. } => ErrorCode::Duplicate,
            Self::Busy { .. } => ErrorCode::Busy,
            Self::StorageUnavailable => ErrorCode::StorageUnavailable,
            Self::Halted => ErrorCode::Halted,
        }
    }

    /// Its name.
    pub(crate) fn code(&self) -> &'static str {
        self.error_code().name()
    }

    /// It, as it is kept of a transaction.
    pub(crate) fn stored(&self) -> StoredError {
        StoredError {
            code: self.code().to_owned(),
            message: self.to_string(),
            details: self.details().to_string(),
        }
    }

    /// The data behind it.
    pub(crate) fn details(&self) -> Value {
        match self {
            Self::Rule(rejection) => rule_details(rejection),
            Self::NonceUsed { given, next } => json!({ "given": given, "next": next }),
            Self::NonceTooFar {
                given,
                next,
                window,
            } => {
                json!({ "given": given, "next": next, "window": window })
            }
            Self::NonceTaken {
                given,
                by,
                replace_fee,
            } => {
                json!({ "given": given, "by": by, "replace_fee": replace_fee })
            }
            Self::Replaced { by } => json!({ "by": by }),
            Self::ExpiresTooLate { expires, most } => {
                json!({ "expires": expires, "most": most })
            }
            Self::RefusedReceiver { receiver, .. } => {
                json!({ "receiver": receiver.to_string() })
            }
            Self::Unaffordable {
                balance,
                needed,
                reserved,
            } => {
                json!({ "balance": balance, "needed": needed, "reserved": reserved })
            }
            Self::ExpiresTooSoon { expires, least } => {
                json!({ "expires": expires, "least": least })
            }
            Self::FeeTooLow {
                token,
                given,
                minimum,
            } => {
                json!({ "token": token, "given": given, "minimum": minimum })
            }
            Self::Duplicate { hash, stage } => json!({ "hash": hash, "stage": stage }),
            Self::Displaced
            | Self::ZeroAmount
            | Self::Busy { .. }
            | Self::StorageUnavailable
            | Self::Halted => json!({}),
        }
    }
}

/// The code of a rule is [`Rejection::code`]. No signed order breaks the last three: they are of what comes
/// from the layer 1's queue, and of batches.
fn rule_code(rejection: &Rejection) -> ErrorCode {
    match rejection {
        Rejection::UnknownAccount(_) => ErrorCode::UnknownAccount,
        Rejection::WrongToken { .. } => ErrorCode::WrongToken,
        Rejection::WrongOwner(_) => ErrorCode::WrongOwner,
        Rejection::WrongNonce { .. } => ErrorCode::WrongNonce,
        Rejection::NonceExhausted(_) => ErrorCode::NonceExhausted,
        Rejection::Expired { .. } => ErrorCode::Expired,
        Rejection::InsufficientBalance { .. } => ErrorCode::InsufficientBalance,
        Rejection::BalanceOverflow => ErrorCode::BalanceOverflow,
        Rejection::AmountNotRepresentable { .. } => ErrorCode::AmountNotRepresentable,
        Rejection::OwnerOffCurve => ErrorCode::OwnerOffCurve,
        Rejection::FeeTokenNotAccepted(_) => ErrorCode::FeeTokenNotAccepted,
        Rejection::Signature(_) => ErrorCode::InvalidSignature,
        Rejection::TreeFull => ErrorCode::TreeFull,
        Rejection::NotNextIndex { .. }
        | Rejection::BouncedWithRoom
        | Rejection::WrongOutcome { .. } => ErrorCode::Internal,
    }
}

fn rule_details(rejection: &Rejection) -> Value {
    match rejection {
        Rejection::UnknownAccount(account)
        | Rejection::WrongOwner(account)
        | Rejection::NonceExhausted(account) => json!({ "account": account }),
        Rejection::WrongToken {
            account,
            named,
            found,
        } => {
            json!({ "account": account, "named": named, "found": found })
        }
        Rejection::WrongNonce { given, next } => json!({ "given": given, "next": next }),
        Rejection::Expired { expires, now } => json!({ "expires": expires, "now": now }),
        Rejection::InsufficientBalance { balance, needed } => {
            json!({ "balance": balance, "needed": needed })
        }
        Rejection::AmountNotRepresentable {
            amount,
            nearest_below,
        } => {
            json!({ "amount": amount, "nearest_below": nearest_below })
        }
        Rejection::FeeTokenNotAccepted(token) => json!({ "token": token }),
        Rejection::NotNextIndex { given, next } => json!({ "given": given, "next": next }),
        Rejection::WrongOutcome { expected, given } => {
            json!({ "expected": expected.to_string(), "given": given.to_string() })
        }
        Rejection::BouncedWithRoom
        | Rejection::BalanceOverflow
        | Rejection::OwnerOffCurve
        | Rejection::Signature(_)
        | Rejection::TreeFull => json!({}),
    }
}
