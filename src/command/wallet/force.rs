//! `assay wallet force`: an order that no operator can refuse, through the queue of the layer 1.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::{
    address::{Address, L1Address},
    babyjubjub::Point,
    forced::{ForcedOrder, ForcedPayee},
    operation::Entry,
    order::Domain,
    quantity::{AccountIndex, Amount, Nonce, TokenId},
    word,
};
use assay_exit::packet::ExitPacket;
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, RollupClient, TransactionReceipt},
};
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    amount::AmountText,
    book,
    queued::Queued,
    receiver::{Consent, check_nobody},
    session::Session,
};
use crate::{
    contract_calls::{Teller, send},
    files::wallet_key::WalletKey,
    options::{
        address::on_layer1,
        l1::{L1Args, L1Wait},
    },
    terminal::{outcome::Outcome, output::OutputArgs, units::in_units},
};

/// How far the order's nonce is ahead of what is known: what is signed meanwhile, and what an
/// operator keeps back, has a lower one and cannot void it. The rules allow 2^16.
const NONCE_AHEAD: Nonce = 256;
/// The bits of an expiry that are always ones.
const EXPIRY_STEP_BITS: u32 = 16;

/// What is forced.
#[derive(Debug, Subcommand)]
pub(super) enum ForceCommand {
    /// To an account of the rollup that is there.
    Send {
        /// Whom to pay: an address of the rollup, or a name of the address book.
        #[arg(value_parser = book::recipient)]
        to: book::Recipient,
        #[command(flatten)]
        book: book::BookPlace,
        /// How much: base units, or with a unit like 1.5eth.
        amount: AmountText,
        /// The account that is paid [default: the node is asked].
        #[arg(long, env = "ASSAY_TO_ACCOUNT", value_name = "INDEX")]
        to_account: Option<u32>,
        #[command(flatten)]
        options: ForceOptions,
    },
    /// To an address of the layer 1: so much, or all there is where that is less.
    Withdraw {
        /// Who is paid on the layer 1.
        #[arg(value_parser = on_layer1)]
        to: L1Address,
        /// How much: base units, or with a unit like 1.5eth.
        amount: AmountText,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        options: ForceOptions,
    },
}

/// Options of everything that is forced.
#[derive(Debug, Args)]
pub(super) struct ForceOptions {
    /// Token: its number, name or contract [default: that of the amount's unit, else ether].
    #[arg(long, env = "ASSAY_TOKEN")]
    token: Option<String>,
    /// Take account and nonce from this exit packet, and ask no node.
    #[arg(long, env = "ASSAY_PACKET", value_name = "FILE")]
    packet: Option<PathBuf>,
    /// The rollup contract; must be given on public networks, where the node's word for it is
    /// not enough.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    contract: Option<L1Address>,
    /// The order's nonce: at least the account's next, and at most 65,535 more [default: 256
    /// more, so that nothing signed meanwhile voids it].
    #[arg(long, env = "ASSAY_NONCE", value_name = "NUMBER")]
    nonce: Option<Nonce>,
    /// The queue refuses the order after so long, seconds; once queued it does not expire.
    #[arg(
        long,
        env = "ASSAY_EXPIRES_IN_S",
        value_name = "SECONDS",
        default_value_t = 86_400
    )]
    expires_in_s: u32,
    /// Who gets back the fee if a freeze comes first [default: the L1 account that pays].
    #[arg(long, env = "ASSAY_REFUND_TO", value_name = "L1_ADDRESS", value_parser = on_layer1)]
    refund_to: Option<L1Address>,
    #[command(flatten)]
    wait: L1Wait,
    #[command(flatten)]
    l1: L1Args,
}

