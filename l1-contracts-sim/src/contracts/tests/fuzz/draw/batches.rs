//! Batches, honest, nearly honest and senseless ones.

use alloy::{
    primitives::{Bytes, U256},
    sol_types::{SolCall as _, SolInterface as _},
};
use rand::Rng as _;

use super::super::{
    inside::{Inside, Leaf},
    model::{Shape, curve},
    world::{Step, World},
};
use crate::{
    batch::{BatchData, PostedFeeSlot, Word},
    contracts::{
        Assay::{self, AssayCalls},
        tests::records::{Head, deposit_words},
    },
};

/// What the next batch begins with.
struct Plan {
    number: u64,
    timestamp: u32,
    accounts: u32,
    root: Word,
    taken: usize,
    inside: Inside,
}

impl World {
    pub(super) fn draw_submit(&mut self) -> Option<Step> {
        let now = self.ground.now;
        let free = self.model.is_silent(now) || now <= self.model.open_until;
        let rescue = self.chance(if free { 50 } else { 3 });
        self.batches_of(rescue)
    }

    /// By another than the operator, whether it may or not.
    pub(super) fn draw_rescue(&mut self) -> Option<Step> {
        self.batches_of(true)
    }

    fn batches_of(&mut self, rescue: bool) -> Option<Step> {
        let in_service: Vec<Shape> = {
            let shapes = self.model.shapes.values();
            shapes.filter(|shape| !shape.retired).cloned().collect()
        };
        if in_service.is_empty() {
            return None;
        }
        let shape = self.pick(&in_service);
        let operator = self.model.config.operator;
        let from = if rescue { self.somebody() } else { operator };
        let count = self.pick(&[1, 1, 1, 1, 1, 1, 2, 2, 3, 5]);
        let last = self.model.last().header;
        let mut plan = Plan {
            number: self.model.batches.len() as u64,
            timestamp: last.timestamp,
            accounts: last.accounts,
            root: last.new_root,
            taken: self.model.taken,
            inside: self.inside.clone(),
        };
        let mut call = Assay::submitCall {
            batches: Vec::new(),
            proofs: Vec::new(),
        };
        let tweaked = if self.chance(25) {
            self.rng.random_range(0..count)
        } else {
            count
        };
        for i in 0..count {
            let before = (plan.root, plan.accounts);
            let mut data = self.plan_batch(&mut plan, &shape, rescue);
            if i == tweaked {
                self.tweak(&mut data);
            }
            let proof = self.batch_proof(&data, &shape, before);
            if i == tweaked && self.chance(30) {
                self.tweak(&mut data);
            }
            call.batches.push((&data).into());
            call.proofs.push(proof.into());
        }
        if self.chance(3) {
            self.tweak_call(&mut call);
        }
        Some(self.encoded(Step::new(from, AssayCalls::submit(call))))
    }

    fn batch_proof(&mut self, data: &BatchData, shape: &Shape, before: (Word, u32)) -> Vec<u8> {
        let half = self.rng.random_range(0..4);
        let inputs = self.model.inputs(data, shape, before);
        let Some(key) = shape.key else {
            return vec![0; 256];
        };
        match self.rng.random_range(0..60) {
            0 => self.spoiled(key, &inputs),
            1 => self.model.prove((key + 1) % 3, &inputs, half),
            2 => vec![1; self.pick(&[0, 32, 255, 256, 257, 288])],
            _ => self.model.prove(key, &inputs, half),
        }
    }

