//! `submit`: whether batches are taken, and what they leave.

use std::collections::BTreeSet;

use alloy::primitives::{U256, keccak256};

use super::{
    Assay, AssayEvents, At, Batch, Model, Outcome, Outside, Refusals, Shape, curve,
    records::{self, Fields},
};
use crate::{
    batch::{BatchData, BatchHeader, Claim, PostedFeeSlot, Word},
    contracts::tests::statement,
};

const LEAVES: u32 = 1 << 24;

/// Where the batch before left things.
struct Progress {
    header: BatchHeader,
    hash: Word,
    taken: usize,
}

impl Model {
    pub(super) fn submit(
        &mut self,
        call: &Assay::submitCall,
        at: &At,
        outside: &mut Outside,
    ) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(self.frozen, "IsFrozen");
        refusals.when(!at.direct, "NotDirect");
        let silent = self.is_silent(at.now);
        let operator = at.caller == self.config.operator;
        let may = operator || silent || at.now <= self.open_until;
        refusals.when(!may, "NotOperator");
        let window = u64::from(self.config.rescueWindowS);
        let latest = if !operator && silent {
            at.now + window
        } else {
            at.now
        };
        refusals.when(latest > u64::from(u32::MAX), "TimeOverflow");
        let count = call.batches.len();
        refusals.when(count == 0 || call.proofs.len() != count, "WrongBatchCount");
        refusals.when(self.deaf, "VerifierAnswer");
        // A precompile that fails takes all gas; with several proofs there is none left to say why.
        let known = |proof| self.proofs.contains_key(proof);
        let strange = count > 1 && !call.proofs.iter().all(|proof| known(&proof[..]));
        refusals.when(strange, "");

        let mut progress = Progress {
            header: self.last().header,
            hash: self.last().hash,
            taken: self.taken,
        };
        let first_shape = call.batches.first().map(|batch| batch.shapeId);
        let mut taken = Vec::new();
        for (data, proof) in call.batches.iter().zip(&call.proofs) {
            refusals.when(Some(data.shapeId) != first_shape, "MixedShapes");
            refusals.when(!operator && data.l1Operations == 0, "NothingTaken");
            let number = self.batches.len() + taken.len();
            refusals.when(data.batch != number as u64, "WrongBatchNumber");
            let batch = self.check_batch(data, &progress, at, &mut refusals);
            let Some((read, claims)) = batch else {
                refusals.when(proof.len() != 256, "WrongProofLength");
                continue;
            };
            let shape = &self.shapes[&data.shapeId];
            let before = (progress.header.new_root, progress.header.accounts);
            let inputs = self.inputs(&read, shape, before);
            match shape.key {
                Some(key) if !self.deaf => self.check_proof(&mut refusals, proof, key, &inputs),
                _ => refusals.when(proof.len() != 256, "WrongProofLength"),
            }
            let end = progress.taken + usize::from(data.l1Operations);
            let header = header_of(&read, &claims, end as u64);
            let hash = records::batch_hash(&progress.hash, &header);
            progress = Progress {
                header,
                hash,
                taken: end,
            };
            let paid = BTreeSet::new();
            taken.push((
                data,
                Batch {
                    header,
                    hash,
                    claims,
                    paid,
                },
            ));
        }
        refusals.or()?;
        let mut events = Vec::new();
        for (data, batch) in taken {
            events.extend(self.take(data, batch, outside));
        }
        self.last_proved_at = at.now;
        if !operator && silent {
            self.open_until = at.now + u64::from(self.config.rescueWindowS);
        }
        Ok(events)
    }

    /// C, z and y.
    pub(in super::super) fn inputs(
        &self,
        data: &BatchData,
        shape: &Shape,
        before: (Word, u32),
    ) -> Vec<Word> {
        statement::inputs(data, shape.size, before.0, self.domain, before.1)
    }

    /// What is wrong with a batch; what it says and its claims, where that can be read.
    fn check_batch(
        &self,
        data: &Assay::BatchData,
        progress: &Progress,
        at: &At,
        refusals: &mut Refusals,
    ) -> Option<(BatchData, Vec<Claim>)> {
        let (last, time) = (&progress.header, u64::from(data.timestamp));
        let oldest = at.now.saturating_sub(u64::from(self.config.maxLagS));
        let timely = data.timestamp >= last.timestamp && (oldest..=at.now).contains(&time);
        refusals.when(!timely, "WrongTimestamp");
        let words = [data.commitment, data.newRoot].map(|word| U256::from_be_bytes(word.0));
        refusals.when(
            words.iter().any(|word| *word >= curve::r()),
            "WordNotCanonical",
        );
        let counted = (last.accounts..=LEAVES).contains(&data.accounts);
        refusals.when(!counted, "WrongAccountCount");
        let shape = self
            .shapes
            .get(&data.shapeId)
            .filter(|shape| !shape.retired);
        let Some(shape) = shape else {
            refusals.when(true, "UnknownShape");
            return None;
        };
        let read = read(data);
        let size = shape.size;
        let fits = read.as_ref().is_some_and(|read| {
            read.fee_slots.len() <= usize::from(size.fee_slots)
                && read.full_records.len() <= usize::from(size.full_records)
                && read.transfers.len() <= usize::from(size.transfers)
        });
        refusals.when(!fits, "WrongSectionLength");
        let read = read?;
        let ascending = read.fee_slots.is_sorted_by(|a, b| a.token < b.token);
        let named = read.fee_slots.iter().all(|slot| slot.account != 0);
        refusals.when(!(ascending && named), "InvalidFeeSlot");
        let operations = usize::from(data.l1Operations);
        let counted = operations <= read.full_records.len() && operations == read.tails.len();
        refusals.when(!counted, "WrongOperationCount");
        if !counted {
            return None;
        }
        self.check_queue(&read, progress.taken, refusals);
        let own = &read.full_records[operations..];
        refusals.when(!own.iter().all(is_own_record), "InvalidRecord");
        // The taking rule.
        let full = data.l1Operations == size.full_records;
        let next = self.entries.get(progress.taken + operations);
        let left = !full && next.is_some_and(|next| next.due <= time);
        refusals.when(left, "DueEntryLeft");
        let claims = claims(&read);
        fits.then_some((read, claims))
    }

    /// The first records must be the next entries of the queue.
    fn check_queue(&self, read: &BatchData, taken: usize, refusals: &mut Refusals) {
        for (i, tail) in read.tails.iter().enumerate() {
            let mut record = read.full_records[i];
            let fields = Fields::of(&record[0]);
            let bounced = fields.status == 1;
            let mut chosen = fields.status <= 1;
            record[0][1] &= 0xf0;
            if fields.kind == 3 {
                chosen &= !(bounced && fields.to != 0);
                record[0][5..8].fill(0);
            }
            if fields.kind == 5 {
                let paid = U256::from_be_bytes(record[2]);
                chosen &= paid <= U256::from(u128::MAX) && (paid.is_zero() || !bounced);
                record[2] = [0; 32];
            }
            refusals.when(!chosen, "InvalidRecord");
            let entry = self.entries.get(taken + i);
            let same = entry.is_some_and(|entry| entry.words == record && entry.tail == *tail);
            refusals.when(!same, "QueueMismatch");
        }
    }

    fn take(
        &mut self,
        data: &Assay::BatchData,
        batch: Batch,
        outside: &mut Outside,
    ) -> Vec<AssayEvents> {
        let end = batch.header.queue_end as usize;
        let fees = self.entries[self.taken..end].iter();
        let fees = fees.map(|entry| records::tail_fields(&entry.tail));
        let (base, surcharge) = fees.fold((U256::ZERO, U256::ZERO), |sums, fee| {
            (sums.0 + fee.1, sums.1 + fee.2)
        });
        outside.pay(alloy::primitives::Address::ZERO, surcharge);
        self.taken = end;
        self.batches.push(batch);
        let mut events = self.credit(data.settler, base);
        events.push(AssayEvents::Submitted(Assay::Submitted {
            batch: data.batch,
            newRoot: data.newRoot,
            settler: data.settler,
        }));
        events
    }
}

