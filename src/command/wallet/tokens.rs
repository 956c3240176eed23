//! Tokens as people name them: by number, by contract, and by the names that the operator lists.
//! What a token calls itself is no name, since anybody may register one that calls itself anything.

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{token_name::is_token_name, wire::TokenView};
use assay_circuits::{address::L1Address, quantity::TokenId};

use super::amount::AmountText;
use crate::terminal::units::in_units;

/// A token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub id: TokenId,
    /// The operator's name for it, or `token` and its number; no other is called so.
    pub name: String,
    /// Not known of a token whose contract does not say, or was not asked yet.
    pub decimals: Option<u8>,
    /// Its contract on the layer 1; ether has none.
    pub address: Option<L1Address>,
}

/// All tokens of a rollup.
#[derive(Debug)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    /// As the node lists them.
    pub(super) fn new(views: Vec<TokenView>) -> Result<Self> {
        let mut tokens: Vec<Token> = Vec::new();
        for view in views {
            let token = Token::new(view, &tokens)?;
            tokens.push(token);
        }
        Ok(Self(tokens))
    }

    /// Their contracts.
    pub(super) fn contracts(&self) -> impl Iterator<Item = (&Token, L1Address)> {
        self.0
            .iter()
            .filter_map(|token| Some((token, token.address?)))
    }

    /// A token by number, name or contract.
    pub(super) fn named(&self, name: &str) -> Result<&Token> {
        let by_address = name.parse::<L1Address>().ok();
        let by_number = name.parse::<u16>().ok();
        let is_meant = |token: &&Token| match (by_address, by_number) {
            (Some(address), _) => token.address == Some(address),
            (None, Some(number)) => token.id.0 == number,
            (None, None) => token.name.eq_ignore_ascii_case(name),
        };
        self.0.iter().find(is_meant).with_context(|| {
            format!(
                "there is no token `{name}`; there are {} (a token that the node's operator gives \
                 no name is taken by number or contract)",
                self.list()
            )
        })
    }

    /// The token of a number.
    pub(super) fn of(&self, id: u16) -> Result<&Token> {
        self.named(&id.to_string())
    }

    /// Token and base units of an amount, where `--token` was given or not. The amount's own
    /// unit must be of the same token.
    pub(super) fn amount(&self, text: &AmountText, token: Option<&str>) -> Result<(&Token, u128)> {
        let by_unit = self.by_unit(text)?;
        let token = match (token, by_unit) {
            (Some(name), _) => self.named(name)?,
            (None, Some(token)) => token,
            (None, None) => self.of(TokenId::ETHER.0)?,
        };
        if let (Some(unit), Some(other)) = (text.unit(), by_unit) {
            ensure!(
                other.id == token.id,
                "the amount is in `{unit}`, and --token says {}",
                token.name
            );
        }
        let decimals = match (text.unit(), text.ether_decimals().or(token.decimals)) {
            (None, _) => 0,
            (Some(_), Some(decimals)) => decimals,
            (Some(_), None) => bail!(
                "the decimals of {} are not known: its contract does not say, or the node has not \
                 asked it yet. Write base units, a whole number without a unit, with --token {}",
                token.label(),
                token.id
            ),
        };
        Ok((token, text.base_units(decimals)?))
    }

    /// The base units of a fee, which is paid in the token that is sent.
    pub(super) fn fee(&self, text: &AmountText, sent: &Token) -> Result<u128> {
        ensure!(
            self.by_unit(text)?.is_none_or(|token| token.id == sent.id),
            "a fee is paid in the token that is sent, {}, and `{text}` is none",
            sent.name
        );
        Ok(self.amount(text, Some(&sent.id.to_string()))?.1)
    }

    /// The token of an amount's unit; none where it has no unit.
    fn by_unit(&self, text: &AmountText) -> Result<Option<&Token>> {
        Ok(match (text.ether_decimals(), text.unit()) {
            (Some(_), _) => Some(self.of(TokenId::ETHER.0)?),
            (None, Some(unit)) => Some(self.named(unit)?),
            (None, None) => None,
        })
    }

    fn list(&self) -> String {
        let names = self.0.iter().map(|token| match token.id {
            TokenId::ETHER => format!("0 ({})", token.name),
            id => format!("{id} ({})", token.label()),
        });
        names.collect::<Vec<_>>().join(", ")
    }
}

impl Token {
    /// `others` come before it: no second one gets the name of the first.
    fn new(view: TokenView, others: &[Self]) -> Result<Self> {
        let address = view.address.map(|address| address.parse()).transpose();
        let number = view.number;
        if number == TokenId::ETHER.0 {
            return Ok(Self {
                id: TokenId::ETHER,
                name: "ETH".to_owned(),
                decimals: Some(18),
                address: None,
            });
        }
        let is_free = |name: &String| {
            let taken = |other: &Self| other.name.eq_ignore_ascii_case(name);
            is_token_name(name) && !others.iter().any(taken)
        };
        let name = view.name.filter(is_free);
        Ok(Self {
            id: TokenId(number),
            name: name.unwrap_or_else(|| format!("token{number}")),
            decimals: view.decimals,
            address: address.context("the node's list of tokens")?,
        })
    }

