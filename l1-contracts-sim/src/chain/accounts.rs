//! Accounts with ether on a development chain.

use alloy::{
    primitives::{Address, B256, Signature, U256},
    signers::local::PrivateKeySigner,
};

use super::pool::SignedTransaction;
use crate::address::EthAddress;

/// Secrets of the ten accounts that every development chain funds, from the mnemonic
/// "test test test test test test test test test test test junk". They are public: never send
/// them anything of value.
const SECRETS: [&str; 10] = [
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
    "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    "8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba",
    "92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    "4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    "dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    "2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
];

/// A funded account of a development chain; its secret is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevAccount {
    /// Address.
    pub address: EthAddress,
    /// secp256k1 secret.
    pub secret: [u8; 32],
}

/// The funded accounts, always the same.
#[must_use]
pub fn dev_accounts() -> Vec<DevAccount> {
    let account = |signer: PrivateKeySigner| DevAccount {
        address: signer.address().into(),
        secret: signer.to_bytes().0,
    };
    signers().into_iter().map(account).collect()
}

/// The funded accounts' keys.
pub(crate) fn signers() -> Vec<PrivateKeySigner> {
    let signer = |secret: &&str| {
        let bytes: B256 = secret
            .parse()
            .expect("each secret is 64 hexadecimal digits");
        PrivateKeySigner::from_bytes(&bytes).expect("each secret is below the group's order")
    };
    SECRETS.iter().map(signer).collect()
}

/// What stands in place of the signature of an account that nobody has the key of: no signature
/// by a key has this form, and those of two accounts differ.
pub(crate) fn impersonation(account: Address) -> Signature {
    Signature::new(U256::from_be_bytes(account.into_word().0), U256::ONE, false)
}

/// Whether a transaction was sent for an account without its key.
pub(crate) fn impersonated(transaction: &SignedTransaction) -> bool {
    *transaction.signature() == impersonation(transaction.signer())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// First and last address as anvil and hardhat print them for this mnemonic.
    #[test]
    fn has_the_addresses_that_other_development_chains_have() {
        let accounts = dev_accounts();
        assert_eq!(
            accounts[0].address.to_string(),
            "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        );
        assert_eq!(
            accounts[9].address.to_string(),
            "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
        );
    }
}