/// A batch's sections, where they have whole records.
fn read(data: &Assay::BatchData) -> Option<BatchData> {
    let slot = |bytes: &[u8]| PostedFeeSlot {
        token: u16::from_be_bytes([bytes[0], bytes[1]]),
        account: u32::from_be_bytes([0, bytes[2], bytes[3], bytes[4]]),
    };
    let record = |words: &[U256; 6]| words.map(|word| word.to_be_bytes());
    let whole = data.feeSlots.len().is_multiple_of(5) && data.transfers.len().is_multiple_of(13);
    whole.then(|| BatchData {
        batch: data.batch,
        shape: data.shapeId,
        timestamp: data.timestamp,
        l1_operations: data.l1Operations,
        accounts: data.accounts,
        settler: data.settler.into(),
        commitment: data.commitment.0,
        new_root: data.newRoot.0,
        fee_slots: data.feeSlots.chunks(5).map(slot).collect(),
        full_records: data.fullRecords.iter().map(record).collect(),
        tails: data.tails.iter().map(|tail| tail.to_be_bytes()).collect(),
        transfers: data
            .transfers
            .chunks(13)
            .map(|chunk| chunk.try_into().unwrap())
            .collect(),
    })
}

/// A transfer or a withdrawal that did not come from the queue.
fn is_own_record(record: &[Word; 6]) -> bool {
    let fields = Fields::of(&record[0]);
    let [_, first, second, rest @ ..] = record.map(U256::from_be_bytes);
    let form = fields.unused == 0 && fields.status == 0 && rest.iter().all(U256::is_zero);
    let canonical = first < curve::r() && second < curve::r();
    let kind = match fields.kind {
        1 => true,
        2 => fields.to == 0 && (first >> 160_usize).is_zero() && second.is_zero(),
        _ => false,
    };
    form && canonical && kind
}

/// Withdrawals, forced ones that were executed and pay, deposits that bounced.
fn claims(read: &BatchData) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (i, record) in read.full_records.iter().enumerate() {
        let fields = Fields::of(&record[0]);
        let paid = u128::from_be_bytes(record[2][16..].try_into().unwrap());
        let address = |word: &Word| crate::address::EthAddress(word[12..].try_into().unwrap());
        let (amount, receiver, from) = match (fields.kind, fields.status) {
            (2, _) => (fields.amount, address(&record[1]), fields.from),
            (5, 0) if paid > 0 => (paid, address(&record[1]), fields.from),
            (3, 1) if i < read.tails.len() => {
                let (refund_to, ..) = records::tail_fields(&read.tails[i]);
                (fields.amount, refund_to.into(), 0)
            }
            _ => continue,
        };
        claims.push(Claim {
            token: fields.token,
            amount,
            receiver,
            from,
        });
    }
    claims
}

fn header_of(read: &BatchData, claims: &[Claim], queue_end: u64) -> BatchHeader {
    let claims_hash = match claims {
        [] => [0; 32],
        claims => keccak256(records::pack(claims)).0,
    };
    BatchHeader {
        commitment: read.commitment,
        new_root: read.new_root,
        claims_hash,
        queue_end,
        timestamp: read.timestamp,
        accounts: read.accounts,
        shape: read.shape,
    }
}
