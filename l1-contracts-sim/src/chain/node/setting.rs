//! What the keeper of a development chain may set.

use alloy::primitives::{Address, Bytes, U256};

use super::Node;
use crate::chain::{
    error::ChainError,
    world::{View, checked_code},
};

impl Node {
    fn change(&mut self, change: impl FnOnce(&mut View<'_>)) {
        let mut view = self.latest();
        change(&mut view);
        let changes = view.into_overlay();
        self.world.apply(changes);
        self.drop_stale();
    }

    /// Gives an account another balance, from now on.
    pub(crate) fn set_balance(&mut self, account: Address, balance: U256) {
        self.change(|view| view.set_balance(account, balance));
    }

    /// Gives an account another nonce, from now on.
    pub(crate) fn set_nonce(&mut self, account: Address, nonce: u64) {
        self.change(|view| view.set_nonce(account, nonce));
    }

    /// Gives an account other code, from now on.
    pub(crate) fn set_code(&mut self, account: Address, code: Bytes) -> Result<(), ChainError> {
        let code = checked_code(code)?;
        self.change(|view| view.set_code(account, code));
        Ok(())
    }

    /// Gives a storage slot another value, from now on.
    pub(crate) fn set_slot(&mut self, account: Address, slot: U256, value: U256) {
        self.change(|view| view.set_slot(account, slot, value));
    }

    /// Moves the clock forward. Returns by how much it was moved in all.
    pub(crate) fn increase_time(&mut self, seconds: u64) -> i64 {
        let offset = &mut self.timing.offset_s;
        *offset = offset.saturating_add_unsigned(seconds);
        *offset
    }

    /// Sets the clock. Returns by how much it was moved.
    pub(crate) fn set_time(&mut self, given: u64) -> Result<i64, ChainError> {
        self.check_time(given)?;
        let before = self.now_s();
        self.set_clock(given);
        Ok(difference(given, before))
    }

    /// Sets the next block's time; the clock goes on from there.
    pub(crate) fn set_next_timestamp(&mut self, given: u64) -> Result<(), ChainError> {
        self.check_time(given)?;
        self.timing.next_timestamp = Some(given);
        Ok(())
    }

    fn check_time(&self, given: u64) -> Result<(), ChainError> {
        let latest = self.head().header.timestamp;
        if given < latest {
            return Err(ChainError::Timestamp { given, latest });
        }
        Ok(())
    }

    pub(super) fn set_clock(&mut self, given: u64) {
        self.timing.offset_s = difference(given, self.clock_s());
    }
}

fn difference(a: u64, b: u64) -> i64 {
    let difference = i128::from(a) - i128::from(b);
    i64::try_from(difference).unwrap_or(if a > b { i64::MAX } else { i64::MIN })
}
