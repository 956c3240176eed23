//! Test money for whoever asks a devnet: deposits of a development account, and payments on the
//! layer 1.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use assay_api::{
    hexadecimal::Hex,
    wire::{FaucetGrant, FaucetRequest},
};
use assay_circuits::{
    address::{Address, L1Address, Network},
    quantity::TokenId,
};
use assay_l1::{
    address::EthAddress,
    client::{RollupClient, RollupEvent, TransactionReceipt, mint_test_token, pay_ether},
};
use assay_sequencer::faucet::{Faucet, FaucetError};
use tokio::sync::{Mutex, Semaphore};

use super::{
    account::{self, DEPLOYER_ACCOUNT, TREASURY_ACCOUNT},
    deployment::Deployment,
};
use crate::{
    contract_calls::{self, Deposit, Teller},
    terminal::units::in_units,
};

/// Who may wait at the same time.
const WAITING_MAX: usize = 32;
/// How long the layer 1 may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Ether where nothing is said, and at most; wei.
const ETHER: Given = Given {
    usual: 10u128.pow(18),
    most: 10 * 10u128.pow(18),
};
/// Whole tokens likewise.
const TOKENS: Given = Given {
    usual: 100,
    most: 1_000,
};

/// How much is given.
#[derive(Debug, Clone, Copy)]
struct Given {
    usual: u128,
    most: u128,
}

/// Gives from the development accounts of a chain that this process serves.
#[derive(Debug)]
struct Giver {
    deployment: Deployment,
    places: Semaphore,
    /// One transaction after the other, since each has a nonce.
    turn: Mutex<()>,
}

/// Where money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Receiver {
    Owner(Address),
    L1(EthAddress),
}

/// The faucet of a devnet.
pub(crate) fn faucet(deployment: &Deployment) -> Faucet {
    let giver = Arc::new(Giver {
        deployment: deployment.clone(),
        places: Semaphore::new(WAITING_MAX),
        turn: Mutex::new(()),
    });
    Faucet::new(move |request| {
        let giver = giver.clone();
        Box::pin(async move { giver.give(request).await })
    })
}

impl Giver {
    async fn give(&self, request: FaucetRequest) -> Result<FaucetGrant, FaucetError> {
        let receiver = receiver(&request.address)?;
        let amount = self.amount(&request)?;
        let _place = self.places.try_acquire().map_err(|_| FaucetError::Busy)?;
        let _turn = self.turn.lock().await;
        let given = match receiver {
            Receiver::Owner(address) => self.deposit(&address, request.token, amount).await,
            Receiver::L1(account) => self.pay(account, request.token, amount).await,
        };
        let (queue_index, hash) =
            given.map_err(|error| FaucetError::Failed(format!("{error:#}")))?;
        Ok(FaucetGrant {
            token: request.token,
            amount: amount.to_string(),
            queue_index,
            l1_transaction: Hex(&hash).to_string(),
        })
    }

    /// How much is to be given, base units.
    fn amount(&self, request: &FaucetRequest) -> Result<u128, FaucetError> {
        let token = &self.deployment.token;
        let (given, decimals, symbol) = match request.token {
            0 => (ETHER, 18, "ETH"),
            number if number == token.number => {
                let unit = 10u128.pow(token.decimals.into());
                let of = |whole: u128| whole.saturating_mul(unit);
                let given = Given {
                    usual: of(TOKENS.usual),
                    most: of(TOKENS.most),
                };
                (given, token.decimals, &*token.symbol)
            }
            other => {
                let message = format!("there are tokens 0 and {}, and no {other}", token.number);
                return Err(field("token", message));
            }
        };
        let amount = match &request.amount {
            None => given.usual,
            Some(text) => text
                .parse()
                .map_err(|_| field("amount", format!("`{text}` is no number of base units")))?,
        };
        if amount == 0 || amount > given.most {
            let most = in_units(given.most, decimals, symbol);
            let message = format!("from one base unit to {most} are given at a time");
            return Err(field("amount", message));
        }
        Ok(amount)
    }

    async fn deposit(
        &self,
        to: &Address,
        token: u16,
        amount: u128,
    ) -> Result<(Option<u64>, [u8; 32])> {
        let deployment = &self.deployment;
        let signer = Some(account::signer(TREASURY_ACCOUNT)?);
        let client = RollupClient::connect(&deployment.l1_url, deployment.contract, signer).await?;
        let token_contract = (token != TokenId::ETHER.0).then_some(deployment.token.address);
        let deposit = Deposit {
            token,
            token_contract,
            amount,
            owner: &to.owner,
            refund_to: None,
        };
        let receipt = contract_calls::deposit(&client, deposit, TIMEOUT, Teller::Nobody).await?;
        let index = queue_index(&client, &receipt).await?;
        Ok((Some(index), receipt.hash))
    }

