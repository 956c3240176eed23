//! The door for transactions: what is asked of one that arrives, then the executor's turn, then
//! the operator's signed receipt.

use std::sync::Arc;

use assay_api::receipt;
use assay_circuits::{
    eddsa::{SecretKey, Signature},
    ledger::Ledger,
    order::{Domain, Order, Signed, TxHash},
    quantity::Amount,
    transition::{self, Rejection},
};
use tokio::sync::Semaphore;
use tracing::info;

use crate::{
    accounts::Accounts,
    admission::{
        error::AdmissionError,
        known,
        room::{self, Room},
        terms::{Circumstances, Terms},
    },
    clock::Clock,
    executor::command::ExecutorHandle,
    health::Health,
    standing::Standing,
    storage::Storage,
    telemetry,
};

/// A promise to execute a transaction if it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) hash: TxHash,
    pub(crate) received_ms: u64,
    pub(crate) signature: Signature,
}

/// The door. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) domain: Domain,
    /// Signs receipts.
    pub(crate) operator_key: Arc<SecretKey>,
    pub(crate) terms: Arc<Terms>,
    pub(crate) room: Room,
    pub(crate) accounts: Accounts,
    pub(crate) standing: Standing,
    pub(crate) storage: Storage,
    pub(crate) health: Arc<Health>,
    pub(crate) clock: Clock,
    pub(crate) executor: ExecutorHandle,
    /// One permit for each signature that is checked at the same time.
    pub(crate) signature_checks: Arc<Semaphore>,
}

impl Intake {
    /// Checks a transaction, and hands it to the executor, which answers when it is on disk. What becomes of
    /// it is one line in the log, among those of the request that brought it.
    pub(crate) async fn submit(
        &self,
        signed: Signed<Order>,
    ) -> Result<Acknowledgement, AdmissionError> {
        let hash = signed.hash(self.domain);
        let (account, nonce) = (signed.order.from.get(), signed.order.nonce);
        let result = self.take(hash, signed).await;
        match &result {
            Ok(_) => {
                telemetry::ADMITTED.count();
                info!(%hash, account, nonce, "acknowledged a transaction");
            }
            Err(error) => {
                let code = error.code();
                telemetry::REFUSED.count_as(code);
                info!(%hash, account, nonce, code, "refused a transaction");
            }
        }
        result
    }

    async fn take(
        &self,
        hash: TxHash,
        signed: Signed<Order>,
    ) -> Result<Acknowledgement, AdmissionError> {
        if self.storage.is_read_only() {
            return Err(AdmissionError::StorageUnavailable);
        }
        if self.health.halted() {
            return Err(AdmissionError::Halted);
        }
        self.check_order(hash, &signed.order)?;
        self.check_signature(signed).await?;
        let received_ms = self.executor.submit(hash, signed).await?;
        let (key, domain) = (self.operator_key.clone(), self.domain);
        let sign = move || receipt::sign(&key, domain, hash, received_ms);
        let signature = tokio::task::spawn_blocking(sign).await;
        let signature = signature.map_err(|_| AdmissionError::Halted)?;
        Ok(Acknowledgement {
            hash,
            received_ms,
            signature,
        })
    }

    /// What costs little to find out, before the signature is looked at. The executor decides.
    fn check_order(&self, hash: TxHash, order: &Order) -> Result<(), AdmissionError> {
        let now = self.standing.now_s(&self.clock);
        let circumstances = Circumstances {
            now: now.unwrap_or_else(|| self.clock.now_s()),
            accounts: &self.accounts,
            tokens: self.standing.tokens(),
        };
        self.terms.check(order, &circumstances)?;
        let found = self.accounts.get(order.from);
        let found = found.ok_or(Rejection::UnknownAccount(order.from))?;
        if let Some(stage) = known::stage(&self.storage, hash)? {
            return Err(AdmissionError::Duplicate { hash, stage });
        }
        let (given, row_end) = (order.nonce, found.next_nonce);
        self.room.check_nonce(given, found.account.nonce)?;
        // One before the end of the row can only take another's place.
        if given >= row_end {
            let behind_gap = (given > row_end).then(|| (self.terms.worth(order), 0));
            let occupancy = self.standing.executed().occupancy;
            self.room.check_place(&occupancy, behind_gap)?;
        }
        room::check_balance(order, found.account.balance, Amount::ZERO)
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
        let from = signed.order.from;
        let sender = self.accounts.get(from).map(|found| (from, found.account));
        let domain = self.domain;
        let check = move || {
            let _permit = permit;
            // The rules look at the sender's account alone.
            transition::check_signed(&Ledger::from_accounts(sender), domain, &signed)
        };
        let checked = tokio::task::spawn_blocking(check).await;
        checked
            .map_err(|_| AdmissionError::Halted)?
            .map_err(AdmissionError::Rule)
    }
}
