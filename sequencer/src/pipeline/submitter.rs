//! Sends batches with their proofs to the contract: several transactions may be under way, each
//! about batches of its own.

use std::{collections::BTreeMap, sync::Arc};

use assay_api::hexadecimal::Hex;
use assay_circuits::quantity::BatchNumber;
use assay_l1::{
    batch::{BatchData, ProofWords},
    client::{L1Error, RollupCall, RollupStatus, SendOptions, SentTransaction, SignedCall},
};
use assay_prover::groth16::proof::Proof;
use tracing::{info, warn};

use super::sight::PipelineError;
use crate::{
    clock::Clock,
    health::{Fault, Health},
    l1::{contract, gateway::SharedGateway},
    record::{BatchRecord, InFlight, Sent},
    storage::{Commit, Storage, StorageError},
};

/// Transactions under way at most: where the first one fails, the others do and are paid for.
const IN_FLIGHT_MAX: usize = 4;
/// Data of one call at most, bytes: nodes of the layer 1 pass no transaction of 128 KiB on.
const CALL_BYTES_MAX: usize = 100_000;
/// Above what the contract takes for a call, for one batch and for a byte of data. Only what is
/// used is paid.
const CALL_GAS: u64 = 300_000;
const BATCH_GAS: u64 = 700_000;
const BYTE_GAS: u64 = 60;
/// After a refusal the next attempt waits so long at first, and then twice as long each time.
const BACKOFF_MS: u64 = 1_000;
/// The longest wait between attempts.
const BACKOFF_MS_MAX: u64 = 60_000;

/// What the sender has going.
#[derive(Debug)]
pub(super) struct Submitter {
    gateway: SharedGateway,
    storage: Storage,
    clock: Clock,
    health: Arc<Health>,
    resubmit_after_ms: u64,
    proofs_per_call: usize,
    /// By their first batch.
    in_flight: BTreeMap<BatchNumber, InFlight>,
    refused: Option<Refused>,
    /// The batch that was refused last because it leaves entries of the queue that it must take.
    leaves_entries: Option<BatchNumber>,
}

#[derive(Debug, Clone, Copy)]
struct Refused {
    attempts: u32,
    at_ms: u64,
}

/// The contract's errors that say so.
const LEAVES_ENTRIES: [&str; 2] = ["DueEntryLeft", "NothingTaken"];

impl Submitter {
    /// Takes up what was in flight.
    pub(super) fn resume(
        gateway: SharedGateway,
        storage: Storage,
        clock: Clock,
        health: Arc<Health>,
        resubmit_after_ms: u64,
        proofs_per_call: usize,
    ) -> Result<Self, StorageError> {
        let in_flight = storage.in_flight()?.into_iter();
        let in_flight = in_flight.map(|found| (found.first, found)).collect();
        Ok(Self {
            gateway,
            storage,
            clock,
            health,
            resubmit_after_ms,
            proofs_per_call,
            in_flight,
            refused: None,
            leaves_entries: None,
        })
    }

    /// Looks what became of what is in flight.
    pub(super) async fn settle(&mut self) -> Result<(), PipelineError> {
        if self.in_flight.is_empty() {
            return Ok(());
        }
        // Asked before the receipts: what is mined by then has one.
        let mined = self.gateway.mined_nonce().await?;
        let all: Vec<_> = self.in_flight.values().copied().collect();
        for in_flight in all {
            self.settle_one(in_flight, mined).await?;
        }
        Ok(())
    }

    async fn settle_one(&mut self, in_flight: InFlight, mined: u64) -> Result<(), PipelineError> {
        let InFlight { first, sent, .. } = in_flight;
        if let Some(receipt) = self.gateway.receipt(sent.hash).await? {
            self.land(first).await?;
            if receipt.succeeded {
                self.accepted();
            } else if !in_flight.abandoned {
                let hash = Hex(&sent.hash);
                self.refused(format!("the transaction {hash} with batch {first} failed"));
            }
            return Ok(());
        }
        if in_flight.nonce < mined {
            // What was sent before in its place, or something else of this account, has the
            // nonce; the contract tells the rest.
            return Ok(self.land(first).await?);
        }
        if in_flight.abandoned || in_flight.arrived {
            // What is sent next takes the place of what was abandoned.
            return Ok(());
        }
        match self.call(&in_flight)? {
            Some(call) => self.send_again(&call, in_flight).await,
            None => Ok(self.land(first).await?),
        }
    }

