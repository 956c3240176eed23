//! The door for transactions: what is asked of those that arrive, then the executor's turn, then
//! the operator's signed receipts.
//!
//! What is checked and signed here keeps a processor busy, so it is away from the threads that
//! serve requests, and of many transactions in pieces at the same time.

mod pieces;
mod rows;

use std::{num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use assay_api::{receipt, reference};
use assay_circuits::{
    eddsa::{SecretKey, Signature},
    ledger::Ledger,
    order::{Domain, Order, Payee, Signed, TxHash},
    quantity::{Amount, Nonce},
    transition::{self, Rejection},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::yield_now,
};
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
    executor::command::{Arrival, ExecutorHandle},
    health::Health,
    record::StoredReference,
    standing::Standing,
    storage::Storage,
    telemetry,
};
use pieces::in_pieces;
use rows::Rows;

/// Lists of transactions that are taken at the same time; further ones are refused.
pub(crate) const LISTS_AT_A_TIME: usize = 4;
/// Signatures that are worth a thread of their own.
const PIECE: usize = 32;

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
    /// One permit for each list of transactions that is taken at the same time.
    pub(crate) lists: Arc<Semaphore>,
}

/// What becomes of a transaction that is handed in.
pub(crate) type Answer = Result<Acknowledgement, AdmissionError>;

impl Intake {
    /// Checks a transaction, and hands it to the executor, which answers when it is on disk. What becomes of
    /// it is one line in the log, among those of the request that brought it.
    pub(crate) async fn submit(&self, signed: Signed<Order>) -> Answer {
        let arrival = self.arrival(signed);
        let named = Named::from(&arrival);
        let answers = self.take(vec![arrival]).await;
        let answer = answers.and_then(|answers| {
            let mut answers = answers.into_iter();
            answers.next().unwrap_or(Err(AdmissionError::Halted))
        });
        named.tell(&answer);
        answer
    }

    /// Does the same with many, in their order, so that one that follows on another of its account is
    /// taken with it; one that is refused holds no other up. What becomes of each is said with its hash.
    ///
    /// # Errors
    /// Where none of them was looked at: [`AdmissionError::Busy`], [`AdmissionError::Halted`],
    /// [`AdmissionError::StorageUnavailable`].
    pub(crate) async fn submit_list(
        &self,
        list: Vec<Signed<Order>>,
    ) -> Result<Vec<(TxHash, Answer)>, AdmissionError> {
        let transactions = list.len();
        let answers = self.take_list(list).await;
        if let Err(error) = &answers {
            let code = error.code();
            telemetry::REFUSED.count_as(code);
            info!(transactions, code, "refused a list of transactions");
        }
        answers
    }

    async fn take_list(
        &self,
        list: Vec<Signed<Order>>,
    ) -> Result<Vec<(TxHash, Answer)>, AdmissionError> {
        let busy = AdmissionError::Busy {
            what: "too many lists of transactions are being taken",
        };
        let _permit = self.lists.try_acquire().map_err(|_| busy)?;
        let arrivals = list.into_iter().map(|signed| self.arrival(signed));
        let arrivals: Vec<_> = arrivals.collect();
        let named: Vec<_> = arrivals.iter().map(Named::from).collect();
        let answers = self.take(arrivals).await?;
        let told = named.into_iter().zip(answers).map(|(named, answer)| {
            named.tell(&answer);
            (named.hash, answer)
        });
        Ok(told.collect())
    }

    fn arrival(&self, signed: Signed<Order>) -> Arrival {
        let hash = signed.hash(self.domain);
        Arrival { hash, signed }
    }

    /// The receipt of a transaction that was acknowledged: signed again it is the same, byte by byte,
    /// while the operator has the same key.
    pub(crate) async fn receipt(&self, hash: TxHash, received_ms: u64) -> Answer {
        let signed = self.sign(vec![(hash, received_ms)]).await?;
        let mut signed = signed.into_iter();
        signed.next().ok_or(AdmissionError::Halted)
    }