    /// Whether the operator gives it no name.
    fn is_unnamed(&self) -> bool {
        self.name == format!("token{}", self.id)
    }

    /// Its name, and where it has none of its own its contract.
    pub(super) fn label(&self) -> String {
        match self.address {
            Some(address) if self.is_unnamed() => format!("{} {address}", self.name),
            _ => self.name.clone(),
        }
    }

    /// So much of it, for people.
    pub(super) fn shown(&self, base_units: u128) -> String {
        match self.decimals {
            Some(decimals) => in_units(base_units, decimals, &self.name),
            None => format!("{base_units} base units of {}", self.name),
        }
    }

    /// So much of it, as a node writes it.
    pub(super) fn shown_text(&self, base_units: &str) -> Result<String> {
        Ok(self.shown(base_units.parse()?))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FIRST: &str = "0x00000000000000000000000000000000000000A1";
    const SECOND: &str = "0x00000000000000000000000000000000000000b2";

    fn view(number: u16, name: Option<&str>, symbol: &str, decimals: Option<u8>) -> TokenView {
        let addresses = [None, Some(FIRST), Some(SECOND), Some(SECOND)];
        TokenView {
            number,
            address: addresses[usize::from(number)].map(str::to_owned),
            name: name.map(str::to_owned),
            symbol: Some(symbol.to_owned()),
            decimals,
        }
    }

    fn tokens(views: impl IntoIterator<Item = TokenView>) -> Tokens {
        let ether = view(0, Some("ETH"), "ETH", Some(18));
        Tokens::new([ether].into_iter().chain(views).collect()).unwrap()
    }

    fn amount(tokens: &Tokens, text: &str, token: Option<&str>) -> Result<(u16, u128), String> {
        let found = tokens.amount(&text.parse().unwrap(), token);
        found
            .map(|(token, amount)| (token.id.0, amount))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_stranger_s_token_takes_no_name_and_blocks_none() {
        for symbol in ["ETH", "USDX", "gwei", "token1"] {
            let tokens = tokens([
                view(1, Some("USDX"), "USDX", Some(6)),
                view(2, None, symbol, Some(18)),
            ]);
            assert_eq!(
                amount(&tokens, "1.5eth", None),
                Ok((0, 1_500_000_000_000_000_000))
            );
            assert_eq!(amount(&tokens, "1", Some("ETH")), Ok((0, 1)));
            assert_eq!(amount(&tokens, "1.5usdx", None), Ok((1, 1_500_000)));
            assert_eq!(amount(&tokens, "7", Some("USDX")), Ok((1, 7)));
            assert_eq!(amount(&tokens, "7", Some(SECOND)), Ok((2, 7)));
            assert_eq!(
                amount(&tokens, "1token2", Some("2")),
                Ok((2, 10u128.pow(18)))
            );
            assert_eq!(tokens.of(2).unwrap().label(), format!("token2 {SECOND}"));
        }
    }

    #[test]
    fn a_name_that_could_be_taken_for_another_is_not_taken() {
        for name in ["usdx", "ETH", "Wei", "Token1", "e18", "1X", "\u{1b}[2J", ""] {
            let tokens = tokens([
                view(1, Some("USDX"), "USDX", Some(6)),
                view(2, Some(name), name, Some(18)),
            ]);
            assert_eq!(tokens.named("USDX").unwrap().id.0, 1);
            assert_eq!(tokens.named("ETH").unwrap().id.0, 0);
            assert_eq!(tokens.named("token1").map_or(1, |token| token.id.0), 1);
            assert_eq!(tokens.of(2).unwrap().name, "token2");
        }
    }

    #[test]
    fn units_of_a_token_whose_decimals_are_unknown_are_refused() {
        let tokens = tokens([view(1, Some("SIX"), "SIX", None)]);
        for (text, token) in [
            ("20SIX", None),
            ("20SIX", Some("1")),
            ("20token1", Some("SIX")),
        ] {
            let refused = amount(&tokens, text, token).unwrap_err();
            assert!(
                refused.contains("not known") || refused.contains("no token"),
                "{text}: {refused}"
            );
        }
        assert_eq!(amount(&tokens, "20", Some("SIX")), Ok((1, 20)));
        assert_eq!(tokens.of(1).unwrap().shown(20), "20 base units of SIX");
    }

    #[test]
    fn the_unit_and_the_option_must_be_of_one_token() {
        let tokens = tokens([view(1, Some("USDX"), "USDX", Some(6))]);
        for (text, token) in [("1eth", "USDX"), ("1USDX", "0"), ("1gwei", FIRST)] {
            let refused = amount(&tokens, text, Some(token)).unwrap_err();
            assert!(refused.contains("--token says"), "{refused}");
        }
        let sent = tokens.of(1).unwrap();
        let fee = |text: &str| tokens.fee(&text.parse().unwrap(), sent);
        assert_eq!((fee("2").unwrap(), fee("2usdx").unwrap()), (2, 2_000_000));
        let refused = fee("1gwei").unwrap_err().to_string();
        assert!(
            refused.contains("paid in the token that is sent, USDX"),
            "{refused}"
        );
    }
}
