//! The state in the rollup, as far as its money is concerned.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::U256;

use crate::batch::{BatchData, Word};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) token: u16,
    pub(super) balance: u128,
    pub(super) owner: [Word; 2],
}

#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    pub(super) leaves: BTreeMap<u32, Leaf>,
    /// A batch was proved that no honest prover could prove.
    pub(super) unsound: bool,
}

/// A number of so many bits in a record's first word.
fn bits(word: &Word, from: usize, count: usize) -> u128 {
    let word = U256::from_be_bytes(*word) >> from;
    let mask = (U256::from(1) << count) - U256::from(1);
    (word & mask).to()
}

impl Inside {
    fn take(&mut self, from: u32, token: u16, amount: u128) {
        let leaf = self
            .leaves
            .get_mut(&from)
            .filter(|leaf| leaf.token == token);
        match leaf.and_then(|leaf| Some((leaf.balance.checked_sub(amount)?, leaf))) {
            Some((rest, leaf)) => leaf.balance = rest,
            None => self.unsound |= amount > 0,
        }
    }

    fn give(&mut self, to: u32, token: u16, amount: u128, owner: [Word; 2]) {
        let new = Leaf {
            token,
            balance: 0,
            owner,
        };
        let leaf = self.leaves.entry(to).or_insert(new);
        match leaf.balance.checked_add(amount) {
            Some(sum) if leaf.token == token => leaf.balance = sum,
            _ => self.unsound = true,
        }
    }

    /// What a record does, whoever put it into a batch.
    pub(super) fn execute(&mut self, record: &[Word; 6]) {
        let head = &record[0];
        let (kind, status) = (bits(head, 244, 4), bits(head, 240, 4));
        let (from, to) = (bits(head, 216, 24) as u32, bits(head, 192, 24) as u32);
        let (token, amount) = (bits(head, 176, 16) as u16, bits(head, 16, 128));
        let owner = [record[1], record[2]];
        match (kind, status) {
            (1, _) | (4, 0) => {
                self.take(from, token, amount);
                self.give(to, token, amount, owner);
            }
            (2, _) => self.take(from, token, amount),
            (3, 0) => self.give(to, token, amount, owner),
            (5, 0) => {
                let paid = u128::from_be_bytes(record[2][16..].try_into().unwrap());
                self.take(from, token, paid);
            }
            _ => {}
        }
    }

    pub(super) fn batch(&mut self, data: &BatchData) {
        data.full_records
            .iter()
            .for_each(|record| self.execute(record));
    }

    /// All that is in accounts of a token and did not escape.
    pub(super) fn sum(&self, token: u16, escaped: &BTreeSet<u32>) -> U256 {
        let leaves = self.leaves.iter();
        let there = leaves.filter(|(index, leaf)| leaf.token == token && !escaped.contains(index));
        there.map(|(_, leaf)| U256::from(leaf.balance)).sum()
    }
}