    /// Sends with a higher fee what has waited too long.
    pub(super) async fn resend_stuck(&mut self) -> Result<(), PipelineError> {
        let now_ms = self.clock.now_ms();
        let waited_ms = |other: &InFlight| now_ms.saturating_sub(other.sent_ms);
        let stuck = self.under_way().filter(|other| other.arrived);
        let stuck = stuck.filter(|other| waited_ms(other) >= self.resubmit_after_ms);
        let stuck: Vec<_> = stuck.copied().collect();
        for in_flight in stuck {
            let Some(call) = self.call(&in_flight)? else {
                self.land(in_flight.first).await?;
                continue;
            };
            warn!(
                batch = in_flight.first.0,
                waited_ms = waited_ms(&in_flight),
                "not mined: sending again with a higher fee"
            );
            metrics::counter!("assay_l1_resubmissions_total").increment(1);
            let stuck = as_transaction(&in_flight);
            let raised = self.gateway.raise(&call, &stuck).await?;
            let signed = self.gateway.sign(&call, raised).await?;
            let raised = self.note(in_flight, &signed.sent, false).await?;
            self.deliver(raised, &signed).await?;
        }
        Ok(())
    }

    /// A crash or a broken connection came between writing it down and hearing of it: the same is
    /// sent once more, unless the layer 1 has it.
    async fn send_again(
        &mut self,
        call: &RollupCall,
        in_flight: InFlight,
    ) -> Result<(), PipelineError> {
        let sent = in_flight.sent;
        if self.gateway.next_nonce().await? > in_flight.nonce {
            return Ok(self.arrived(in_flight).await?);
        }
        let options = SendOptions {
            nonce: Some(in_flight.nonce),
            max_fee_wei: Some(sent.max_fee_wei),
            max_priority_fee_wei: Some(sent.max_priority_fee_wei),
            gas_limit: Some(sent.gas_limit),
        };
        let signed = self.gateway.sign(call, options).await?;
        self.deliver(in_flight, &signed).await
    }

    /// Sends what stands written and may have been sent before. Where it is refused it stays: what
    /// came before it, or it itself, may be mined, and the account's nonce tells.
    async fn deliver(
        &mut self,
        in_flight: InFlight,
        signed: &SignedCall,
    ) -> Result<(), PipelineError> {
        match self.gateway.send(signed).await {
            Ok(()) => {}
            Err(error @ L1Error::Transport { .. }) => return Err(error.into()),
            Err(error) => warn!(batch = in_flight.first.0, %error, "sending again was refused"),
        }
        Ok(self.arrived(in_flight).await?)
    }

