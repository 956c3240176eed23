//! What the operator calls the tokens. Anybody may register a token that calls itself anything, so
//! a name means a token only where somebody who is answerable for it says so.

use std::{collections::BTreeMap, str::FromStr};

use assay_api::token_name::is_token_name;
use assay_l1::{address::EthAddress, client::TokenInfo};

/// A name for the token with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenName {
    contract: EthAddress,
    name: String,
}

/// Names of tokens: no two have the same. Ether is ETH.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenNames(BTreeMap<EthAddress, String>);

/// Why tokens cannot be called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenNameError {
    /// Not of the form.
    #[error("`{0}` is not L1_ADDRESS=NAME")]
    Syntax(String),
    /// No name, or one that means something else.
    #[error(
        "`{0}` cannot be a token's name: it is up to 16 letters and digits, begins with a letter, and \
         is neither ether's (ETH, gwei, wei) nor of the form token1"
    )]
    Name(String),
    /// Two tokens, or two names.
    #[error("`{0}` is named twice")]
    Twice(String),
}

impl FromStr for TokenName {
    type Err = TokenNameError;

    fn from_str(text: &str) -> Result<Self, TokenNameError> {
        let syntax = || TokenNameError::Syntax(text.to_owned());
        let (contract, name) = text.split_once('=').ok_or_else(syntax)?;
        let contract = contract.parse().map_err(|_| syntax())?;
        if !is_token_name(name) {
            return Err(TokenNameError::Name(name.to_owned()));
        }
        Ok(Self {
            contract,
            name: name.to_owned(),
        })
    }
}

impl TokenNames {
    /// Names that do not stand in each other's way.
    ///
    /// # Errors
    /// [`TokenNameError::Twice`].
    pub fn new(names: impl IntoIterator<Item = TokenName>) -> Result<Self, TokenNameError> {
        let mut all = BTreeMap::new();
        for TokenName { contract, name } in names {
            if all
                .values()
                .any(|other: &String| other.eq_ignore_ascii_case(&name))
            {
                return Err(TokenNameError::Twice(name));
            }
            if all.insert(contract, name).is_some() {
                return Err(TokenNameError::Twice(contract.to_string()));
            }
        }
        Ok(Self(all))
    }

    /// A token's name.
    pub(crate) fn of(&self, token: &TokenInfo) -> Option<String> {
        match token.number {
            0 => Some("ETH".to_owned()),
            _ => self.0.get(&token.address).cloned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn token(number: u16, address: [u8; 20]) -> TokenInfo {
        TokenInfo {
            number,
            address: EthAddress(address),
            symbol: Some("USDX".to_owned()),
            decimals: Some(6),
        }
    }

    fn name(address: u8, name: &str) -> Result<TokenName, TokenNameError> {
        format!("{}={name}", EthAddress([address; 20])).parse()
    }

    #[test]
    fn what_a_token_calls_itself_is_no_name() {
        let names = TokenNames::new([name(1, "USDX").unwrap()]).unwrap();
        assert_eq!(names.of(&token(7, [1; 20])).as_deref(), Some("USDX"));
        assert_eq!(names.of(&token(1, [2; 20])), None);
        assert_eq!(names.of(&token(0, [0; 20])).as_deref(), Some("ETH"));
    }

    #[test]
    fn names_that_could_be_taken_for_another_are_refused() {
        for bad in [
            "",
            "1X",
            "eth",
            "ETH",
            "Wei",
            "gwei",
            "token1",
            "TOKEN22",
            "e18",
            "U-SD",
            "U SD",
            "\u{415}TH",
            "abcdefghijklmnopq",
        ] {
            let refused = name(1, bad);
            assert_eq!(refused, Err(TokenNameError::Name(bad.to_owned())), "{bad}");
        }
        for bad in ["USDX", "1=USDX", "0x12=USDX"] {
            let refused = bad.parse::<TokenName>();
            assert_eq!(refused, Err(TokenNameError::Syntax(bad.to_owned())));
        }
        let twice = |first, second| TokenNames::new([first, second].map(Result::unwrap));
        let same = twice(name(1, "USDX"), name(2, "usdx"));
        assert_eq!(same, Err(TokenNameError::Twice("usdx".to_owned())));
        assert!(twice(name(1, "USDX"), name(1, "DAI")).is_err());
    }
}
