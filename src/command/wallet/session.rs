//! A wallet's connection to a node: what it takes from the node's word, and what it checks.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    client::NodeClient,
    hexadecimal::Hex,
    stage::Stage,
    wallet::Wallet,
    wire::{
        AccountView,
        operation::{OperationKind, network_name},
    },
};
use assay_circuits::{
    address::{Address, L1Address, Network},
    order::{Domain, TxHash},
};
use assay_exit::rollup::Rollup;
use assay_l1::client::RollupClient;
use tokio::time::{Instant, sleep};

use super::tokens::Tokens;
use crate::{
    files::wallet_key::WalletKey,
    options::{doors, l1::L1Args},
    process::{check_goes_on, unless_interrupted},
    terminal::{note::note, outcome::NotThereYet, progress::Progress},
};

/// How long the node's layer 1 and the wallet's may differ by a few blocks.
const SAME_L1_PATIENCE: Duration = Duration::from_secs(10);
/// How often they are compared.
const POLL: Duration = Duration::from_millis(200);

/// A node, and the network that it serves.
pub(super) struct Session {
    /// Where the node is.
    pub url: String,
    /// The node.
    pub node: NodeClient,
    /// Chain id of the layer 1.
    pub chain_id: u64,
    /// Public or development.
    pub network: Network,
    /// What signatures are bound to, computed here from chain id and contract.
    pub domain: Domain,
    /// The rollup contract, by the node's word.
    pub contract: L1Address,
    /// The operator, by the node's word; none where the node only follows the L1.
    pub operator: Option<Address>,
    /// The tokens, with the operator's names for them.
    pub tokens: Tokens,
}

impl Session {
    /// Connects to a node, and refuses one of another network than the key's.
    pub(super) async fn open(url: &str, key: &WalletKey) -> Result<Self> {
        let node = NodeClient::new(url)?;
        let status = match node.status().await {
            Ok(status) => status,
            Err(error) => {
                ensure!(
                    !doors::is_layer1(url, &error).await,
                    "a layer 1 answers at {url}, and no node of Assay: give that URL with --l1-url, and \
                     the node's with --node"
                );
                return Err(error.into());
            }
        };
        let network = Network::of_chain(status.chain_id);
        let of_key = key.address().network;
        ensure!(
            network == of_key,
            "the node is on a {} network (chain id {}), and this wallet's key is for the {} \
             network: choose another node with --node or another key with --key",
            network_name(network),
            status.chain_id,
            network_name(of_key),
        );
        let contract: L1Address = status.contract.parse().context("the node's contract")?;
        let domain = Domain::new(status.chain_id, contract);
        ensure!(
            domain.0.to_string() == status.domain,
            "the node's domain does not fit its chain id and contract: do not sign for it",
        );
        let operator = status.operator.as_deref().map(str::parse);
        let operator = operator.transpose().context("the node's operator")?;
        for fault in &status.faults {
            note(format_args!(
                "note: something is wrong with the node: {fault}"
            ));
        }
        let tokens = Tokens::new(node.tokens().await?)?;
        Ok(Self {
            url: url.to_owned(),
            node,
            chain_id: status.chain_id,
            network,
            domain,
            contract,
            operator,
            tokens,
        })
    }

    /// The rollup, by the node's word.
    pub(super) fn rollup(&self) -> Rollup {
        Rollup {
            chain_id: self.chain_id,
            contract: self.contract,
        }
    }