    fn plan_batch(&mut self, plan: &mut Plan, shape: &Shape, rescue: bool) -> BatchData {
        let now = u32::try_from(self.ground.now).unwrap_or(u32::MAX);
        let oldest = now
            .saturating_sub(self.model.config.maxLagS)
            .max(plan.timestamp);
        // A due time between is worth trying: the entry must be taken then, and not before.
        let next = self.model.entries.get(plan.taken + usize::from(rescue));
        let next = next.map(|entry| entry.due as u32);
        let between = next.filter(|due| (oldest..=now).contains(due));
        let timestamp = match self.rng.random_range(0..40) {
            0 => oldest.saturating_sub(1),
            1 | 2 => oldest,
            3 | 4 => self.rng.random_range(oldest.min(now)..=now),
            5..15 => between.unwrap_or(now),
            _ => now,
        };
        let most = usize::from(shape.size.full_records);
        let waiting = &self.model.entries[plan.taken.min(self.model.entries.len())..];
        let due = waiting
            .iter()
            .take_while(|entry| entry.due <= u64::from(timestamp))
            .count();
        let able = waiting.len().min(most);
        let least = due.min(able).max(usize::from(rescue).min(able));
        // Seldom it leaves what it must take.
        let (least, able) = match self.chance(6) {
            true => (0, least),
            false => (least, able),
        };
        let operations = self.rng.random_range(least..=able);
        let mut data = BatchData {
            batch: plan.number,
            shape: shape.size.id,
            timestamp,
            l1_operations: operations as u16,
            accounts: plan.accounts,
            settler: self.somewhere().into(),
            commitment: self.word(),
            new_root: self.word(),
            fee_slots: self.fee_slots(shape.size.fee_slots),
            full_records: Vec::new(),
            tails: Vec::new(),
            transfers: Vec::new(),
        };
        for i in plan.taken..plan.taken + operations {
            let entry = self.model.entries[i].clone();
            let record = self.answer(entry.words, plan, &mut data.accounts);
            plan.inside.execute(&record);
            data.full_records.push(record);
            data.tails.push(entry.tail);
        }
        let more = self.rng.random_range(0..=most - operations).min(3);
        for _ in 0..more {
            let record = self.own_record(&plan.inside);
            if let Some(record) = record {
                plan.inside.execute(&record);
                data.full_records.push(record);
            }
        }
        if self.chance(20) {
            let count = self.rng.random_range(0..=shape.size.transfers);
            data.transfers = (0..count).map(|_| self.rng.random()).collect();
        }
        if self.chance(2) {
            data.accounts = 1 << 24;
        }
        *plan = Plan {
            number: plan.number + 1,
            timestamp,
            accounts: data.accounts,
            root: data.new_root,
            taken: plan.taken + operations,
            inside: std::mem::take(&mut plan.inside),
        };
        data
    }

    /// Some word below r.
    pub(super) fn word(&mut self) -> Word {
        let mut word: Word = self.rng.random();
        word[0] &= 0x0f;
        word
    }

    fn fee_slots(&mut self, most: u8) -> Vec<PostedFeeSlot> {
        let mut slots = Vec::new();
        let mut token = self.rng.random_range(0..3);
        for _ in 0..self.rng.random_range(0..=most.min(3)) {
            let account = self.rng.random_range(1..1 << 24);
            slots.push(PostedFeeSlot { token, account });
            token += self.rng.random_range(1..4);
        }
        slots
    }

