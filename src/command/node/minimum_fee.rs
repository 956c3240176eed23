//! `--minimum-fee`: the least fee of a transfer in a token.

use std::str::FromStr;

use anyhow::{Result, bail};
use assay_circuits::quantity::{Amount, TokenId};
use assay_l1::client::{RollupClient, TokenInfo};

/// Least fee in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MinimumFee(pub(super) TokenId, pub(super) Amount);

impl FromStr for MinimumFee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (token, amount) = text.split_once('=').ok_or("it is written TOKEN=AMOUNT")?;
        let token = token
            .parse()
            .map_err(|_| format!("`{token}` is no token number"))?;
        let amount = amount.parse().map_err(|error| format!("{error}"))?;
        Ok(Self(TokenId(token), amount))
    }
}

/// Whether all tokens are the rollup's: a fee for one that is not there would never be asked.
///
/// # Errors
/// Where one is not, or the layer 1 does not answer.
pub(super) async fn check(fees: &[MinimumFee], l1: &RollupClient) -> Result<()> {
    for MinimumFee(token, _) in fees {
        let is_there = *token == TokenId::ETHER || l1.token_contract(token.0).await?.is_some();
        if !is_there {
            let tokens = l1.tokens().await?;
            let tokens: Vec<_> = tokens.iter().map(named).collect();
            bail!(
                "--minimum-fee: the rollup has no token {token}; its tokens are {}",
                tokens.join(", ")
            );
        }
    }
    Ok(())
}

/// A token by its number, and what tells it from others.
fn named(token: &TokenInfo) -> String {
    let TokenInfo {
        number,
        address,
        symbol,
        ..
    } = token;
    match (number, symbol) {
        (0, _) => "0 (ether)".to_owned(),
        (_, Some(symbol)) => format!("{number} ({address}, which calls itself {symbol})"),
        (_, None) => format!("{number} ({address})"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_least_fee_is_a_token_and_an_amount() {
        let fee: MinimumFee = "1=2500".parse().unwrap();
        assert_eq!(fee, MinimumFee(TokenId(1), Amount(2_500)));
        for (text, why) in [
            ("2500", "it is written TOKEN=AMOUNT"),
            ("ether=1", "`ether` is no token number"),
        ] {
            assert_eq!(text.parse::<MinimumFee>().unwrap_err(), why);
        }
        assert!("1=-2".parse::<MinimumFee>().is_err());
    }
}
