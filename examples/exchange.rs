//! Deposits at an exchange. Each customer has an address; what arrives there is credited only when the layer 1
//! itself says that it is theirs: the node is believed about nothing.
//!
//!     cargo run --release --example exchange -- --words-file words.txt --contract 0x... --customers 100

use std::{collections::HashMap, fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use assay_api::{
    account_proof::{self, ProofError},
    client::NodeClient,
    mnemonic::Mnemonic,
};
use assay_circuits::{
    account::Account,
    address::{Address, Network},
    eddsa::SecretKey,
    quantity::{AccountIndex, StateRoot},
    word,
};
use assay_l1::{address::EthAddress, client::RollupClient};
use clap::Parser;
use tokio::time::sleep;

/// How often the exchange looks.
const POLL: Duration = Duration::from_millis(500);
/// How often a path is asked for again, where a batch was proved between root and path.
const ATTEMPTS: u32 = 10;

/// Tells of everything that customers pay in.
#[derive(Debug, Parser)]
struct Arguments {
    /// The node.
    #[arg(long, default_value = "http://127.0.0.1:8645")]
    node: String,
    /// The exchange's own node of the layer 1.
    #[arg(long, default_value = "http://127.0.0.1:8545")]
    l1_url: String,
    /// The rollup contract.
    #[arg(long)]
    contract: EthAddress,
    /// The file with the exchange's 12 or 24 words.
    #[arg(long)]
    words_file: PathBuf,
    /// How many customers there are; they have the numbers from 1 on.
    #[arg(long)]
    customers: u32,
    /// End after so many credits; without it, never.
    #[arg(long)]
    credits: Option<u32>,
}

struct Desk {
    node: NodeClient,
    layer1: RollupClient,
    /// What every account was seen to hold; kept in the exchange's database in earnest.
    seen: HashMap<AccountIndex, u128>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let words = fs::read_to_string(&arguments.words_file);
    let words = words.with_context(|| arguments.words_file.display().to_string())?;
    let words = Mnemonic::parse(&words)?;
    let layer1 = RollupClient::connect(&arguments.l1_url, arguments.contract, None).await?;
    let network = Network::of_chain(layer1.chain_id());
    let customers: Vec<(u32, Address)> = (1..=arguments.customers)
        .map(|customer| {
            let key = SecretKey::from_seed(*words.seed("", customer));
            let owner = key.public_key().0;
            (customer, Address { network, owner })
        })
        .collect();
    for (customer, address) in &customers {
        println!("customer {customer} pays in at {address}");
    }
    let mut desk = Desk {
        node: NodeClient::new(&arguments.node)?,
        layer1,
        seen: HashMap::new(),
    };
    let mut credits = 0;
    loop {
        for (customer, address) in &customers {
            for (account, amount) in desk.arrived(address).await? {
                let token = account.token;
                println!("credit customer {customer}: {amount} base units of token {token}");
                credits += 1;
            }
        }
        if arguments.credits.is_some_and(|most| credits >= most) {
            return Ok(());
        }
        sleep(POLL).await;
    }
}

impl Desk {
    /// What has come to an address and is proved, by account, since this was asked last.
    async fn arrived(&mut self, address: &Address) -> Result<Vec<(Account, u128)>> {
        let mut arrived = Vec::new();
        for account in self.node.accounts(address).await? {
            let index = AccountIndex::new(account.index)?;
            // Not in the proved state yet.
            let Some(account) = self.proved(index).await? else {
                continue;
            };
            ensure!(
                account.owner == address.owner,
                "the node shows account {index} of somebody else"
            );
            let before = self.seen.insert(index, account.balance.0).unwrap_or(0);
            if let Some(amount) = account.balance.0.checked_sub(before).filter(|&new| new > 0) {
                arrived.push((account, amount));
            }
        }
        Ok(arrived)
    }

    /// An account in the state that the layer 1 holds.
    async fn proved(&self, index: AccountIndex) -> Result<Option<Account>> {
        let mut attempt = 1;
        loop {
            let status = self.layer1.status().await?;
            let root = StateRoot(word::from_bytes(&status.proved_root)?);
            let proof = self.node.account_proof(index, None).await?;
            match account_proof::check(&proof, root) {
                Ok(account) => return Ok(account),
                // The contract and the node hear of a batch one after the other.
                Err(ProofError::Root) if attempt < ATTEMPTS => {
                    attempt += 1;
                    sleep(POLL).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
