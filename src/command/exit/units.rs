//! Units of the tokens that are taken out, from the layer 1 alone.

use std::collections::BTreeMap;

use anyhow::Result;
use assay_l1::client::RollupClient;

use crate::terminal::units::in_units;

/// By token number: what it is called here, and its decimals, where it says so.
#[derive(Debug)]
pub(super) struct Units(BTreeMap<u16, (String, Option<u8>)>);

impl Units {
    /// Those of some tokens. A token has no name of its own: anybody may register one that calls itself
    /// anything.
    pub(super) async fn of(
        client: &RollupClient,
        tokens: impl IntoIterator<Item = u16>,
    ) -> Result<Self> {
        let mut units = BTreeMap::from([(0, ("ETH".to_owned(), Some(18)))]);
        for token in tokens {
            if units.contains_key(&token) {
                continue;
            }
            let told = client.token(token).await?;
            let unit = (
                format!("of token {token} ({})", told.address),
                told.decimals,
            );
            units.insert(token, unit);
        }
        Ok(Self(units))
    }

    /// A sum for people, with the base units that it is.
    pub(super) fn shown(&self, token: u16, amount: u128) -> String {
        match self.0.get(&token) {
            Some((name, Some(decimals))) => {
                format!(
                    "{} ({amount} base units)",
                    in_units(amount, *decimals, name)
                )
            }
            Some((name, None)) => format!("{amount} base units {name}"),
            None => format!("{amount} base units of token {token}"),
        }
    }
}
