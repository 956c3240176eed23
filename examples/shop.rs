//! A shop that takes payments. Every order has an address of its own, made of the shop's words and the
//! order's number: a payment needs no reference, and nothing but the words must be kept.
//!
//!     cargo run --release --example shop -- --words-file words.txt --order 7 --price-wei 100000000000000000

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, ensure};
use assay_api::{
    client::NodeClient,
    mnemonic::Mnemonic,
    stage::Stage,
    wallet::{Payment, Wallet},
    wire::AccountView,
};
use assay_circuits::{
    address::{Address, Network},
    eddsa::SecretKey,
    float::AMOUNT,
    order::Payee,
    quantity::TokenId,
};
use clap::{Parser, ValueEnum};
use tokio::time::{Instant, sleep};

/// Number 0 of the words is the shop's own till.
const TILL: u32 = 0;
/// How often the shop looks.
const POLL: Duration = Duration::from_millis(500);
/// How long a payment of the shop may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until an order is paid, and moves the money to the till.
#[derive(Debug, Parser)]
struct Arguments {
    /// The node.
    #[arg(long, default_value = "http://127.0.0.1:8645")]
    node: String,
    /// The file with the shop's 12 or 24 words.
    #[arg(long)]
    words_file: PathBuf,
    /// Number of the order.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    order: u32,
    /// What it costs, wei.
    #[arg(long)]
    price_wei: u128,
    /// When it counts as paid.
    #[arg(long, default_value = "proved")]
    assurance: Assurance,
    /// How long the customer may take, seconds.
    #[arg(long, default_value_t = 900)]
    wait_s: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Assurance {
    /// The operator has executed it: good enough for a coffee.
    Promised,
    /// The layer 1 has its proof, and nobody needs to be trusted: good enough for a car.
    Proved,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let words = fs::read_to_string(&arguments.words_file);
    let words = words.with_context(|| arguments.words_file.display().to_string())?;
    let words = Mnemonic::parse(&words)?;
    let key = |number| SecretKey::from_seed(*words.seed("", number));
    let node = NodeClient::new(&arguments.node)?;
    let network = Network::of_chain(node.status().await?.chain_id);
    let address = |key: &SecretKey| Address {
        network,
        owner: key.public_key().0,
    };
    let order = key(arguments.order);
    let here = address(&order);

    println!("pay {} wei to {here}", arguments.price_wei);
    let paid = paid(&node, &here, &arguments).await?;
    println!("paid {paid} wei");
    let wallet = Wallet::connect(node, &order, None).await?;
    let collected = collect(&wallet, &address(&key(TILL))).await?;
    println!("collected {collected} wei");
    Ok(())
}

/// Waits until the price is there; gives all that is there, wei.
async fn paid(node: &NodeClient, address: &Address, arguments: &Arguments) -> Result<u128> {
    let deadline = Instant::now() + Duration::from_secs(arguments.wait_s);
    loop {
        let accounts = match node.accounts(address).await {
            Ok(accounts) => accounts,
            // A node that restarts is waited for.
            Err(error) if error.is_unanswered() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let ether = accounts
            .iter()
            .find(|account| account.token == TokenId::ETHER.0);
        let received = match ether {
            Some(account) => received(account, arguments.assurance)?,
            None => 0,
        };
        if received >= arguments.price_wei {
            return Ok(received);
        }
        ensure!(
            Instant::now() < deadline,
            "order {} was not paid in time: {received} wei came",
            arguments.order
        );
        sleep(POLL).await;
    }
}

fn received(account: &AccountView, assurance: Assurance) -> Result<u128> {
    let balance = match assurance {
        Assurance::Promised => Some(&account.balance),
        Assurance::Proved => account.proved_balance.as_ref(),
    };
    let balance = balance.map_or(Ok(0), |balance| balance.parse());
    balance.context("the node's balance")
}

/// Moves what an order brought to the till; the fee comes out of it. Gives what arrives, wei.
async fn collect(wallet: &Wallet<'_>, till: &Address) -> Result<u128> {
    let account = wallet.account(TokenId::ETHER).await?;
    let account = account.context("nobody has paid here")?;
    let fee = wallet.fee(TokenId::ETHER, Payee::Owner(till.owner)).await?;
    let balance = received(&account, Assurance::Promised)?;
    // Transfers carry some ten significant digits: what is finer stays where it is.
    let amount = AMOUNT.round_down(balance.saturating_sub(fee.value().0));
    ensure!(amount > 0, "{balance} wei are not worth the fee");
    let payment = Payment {
        fee: Some(fee),
        ..Payment::ether(till, amount)
    };
    let sent = wallet.pay(&payment, PATIENCE).await?;
    let node = wallet.node();
    node.wait_for(sent.hash, Stage::Executed, PATIENCE).await?;
    Ok(sent.order.amount.0)
}
