//! What a node refuses, in the units of the token: a node speaks of base units.

use anyhow::{Error, anyhow};
use assay_api::{client::ClientError, wallet::WalletError, wire::ErrorDetail};
use assay_circuits::{
    float::AMOUNT,
    quantity::{Fee, QuantityError},
};

use super::{amount::AmountText, tokens::Token};
use crate::terminal::outcome::NotThereYet;

/// Why an order of a token was not handed in, or is not known to be.
pub(super) fn of_order(error: WalletError, token: &Token) -> Error {
    match error {
        WalletError::Node(error) => in_units(error.into(), token),
        WalletError::NoAccount(_) => anyhow!(
            "this wallet has no {} on the rollup yet: deposit some, or receive some",
            token.name
        ),
        WalletError::TooDear { asked, most } => anyhow!(
            "the node asks for a fee of {}, and {} is the most that is paid: nothing was signed. Name what \
             you mean to pay by --fee, or the most by --max-fee",
            token.shown(asked.value().0),
            token.shown(most.0)
        ),
        WalletError::Unknown { hash, source } => {
            NotThereYet::because(WalletError::unknown(hash), source).into()
        }
        WalletError::Receipt { hash, source } => {
            let what = format!(
                "transaction {hash} was handed in, and its receipt is worth nothing; do not send it again \
                 before you have looked for it"
            );
            NotThereYet::because(what, source).into()
        }
        WalletError::Kept { hash, source } => {
            Error::from(source).context(format!("{hash} does not give way"))
        }
        other => other.into(),
    }
}

/// The error of an order, with the amounts in it in units of its token where the node told which.
pub(super) fn in_units(error: Error, token: &Token) -> Error {
    let detail = match error.downcast_ref() {
        Some(ClientError::Refused { error, .. } | ClientError::Rejected(error)) => error,
        _ => return error,
    };
    sentence(detail, token).map_or(error, |sentence| anyhow!("{sentence}"))
}

fn sentence(detail: &ErrorDetail, token: &Token) -> Option<String> {
    let shown = |field: &str| {
        let value = &detail.details[field];
        Some(token.shown(value.as_str()?.parse().ok()?))
    };
    let code = &detail.code;
    match code.as_str() {
        "insufficient_balance" => {
            let (balance, needed) = (shown("balance")?, shown("needed")?);
            let waiting = match shown("reserved") {
                Some(reserved) if detail.details["reserved"] != "0" => {
                    format!(", and {reserved} of it are for what waits already")
                }
                _ => String::new(),
            };
            Some(format!(
                "this takes {needed} with its fee, and the wallet has {balance}{waiting} ({code})"
            ))
        }
        "fee_too_low" => {
            let (given, minimum) = (shown("given")?, shown("minimum")?);
            Some(format!(
                "a fee of {given} is too low: the node takes {minimum} at least ({code})"
            ))
        }
        _ => None,
    }
}

/// Refuses an amount that no transfer can hold, and says which ones near it can, as `text` is written.
pub(super) fn check_amount(text: &AmountText, amount: u128, token: &Token) -> anyhow::Result<()> {
    let below = AMOUNT.round_down(amount);
    if below == amount {
        return Ok(());
    }
    let written = |value| written_like(text, value, token);
    let above = AMOUNT.round_up(amount).map_or(String::new(), |above| {
        format!(", the nearest above {}", written(above))
    });
    Err(anyhow!(
        "a transfer of {} cannot be encoded (10 significant digits fit); the nearest amount below is \
         {}{above}",
        written(amount),
        written(below)
    ))
}

/// A fee of so much, which must have an encoding too.
pub(super) fn fee(text: &AmountText, value: u128, token: &Token) -> anyhow::Result<Fee> {
    Fee::from_value(value).map_err(|error| match error {
        QuantityError::Fee {
            value,
            nearest_below,
        } => anyhow!(
            "a fee of {} cannot be encoded (3 significant digits fit); the nearest below is {}",
            written_like(text, value, token),
            written_like(text, nearest_below, token)
        ),
        other => other.into(),
    })
}

/// In base units where `text` is in base units, so that it can be typed in its place.
fn written_like(text: &AmountText, value: u128, token: &Token) -> String {
    match text.unit() {
        None => format!("{value} base units"),
        Some(_) => token.shown(value),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::quantity::{Amount, TokenId};
    use serde_json::{Value, json};

    use super::*;

    fn ether() -> Token {
        Token {
            id: TokenId::ETHER,
            name: "ETH".to_owned(),
            decimals: Some(18),
            address: None,
        }
    }

    fn refused(code: &str, details: Value) -> String {
        let error = ErrorDetail {
            code: code.to_owned(),
            message: "the node's own words".to_owned(),
            details,
        };
        let error = ClientError::Refused { status: 422, error };
        in_units(error.into(), &ether()).to_string()
    }

    #[test]
    fn what_is_missing_is_told_in_units() {
        let (two, five) = ("2000000000000000000", "5000000000000000000");
        let alone = json!({ "balance": two, "needed": five, "reserved": "0" });
        assert_eq!(
            refused("insufficient_balance", alone),
            "this takes 5 ETH with its fee, and the wallet has 2 ETH (insufficient_balance)"
        );
        let waiting = json!({ "balance": five, "needed": five, "reserved": two });
        let waiting = refused("insufficient_balance", waiting);
        assert!(
            waiting.contains("2 ETH of it are for what waits"),
            "{waiting}"
        );
        let low = json!({ "token": 0, "given": "0", "minimum": "5500000000000" });
        let low = refused("fee_too_low", low);
        assert!(low.contains("takes 0.0000055 ETH at least"), "{low}");
    }

    #[test]
    fn what_is_not_understood_stays_the_nodes_word() {
        for (code, details) in [
            ("insufficient_balance", json!({})),
            (
                "insufficient_balance",
                json!({ "balance": 5, "needed": "x" }),
            ),
            ("busy", json!({ "balance": "1", "needed": "2" })),
        ] {
            let said = refused(code, details);
            assert!(said.contains("the node's own words"), "{said}");
        }
    }

    #[test]
    fn the_nearest_amounts_are_offered_as_the_amount_is_written() {
        let check = |text: &str, amount| {
            let refused = check_amount(&text.parse().unwrap(), amount, &ether());
            refused.unwrap_err().to_string()
        };
        // The mantissa is below 2^35: eleven digits fit that begin like these.
        let in_units = check("1.23456789012eth", 1_234_567_890_120_000_000);
        let nearest = "below is 1.2345678901 ETH, the nearest above 1.2345678902 ETH";
        assert!(in_units.contains(nearest), "{in_units}");
        let in_base_units = check("123456789012345678", 123_456_789_012_345_678);
        let below = "below is 123456789010000000 base units";
        assert!(in_base_units.contains(below), "{in_base_units}");
        let dear = WalletError::TooDear {
            asked: Fee::from_value(2 * 10u128.pow(18)).unwrap(),
            most: Amount(10u128.pow(16)),
        };
        let dear = of_order(dear, &ether()).to_string();
        assert!(
            dear.contains("a fee of 2 ETH, and 0.01 ETH is the most"),
            "{dear}"
        );
        let odd_fee = fee(&"20479".parse().unwrap(), 20_479, &ether());
        let odd_fee = odd_fee.unwrap_err().to_string();
        assert!(odd_fee.contains("below is 20470 base units"), "{odd_fee}");
    }
}
