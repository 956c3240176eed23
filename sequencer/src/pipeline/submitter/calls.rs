//! What is sent: batches with their proofs, as many in one call as the layer 1 takes.

use assay_circuits::quantity::BatchNumber;
use assay_l1::{
    batch::{BatchData, ProofWords},
    client::RollupCall,
};
use assay_prover::groth16::proof::Proof;

use crate::{
    l1::contract,
    record::{BatchRecord, InFlight},
    storage::{Storage, StorageError},
};

/// Data of one call at most, bytes: nodes of the layer 1 pass no transaction of 128 KiB on.
const CALL_BYTES_MAX: usize = 100_000;
/// Gas limit of one call at most (EIP-7825).
const CALL_GAS_MAX: u64 = 1 << 24;
/// Above what the contract takes for a call, for one batch and for a byte of data. Only what is
/// used is paid.
const CALL_GAS: u64 = 300_000;
const BATCH_GAS: u64 = 700_000;
const BYTE_GAS: u64 = 60;
/// What a transfer to oneself takes.
const NOTHING_GAS: u64 = 21_000;

/// First and last batch of a call.
pub(super) type Range = (BatchNumber, BatchNumber);

/// Makes calls of what is stored.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) storage: Storage,
    /// Batches in one call at most.
    pub(super) batches_max: usize,
}

impl Calls {
    /// The batches from this one on that have proofs, as many of one shape as go into one call.
    pub(super) fn next(
        &self,
        first: BatchNumber,
    ) -> Result<Option<(Range, RollupCall)>, StorageError> {
        let (mut batches, mut shape) = (Vec::new(), None);
        let (mut number, mut bytes) = (first, 0);
        while batches.len() < self.batches_max.max(1) {
            let Some(batch) = self.proved_batch(number)? else {
                break;
            };
            bytes += batch.0.posted_bytes();
            let same = *shape.get_or_insert(batch.0.shape) == batch.0.shape;
            let fits = bytes <= CALL_BYTES_MAX && gas(batches.len() + 1, bytes) <= CALL_GAS_MAX;
            if !same || !(fits || batches.is_empty()) {
                break;
            }
            batches.push(batch);
            number = number.next();
        }
        let range = (first, BatchNumber(number.0 - 1));
        Ok((number > first).then_some((range, RollupCall::Submit(batches))))
    }

    /// The call that a transaction in flight makes; `None` where what it needs is gone.
    pub(super) fn of(&self, in_flight: &InFlight) -> Result<Option<RollupCall>, StorageError> {
        let Some((first, last)) = in_flight.batches else {
            return Ok(Some(RollupCall::Nothing));
        };
        let mut batches = Vec::new();
        for number in (first.0..=last.0).map(BatchNumber) {
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
}

/// A gas limit under which a call cannot run out.
pub(super) fn gas_bound(call: &RollupCall) -> u64 {
    let RollupCall::Submit(batches) = call else {
        return NOTHING_GAS;
    };
    let bytes = batches.iter().map(|(data, _)| data.posted_bytes()).sum();
    gas(batches.len(), bytes).min(CALL_GAS_MAX)
}

fn gas(batches: usize, bytes: usize) -> u64 {
    CALL_GAS + BATCH_GAS * batches as u64 + BYTE_GAS * bytes as u64
}
