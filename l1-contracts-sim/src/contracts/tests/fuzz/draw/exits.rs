//! Claims, credits, refunds and escapes.

use alloy::primitives::{Address, U256};
use rand::Rng as _;

use super::super::{
    cast::{FORWARDER, SIGNERS},
    model::records,
    trapdoor::ESCAPE_KEY,
    world::{Step, World},
};
use crate::{
    batch::{BatchHeader, Word},
    contracts::Assay::{self, AssayCalls},
};

/// A claim: its batch, its number, its receiver, its account.
#[derive(Debug, Clone, Copy)]
struct Found {
    batch: usize,
    which: u16,
    receiver: Address,
    from: u32,
}

impl World {
    /// A claim, most often one that was not paid.
    fn find_claim(&mut self) -> Option<Found> {
        let paid_too = self.chance(10);
        let mut found = Vec::new();
        for (batch, kept) in self.model.batches.iter().enumerate() {
            for (which, claim) in (0..).zip(&kept.claims) {
                if paid_too || !kept.paid.contains(&which) {
                    found.push(Found {
                        batch,
                        which,
                        receiver: claim.receiver.into(),
                        from: claim.from,
                    });
                }
            }
        }
        if found.is_empty() {
            None
        } else {
            Some(self.pick(&found))
        }
    }

    fn header(&mut self, batch: usize) -> BatchHeader {
        let mut header = self.model.batches[batch].header;
        if self.chance(2) {
            match self.rng.random_range(0..7) {
                0 => header.commitment[31] ^= 1,
                1 => header.new_root[31] ^= 1,
                2 => header.claims_hash[31] ^= 1,
                3 => header.queue_end ^= 1,
                4 => header.timestamp ^= 1,
                5 => header.accounts ^= 1,
                _ => header.shape ^= 1,
            }
        }
        header
    }

    /// The batch's list, seldom another.
    fn list(&mut self, batch: usize) -> Vec<u8> {
        let mut list = records::pack(&self.model.batches[batch].claims);
        if self.chance(2) {
            match self.rng.random_range(0..3) {
                0 => list.clear(),
                1 => list.push(0),
                _ => {
                    let place = self.rng.random_range(0..list.len());
                    list[place] ^= 1;
                }
            }
        }
        list
    }

    /// Who may act for a receiver, if anybody.
    fn voice(&mut self, receiver: Address) -> (Address, bool) {
        let somebody = self.somebody();
        if SIGNERS.contains(&receiver) && self.chance(70) {
            (receiver, false)
        } else {
            (somebody, receiver == FORWARDER && self.chance(70))
        }
    }

    pub(super) fn draw_claim(&mut self) -> Option<Step> {
        let mut found = self.find_claim()?;
        let header = self.header(found.batch);
        let claims = self.list(found.batch);
        let elsewhere = self.chance(20);
        let (from, via) = self.voice(found.receiver);
        let to = if elsewhere {
            self.somewhere()
        } else {
            found.receiver
        };
        if self.chance(4) {
            found.batch = self.pick(&[0, found.batch + 1, self.model.batches.len(), 1 << 40]);
        }
        if self.chance(3) {
            found.which = self.pick(&[found.which + 1, u16::MAX, found.which ^ 256]);
        }
        let call = Assay::claimCall {
            batch: found.batch as u64,
            header: header.into(),
            claims: claims.into(),
            which: found.which,
            to,
        };
        Some(Step {
            via,
            ..Step::new(from, AssayCalls::claim(call))
        })
    }

    /// A proof of what an owner signs, or of something else.
    fn exit_proof(&mut self, mut inputs: [Word; 4]) -> Vec<u8> {
        let half = self.rng.random_range(0..4);
        if self.chance(12) {
            match self.rng.random_range(0..4) {
                // Under a batch's key.
                0 => return self.model.prove(0, &inputs, half),
                // Of another statement.
                1 => {
                    let bit = self.rng.random_range(0..250_usize);
                    inputs[self.rng.random_range(0..4)][31 - bit / 8] ^= 1 << (bit % 8);
                }
                2 => return self.spoiled(ESCAPE_KEY, &inputs),
                _ => return vec![0; self.pick(&[0, 224, 255, 256, 257])],
            }
        }
        self.model.prove(ESCAPE_KEY, &inputs, half)
    }

    /// A proof whose bytes were changed.
    pub(super) fn spoiled(&mut self, key: usize, inputs: &[Word]) -> Vec<u8> {
        let mut proof = self.model.prove(key, inputs, 0);
        match self.rng.random_range(0..4) {
            0 => {
                let word = self.rng.random_range(0..8);
                proof[32 * word..32 * word + 32].fill(0xff);
            }
            1 => proof[..64].fill(0),
            2 => proof[192..].fill(0),
            _ => {
                let place = self.rng.random_range(0..256);
                proof[place] ^= 1;
            }
        }
        proof
    }

