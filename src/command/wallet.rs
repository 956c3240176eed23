//! `assay wallet`: a user's key and what can be done with it.

mod account;
mod amount;
mod book;
mod claim_all;
mod deposit;
mod derive;
mod export;
mod faucet;
mod force;
mod history;
mod key;
mod layer1;
mod order;
mod packet;
mod queued;
mod receipt;
mod receiver;
mod redirect;
mod refusal;
mod replace;
mod session;
mod tokens;

use std::path::{Path, PathBuf};

use anyhow::Result;
use assay_circuits::{address::L1Address, order::Payee};
use clap::{Args, Subcommand, builder::BoolishValueParser};

use crate::{
    files::{directories, wallet_key::WalletKey},
    options::{address::on_layer1, node::DEFAULT_NODE_URL, password::PasswordArgs},
    process::{block_on, unless_interrupted},
    terminal::{outcome::Outcome, output::OutputArgs},
};
use amount::AmountText;
use session::Session;

/// Options of `assay wallet`.
#[derive(Debug, Args)]
pub(crate) struct WalletArgs {
    /// The file that holds the wallet's key [default: ~/.config/assay/wallet.json].
    #[arg(long, global = true, env = "ASSAY_KEY", value_name = "FILE")]
    key: Option<PathBuf>,
    /// The node to talk to.
    #[arg(long, global = true, env = "ASSAY_NODE", value_name = "URL", default_value = DEFAULT_NODE_URL)]
    node: String,
    /// Print the result as JSON.
    #[arg(long, global = true, env = "ASSAY_JSON", value_parser = BoolishValueParser::new())]
    json: bool,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(subcommand)]
    command: WalletCommand,
}

#[derive(Debug, Subcommand)]
enum WalletCommand {
    /// Make a key and write it to a new file that only you can read.
    New(key::NewArgs),
    /// Make the key of 12 or 24 words that you have, and write it to a new file; the words are asked
    /// for, or read from standard input.
    Import(key::ImportArgs),
    /// Make the key of an account of the layer 1, of its signature on a text that names the rollup; the
    /// same key as the node's page makes with an Ethereum wallet.
    Derive(derive::DeriveArgs),
    /// Write the key to another new file, for another place or another program.
    Export(export::ExportArgs),
    /// Encrypt the key's file with a password, change the password, or remove it.
    Password(key::ChangeArgs),
    /// Show the wallet's address: where others send to.
    Address {
        /// Draw it as a QR code too, for a terminal that is dark; JSON has none.
        #[arg(long, env = "ASSAY_QR", value_parser = BoolishValueParser::new())]
        qr: bool,
    },
    /// Names for the addresses of others, which `send` takes in their place.
    Book(book::BookArgs),
    /// Put ether or tokens of the layer 1 into the rollup.
    Deposit(deposit::DepositArgs),
    /// Get test money, on a devnet.
    Faucet(faucet::FaucetArgs),
    /// Send to somebody's address, or to a name of the address book.
    Send {
        /// Whom to pay: an address of the rollup, or a name of the address book.
        #[arg(value_parser = book::recipient)]
        to: book::Recipient,
        #[command(flatten)]
        book: book::BookPlace,
        /// How much: base units, or with a unit like 1.5eth.
        amount: AmountText,
        #[command(flatten)]
        order: order::OrderArgs,
    },
    /// Take money out to an address of the layer 1; claim it there once its batch is proved.
    Withdraw {
        /// Who is paid on the layer 1.
        #[arg(value_parser = on_layer1)]
        to: L1Address,
        /// How much: base units, or with a unit like 1.5eth.
        amount: AmountText,
        #[command(flatten)]
        receiver: receiver::ReceiverArgs,
        #[command(flatten)]
        order: order::OrderArgs,
    },
    /// Have one that waits not executed: its nonce goes to a payment of one base unit to yourself, for a
    /// higher fee.
    Cancel(replace::ReplaceArgs),
    /// Sign one that waits again for a higher fee, in its own place.
    SpeedUp(replace::ReplaceArgs),
    /// Fetch the operator's promise to execute a transaction, for `assay verify`.
    Receipt(receipt::ReceiptArgs),
    /// Collect a proved withdrawal on the layer 1, or all of them.
    Claim(layer1::ClaimArgs),
    /// Order past the operator, through the layer 1's queue: an order that is valid is executed.
    #[command(subcommand)]
    Force(force::ForceCommand),
    /// Have a withdrawal paid to another address, where its receiver cannot be paid.
    Redirect(redirect::RedirectArgs),
    /// Take out ether that the rollup contract owes the layer 1 account besides withdrawals.
    Credit(layer1::CreditArgs),
    /// Keep a file with which `assay exit` takes everything out, should the rollup stop.
    Packet(packet::PacketArgs),
    /// Show what the wallet has.
    Balance,
    /// Show what came in and went out, latest first.
    History(history::HistoryArgs),
}

