//! A payroll: many payments of one account, each of which is made once, however often this is run. All are
//! signed and kept in a file before the first is handed in: the same orders handed in again have one effect.
//!
//!     cargo run --release --example payroll -- --words-file words.txt --wages wages.txt --orders november.json
//!
//! A line of the wages is a name, an address and an amount in wei.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::{
    client::{ClientError, NodeClient},
    mnemonic::Mnemonic,
    stage::Stage,
    wallet::{Payment, Wallet},
    wire::{SignedOperation, TransactionAnswer, TransactionList},
};
use assay_circuits::{
    address::Address,
    eddsa::SecretKey,
    float::AMOUNT,
    order::{Order, Signed},
    quantity::TokenId,
};
use assay_durable::Readers;
use clap::Parser;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

/// How long a payment may take to be taken, and to be proved.
const PATIENCE: Duration = Duration::from_secs(600);
/// Between two attempts, while the node has no room for further orders.
const PAUSE: Duration = Duration::from_millis(250);
/// What a node says when an order is right, and too early.
const TOO_EARLY: [&str; 3] = ["nonce_too_far", "busy", "too_many_requests"];

/// Pays everybody once.
#[derive(Debug, Parser)]
struct Arguments {
    /// The node.
    #[arg(long, default_value = "http://127.0.0.1:8645")]
    node: String,
    /// The file with the 12 or 24 words of the account that pays.
    #[arg(long)]
    words_file: PathBuf,
    /// The file with the wages.
    #[arg(long)]
    wages: PathBuf,
    /// The file where the signed orders of this payroll are kept; made where it is missing. Keep it until all
    /// are proved, and take a new one for the next payroll.
    #[arg(long)]
    orders: PathBuf,
}

/// A wage as it was signed.
#[derive(Serialize, Deserialize)]
struct Signature {
    name: String,
    operation: SignedOperation,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let words = Mnemonic::parse(&read(&arguments.words_file)?)?;
    let key = SecretKey::from_seed(*words.seed("", 0));
    let node = NodeClient::new(&arguments.node)?;
    let wallet = Wallet::connect(node, &key, None).await?;
    if !arguments.orders.exists() {
        let signed = sign(&wallet, &read(&arguments.wages)?).await?;
        let text = serde_json::to_vec_pretty(&signed)?;
        assay_durable::create(&arguments.orders, Readers::Owner, &text)?;
    }
    let orders: Vec<Signature> = serde_json::from_str(&read(&arguments.orders)?)?;

    hand_in(&wallet, &orders).await?;
    let mut paid = 0;
    for Signature { name, operation } in &orders {
        let hash = operation
            .to_signed(wallet.address().network)?
            .hash(wallet.domain());
        match wallet.node().wait_for(hash, Stage::Proved, PATIENCE).await {
            Ok(found) => {
                println!("{name} {hash} {}", found.stage);
                paid += 1;
            }
            Err(error @ (ClientError::Rejected(_) | ClientError::Timeout { .. })) => {
                println!("{name} {hash} not paid: {error}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    println!("{paid} of {} are paid", orders.len());
    Ok(ExitCode::from(u8::from(paid < orders.len())))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Signs every wage with the nonce behind the one before. What a node would refuse is refused here: behind
/// one that is never executed the others would wait in vain.
async fn sign(wallet: &Wallet<'_>, wages: &str) -> Result<Vec<Signature>> {
    let mut payments = Vec::new();
    for (number, line) in wages.lines().enumerate() {
        let wage = payment(wallet, line);
        payments.push(wage.with_context(|| format!("line {} of the wages", number + 1))?);
    }
    let account = wallet.account(TokenId::ETHER).await?;
    let account = account.context("the account that pays has nothing on the rollup")?;
    ensure!(
        account.pending == 0,
        "{} payments of this account wait: run this again when they are executed",
        account.pending
    );
    let (mut signed, mut due) = (Vec::new(), 0u128);
    for ((name, payment), nonce) in payments.into_iter().zip(account.next_nonce..) {
        let order = wallet.sign_with_nonce(&payment, nonce).await?;
        let costs = order.order.amount.checked_add(order.order.fee.value());
        due = costs
            .and_then(|costs| due.checked_add(costs.0))
            .context("the wages are more than there is in the world")?;
        let operation = SignedOperation::new(&order, wallet.address().network);
        signed.push(Signature { name, operation });
    }
    let balance: u128 = account.balance.parse()?;
    ensure!(
        due <= balance,
        "{due} wei are due with their fees, and the account has {balance}"
    );
    Ok(signed)
}

fn payment(wallet: &Wallet<'_>, line: &str) -> Result<(String, Payment)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, address, wei] = words[..] else {
        bail!("it is not a name, an address and an amount");
    };
    let address: Address = address.parse()?;
    ensure!(
        address.network == wallet.address().network,
        "the address is of another network"
    );
    let wei: u128 = wei.parse().context("the amount")?;
    ensure!(wei > 0, "the amount is 0");
    ensure!(
        AMOUNT.encode(wei).is_ok(),
        "a transfer cannot carry so many digits: {} wei can be paid",
        AMOUNT.round_down(wei)
    );
    Ok((name.to_owned(), Payment::ether(&address, wei)))
}

/// Hands the orders in, many in one request, and waits while the node has no room for further ones.
async fn hand_in(wallet: &Wallet<'_>, orders: &[Signature]) -> Result<()> {
    let network = wallet.address().network;
    let mut left = Vec::new();
    for Signature { name, operation } in orders {
        left.push((name, operation.to_signed(network)?));
    }
    let mut deadline = Instant::now() + PATIENCE;
    while !left.is_empty() {
        let list = &left[..left.len().min(TransactionList::MOST)];
        let signed: Vec<_> = list.iter().map(|(_, signed)| *signed).collect();
        let taken = match wallet.node().submit_list(&signed, network).await {
            Ok(answers) => taken(wallet, list, &answers)?,
            // Where an answer is lost the same list is handed in again.
            Err(error) if error.is_unanswered() || is_early(error.code()) => 0,
            Err(error) => return Err(error.into()),
        };
        left.drain(..taken);
        if taken > 0 {
            deadline = Instant::now() + PATIENCE;
        }
        ensure!(
            Instant::now() < deadline,
            "the node takes no more: run this again"
        );
        if !left.is_empty() {
            sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// How many from the first on the node has, each with a receipt that holds. In the order of their nonces:
/// behind one that is missing it keeps only so many waiting.
fn taken(
    wallet: &Wallet<'_>,
    list: &[(&String, Signed<Order>)],
    answers: &[TransactionAnswer],
) -> Result<usize> {
    for (place, ((name, signed), answer)) in list.iter().zip(answers).enumerate() {
        let code = answer.error.as_ref().map(|error| error.code.as_str());
        match (&answer.receipt, code) {
            (Some(receipt), _) => wallet.check_receipt(receipt, signed)?,
            // An earlier run handed it in.
            (None, Some("duplicate")) => {}
            (None, code) if is_early(code) => return Ok(place),
            (None, _) => {
                let why = answer.error.as_ref().map_or("", |error| &error.message);
                bail!("{name} is not paid, nor is anybody behind: {why}");
            }
        }
    }
    Ok(answers.len())
}

fn is_early(code: Option<&str>) -> bool {
    code.is_some_and(|code| TOO_EARLY.contains(&code))
}