    pub(super) fn draw_redirect(&mut self) -> Option<Step> {
        // Most often of those who cannot be paid.
        let mut found = self.find_claim()?;
        for _ in 0..4 {
            let refused = !self.outside.takes(found.receiver);
            if (found.from == 0 && !self.reckless) || !refused {
                found = self.find_claim()?;
            }
        }
        if found.from == 0 && !self.reckless {
            return None;
        }
        let header = self.header(found.batch);
        let claims = self.list(found.batch);
        let root_batch = self.rng.random_range(1..self.model.batches.len());
        let root_header = self.header(root_batch);
        let to = self.somewhere();
        let packed: U256 = (U256::from(7) << 248) | (U256::from(found.from) << 224);
        let reference: U256 = (U256::from(found.batch) << 16) | U256::from(found.which);
        let destination: U256 = (reference << 160) | U256::from_be_slice(to.as_slice());
        let inputs = [
            root_header.new_root,
            self.model.domain,
            packed.to_be_bytes(),
            destination.to_be_bytes(),
        ];
        let proof = self.exit_proof(inputs);
        let moved = self.chance(3);
        let call = Assay::redirectCall {
            batch: found.batch as u64,
            header: header.into(),
            claims: claims.into(),
            which: found.which,
            to: if moved { self.somewhere() } else { to },
            rootBatch: if self.chance(3) { 0 } else { root_batch as u64 },
            rootHeader: root_header.into(),
            proof: proof.into(),
        };
        let from = self.somebody();
        Some(Step::new(from, AssayCalls::redirect(call)))
    }

    pub(super) fn draw_withdraw_credit(&mut self) -> Option<Step> {
        let owners: Vec<Address> = self.model.credits.keys().copied().collect();
        let owner = if owners.is_empty() || self.chance(10) {
            self.somebody()
        } else {
            self.pick(&owners)
        };
        let (from, via) = self.voice(owner);
        let to = self.somewhere();
        let call = Assay::withdrawCreditCall { to };
        Some(Step {
            via,
            ..Step::new(from, AssayCalls::withdrawCredit(call))
        })
    }

    pub(super) fn draw_refund(&mut self) -> Option<Step> {
        let count = self.model.entries.len();
        if count == 0 {
            return None;
        }
        let first = if self.chance(90) { self.model.taken } else { 0 };
        if first == count {
            return None;
        }
        let index = self.rng.random_range(first..count);
        let entry = self.model.entries[index].clone();
        let (refund_to, ..) = records::tail_fields(&entry.tail);
        let (from, via) = self.voice(refund_to);
        let to = if self.chance(20) {
            self.somewhere()
        } else {
            refund_to
        };
        let mut call = Assay::refundCall {
            index: index as u64,
            previousLink: U256::from_be_bytes(entry.before),
            words: entry.words.map(U256::from_be_bytes),
            tail: U256::from_be_bytes(entry.tail),
            to,
        };
        if self.chance(6) {
            let bit = U256::from(1) << self.rng.random_range(0..256_usize);
            match self.rng.random_range(0..4) {
                0 => call.index = self.pick(&[call.index + 1, count as u64, u64::MAX, 0]),
                1 => call.previousLink ^= bit,
                2 => call.words[self.rng.random_range(0..6)] ^= bit,
                _ => call.tail ^= bit,
            }
        }
        Some(Step {
            via,
            ..Step::new(from, AssayCalls::refund(call))
        })
    }

    pub(super) fn draw_escape(&mut self) -> Option<Step> {
        let all: Vec<u32> = self.inside.leaves.keys().copied().collect();
        let open = all.iter().filter(|leaf| !self.model.escaped.contains(leaf));
        let open: Vec<u32> = open.copied().collect();
        let from = if self.chance(8) { all } else { open };
        if from.is_empty() {
            return None;
        }
        let account = self.pick(&from);
        let leaf = self.inside.leaves[&account].clone();
        let mut call = Assay::escapeCall {
            account,
            token: leaf.token,
            balance: leaf.balance,
            to: self.somewhere(),
            proof: Default::default(),
        };
        if self.reckless && self.chance(10) {
            self.spoil_escape(&mut call);
        }
        let packed: U256 = (U256::from(6) << 248)
            | (U256::from(call.account) << 224)
            | (U256::from(call.token) << 176)
            | (U256::from(call.balance) << 48);
        let inputs = [
            self.model.last().header.new_root,
            self.model.domain,
            packed.to_be_bytes(),
            U256::from_be_slice(call.to.as_slice()).to_be_bytes(),
        ];
        call.proof = self.exit_proof(inputs).into();
        if self.chance(10) {
            self.spoil_escape(&mut call);
        }
        let from = self.somebody();
        Some(Step::new(from, AssayCalls::escape(call)))
    }

    fn spoil_escape(&mut self, call: &mut Assay::escapeCall) {
        self.inside.unsound |= self.reckless;
        match self.rng.random_range(0..5) {
            0 => call.account = self.pick(&[0, 1 << 24, (1 << 24) + call.account, u32::MAX]),
            1 => call.balance = self.amount(),
            2 => call.token = self.token_number(),
            3 => call.account += 1,
            _ => call.to = self.somewhere(),
        }
    }
}
