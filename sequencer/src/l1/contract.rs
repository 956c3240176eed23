//! Between the node's types and the contract's.

use ark_bn254::Fr;
use assay_circuits::{
    babyjubjub::Point,
    batch::BatchWitness,
    operation::{Deposit, Operation},
    order::Payee,
    quantity::{Amount, TokenId},
    slot::SlotWitness,
    word::{self, NotCanonical},
};
use assay_l1::{
    address::EthAddress,
    batch::{BatchHeader, CommitData, CommittedFeeSlot, ProofWords, Withdrawal},
    client::QueueEntry,
};
use assay_prover::groth16::proof::Proof;

use crate::record::BatchRecord;

fn operations(slots: &[SlotWitness]) -> impl Iterator<Item = &Operation> {
    slots.iter().filter_map(|slot| slot.operation.as_ref())
}

/// A deposit as the queue has it, or what the contract cannot have let in.
pub(crate) fn deposit(entry: &QueueEntry) -> Result<Deposit, NotCanonical> {
    let [x, y] = &entry.owner;
    let owner = Point {
        x: word::from_bytes(x)?,
        y: word::from_bytes(y)?,
    };
    Ok(Deposit {
        token: TokenId(entry.token),
        amount: Amount(entry.amount),
        owner,
    })
}

/// The withdrawals of a batch in their order.
pub(crate) fn withdrawals(witness: &BatchWitness) -> Vec<Withdrawal> {
    let withdrawal = |operation: &Operation| {
        let order = operation.order()?;
        let Payee::L1(to) = order.to else { return None };
        Some(Withdrawal {
            token: order.token.0,
            amount: order.amount.0,
            to: EthAddress(to.0),
        })
    };
    operations(&witness.full).filter_map(withdrawal).collect()
}

/// What `commit` posts of a batch.
pub(crate) fn commit_data(witness: &BatchWitness, commitment: Fr) -> CommitData {
    let l1_operations = operations(&witness.full)
        .filter(|operation| operation.is_from_l1())
        .count();
    let full =
        operations(&witness.full).map(|operation| operation.full_record().map(word::to_bytes));
    CommitData {
        batch: witness.number.0,
        shape: witness.shape.id(),
        timestamp: witness.timestamp,
        l1_operations: u16::try_from(l1_operations).expect("a batch has few full records"),
        commitment: word::to_bytes(commitment),
        new_root: word::to_bytes(witness.new_root.0),
        fee_slots: witness
            .fee_slots
            .iter()
            .map(|slot| CommittedFeeSlot {
                token: slot.token.0,
                account: slot.account.get(),
            })
            .collect(),
        full_records: full.collect(),
        transfers: operations(&witness.transfers)
            .filter_map(Operation::transfer_record)
            .collect(),
    }
}

/// What `prove` and `claim` repeat of a batch.
pub(crate) fn header(batch: &BatchRecord) -> BatchHeader {
    BatchHeader {
        commitment: word::to_bytes(batch.inputs.c),
        challenge: word::to_bytes(batch.inputs.z),
        evaluation: word::to_bytes(batch.inputs.y),
        new_root: word::to_bytes(batch.new_root.0),
        withdrawals_hash: batch.withdrawals_hash,
        queue_end: batch.queue_end,
        timestamp: batch.timestamp,
        shape: batch.shape.id(),
    }
}

/// A proof for the contract.
pub(crate) fn proof_words(proof: &Proof) -> ProofWords {
    ProofWords(proof.to_words())
}
