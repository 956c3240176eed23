//! Sends data and proofs to the contract, each purpose with one transaction at a time.

use std::{collections::HashMap, sync::Arc};

use assay_api::hexadecimal::Hex;
use assay_circuits::quantity::BatchNumber;
use assay_l1::{
    batch::{BatchHeader, ProofWords},
    client::{L1Error, RollupCall, RollupStatus, SentTransaction},
};
use assay_prover::groth16::proof::Proof;
use tracing::{info, warn};

use super::sight::PipelineError;
use crate::{
    clock::Clock,
    health::{Fault, Health},
    l1::{contract, gateway::SharedGateway},
    record::{BatchRecord, InFlight, Sent},
    storage::{Commit, Lane, Storage, StorageError},
};

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
    in_flight: HashMap<Lane, InFlight>,
    refused: HashMap<Lane, Refused>,
}

#[derive(Debug, Clone, Copy)]
struct Refused {
    attempts: u32,
    at_ms: u64,
}

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
        let mut in_flight = HashMap::new();
        for lane in Lane::ALL {
            in_flight.extend(storage.in_flight(lane)?.map(|found| (lane, found)));
        }
        Ok(Self {
            gateway,
            storage,
            clock,
            health,
            resubmit_after_ms,
            proofs_per_call,
            in_flight,
            refused: HashMap::new(),
        })
    }

    /// Looks what became of what is in flight, and sends again what is stuck.
    pub(super) async fn settle(&mut self) -> Result<(), PipelineError> {
        for lane in Lane::ALL {
            let Some(in_flight) = self.in_flight.get(&lane).cloned() else {
                continue;
            };
            match in_flight.sent {
                None => self.settle_unknown(lane, &in_flight).await?,
                Some(sent) => self.settle_sent(lane, in_flight, sent).await?,
            }
        }
        Ok(())
    }

    /// A crash or a broken connection came between writing the nonce down and hearing of it.
    async fn settle_unknown(
        &mut self,
        lane: Lane,
        in_flight: &InFlight,
    ) -> Result<(), PipelineError> {
        if self.gateway.next_nonce().await? > in_flight.nonce {
            // It, or something else of this account, has the nonce; the contract tells the rest.
            return Ok(self.land(lane).await?);
        }
        self.resume_sending(lane, in_flight.clone()).await
    }

    async fn settle_sent(
        &mut self,
        lane: Lane,
        in_flight: InFlight,
        sent: Sent,
    ) -> Result<(), PipelineError> {
        if let Some(receipt) = self.gateway.receipt(sent.hash).await? {
            self.land(lane).await?;
            if receipt.succeeded {
                self.accepted(lane);
            } else {
                let hash = Hex(&sent.hash);
                self.refused(
                    lane,
                    format!("the {} transaction {hash} failed", lane.name()),
                );
            }
            return Ok(());
        }
        let waited_ms = self.clock.now_ms().saturating_sub(in_flight.sent_ms);
        if waited_ms < self.resubmit_after_ms {
            return Ok(());
        }
        warn!(
            lane = lane.name(),
            waited_ms, "not mined: sending again with a higher fee"
        );
        metrics::counter!("assay_l1_resubmissions_total", "lane" => lane.name()).increment(1);
        let stuck = SentTransaction {
            hash: sent.hash,
            nonce: in_flight.nonce,
            max_fee_wei: sent.max_fee_wei,
            max_priority_fee_wei: sent.max_priority_fee_wei,
            gas_limit: sent.gas_limit,
        };
        let Some(call) = self.call(lane, &in_flight)? else {
            return Ok(self.land(lane).await?);
        };
        match self.gateway.resend(&call, &stuck).await {
            Ok(sent) => Ok(self.note(lane, in_flight, Some(&sent)).await?),
            Err(error @ L1Error::Transport { .. }) => Err(error.into()),
            Err(error) => {
                // Mined meanwhile, or replaced: the next status shows which.
                warn!(lane = lane.name(), %error, "sending again was refused");
                Ok(self.land(lane).await?)
            }
        }
    }

    /// Sends what the contract wants next.
    pub(super) async fn send_next(&mut self, status: &RollupStatus) -> Result<(), PipelineError> {
        for lane in Lane::ALL {
            if self.in_flight.contains_key(&lane) || self.is_backing_off(lane) {
                continue;
            }
            if self.in_flight.values().any(|other| other.sent.is_none()) {
                // Which nonce is free is not known before that is settled.
                return Ok(());
            }
            let range = match lane {
                Lane::Commit => self.next_commit(status)?,
                Lane::Prove => self.next_proofs(status)?,
            };
            let Some((first, last)) = range else { continue };
            let nonce = self.gateway.next_nonce().await?;
            let sent_ms = self.clock.now_ms();
            let in_flight = InFlight {
                first,
                last,
                nonce,
                sent_ms,
                sent: None,
            };
            self.note(lane, in_flight.clone(), None).await?;
            self.resume_sending(lane, in_flight).await?;
        }
        Ok(())
    }

    /// Sends what is written down and not known to have been sent.
    async fn resume_sending(
        &mut self,
        lane: Lane,
        in_flight: InFlight,
    ) -> Result<(), PipelineError> {
        let Some(call) = self.call(lane, &in_flight)? else {
            return Ok(self.land(lane).await?);
        };
        match self.gateway.send(&call, in_flight.nonce).await {
            Ok(sent) => {
                let (first, last) = (in_flight.first.0, in_flight.last.0);
                info!(
                    lane = lane.name(),
                    first,
                    last,
                    hash = %Hex(&sent.hash),
                    "sent"
                );
                metrics::counter!("assay_l1_sent_total", "lane" => lane.name()).increment(1);
                Ok(self.note(lane, in_flight, Some(&sent)).await?)
            }
            // It may have arrived all the same: the nonce stays taken.
            Err(error @ L1Error::Transport { .. }) => Err(error.into()),
            Err(error) => {
                self.land(lane).await?;
                self.refused(lane, error.to_string());
                Ok(())
            }
        }
    }

    fn next_commit(
        &self,
        status: &RollupStatus,
    ) -> Result<Option<(BatchNumber, BatchNumber)>, StorageError> {
        let next = BatchNumber(status.last_committed).next();
        let batch = self.storage.batch(next)?;
        Ok(batch.map(|_| (next, next)))
    }

    /// The committed batches after the last proved one that have proofs, as many of one shape as
    /// go into one call.
    fn next_proofs(
        &self,
        status: &RollupStatus,
    ) -> Result<Option<(BatchNumber, BatchNumber)>, StorageError> {
        let first = BatchNumber(status.last_proved).next();
        let most = self.proofs_per_call.max(1) as u64;
        let end = status
            .last_committed
            .min(status.last_proved.saturating_add(most));
        let mut last = None;
        let mut shape = None;
        for number in (first.0..=end).map(BatchNumber) {
            let Some(batch) = self.storage.batch(number)? else {
                break;
            };
            let same = *shape.get_or_insert(batch.shape) == batch.shape;
            if !same || self.storage.proof(number)?.is_none() {
                break;
            }
            last = Some(number);
        }
        Ok(last.map(|last| (first, last)))
    }

    /// The call that a transaction in flight makes; `None` where what it needs is gone.
    fn call(&self, lane: Lane, in_flight: &InFlight) -> Result<Option<RollupCall>, StorageError> {
        let storage = &self.storage;
        if lane == Lane::Commit {
            let Some(batch) = storage.batch(in_flight.first)? else {
                return Ok(None);
            };
            let witness = storage.witness(in_flight.first)?;
            let data = contract::commit_data(&witness, batch.inputs.c);
            return Ok(Some(RollupCall::Commit(data)));
        }
        let mut proofs = Vec::new();
        for number in (in_flight.first.0..=in_flight.last.0).map(BatchNumber) {
            let Some(batch) = storage.batch(number)? else {
                return Ok(None);
            };
            match self.proof(&batch)? {
                Some(proof) => proofs.push(proof),
                None => return Ok(None),
            }
        }
        Ok(Some(RollupCall::Prove(proofs)))
    }

    fn proof(
        &self,
        batch: &BatchRecord,
    ) -> Result<Option<(BatchHeader, ProofWords)>, StorageError> {
        let Some(record) = self.storage.proof(batch.number)? else {
            return Ok(None);
        };
        let proof = Proof::from_bytes(&record.proof);
        let proof = proof.map_err(StorageError::corrupt("proof"))?;
        Ok(Some((
            contract::header(batch),
            contract::proof_words(&proof),
        )))
    }

    /// Writes down what is in flight before anything depends on it.
    async fn note(
        &mut self,
        lane: Lane,
        mut in_flight: InFlight,
        sent: Option<&SentTransaction>,
    ) -> Result<(), StorageError> {
        in_flight.sent = sent.map(|sent| Sent {
            hash: sent.hash,
            max_fee_wei: sent.max_fee_wei,
            max_priority_fee_wei: sent.max_priority_fee_wei,
            gas_limit: sent.gas_limit,
        });
        in_flight.sent_ms = self.clock.now_ms();
        let mut commit = Commit::default();
        commit.in_flight(lane, Some(&in_flight));
        self.storage.commit(commit).await?;
        self.in_flight.insert(lane, in_flight);
        Ok(())
    }

    /// Nothing is in flight any more.
    async fn land(&mut self, lane: Lane) -> Result<(), StorageError> {
        let mut commit = Commit::default();
        commit.in_flight(lane, None);
        self.storage.commit(commit).await?;
        self.in_flight.remove(&lane);
        Ok(())
    }

    fn accepted(&mut self, lane: Lane) {
        self.refused.remove(&lane);
        if self.refused.is_empty() {
            self.health.clear(Fault::L1Refuses);
        }
    }

    fn refused(&mut self, lane: Lane, sentence: String) {
        metrics::counter!("assay_l1_refusals_total", "lane" => lane.name()).increment(1);
        let at_ms = self.clock.now_ms();
        let refused = self
            .refused
            .entry(lane)
            .or_insert(Refused { attempts: 0, at_ms });
        refused.attempts = refused.attempts.saturating_add(1);
        refused.at_ms = at_ms;
        self.health.raise(Fault::L1Refuses, sentence);
    }

    fn is_backing_off(&self, lane: Lane) -> bool {
        self.refused.get(&lane).is_some_and(|refused| {
            let doublings = refused.attempts.saturating_sub(1).min(6);
            let wait_ms = (BACKOFF_MS << doublings).min(BACKOFF_MS_MAX);
            self.clock.now_ms().saturating_sub(refused.at_ms) < wait_ms
        })
    }
}