    /// A wallet that pays with a key.
    pub(super) fn wallet<'k>(&self, key: &'k WalletKey) -> Wallet<'k> {
        let rollup = (self.chain_id, self.contract);
        Wallet::new(self.node.clone(), key.secret(), rollup, self.operator)
    }

    /// The rollup contract: on public networks the node's word for it is not enough.
    pub(super) fn trusted_contract(&self, given: Option<L1Address>) -> Result<L1Address> {
        self.check_contract(given)?;
        match given {
            Some(contract) => Ok(contract),
            None if self.network == Network::Development => Ok(self.contract),
            None => bail!(
                "on a public network give the rollup contract with --contract, from a source that \
                 you trust; the node says {}",
                self.contract
            ),
        }
    }

    /// Refuses a node of another rollup than the one that is meant, where one is: an order that is signed for
    /// another would be good there.
    pub(super) fn check_contract(&self, meant: Option<L1Address>) -> Result<()> {
        let own = self.contract;
        match meant {
            Some(contract) if contract != own => {
                bail!("the node serves contract {own}, not {contract}")
            }
            _ => Ok(()),
        }
    }

    /// A client of the contract on the layer 1 that is paid from, once it is certain that this is the
    /// layer 1 of the node: what is sent to another is lost to it.
    pub(super) async fn connect(&self, l1: &L1Args, contract: L1Address) -> Result<RollupClient> {
        let client = l1.connect(contract).await?;
        ensure!(
            client.chain_id() == self.chain_id,
            "the L1 is chain {}, and the node's is chain {}: nothing was sent. Name the node's L1 \
             with --l1-url",
            client.chain_id(),
            self.chain_id
        );
        let deadline = Instant::now() + SAME_L1_PATIENCE;
        while !self.has_the_nodes_block(&client).await? {
            ensure!(
                Instant::now() < deadline,
                "the L1 has not the block that the node saw last: it is another chain with the same \
                 number, or one of them is behind. Nothing was sent. Name the node's L1 with --l1-url"
            );
            sleep(POLL).await;
        }
        Ok(client)
    }

    /// Whether a layer 1 has the latest block of which the node knows.
    async fn has_the_nodes_block(&self, client: &RollupClient) -> Result<bool> {
        let seen = self.node.status().await?.l1;
        let here = client.block(seen.block).await?;
        let here = here.map(|block| Hex(&block.hash).to_string());
        Ok(here.is_some() && here == seen.block_hash)
    }

    /// Refuses a transfer where a withdrawal is asked for, before anything is waited for.
    pub(super) async fn check_is_withdrawal(&self, hash: TxHash) -> Result<()> {
        match self.node.transaction(hash).await {
            Ok(found) => ensure!(
                found.operation.kind == OperationKind::Withdrawal,
                "{hash} is a transfer: it is paid on the rollup, and nothing of it is claimed on the \
                 layer 1"
            ),
            // What a forced order or a deposit made has no transaction.
            Err(error) if error.code() == Some("unknown_transaction") => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Waits until the batch of a withdrawal is proved; its number.
    ///
    /// # Errors
    /// [`NotThereYet`] at Ctrl-C, and what the node says.
    pub(super) async fn proved_in(&self, hash: TxHash, timeout: Duration) -> Result<u64> {
        check_goes_on().await?;
        let step = Progress::new().step("waiting until its batch is proved", None);
        let waited = self.node.wait_for(hash, Stage::Proved, timeout);
        let found = unless_interrupted(waited).await.map_err(|interrupted| {
            let what = "the withdrawal is not proved yet, and nothing was claimed; it goes on without this \
                        command: do the same again later";
            NotThereYet::because(what, interrupted)
        })??;
        step.finish(found.stage.name());
        found.batch.context("the node names no batch for it")
    }

    /// Refuses an address of another kind of network.
    pub(super) fn check_network(&self, address: &Address) -> Result<()> {
        let (own, other) = (network_name(self.network), network_name(address.network));
        ensure!(
            own == other,
            "{address} is an address of the {other} network, and this is the {own} network"
        );
        Ok(())
    }

    /// The accounts of an owner.
    pub(super) async fn accounts(&self, owner: &Address) -> Result<Vec<AccountView>> {
        Ok(self.node.accounts(owner).await?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_api::wire::TokenView;
    use assay_circuits::babyjubjub::Point;

    use super::*;

    const CONTRACT: L1Address = L1Address([1; 20]);
    const TOKEN: L1Address = L1Address([2; 20]);

    fn session(chain_id: u64) -> Session {
        let url = "http://127.0.0.1:1".to_owned();
        let view = |number, address: Option<L1Address>| TokenView {
            number,
            address: address.map(|address| address.to_string()),
            name: None,
            symbol: None,
            decimals: None,
        };
        Session {
            node: NodeClient::new(&url).unwrap(),
            url,
            chain_id,
            network: Network::of_chain(chain_id),
            domain: Domain::new(chain_id, CONTRACT),
            contract: CONTRACT,
            operator: None,
            tokens: Tokens::new(vec![view(0, None), view(1, Some(TOKEN))]).unwrap(),
        }
    }

    #[test]
    fn on_public_networks_the_nodes_word_for_the_contract_is_not_enough() {
        let (public, development) = (session(1), session(31_337));
        assert!(public.trusted_contract(None).is_err());
        assert_eq!(development.trusted_contract(None).unwrap(), CONTRACT);
        for session in [public, development] {
            assert_eq!(session.trusted_contract(Some(CONTRACT)).unwrap(), CONTRACT);
            assert!(session.check_contract(None).is_ok());
            assert!(session.check_contract(Some(CONTRACT)).is_ok());
            for other in [
                session.trusted_contract(Some(TOKEN)).unwrap_err(),
                session.check_contract(Some(TOKEN)).unwrap_err(),
            ] {
                assert!(
                    other.to_string().contains("the node serves contract"),
                    "{other}"
                );
            }
        }
    }

    #[test]
    fn addresses_of_another_network_and_receivers_that_keep_all_are_refused() {
        let session = session(31_337);
        let owner = Point::BASE8;
        let of = |network| Address { network, owner };
        assert!(session.check_network(&of(Network::Development)).is_ok());
        assert!(session.check_network(&of(Network::Public)).is_err());
        assert!(session.check_receiver(L1Address([3; 20])).is_ok());
        for (lost, why) in [
            (L1Address([0; 20]), "nobody's address"),
            (CONTRACT, "the rollup contract itself"),
            (TOKEN, "is the contract of token1"),
        ] {
            let refused = session.check_receiver(lost).unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }
}