impl WalletArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let path = match &self.key {
            Some(path) => path.clone(),
            None => directories::wallet_key()?,
        };
        let output = OutputArgs { json: self.json };
        match &self.command {
            WalletCommand::New(args) => key::create(args, &path, &self.password, output),
            WalletCommand::Import(args) => key::import(args, &path, &self.password, output),
            WalletCommand::Derive(args) => {
                block_on(args.run(&self.node, &path, &self.password, output))
            }
            WalletCommand::Export(args) => export::export(args, &path, &self.password, output),
            WalletCommand::Password(args) => {
                key::change_password(args, &path, &self.password, output)
            }
            WalletCommand::Address { qr } => key::show_address(&path, *qr, output),
            WalletCommand::Book(args) => args.run(output),
            // Also without a node.
            WalletCommand::Force(command) => {
                let key = self.open(&path)?;
                block_on(command.run(&self.node, &key, output))
            }
            command => {
                let key = self.open(&path)?;
                block_on(async {
                    let session = Session::open(&self.node, &key).await?;
                    let outcome = command.run_with(&session, &key, &path, output).await?;
                    if !matches!(command, WalletCommand::Packet(_)) {
                        // What was asked is done; the next command tries it again.
                        let _ = unless_interrupted(packet::keep(&session, &key, &path)).await;
                    }
                    Ok(outcome)
                })
            }
        }
    }

    fn open(&self, path: &Path) -> Result<WalletKey> {
        Ok(WalletKey::open(path, || self.password.of(path))?)
    }
}

impl WalletCommand {
    async fn run_with(
        &self,
        session: &Session,
        key: &WalletKey,
        key_path: &Path,
        output: OutputArgs,
    ) -> Result<Outcome> {
        match self {
            Self::New(_)
            | Self::Import(_)
            | Self::Derive(_)
            | Self::Export(_)
            | Self::Password(_)
            | Self::Address { .. } => key::show_address(key_path, false, output),
            Self::Book(args) => args.run(output),
            Self::Force(command) => command.run(&session.url, key, output).await,
            Self::Redirect(args) => redirect::redirect(args, session, key, output).await,
            Self::Credit(args) => layer1::credit(args, session, output).await,
            Self::Deposit(args) => deposit::deposit(args, key.address(), session, output).await,
            Self::Faucet(args) => faucet::faucet(args, key.address(), session, output).await,
            Self::Send {
                to,
                book,
                amount,
                order,
            } => {
                let to = to.address(book)?;
                session.check_network(&to)?;
                order::run(order, amount, Payee::Owner(to.owner), session, key, output).await
            }
            Self::Withdraw {
                to,
                amount,
                receiver,
                order,
            } => {
                receiver.check(*to, session).await?;
                order::run(order, amount, Payee::L1(*to), session, key, output).await
            }
            Self::Cancel(args) => {
                replace::replace(args, replace::Aim::Cancel, session, key, output).await
            }
            Self::SpeedUp(args) => {
                replace::replace(args, replace::Aim::SpeedUp, session, key, output).await
            }
            Self::Receipt(args) => receipt::receipt(args, session).await,
            Self::Claim(args) => layer1::claim(args, session, key, output).await,
            Self::Packet(args) => packet::packet(args, session, key, key_path, output).await,
            Self::Balance => account::balance(session, key, output).await,
            Self::History(args) => args.run(session, key, output).await,
        }
    }
}
