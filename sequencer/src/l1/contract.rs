//! Between the node's types and the contract's.

use ark_bn254::Fr;
use assay_circuits::{
    operation::{Entry, Operation},
    quantity::StateRoot,
    word,
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchData, BatchHeader, PostedFeeSlot, ProofWords},
    client::QueueEntry,
};
use assay_prover::groth16::proof::Proof;

use crate::record::{BatchContents, BatchRecord, Word};

/// Why an entry of the queue is none: the contract cannot have let it in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {index} of the layer 1's queue is none that the contract lets in")]
pub(crate) struct NotAnEntry {
    /// Its place in the queue.
    pub(crate) index: u64,
}

/// What an entry of the queue asks for.
pub(crate) fn entry(found: &QueueEntry) -> Result<Entry, NotAnEntry> {
    let index = found.index;
    let wrong = || NotAnEntry { index };
    let mut words = [Fr::from(0u8); 6];
    for (word, bytes) in words.iter_mut().zip(&found.words) {
        *word = word::from_bytes(bytes).map_err(|_| wrong())?;
    }
    Entry::from_words(&words).map_err(|_| wrong())
}

/// The hash of batch 0, after which the state has this root.
pub(crate) fn genesis_hash(root: StateRoot) -> Word {
    BatchHeader::genesis(word::to_bytes(root.0)).hash([0; 32])
}

/// What `submit` posts of a batch.
pub(crate) fn batch_data(batch: &BatchRecord, contents: &BatchContents) -> BatchData {
    let full = &contents.full;
    let l1_operations = full.iter().filter(|operation| operation.is_from_l1());
    BatchData {
        batch: batch.number.0,
        shape: batch.shape.id(),
        timestamp: batch.timestamp,
        l1_operations: u16::try_from(l1_operations.count()).expect("a batch has few full records"),
        accounts: batch.accounts,
        settler: EthAddress(batch.settler.0),
        commitment: word::to_bytes(batch.inputs.c),
        new_root: word::to_bytes(batch.new_root.0),
        fee_slots: contents
            .fee_slots
            .iter()
            .map(|slot| PostedFeeSlot {
                token: slot.token.0,
                account: slot.account.get(),
            })
            .collect(),
        full_records: full
            .iter()
            .map(|operation| operation.full_record().map(word::to_bytes))
            .collect(),
        tails: batch.tails.clone(),
        transfers: contents
            .transfers
            .iter()
            .filter_map(Operation::transfer_record)
            .collect(),
    }
}

/// What the contract keeps of a batch, by its hash, and `claim` must repeat.
pub(crate) fn header(batch: &BatchRecord) -> BatchHeader {
    BatchHeader {
        commitment: word::to_bytes(batch.inputs.c),
        new_root: word::to_bytes(batch.new_root.0),
        claims_hash: batch.claims_hash,
        queue_end: batch.queue_end,
        timestamp: batch.timestamp,
        accounts: batch.accounts,
        shape: batch.shape.id(),
    }
}

/// A proof for the contract.
pub(crate) fn proof_words(proof: &Proof) -> ProofWords {
    ProofWords(proof.to_words())
}