    async fn pay(
        &self,
        to: EthAddress,
        token: u16,
        amount: u128,
    ) -> Result<(Option<u64>, [u8; 32])> {
        let (url, token_contract) = (&self.deployment.l1_url, self.deployment.token.address);
        let hash = if token == TokenId::ETHER.0 {
            pay_ether(url, account::signer(TREASURY_ACCOUNT)?, to, amount).await?
        } else {
            let deployer = account::signer(DEPLOYER_ACCOUNT)?;
            mint_test_token(url, deployer, token_contract, to, amount).await?
        };
        Ok((None, hash))
    }
}

/// The place in the queue of what a deposit's transaction put there.
async fn queue_index(client: &RollupClient, receipt: &TransactionReceipt) -> Result<u64> {
    let at = receipt.block_number;
    let events = client.events(at, at).await?;
    let found = events.iter().find_map(|logged| match logged.event {
        RollupEvent::Queued { index, .. } if logged.transaction == receipt.hash => Some(index),
        _ => None,
    });
    found.context("the deposit queued nothing")
}

fn receiver(text: &str) -> Result<Receiver, FaucetError> {
    if let Ok(account) = text.parse::<L1Address>() {
        return Ok(Receiver::L1(EthAddress(account.0)));
    }
    let address: Address = text
        .parse()
        .map_err(|error| field("address", format!("{error}")))?;
    if address.network != Network::Development {
        let message = "this is an address of the public network, where money is not for tests";
        return Err(field("address", message));
    }
    Ok(Receiver::Owner(address))
}

fn field(field: &'static str, message: impl Into<String>) -> FaucetError {
    let message = message.into();
    FaucetError::Field { field, message }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::development::deployment::DeployedToken;

    fn giver() -> Giver {
        let deployment = Deployment {
            l1_url: "http://127.0.0.1:1".to_owned(),
            chain_id: 31337,
            contract: EthAddress([1; 20]),
            block: 1,
            shapes: Vec::new(),
            token: DeployedToken {
                number: 1,
                address: EthAddress([2; 20]),
                symbol: "USDX".to_owned(),
                decimals: 6,
            },
            accounts: Vec::new(),
        };
        Giver {
            deployment,
            places: Semaphore::new(0),
            turn: Mutex::new(()),
        }
    }

    fn request(token: u16, amount: Option<&str>) -> FaucetRequest {
        FaucetRequest {
            address: "0x00000000000000000000000000000000000000A1".to_owned(),
            token,
            amount: amount.map(str::to_owned),
        }
    }

    #[test]
    fn amounts_are_bounded_by_token() {
        let giver = giver();
        let amount = |token, amount| giver.amount(&request(token, amount));
        assert_eq!(amount(0, None).unwrap(), 10u128.pow(18));
        assert_eq!(amount(1, None).unwrap(), 100_000_000);
        assert_eq!(
            amount(0, Some("10000000000000000000")).unwrap(),
            10 * 10u128.pow(18)
        );
        for (token, refused, words) in [
            (0, "10000000000000000001", "10 ETH"),
            (1, "1000000001", "1000 USDX"),
            (0, "0", "one base unit"),
            (0, "1.5", "no number"),
            (2, "1", "no 2"),
        ] {
            let error = amount(token, Some(refused)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn only_addresses_of_this_network_are_given_to() {
        let public = Address {
            network: Network::Public,
            owner: assay_circuits::eddsa::SecretKey::from_seed([1; 32])
                .public_key()
                .0,
        };
        for (text, words) in [
            (public.to_string(), "public network"),
            ("vitalik.eth".to_owned(), ""),
            (String::new(), ""),
        ] {
            let Err(FaucetError::Field { field, message }) = receiver(&text) else {
                panic!("{text}");
            };
            assert_eq!(field, "address");
            assert!(message.contains(words), "{message}");
        }
        let development = Address {
            network: Network::Development,
            ..public
        };
        let found = receiver(&development.to_string()).unwrap();
        assert_eq!(found, Receiver::Owner(development));
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_so_before_anything_is_sent() {
        let refused = giver().give(request(0, None)).await;
        assert!(matches!(refused, Err(FaucetError::Busy)), "{refused:?}");
    }
}