    /// An entry as an honest prover answers it.
    fn answer(&mut self, mut record: [Word; 6], plan: &Plan, accounts: &mut u32) -> [Word; 6] {
        let kind = record[0][1] >> 4;
        let head = U256::from_be_bytes(record[0]);
        let bits = |from: usize, count: usize| -> U256 {
            (head >> from) & ((U256::from(1) << count) - U256::from(1))
        };
        let (from, to): (u32, u32) = (bits(216, 24).to(), bits(192, 24).to());
        let (token, amount): (u16, u128) = (bits(176, 16).to(), bits(16, 128).to());
        let leaf = plan
            .inside
            .leaves
            .get(&from)
            .filter(|leaf| leaf.token == token);
        match kind {
            3 => {
                let owner = [record[1], record[2]];
                let mut own = plan.inside.leaves.iter().filter(|(_, leaf)| {
                    let full = leaf.balance.checked_add(amount).is_none();
                    leaf.token == token && leaf.owner == owner && !full
                });
                let known = own.next().map(|(index, _)| *index);
                let bounces = self.chance(8) || (known.is_none() && *accounts == 1 << 24);
                let account = match known {
                    _ if bounces => {
                        record[0][1] |= 1;
                        0
                    }
                    Some(account) if self.chance(60) || *accounts == 1 << 24 => account,
                    _ => {
                        *accounts += 1;
                        *accounts - 1
                    }
                };
                record[0][5..8].copy_from_slice(&account.to_be_bytes()[1..]);
            }
            4 => {
                let there = plan.inside.leaves.get(&to);
                let payee = there.is_some_and(|leaf: &Leaf| {
                    leaf.token == token
                        && (leaf.balance.checked_add(amount).is_some() || from == to)
                });
                let able = leaf.is_some_and(|leaf| leaf.balance >= amount);
                if !payee || !able || self.chance(10) {
                    record[0][1] |= 1;
                }
            }
            _ => match leaf {
                Some(leaf) if self.chance(90) => {
                    let paid = leaf.balance.min(amount);
                    record[2][16..].copy_from_slice(&paid.to_be_bytes());
                }
                _ => record[0][1] |= 1,
            },
        }
        record
    }

    /// A withdrawal or a transfer of what is there; in a reckless world of anything.
    fn own_record(&mut self, inside: &Inside) -> Option<[Word; 6]> {
        let all: Vec<u32> = inside.leaves.keys().copied().collect();
        let reckless = self.reckless && self.chance(10);
        if all.is_empty() {
            return None;
        }
        let (from, to) = (self.pick(&all), self.pick(&all));
        let leaf = &inside.leaves[&from];
        let most = leaf.balance;
        let amount = match self.rng.random_range(0..4) {
            0 => most,
            1 => most / 2,
            _ => self.amount().min(most),
        };
        let mut head = Head {
            kind: 2,
            from,
            token: leaf.token,
            nonce: self.rng.random(),
            amount: if reckless { self.amount() } else { amount },
            last: self.rng.random(),
            ..Head::default()
        };
        let zero = [0; 32];
        let there = &inside.leaves[&to];
        if self.chance(25) && there.token == leaf.token && from != to {
            there.balance.checked_add(head.amount)?;
            (head.kind, head.to) = (1, to);
            return Some([head.word(), self.word(), self.word(), zero, zero, zero]);
        }
        if reckless {
            head.token = self.token_number();
        }
        let mut receiver = zero;
        receiver[12..].copy_from_slice(self.somewhere().as_slice());
        Some([head.word(), receiver, zero, zero, zero, zero])
    }

    /// Changes one thing of a batch, which may still be allowed.
    fn tweak(&mut self, data: &mut BatchData) {
        let r: Word = curve::r().to_be_bytes();
        match self.rng.random_range(0..24) {
            0 => {
                data.batch = self.pick(&[
                    0,
                    data.batch.saturating_sub(1),
                    data.batch.saturating_add(1),
                    u64::MAX,
                ])
            }
            1 => data.timestamp = data.timestamp.saturating_add(1),
            2 => data.timestamp = self.pick(&[0, data.timestamp.saturating_sub(1), u32::MAX]),
            3 => data.timestamp = data.timestamp.saturating_sub(self.model.config.maxLagS),
            4 => {
                data.accounts =
                    self.pick(&[0, data.accounts.saturating_sub(1), (1 << 24) + 1, u32::MAX])
            }
            5 => data.commitment = self.pick(&[r, [0xff; 32], [0; 32]]),
            6 => data.new_root = self.pick(&[r, [0xff; 32], [0; 32]]),
            7 => data.shape = self.rng.random_range(0..9),
            8 => {
                data.l1_operations =
                    self.pick(&[0, 1, data.l1_operations.saturating_add(1), u16::MAX])
            }
            9 => {
                data.tails.pop();
            }
            10 => data.tails.push(r),
            11 => {
                data.full_records.pop();
            }
            12 => data
                .full_records
                .extend(vec![deposit_words(0, 1); self.rng.random_range(1..4)]),
            13 => data.fee_slots.push(PostedFeeSlot {
                token: 0,
                account: 1,
            }),
            14 => data.fee_slots.iter_mut().for_each(|slot| slot.account = 0),
            15 => data.fee_slots.reverse(),
            16 => data
                .transfers
                .extend(vec![[1; 13]; self.rng.random_range(0..60)]),
            17 => self.skip_due(data),
            18 => data.settler = self.somewhere().into(),
            _ => self.tweak_record(data),
        }
    }

