//! What wallets ask before they send: who is behind an address, and what a token lets them do.

use alloy::{
    eips::BlockId,
    primitives::{Address, U256},
};

use super::{error::L1Error, rollup::RollupClient};
use crate::{
    address::EthAddress,
    contracts::{Assay, TestToken},
};

/// EIP-7702: code of an account that has a key and lets a contract act for it begins so.
const DELEGATION: [u8; 3] = [0xef, 0x01, 0x00];
/// Bytes of such code: the address of the contract is behind the prefix.
const DELEGATION_BYTES: usize = 23;

impl RollupClient {
    /// Whether an address is a contract's: it has code, and no key may be behind it.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn is_contract(&self, account: EthAddress) -> Result<bool, L1Error> {
        let code = self.wire.endpoint.code(account.into()).await;
        let code = code.map_err(|e| L1Error::from_rpc("eth_getCode", e))?;
        let is_delegation = code.len() == DELEGATION_BYTES && code.starts_with(&DELEGATION);
        Ok(!code.is_empty() && !is_delegation)
    }

    /// The number of the token with this contract, if it is registered.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn token_number(&self, token: EthAddress) -> Result<Option<u16>, L1Error> {
        let call = Assay::tokenNumberCall {
            token: token.into(),
        };
        let number = self.read(call, BlockId::latest()).await?;
        Ok((number != 0).then_some(number))
    }

    /// The contract of a token, if its number is given out.
    ///
    /// # Errors
    /// Where the L1 does not answer.
    pub async fn token_contract(&self, token: u16) -> Result<Option<EthAddress>, L1Error> {
        let call = Assay::tokenAddressCall { token };
        let address = self.read(call, BlockId::latest()).await?;
        Ok((address != Address::ZERO).then(|| address.into()))
    }

    /// How much of an ERC-20 the rollup may take from an account, base units; at most 2^128 - 1.
    ///
    /// # Errors
    /// Where the L1 does not answer, or the token not with a number.
    pub async fn allowance(&self, token: EthAddress, owner: EthAddress) -> Result<u128, L1Error> {
        let call = TestToken::allowanceCall {
            _0: owner.into(),
            _1: self.contract.into(),
        };
        let token = token.into();
        let allowance: U256 = self.wire.read(token, call, BlockId::latest()).await?;
        Ok(u128::try_from(allowance).unwrap_or(u128::MAX))
    }
}
