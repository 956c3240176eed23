//! How a layer 1 in memory answers: forgetful, in small pieces, now and then, about others' tokens.

use std::{collections::BTreeSet, sync::Mutex};

use assay_l1::{
    address::EthAddress,
    client::{BlockInfo, L1Error, LoggedEvent, ScannedEvents, TokenInfo},
};

use super::{CONTRACT, Inner, OPERATOR, contract::Contract, refused};

/// What a layer 1 says of states before the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldStates {
    Kept,
    /// It does not have them any more, and says so.
    Refused,
    /// It answers with nothing, as if the contract had not been there.
    Empty,
}

#[derive(Debug)]
pub(super) struct Moods {
    pub(super) old_states: OldStates,
    /// Blocks in one answer with events.
    pub(super) log_blocks: u64,
    /// Of questions for events one in so many is answered.
    pub(super) answers_every: usize,
    /// The blocks whose events were asked for.
    pub(super) logs_asked: Mutex<Vec<(u64, u64)>>,
    /// Registered ERC-20s, and whether they keep their names to themselves.
    pub(super) tokens: u16,
    pub(super) hides_names: bool,
    /// Of the node's account, wei.
    pub(super) ether: u128,
    pub(super) operator: EthAddress,
    /// Claims that were paid: batch, and number there.
    pub(super) claimed: BTreeSet<(u64, u16)>,
    /// Receipts are of another of its nodes, where all works.
    pub(super) hides_failures: bool,
}

impl Default for Moods {
    fn default() -> Self {
        Self {
            old_states: OldStates::Kept,
            log_blocks: 1_000,
            answers_every: 1,
            logs_asked: Mutex::default(),
            tokens: 1,
            hides_names: false,
            ether: 10u128.pow(18),
            operator: OPERATOR,
            claimed: BTreeSet::new(),
            hides_failures: false,
        }
    }
}

impl Moods {
    /// The events of these blocks, as far as one answer goes.
    pub(super) fn events(
        &self,
        (from_block, to_block): (u64, u64),
        logs: impl Iterator<Item = LoggedEvent>,
    ) -> Result<ScannedEvents, L1Error> {
        let through_block = to_block.min(from_block.saturating_add(self.log_blocks - 1));
        let mut asked = self.logs_asked.lock().unwrap();
        asked.push((from_block, through_block));
        if !asked.len().is_multiple_of(self.answers_every) {
            return Err(refused("events", "the test says so"));
        }
        let events = logs.filter(|log| (from_block..=through_block).contains(&log.block_number));
        Ok(ScannedEvents {
            through_block,
            events: events.collect(),
        })
    }

    pub(super) fn token(&self, number: u16) -> TokenInfo {
        let unknown = TokenInfo {
            number,
            address: EthAddress([u8::try_from(number).unwrap(); 20]),
            symbol: None,
            decimals: None,
        };
        match number {
            0 => TokenInfo::ether(),
            _ if self.hides_names => unknown,
            _ => TokenInfo {
                symbol: Some(["TST", "TWO", "THR"][usize::from(number) - 1].to_owned()),
                decimals: Some(18),
                ..unknown
            },
        }
    }
}

impl Inner {
    /// The contract after a block.
    pub(super) fn after(&self, block: &BlockInfo) -> Result<&Contract, L1Error> {
        const CALL: &str = "status";
        let found = self.told_block(block.hash)?;
        match self.moods.old_states {
            _ if block.hash == self.head().info.hash => Ok(&found.after),
            OldStates::Kept => Ok(&found.after),
            OldStates::Refused => Err(refused(CALL, "missing trie node")),
            OldStates::Empty => Err(L1Error::NoCode {
                call: CALL,
                address: CONTRACT,
            }),
        }
    }
}