    /// Leaves out what it would take last.
    fn skip_due(&mut self, data: &mut BatchData) {
        let operations = usize::from(data.l1_operations);
        if (1..=data.full_records.len()).contains(&operations) {
            data.l1_operations -= 1;
            data.tails.pop();
            data.full_records.remove(operations - 1);
        }
    }

    fn tweak_record(&mut self, data: &mut BatchData) {
        if data.full_records.is_empty() {
            return;
        }
        let place = self.rng.random_range(0..data.full_records.len());
        let (word, bit) = (
            self.rng.random_range(0..6),
            self.rng.random_range(0..256_usize),
        );
        let last = data.full_records.len() - 1;
        let record = &mut data.full_records[place];
        match self.rng.random_range(0..9) {
            0 => record[0][1] |= 1,
            1 => record[0][1] ^= 2,
            2 => record[2] = U256::MAX.to_be_bytes(),
            3 => record[0][5..8].copy_from_slice(&[0, 0, 1]),
            4 => record[1] = U256::MAX.to_be_bytes(),
            5 => record[2][31] ^= 1,
            6 => data.full_records.swap(last, place),
            7 if place < data.tails.len() => data.tails[place][31 - bit / 8] ^= 1 << (bit % 8),
            _ => record[word][31 - bit / 8] ^= 1 << (bit % 8),
        }
    }

    fn tweak_call(&mut self, call: &mut Assay::submitCall) {
        let first = self.rng.random_range(0..call.batches.len());
        let batch = &mut call.batches[first];
        match self.rng.random_range(0..6) {
            0 => call.proofs.push(vec![0; 256].into()),
            1 => {
                call.proofs.pop();
            }
            2 => (call.batches, call.proofs) = (Vec::new(), Vec::new()),
            3 => call.proofs.reverse(),
            4 => batch.feeSlots = [&batch.feeSlots[..], &[1]].concat().into(),
            _ => batch.transfers = [&batch.transfers[..], &[1]].concat().into(),
        }
    }

    /// Seldom in other bytes: what is not the one encoding is refused.
    fn encoded(&mut self, mut step: Step) -> Step {
        if !self.chance(6) {
            return step;
        }
        let mut data = step.call.abi_encode();
        match self.rng.random_range(0..5) {
            0 => data.push(0),
            1 => data.extend([0; 32]),
            2 => data.truncate(data.len() - self.rng.random_range(1..40)),
            3 => {
                // An offset, a length, or another small number.
                let words = data.len() / 32;
                let place = 4 + 32 * self.rng.random_range(0..words.min(30)) + 31;
                data[place] ^= 1 << self.rng.random_range(0..8);
            }
            _ => {
                let place = self.rng.random_range(4..data.len());
                data[place] ^= 1 << self.rng.random_range(0..8);
            }
        }
        // What is still the encoding of something is judged as that.
        let read = Assay::submitCall::abi_decode(&data);
        let read = read.ok().filter(|read| read.abi_encode() == data);
        step.malformed = read.is_none();
        if let Some(read) = read {
            step.call = AssayCalls::submit(read);
        }
        step.raw = Some(Bytes::from(data));
        step
    }
}
