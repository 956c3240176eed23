//! What everybody should have in the end, counted apart from the rollup.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use assay_api::wire::AccountView;
use assay_circuits::address::Address;

/// Balances by name and token, base units.
#[derive(Debug, Default)]
pub(super) struct Book {
    balances: BTreeMap<(&'static str, u16), u128>,
}

impl Book {
    /// Somebody gets something.
    pub(super) fn credit(&mut self, name: &'static str, token: u16, amount: u128) -> Result<()> {
        let balance = self.balances.entry((name, token)).or_default();
        *balance = balance.checked_add(amount).context("a balance overflows")?;
        Ok(())
    }

    /// Somebody pays something.
    pub(super) fn debit(&mut self, name: &'static str, token: u16, amount: u128) -> Result<()> {
        let balance = self.balances.entry((name, token)).or_default();
        *balance = balance
            .checked_sub(amount)
            .with_context(|| format!("{name} cannot pay {amount}"))?;
        Ok(())
    }

    /// All that is there of a token.
    pub(super) fn total(&self, token: u16) -> u128 {
        self.balances
            .iter()
            .filter(|((_, of), _)| *of == token)
            .map(|(_, balance)| balance)
            .sum()
    }

    /// Fails unless somebody's accounts, proved and unproved alike, hold exactly what they should.
    pub(super) fn check(
        &self,
        name: &'static str,
        owner: &Address,
        found: &[AccountView],
    ) -> Result<()> {
        let expected = self.balances.iter().filter(|((of, _), _)| *of == name);
        let mut count = 0;
        for ((_, token), balance) in expected {
            count += 1;
            let account = found.iter().find(|account| account.token == *token);
            let account = account
                .with_context(|| format!("{name} ({owner}) has no account for token {token}"))?;
            let balance = balance.to_string();
            ensure!(
                account.balance == balance && account.proved_balance.as_ref() == Some(&balance),
                "{name} should have {balance} of token {token}, and has {} ({} proved)",
                account.balance,
                account.proved_balance.as_deref().unwrap_or("nothing")
            );
        }
        ensure!(
            found.len() == count,
            "{name} should have {count} accounts, and has {}",
            found.len()
        );
        Ok(())
    }
}
