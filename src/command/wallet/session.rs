//! A wallet's connection to a node: what it takes from the node's word, and what it checks.

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    client::NodeClient,
    wire::{AccountView, TokenView, operation::network_name},
};
use assay_circuits::{
    address::{Address, L1Address, Network},
    order::Domain,
    quantity::TokenId,
};
use assay_exit::rollup::Rollup;

use super::amount::AmountText;
use crate::files::wallet_key::WalletKey;

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
    tokens: Vec<Token>,
}

/// A token as people name it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub id: TokenId,
    pub symbol: String,
    pub decimals: u8,
    /// Its contract on the layer 1; ether has none.
    pub address: Option<L1Address>,
}

impl Session {
    /// Connects to a node, and refuses one of another network than the key's.
    pub(super) async fn open(url: &str, key: &WalletKey) -> Result<Self> {
        let node = NodeClient::new(url)?;
        let status = node.status().await?;
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
        let tokens = node.tokens().await?.into_iter().map(Token::try_from);
        let tokens = tokens.collect::<Result<_>>()?;
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

    /// The rollup contract: on public networks the node's word for it is not enough.
    pub(super) fn trusted_contract(&self, given: Option<L1Address>) -> Result<L1Address> {
        match given {
            Some(contract) => {
                ensure!(
                    contract == self.contract,
                    "the node serves contract {}, not {contract}",
                    self.contract
                );
                Ok(contract)
            }
            None if self.network == Network::Development => Ok(self.contract),
            None => bail!(
                "on a public network give the rollup contract with --contract, from a source that \
                 you trust; the node says {}",
                self.contract
            ),
        }
    }

    /// A token by number, symbol or contract.
    pub(super) fn token(&self, name: &str) -> Result<&Token> {
        let by_address = name.parse::<L1Address>().ok();
        let by_number = name.parse::<u16>().ok();
        let matching = |token: &&Token| match (by_address, by_number) {
            (Some(address), _) => token.address == Some(address),
            (None, Some(number)) => token.id.0 == number,
            (None, None) => token.symbol.eq_ignore_ascii_case(name),
        };
        let found: Vec<&Token> = self.tokens.iter().filter(matching).collect();
        match found[..] {
            [token] => Ok(token),
            [] => bail!(
                "there is no token `{name}`; there are {}",
                self.token_list()
            ),
            // Anybody may register a token of any name.
            _ => bail!(
                "several tokens call themselves `{name}`: use the number, of {}",
                self.token_list()
            ),
        }
    }

    /// The token of a number.
    pub(super) fn token_of(&self, id: u16) -> Result<&Token> {
        self.token(&id.to_string())
    }

    /// Token and base units of an amount, where `--token` was given or not. The amount's own
    /// unit must be of the same token.
    pub(super) fn amount(&self, text: &AmountText, token: Option<&str>) -> Result<(&Token, u128)> {
        let by_unit = match (text.ether_decimals(), text.unit()) {
            (Some(_), _) => Some(self.token_of(TokenId::ETHER.0)?),
            (None, Some(unit)) if token.is_none() => Some(self.token(unit)?),
            _ => None,
        };
        let token = match token {
            Some(name) => self.token(name)?,
            None => match by_unit {
                Some(token) => token,
                None => self.token_of(TokenId::ETHER.0)?,
            },
        };
        if let Some(unit) = text.unit() {
            let fits = match by_unit {
                Some(other) => other.id == token.id,
                None => token.symbol.eq_ignore_ascii_case(unit),
            };
            ensure!(
                fits,
                "the amount is in `{unit}`, and --token says {}",
                token.symbol
            );
        }
        let decimals = text.ether_decimals().unwrap_or(token.decimals);
        Ok((token, text.base_units(decimals)?))
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

    fn token_list(&self) -> String {
        let names = self
            .tokens
            .iter()
            .map(|token| format!("{} ({})", token.id, token.symbol));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl TryFrom<TokenView> for Token {
    type Error = anyhow::Error;

    fn try_from(view: TokenView) -> Result<Self> {
        let address = view.address.map(|address| address.parse()).transpose();
        let is_ether = view.number == TokenId::ETHER.0;
        let symbol = if is_ether {
            Some("ETH".to_owned())
        } else {
            view.symbol
        };
        Ok(Self {
            id: TokenId(view.number),
            symbol: symbol.unwrap_or_else(|| format!("token{}", view.number)),
            decimals: if is_ether {
                18
            } else {
                view.decimals.unwrap_or(0)
            },
            address: address.context("the node's list of tokens")?,
        })
    }
}