    /// Whether the sender of a transaction signed this text for it: whoever has the account now, and signed
    /// the transaction too.
    pub(crate) async fn check_reference(
        &self,
        signed: Signed<Order>,
        reference: StoredReference,
    ) -> Result<(), AdmissionError> {
        let from = signed.order.from;
        let sender = self.accounts.get(from);
        let sender = sender.ok_or(Rejection::UnknownAccount(from))?.account.owner;
        let permits = self.permits(1)?;
        let domain = self.domain;
        let check = move |reference: StoredReference| {
            let StoredReference { text, signature } = reference;
            let hash = signed.hash(domain);
            signed
                .verify(domain, &sender)
                .and_then(|()| reference::verify(&sender, domain, hash, &text, &signature))
                .map_err(|error| AdmissionError::Rule(Rejection::Signature(error)))
        };
        let checked = in_pieces(vec![reference], 1, check, permits).await?;
        checked.into_iter().collect()
    }

    async fn take(&self, list: Vec<Arrival>) -> Result<Vec<Answer>, AdmissionError> {
        if self.storage.is_read_only() {
            return Err(AdmissionError::StorageUnavailable);
        }
        if self.health.halted() {
            return Err(AdmissionError::Halted);
        }
        let mut answers: Vec<Option<Answer>> = vec![None; list.len()];
        let mut rows = Rows::default();
        let mut checked = Vec::with_capacity(list.len());
        for (place, arrival) in list.into_iter().enumerate() {
            match self.check_order(arrival.hash, &arrival.signed.order, &mut rows) {
                Ok(()) => checked.push((place, arrival)),
                Err(error) => refuse(&mut answers, place, error),
            }
            // Others of the threads that serve requests wait for this one.
            if place % PIECE == PIECE - 1 {
                yield_now().await;
            }
        }
        let mut places = Vec::with_capacity(checked.len());
        let mut arrivals = Vec::with_capacity(checked.len());
        for (place, arrival, verified) in self.check_signatures(checked).await? {
            match verified {
                Ok(()) => {
                    places.push(place);
                    arrivals.push(arrival);
                }
                Err(error) => refuse(&mut answers, place, error),
            }
        }
        for (place, answer) in places.into_iter().zip(self.hand_over(arrivals).await?) {
            if let Some(slot) = answers.get_mut(place) {
                *slot = Some(answer);
            }
        }
        let answered = answers.into_iter();
        let answered = answered.map(|answer| answer.unwrap_or(Err(AdmissionError::Halted)));
        Ok(answered.collect())
    }

    /// Hands what was checked to the executor, and signs for what that took.
    async fn hand_over(&self, arrivals: Vec<Arrival>) -> Result<Vec<Answer>, AdmissionError> {
        if arrivals.is_empty() {
            return Ok(Vec::new());
        }
        let hashes: Vec<TxHash> = arrivals.iter().map(|arrival| arrival.hash).collect();
        let taken = self.executor.submit(arrivals).await?;
        let promised = hashes.iter().zip(&taken);
        let promised = promised.filter_map(|(hash, taken)| Some((*hash, *taken.as_ref().ok()?)));
        let signed = self.sign(promised.collect()).await?;
        let mut signed = signed.into_iter();
        let answer = |taken: Result<u64, AdmissionError>| {
            taken.and_then(|_| signed.next().ok_or(AdmissionError::Halted))
        };
        Ok(taken.into_iter().map(answer).collect())
    }

    /// The operator's receipts for these, each taken at a time.
    async fn sign(
        &self,
        promised: Vec<(TxHash, u64)>,
    ) -> Result<Vec<Acknowledgement>, AdmissionError> {
        let (key, domain) = (self.operator_key.clone(), self.domain);
        let sign = move |(hash, received_ms)| Acknowledgement {
            hash,
            received_ms,
            signature: receipt::sign(&key, domain, hash, received_ms),
        };
        let threads = threads(promised.len());
        in_pieces(promised, threads, sign, ()).await
    }