impl ForceCommand {
    /// Signs the order and queues it.
    pub(super) async fn run(
        &self,
        node: &str,
        key: &WalletKey,
        output: OutputArgs,
    ) -> Result<Outcome> {
        let (Self::Send { options, .. } | Self::Withdraw { options, .. }) = self;
        let source = Source::open(options, node, key).await?;
        if let Some(refund_to) = options.refund_to {
            source.check_receiver(refund_to)?;
        }
        let client = source.connect(&options.l1).await?;
        let now_s = client.now_s().await?;
        let expires = now_s.saturating_add(options.expires_in_s.into());
        let (payer, amount, payee) = self.resolve(&source, &client, key).await?;
        let nonce = match options.nonce {
            Some(nonce) => nonce,
            None => payer.nonce.saturating_add(NONCE_AHEAD).min(Nonce::MAX - 1),
        };
        ensure!(
            amount > 0,
            "an order of nothing does nothing, and the contract refuses it"
        );
        let order = ForcedOrder {
            from: Some(payer.index),
            nonce,
            token: payer.token,
            payee,
            amount: Amount(amount),
            last: u16::try_from(expires >> EXPIRY_STEP_BITS).unwrap_or(u16::MAX),
            // Both are the signature's, which is made now.
            r8: Point::BASE8,
            s: 0u8.into(),
        };
        let domain = Domain::new(client.chain_id(), source.contract());
        let words = Entry::Forced(order.sign(domain, key.secret())).words();
        let refund_to = options.refund_to.map(|to| EthAddress(to.0));
        let call = RollupCall::Force {
            words: words.map(word::to_bytes),
            refund_to: refund_to
                .or_else(|| client.account())
                .context("the L1 account that pays")?,
            fee_wei: client.entry_fee_soon().await?,
        };
        let timeout = options.wait.timeout();
        let receipt = send(&client, &call, timeout, Teller::Steps).await?;
        let queued = Queued::of(&client, &receipt).await?;
        let answer = Answer::new(&queued, &receipt, nonce, now_s);
        output.print_done(&answer, Answer::text)?;
        Ok(Outcome::Done)
    }

    /// The account that pays, how much, and whom.
    async fn resolve(
        &self,
        source: &Source,
        client: &RollupClient,
        key: &WalletKey,
    ) -> Result<(Payer, u128, ForcedPayee)> {
        match self {
            Self::Withdraw {
                to,
                amount,
                consent,
                options,
            } => {
                source.check_receiver(*to)?;
                consent.check(*to, client).await?;
                let (payer, amount) = source.payer(amount, options, key).await?;
                Ok((payer, amount, ForcedPayee::L1(*to)))
            }
            Self::Send {
                to,
                book,
                amount,
                to_account,
                options,
            } => {
                let to = to.address(book)?;
                let (payer, amount) = source.payer(amount, options, key).await?;
                ensure!(
                    amount <= payer.balance,
                    "the account holds {}: a forced transfer of more would do nothing (a forced \
                     withdrawal takes what there is)",
                    payer.held
                );
                let index = match to_account {
                    Some(index) => *index,
                    None => source.account_of(&to, payer.token).await?,
                };
                let payee = ForcedPayee::Account {
                    to: Some(AccountIndex::new(index)?),
                    owner: to.owner,
                };
                Ok((payer, amount, payee))
            }
        }
    }
}

/// The account that is to pay.
struct Payer {
    index: AccountIndex,
    nonce: Nonce,
    token: TokenId,
    balance: u128,
    /// The balance, for people.
    held: String,
}

/// Where account and nonce are known from.
enum Source {
    Node(Box<Session>, L1Address),
    Packet(ExitPacket),
}

impl Source {
    async fn open(options: &ForceOptions, node: &str, key: &WalletKey) -> Result<Self> {
        let Some(path) = &options.packet else {
            let session = Session::open(node, key).await?;
            let contract = session.trusted_contract(options.contract)?;
            return Ok(Self::Node(Box::new(session), contract));
        };
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let packet = ExitPacket::parse(&bytes);
        let packet = packet.with_context(|| format!("{} is no exit packet", path.display()))?;
        ensure!(
            packet.owner == key.address().owner,
            "the packet is of another owner than the wallet's key"
        );
        let of_packet = packet.state.rollup.contract;
        ensure!(
            options.contract.is_none_or(|given| given == of_packet),
            "the packet is of the rollup at {of_packet}"
        );
        Ok(Self::Packet(packet))
    }

    /// A client of the layer 1: where a node is asked, of the node's.
    async fn connect(&self, l1: &L1Args) -> Result<RollupClient> {
        match self {
            Self::Node(session, contract) => session.connect(l1, *contract).await,
            Self::Packet(packet) => {
                let rollup = packet.state.rollup;
                let client = l1.connect(rollup.contract).await?;
                ensure!(
                    client.chain_id() == rollup.chain_id,
                    "the L1 is chain {}, and the packet is of chain {}: nothing was sent",
                    client.chain_id(),
                    rollup.chain_id
                );
                Ok(client)
            }
        }
    }

