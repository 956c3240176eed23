//! Tokens and balances.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};

use super::{error::L1Error, rollup::RollupClient, types::TokenInfo};
use crate::{
    address::EthAddress,
    contracts::{Assay, TestToken},
};

/// A longer symbol is not one.
const SYMBOL_BYTES_MAX: usize = 32;
/// More decimals than the largest number of a token has digits are none.
const DECIMALS_MAX: u8 = 77;
/// What a token may use up to say its name: many times what one takes that stands behind a proxy.
const ASKING_GAS: u64 = 200_000;

impl RollupClient {
    /// All tokens, ether first.
    ///
    /// # Errors
    /// Where the L1 does not answer. Of a token that does not answer, symbol and decimals are unknown.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, L1Error> {
        let mut tokens = Vec::new();
        for number in 0..=self.status().await?.tokens {
            tokens.push(self.token(number).await?);
        }
        Ok(tokens)
    }

    /// One token. What it calls itself is unknown where it does not answer, or was not asked because
    /// the L1 did not answer: nobody can tell which.
    ///
    /// # Errors
    /// Where the contract's own answer does not come.
    pub async fn token(&self, number: u16) -> Result<TokenInfo, L1Error> {
        if number == 0 {
            return Ok(TokenInfo::ether());
        }
        let token = self.token_address(number).await?;
        // ERC-20s share these calls, whatever else they have.
        let wire = &self.wire;
        let symbol = wire.read_within(ASKING_GAS, token, TestToken::symbolCall {});
        let symbol = symbol.await.ok();
        let decimals = wire.read_within(ASKING_GAS, token, TestToken::decimalsCall {});
        let decimals = decimals.await.ok();
        Ok(TokenInfo {
            number,
            address: token.into(),
            symbol: symbol.filter(|symbol| is_symbol(symbol)),
            decimals: decimals.filter(|decimals| *decimals <= DECIMALS_MAX),
        })
    }

    /// Balance of an L1 account in base units: of ether for token 0, else of the ERC-20.
    ///
    /// # Errors
    /// Where the L1 does not answer, or the token with no number below 2^128.
    pub async fn balance(&self, token: u16, account: EthAddress) -> Result<u128, L1Error> {
        const CALL: &str = "balanceOf";
        let account = Address::from(account);
        let balance: U256 = if token == 0 {
            let balance = self.wire.endpoint.balance(account).await;
            balance.map_err(|e| L1Error::from_rpc("eth_getBalance", e))?
        } else {
            let token = self.token_address(token).await?;
            self.wire
                .read(token, TestToken::balanceOfCall(account), BlockId::latest())
                .await?
        };
        let large = |_| L1Error::Answer {
            call: CALL,
            source: "the balance is 2^128 or more".into(),
        };
        u128::try_from(balance).map_err(large)
    }

    /// What the contract owes of a token to claims and accounts, base units.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn held(&self, token: u16) -> Result<u128, L1Error> {
        self.read(Assay::heldCall { token }, BlockId::latest())
            .await
    }

    /// What registering a token costs now, wei.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn registration_fee(&self) -> Result<u128, L1Error> {
        const CALL: &str = "registrationFee";
        let fee = self.read(Assay::registrationFeeCall {}, BlockId::latest());
        u128::try_from(fee.await?).map_err(|_| L1Error::Answer {
            call: CALL,
            source: "the fee is 2^128 wei or more".into(),
        })
    }

    async fn token_address(&self, token: u16) -> Result<Address, L1Error> {
        let address = self
            .read(Assay::tokenAddressCall { token }, BlockId::latest())
            .await?;
        if address == Address::ZERO {
            return Err(L1Error::Answer {
                call: "tokenAddress",
                source: format!("no token has the number {token}").into(),
            });
        }
        Ok(address)
    }
}

/// Tokens are anyone's: what they call themselves is shown only where it is harmless.
fn is_symbol(text: &str) -> bool {
    !text.is_empty() && text.len() <= SYMBOL_BYTES_MAX && text.bytes().all(|c| c.is_ascii_graphic())
}
