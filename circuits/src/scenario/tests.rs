//! What the worlds of tests have besides.
#![allow(clippy::unwrap_used)]

use super::*;

impl World {
    /// A signed transfer to somebody who has no account.
    pub(crate) fn transfer_to_new(&mut self, from: usize, amount: u128) -> Operation {
        let to = self.state.ledger().next_free().unwrap();
        self.transfer_to_new_at(from, amount, to)
    }
}