    /// Refuses a receiver on the layer 1 from which nothing comes back.
    fn check_receiver(&self, to: L1Address) -> Result<()> {
        match self {
            Self::Node(session, _) => session.check_receiver(to),
            Self::Packet(_) => check_nobody(to, self.contract()),
        }
    }

    fn contract(&self) -> L1Address {
        match self {
            Self::Node(_, contract) => *contract,
            Self::Packet(packet) => packet.state.rollup.contract,
        }
    }

    async fn payer(
        &self,
        text: &AmountText,
        options: &ForceOptions,
        key: &WalletKey,
    ) -> Result<(Payer, u128)> {
        let given = options.token.as_deref();
        match self {
            Self::Node(session, _) => {
                let (token, amount) = session.tokens.amount(text, given)?;
                let own = session.accounts(&key.address()).await?;
                let account = own.iter().find(|account| account.token == token.id.0);
                let account = account
                    .with_context(|| format!("this wallet has no {} on the rollup", token.name))?;
                let payer = Payer {
                    index: AccountIndex::new(account.index)?,
                    nonce: account.next_nonce,
                    token: token.id,
                    balance: account.balance.parse()?,
                    held: token.shown_text(&account.balance)?,
                };
                Ok((payer, amount))
            }
            Self::Packet(packet) => {
                let token = match given {
                    Some(text) => TokenId(text.parse().context(
                        "with a packet a token is named by its number, since no node is asked",
                    )?),
                    None => TokenId::ETHER,
                };
                let decimals = text.ether_decimals().filter(|_| token == TokenId::ETHER);
                ensure!(
                    decimals.is_some() || text.unit().is_none(),
                    "with a packet amounts of a token are base units, since no node is asked"
                );
                let amount = text.base_units(decimals.unwrap_or(0))?;
                let mut accounts = packet.accounts.iter();
                let found = accounts.find(|proved| proved.account.token == token);
                let found = found
                    .with_context(|| format!("the packet holds no account of token {token}"))?;
                let balance = found.account.balance.0;
                let payer = Payer {
                    index: found.index,
                    nonce: found.account.nonce,
                    token,
                    balance,
                    held: match token {
                        TokenId::ETHER => in_units(balance, 18, "ETH"),
                        _ => format!("{balance} base units"),
                    },
                };
                Ok((payer, amount))
            }
        }
    }

    /// A forced transfer names the account that it pays.
    async fn account_of(&self, to: &Address, token: TokenId) -> Result<u32> {
        let Self::Node(session, _) = self else {
            bail!("without a node say which account is paid, with --to-account");
        };
        session.check_network(to)?;
        let accounts = session.accounts(to).await?;
        let found = accounts.iter().find(|account| account.token == token.0);
        let found = found.with_context(|| {
            format!(
                "{to} has no account of token {token}, and a forced transfer makes none: deposit \
                 to this address instead, or withdraw"
            )
        })?;
        Ok(found.index)
    }
}

#[derive(Serialize)]
struct Answer {
    transaction: String,
    block: u64,
    gas_used: u64,
    queue_index: u64,
    nonce: Nonce,
    /// Unix time from which it must be in the next batch.
    due: u32,
    due_in_s: u64,
    fee_wei: String,
}

impl Answer {
    fn new(queued: &Queued, receipt: &TransactionReceipt, nonce: Nonce, now_s: u64) -> Self {
        Self {
            transaction: Hex(&receipt.hash).to_string(),
            block: receipt.block_number,
            gas_used: receipt.gas_used,
            queue_index: queued.index,
            nonce,
            due: queued.due,
            due_in_s: u64::from(queued.due).saturating_sub(now_s),
            fee_wei: queued.fee_wei().to_string(),
        }
    }

    fn text(&self) -> String {
        let fee = in_units(self.fee_wei.parse().unwrap_or(0), 18, "ETH");
        format!(
            "queued as entry {} in L1 transaction {}, nonce {}, fee {fee}\n\
             due in {:.1} hours (Unix time {}): every batch from then on must take it, and if none \
             comes anybody may freeze the rollup and everybody can leave (`assay exit`)",
            self.queue_index,
            self.transaction,
            self.nonce,
            self.due_in_s as f64 / 3600.0,
            self.due,
        )
    }
}
