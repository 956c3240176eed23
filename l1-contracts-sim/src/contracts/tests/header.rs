//! What the contract must make of a commit: the statement's vector, and the header.

use alloy::{
    primitives::{U256, keccak256},
    sol_types::SolValue as _,
};
use sha2::{Digest as _, Sha256};

use crate::{
    address::EthAddress,
    batch::{
        BatchHeader, CommitData, CommittedFeeSlot, ShapeSize, TRANSFER_BYTES, Withdrawal, Word,
        withdrawals_hash,
    },
    contracts::Assay,
};

/// BN254's group order r; the least significant limb comes first.
const R: U256 = U256::from_limbs([
    0x43e1_f593_f000_0001,
    0x2833_e848_79b9_7091,
    0xb850_45b6_8181_585d,
    0x3064_4e72_e131_a029,
]);

/// Bytes of transfer data in one word of the vector.
const WORD_DATA_BYTES: usize = 31;

/// Code of a withdrawal in a full record.
const WITHDRAWAL: u8 = 2;

/// The data is for another shape, or does not fit into it.
#[derive(Debug)]
pub(crate) struct WrongShape;

impl BatchHeader {
    /// The hash that the contract keeps: keccak256 of the parent's hash and the header. The
    /// parent's of batch 0 is zero.
    pub(crate) fn hash(&self, parent: Word) -> Word {
        let header = Assay::BatchHeader::from(*self).abi_encode();
        keccak256([&parent[..], &header].concat()).0
    }
}

impl CommitData {
    /// The header that the contract makes of this data: `queue_begin` entries of the queue are
    /// consumed by the batches before.
    pub(crate) fn header(
        &self,
        size: ShapeSize,
        old_root: Word,
        domain: Word,
        queue_begin: u64,
    ) -> Result<BatchHeader, WrongShape> {
        let vector = self.vector(size, old_root, domain)?;
        let mut hash = Sha256::new_with_prefix("assay/z");
        hash.update(self.commitment);
        vector.iter().for_each(|word| hash.update(word));
        let digest: Word = hash.finalize().into();
        let z = U256::from_be_bytes(digest) % R;
        let step = |y: U256, word: &Word| y.mul_mod(z, R).add_mod(U256::from_be_bytes(*word), R);
        let y = vector.iter().rev().fold(U256::ZERO, step);
        Ok(BatchHeader {
            commitment: self.commitment,
            challenge: z.to_be_bytes(),
            evaluation: y.to_be_bytes(),
            new_root: self.new_root,
            withdrawals_hash: withdrawals_hash(&self.withdrawals()),
            queue_end: queue_begin + u64::from(self.l1_operations),
            timestamp: self.timestamp,
            shape: self.shape,
        })
    }

    /// The withdrawals of the batch, in the order in which `claim` counts them.
    pub(crate) fn withdrawals(&self) -> Vec<Withdrawal> {
        let records = self.full_records.iter().skip(self.l1_operations.into());
        let withdrawals = records.filter(|record| record[0][1] >> 4 == WITHDRAWAL);
        withdrawals
            .map(|[head, to, ..]| Withdrawal {
                token: u16::from_be_bytes([head[8], head[9]]),
                amount: u128::from_be_bytes(head[14..30].try_into().unwrap()),
                to: EthAddress(to[12..].try_into().unwrap()),
            })
            .collect()
    }

    fn vector(
        &self,
        size: ShapeSize,
        old_root: Word,
        domain: Word,
    ) -> Result<Vec<Word>, WrongShape> {
        let fits = self.shape == size.id
            && self.fee_slots.len() <= size.fee_slots.into()
            && self.full_records.len() <= size.full_records.into()
            && self.transfers.len() <= size.transfers.into();
        if !fits {
            return Err(WrongShape);
        }
        let mut vector = vec![
            old_root,
            self.new_root,
            domain,
            word(self.shape.into()),
            word(self.batch.into()),
            word(self.timestamp.into()),
            word(self.l1_operations.into()),
        ];
        let mut fee_slots = self.fee_slots.clone();
        fee_slots.resize(size.fee_slots.into(), CommittedFeeSlot::default());
        for slot in fee_slots {
            vector.extend([word(slot.token.into()), word(slot.account.into())]);
        }
        let mut records = self.full_records.clone();
        records.resize(size.full_records.into(), Default::default());
        vector.extend(records.into_flattened());
        let mut bytes = self.transfers.concat();
        let transfer_bytes = TRANSFER_BYTES * usize::from(size.transfers);
        bytes.resize(transfer_bytes.next_multiple_of(WORD_DATA_BYTES), 0);
        for chunk in bytes.chunks(WORD_DATA_BYTES) {
            let mut word = [0; 32];
            word[1..].copy_from_slice(chunk);
            vector.push(word);
        }
        Ok(vector)
    }
}

fn word(value: u128) -> Word {
    U256::from(value).to_be_bytes()
}