    /// Sends the batches that the contract wants next and that have proofs.
    pub(super) async fn send_next(&mut self, status: &RollupStatus) -> Result<(), PipelineError> {
        while self.under_way().count() < IN_FLIGHT_MAX && !self.is_backing_off() {
            if self.under_way().any(|other| !other.arrived) {
                // Which nonce is free is not known before that is settled.
                return Ok(());
            }
            let Some((first, last, call)) = self.next_call(status)? else {
                return Ok(());
            };
            if !self.send_first(first, last, &call).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends a call for the first time; false where it was refused.
    async fn send_first(
        &mut self,
        first: BatchNumber,
        last: BatchNumber,
        call: &RollupCall,
    ) -> Result<bool, PipelineError> {
        let (options, replaced) = self.first_options(call).await?;
        let signed = match self.gateway.sign(call, options).await {
            Ok(signed) => signed,
            Err(error @ L1Error::Transport { .. }) => return Err(error.into()),
            Err(error) => {
                if is_of_taking(&error) {
                    self.leaves_entries = Some(first);
                }
                self.refused(error.to_string());
                return Ok(false);
            }
        };
        let in_flight = InFlight {
            first,
            last,
            nonce: signed.sent.nonce,
            sent_ms: self.clock.now_ms(),
            sent: as_sent(&signed.sent),
            arrived: false,
            abandoned: false,
        };
        let in_flight = self.note(in_flight, &signed.sent, false).await?;
        if let Some(replaced) = replaced.filter(|replaced| *replaced != first) {
            self.land(replaced).await?;
        }
        match self.gateway.send(&signed).await {
            Ok(()) => {
                let hash = signed.sent.hash;
                info!(first = first.0, last = last.0, hash = %Hex(&hash), "sent");
                metrics::counter!("assay_l1_sent_total").increment(1);
                self.arrived(in_flight).await?;
                Ok(true)
            }
            // It may have arrived all the same: the nonce stays taken.
            Err(error @ L1Error::Transport { .. }) => Err(error.into()),
            Err(error) => {
                self.land(first).await?;
                self.refused(error.to_string());
                Ok(false)
            }
        }
    }

    /// How a call is sent for the first time: in place of one that was abandoned, whose first batch is
    /// returned, or with the next nonce.
    async fn first_options(
        &self,
        call: &RollupCall,
    ) -> Result<(SendOptions, Option<BatchNumber>), PipelineError> {
        let abandoned = self.in_flight.values().filter(|other| other.abandoned);
        if let Some(stuck) = abandoned.min_by_key(|other| other.nonce) {
            let raised = self.gateway.raise(call, &as_transaction(stuck)).await?;
            let options = SendOptions {
                gas_limit: Some(gas_bound(call)),
                ..raised
            };
            return Ok((options, Some(stuck.first)));
        }
        let nonces = self.in_flight.values().map(|other| other.nonce + 1);
        let after_ours = nonces.max().unwrap_or(0);
        let nonce = self.gateway.next_nonce().await?.max(after_ours);
        // Alone it is tried first, so that a refusal costs nothing. Behind others that is of no
        // use: not every node of a layer 1 tries a call on top of what waits.
        let gas_limit = (!self.in_flight.is_empty()).then(|| gas_bound(call));
        let options = SendOptions {
            nonce: Some(nonce),
            gas_limit,
            ..SendOptions::default()
        };
        Ok((options, None))
    }

    /// The batch that the contract refused because it leaves entries of the queue that it must take.
    pub(super) fn leaves_entries(&self) -> Option<BatchNumber> {
        self.leaves_entries
    }

    /// Those in flight that can take effect.
    fn under_way(&self) -> impl Iterator<Item = &InFlight> {
        self.in_flight.values().filter(|other| !other.abandoned)
    }

    /// Whether a transaction with this batch is under way.
    pub(super) fn flies(&self, number: BatchNumber) -> bool {
        self.flight_of(number).is_some()
    }

    fn flight_of(&self, number: BatchNumber) -> Option<&InFlight> {
        self.under_way()
            .find(|other| (other.first..=other.last).contains(&number))
    }

    /// The first batches that are neither proved nor in flight and have proofs, as many of one
    /// shape as go into one call.
    fn next_call(
        &self,
        status: &RollupStatus,
    ) -> Result<Option<(BatchNumber, BatchNumber, RollupCall)>, StorageError> {
        let mut first = BatchNumber(status.last_proved).next();
        while let Some(other) = self.flight_of(first) {
            first = other.last.next();
        }
        let (mut batches, mut shape) = (Vec::new(), None);
        let (mut number, mut bytes) = (first, 0);
        while batches.len() < self.proofs_per_call.max(1) && !self.flies(number) {
            let Some(batch) = self.proved_batch(number)? else {
                break;
            };
            bytes += batch.0.posted_bytes();
            let same = *shape.get_or_insert(batch.0.shape) == batch.0.shape;
            if !same || (!batches.is_empty() && bytes > CALL_BYTES_MAX) {
                break;
            }
            batches.push(batch);
            number = number.next();
        }
        let last = BatchNumber(number.0 - 1);
        Ok((number > first).then_some((first, last, RollupCall::Submit(batches))))
    }

    /// The call that a transaction in flight makes; `None` where what it needs is gone.
    fn call(&self, in_flight: &InFlight) -> Result<Option<RollupCall>, StorageError> {
        let mut batches = Vec::new();
        for number in (in_flight.first.0..=in_flight.last.0).map(BatchNumber) {
            match self.proved_batch(number)? {
                Some(batch) => batches.push(batch),
                None => return Ok(None),
            }
        }
        Ok(Some(RollupCall::Submit(batches)))
    }

    /// A sealed batch that has its proof.
    fn proved_batch(
        &self,
        number: BatchNumber,
    ) -> Result<Option<(BatchData, ProofWords)>, StorageError> {
        let Some(batch) = self.storage.batch(number)? else {
            return Ok(None);
        };
        let Some(proof) = self.proof(&batch)? else {
            return Ok(None);
        };
        let contents = self.storage.contents(&batch)?;
        Ok(Some((contract::batch_data(&batch, &contents), proof)))
    }

    fn proof(&self, batch: &BatchRecord) -> Result<Option<ProofWords>, StorageError> {
        let Some(record) = self.storage.proof(batch.number)? else {
            return Ok(None);
        };
        let proof = Proof::from_bytes(&record.proof);
        let proof = proof.map_err(StorageError::corrupt("proof"))?;
        Ok(Some(contract::proof_words(&proof)))
    }

    /// Writes down what is in flight before anything depends on it.
    async fn note(
        &mut self,
        in_flight: InFlight,
        sent: &SentTransaction,
        arrived: bool,
    ) -> Result<InFlight, StorageError> {
        let in_flight = InFlight {
            sent: as_sent(sent),
            sent_ms: self.clock.now_ms(),
            arrived,
            ..in_flight
        };
        self.write(in_flight).await?;
        Ok(in_flight)
    }

    /// The layer 1 has it.
    async fn arrived(&mut self, in_flight: InFlight) -> Result<(), StorageError> {
        let in_flight = InFlight {
            arrived: true,
            ..in_flight
        };
        self.write(in_flight).await
    }

    async fn write(&mut self, in_flight: InFlight) -> Result<(), StorageError> {
        let mut commit = Commit::default();
        commit.fly(&in_flight);
        self.storage.commit(commit).await?;
        self.in_flight.insert(in_flight.first, in_flight);
        Ok(())
    }

    /// It is not in flight any more.
    async fn land(&mut self, first: BatchNumber) -> Result<(), StorageError> {
        let mut commit = Commit::default();
        commit.land(first);
        self.storage.commit(commit).await?;
        self.in_flight.remove(&first);
        Ok(())
    }

    fn accepted(&mut self) {
        self.refused = None;
        self.leaves_entries = None;
        self.health.clear(Fault::L1Refuses);
    }

    fn refused(&mut self, sentence: String) {
        metrics::counter!("assay_l1_refusals_total").increment(1);
        let before = self.refused.map_or(0, |refused| refused.attempts);
        self.refused = Some(Refused {
            attempts: before.saturating_add(1),
            at_ms: self.clock.now_ms(),
        });
        self.health.raise(Fault::L1Refuses, sentence);
    }

    fn is_backing_off(&self) -> bool {
        self.refused.is_some_and(|refused| {
            let doublings = refused.attempts.saturating_sub(1).min(6);
            let wait_ms = (BACKOFF_MS << doublings).min(BACKOFF_MS_MAX);
            self.clock.now_ms().saturating_sub(refused.at_ms) < wait_ms
        })
    }
}

fn is_of_taking(error: &L1Error) -> bool {
    match error {
        L1Error::Reverted { revert, .. } => LEAVES_ENTRIES.contains(&revert.name.as_str()),
        _ => false,
    }
}

/// A gas limit under which a call cannot run out.
fn gas_bound(call: &RollupCall) -> u64 {
    let RollupCall::Submit(batches) = call else {
        return CALL_GAS;
    };
    let bytes: usize = batches.iter().map(|(data, _)| data.posted_bytes()).sum();
    CALL_GAS + BATCH_GAS * batches.len() as u64 + BYTE_GAS * bytes as u64
}

fn as_transaction(in_flight: &InFlight) -> SentTransaction {
    let InFlight { sent, nonce, .. } = *in_flight;
    SentTransaction {
        hash: sent.hash,
        nonce,
        max_fee_wei: sent.max_fee_wei,
        max_priority_fee_wei: sent.max_priority_fee_wei,
        gas_limit: sent.gas_limit,
    }
}

fn as_sent(sent: &SentTransaction) -> Sent {
    Sent {
        hash: sent.hash,
        max_fee_wei: sent.max_fee_wei,
        max_priority_fee_wei: sent.max_priority_fee_wei,
        gas_limit: sent.gas_limit,
    }
}
