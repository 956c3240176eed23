//! What may come in: everything that can be said of a transaction before its turn.

use std::sync::Arc;

use assay_api::{receipt, stage::Stage};
use assay_circuits::{
    eddsa::Signature,
    order::{Order, Signed, TxHash},
    quantity::{Amount, Nonce, Timestamp, TokenId},
    transition::{self, Rejection},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tracing::instrument;

use crate::{context::Context, executor::ExecutorHandle};

/// Why a transaction is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
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
    /// Another transaction with this nonce waits.
    #[error("nonce {given} is taken by {by}, which waits")]
    NonceTaken {
        /// What was signed.
        given: Nonce,
        /// The one that waits.
        by: TxHash,
    },
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
    /// The fee is too low.
    #[error("the fee of {given} is below the least fee in token {token}, {minimum}")]
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
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(rejection) => rejection.code(),
            Self::NonceUsed { .. } => "wrong_nonce",
            Self::NonceTooFar { .. } => "nonce_too_far",
            Self::NonceTaken { .. } => "nonce_taken",
            Self::Unaffordable { .. } => "insufficient_balance",
            Self::FeeTooLow { .. } => "fee_too_low",
            Self::Duplicate { .. } => "duplicate",
            Self::Busy { .. } => "busy",
            Self::StorageUnavailable => "storage_unavailable",
            Self::Halted => "halted",
        }
    }

    /// The data behind it.
    #[must_use]
    pub fn details(&self) -> Value {
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
            Self::NonceTaken { given, by } => json!({ "given": given, "by": by }),
            Self::Unaffordable {
                balance,
                needed,
                reserved,
            } => {
                json!({ "balance": balance, "needed": needed, "reserved": reserved })
            }
            Self::FeeTooLow {
                token,
                given,
                minimum,
            } => {
                json!({ "token": token, "given": given, "minimum": minimum })
            }
            Self::Duplicate { hash, stage } => json!({ "hash": hash, "stage": stage }),
            Self::Busy { .. } | Self::StorageUnavailable | Self::Halted => json!({}),
        }
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
        Rejection::BalanceOverflow
        | Rejection::OwnerOffCurve
        | Rejection::Signature(_)
        | Rejection::TreeFull => json!({}),
    }
}

/// A promise to execute a transaction if it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) hash: TxHash,
    pub(crate) received_ms: u64,
    pub(crate) signature: Signature,
}

/// The door for transactions.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    context: Arc<Context>,
    executor: ExecutorHandle,
    signature_checks: Arc<Semaphore>,
}

impl Admission {
    pub(crate) fn new(context: Arc<Context>, executor: ExecutorHandle) -> Self {
        let signature_checks = Arc::new(Semaphore::new(context.config.limits.signature_checks));
        Self {
            context,
            executor,
            signature_checks,
        }
    }

    /// Checks a transaction, and hands it to the executor, which answers when it is on disk.
    #[instrument(skip_all, fields(hash))]
    pub(crate) async fn submit(
        &self,
        signed: Signed<Order>,
    ) -> Result<Acknowledgement, AdmissionError> {
        let result = self.take(signed).await;
        match &result {
            Ok(_) => metrics::counter!("assay_transactions_admitted_total").increment(1),
            Err(error) => {
                let counter = "assay_transactions_refused_total";
                metrics::counter!(counter, "code" => error.code()).increment(1);
            }
        }
        result
    }

    async fn take(&self, signed: Signed<Order>) -> Result<Acknowledgement, AdmissionError> {
        let context = &self.context;
        let hash = signed.hash(context.domain);
        tracing::Span::current().record("hash", tracing::field::display(hash));
        if context.storage.is_read_only() {
            return Err(AdmissionError::StorageUnavailable);
        }
        if context.health.halted() {
            return Err(AdmissionError::Halted);
        }
        check_terms(context, &signed, context.clock.now_s())?;
        self.check_signature(signed).await?;
        let received_ms = self.executor.submit(hash, signed).await?;
        let key = context.config.operator_key.clone();
        let domain = context.domain;
        let sign = move || receipt::sign(&key, domain, hash, received_ms);
        let signature = tokio::task::spawn_blocking(sign).await;
        let signature = signature.map_err(|_| AdmissionError::Halted)?;
        Ok(Acknowledgement {
            hash,
            received_ms,
            signature,
        })
    }

    /// The protocol's rules with the signature, away from the threads that serve requests.
    async fn check_signature(&self, signed: Signed<Order>) -> Result<(), AdmissionError> {
        let busy = AdmissionError::Busy {
            what: "too many signatures are being checked",
        };
        let permit = self
            .signature_checks
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy)?;
        let context = self.context.clone();
        let check = move || {
            let _permit = permit;
            let found = context.soft().account(signed.order.from).copied();
            // The rules look at the sender's account alone; the lock is not held over them.
            let ledger = found.map(|account| (signed.order.from, account));
            let ledger = assay_circuits::ledger::Ledger::from_accounts(ledger);
            transition::check_signed(&ledger, context.domain, &signed)
        };
        let checked = tokio::task::spawn_blocking(check).await;
        checked
            .map_err(|_| AdmissionError::Halted)?
            .map_err(AdmissionError::Rule)
    }
}

/// What the operator asks of a transaction beside the rules of the protocol.
fn check_terms(
    context: &Context,
    signed: &Signed<Order>,
    now: Timestamp,
) -> Result<(), AdmissionError> {
    let order = &signed.order;
    if order.expires < now {
        return Err(Rejection::Expired {
            expires: order.expires,
            now,
        }
        .into());
    }
    let (given, token) = (order.fee.value(), order.token);
    let minimum = Amount(context.minimum_fee(token));
    if given < minimum {
        return Err(AdmissionError::FeeTooLow {
            token,
            given,
            minimum,
        });
    }
    let operator = context.config.operator_key.public_key().0;
    if given > Amount::ZERO && context.soft().find(&operator, token).is_none() {
        return Err(Rejection::FeeTokenNotAccepted(token).into());
    }
    Ok(())
}