    /// What costs little to find out, before the signature is looked at. The executor decides. `rows`
    /// are those of the list that it is in, as far as they passed this.
    fn check_order(
        &self,
        hash: TxHash,
        order: &Order,
        rows: &mut Rows,
    ) -> Result<(), AdmissionError> {
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
        let (given, row_end) = (order.nonce, rows.end(order.from, found.next_nonce));
        // The executor makes room for what follows on others of its list.
        if !rows.lead_to(order) {
            self.room.check_nonce(given, found.account.nonce)?;
        }
        // One before the end of the row can only take another's place.
        if given >= row_end {
            let behind_gap = (given > row_end).then(|| (self.terms.worth(order), 0));
            let occupancy = self.standing.executed().occupancy;
            self.room.check_place(&occupancy, behind_gap)?;
        }
        let balance = found.account.balance;
        let in_turn = rows.with_brought(order.from, balance);
        room::check_balance(order, in_turn, Amount::ZERO)
            .or_else(|_| room::check_balance(order, balance, Amount::ZERO))?;
        rows.extend(order, row_end);
        if let Payee::Owner(owner) = order.to
            && let Some(to) = self.accounts.find(&owner, order.token)
        {
            rows.pay(to, order.amount);
        }
        Ok(())
    }

    /// The protocol's rules with the signature.
    async fn check_signatures(
        &self,
        checked: Vec<(usize, Arrival)>,
    ) -> Result<Vec<(usize, Arrival, Result<(), AdmissionError>)>, AdmissionError> {
        if checked.is_empty() {
            return Ok(Vec::new());
        }
        let permits = self.permits(checked.len())?;
        let threads = permits.num_permits();
        let (accounts, domain) = (self.accounts.clone(), self.domain);
        let check = move |(place, arrival): (usize, Arrival)| {
            let from = arrival.signed.order.from;
            let sender = accounts.get(from).map(|found| (from, found.account));
            // The rules look at the sender's account alone.
            let ledger = Ledger::from_accounts(sender);
            let verified = transition::check_signed(&ledger, domain, &arrival.signed);
            (place, arrival, verified.map_err(AdmissionError::Rule))
        };
        in_pieces(checked, threads, check, permits).await
    }

    /// A permit for each thread on which signatures are checked, as many as are free of those wanted.
    fn permits(&self, signatures: usize) -> Result<OwnedSemaphorePermit, AdmissionError> {
        let permits = (1..=threads(signatures)).rev().find_map(|count| {
            let count = u32::try_from(count).ok()?;
            let free = self.signature_checks.clone();
            free.try_acquire_many_owned(count).ok()
        });
        permits.ok_or(AdmissionError::Busy {
            what: "too many signatures are being checked",
        })
    }
}

/// How many threads so many signatures are worth.
fn threads(signatures: usize) -> usize {
    let most = available_parallelism().map_or(1, NonZeroUsize::get);
    signatures.div_ceil(PIECE).clamp(1, most)
}

fn refuse(answers: &mut [Option<Answer>], place: usize, error: AdmissionError) {
    if let Some(slot) = answers.get_mut(place) {
        *slot = Some(Err(error));
    }
}

/// What the log names a transaction by.
struct Named {
    hash: TxHash,
    account: u32,
    nonce: Nonce,
}

impl From<&Arrival> for Named {
    fn from(arrival: &Arrival) -> Self {
        let order = &arrival.signed.order;
        Self {
            hash: arrival.hash,
            account: order.from.get(),
            nonce: order.nonce,
        }
    }
}

impl Named {
    fn tell(&self, answer: &Answer) {
        let Self {
            hash,
            account,
            nonce,
        } = self;
        match answer {
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
    }
}
