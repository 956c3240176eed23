//! Who does what in the demo.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, ensure};
use assay_api::{client::NodeClient, stage::Stage};
use assay_circuits::{
    address::{Address, L1Address, Network},
    eddsa::SecretKey,
    order::{Domain, Order, Payee, TxHash},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use assay_l1::client::RollupClient;
use tokio::time::{Instant, sleep};

use super::book::Book;
use crate::{
    contract_calls::{self, Deposit, Teller},
    development::{
        account::{self, USER_ACCOUNT},
        fee_accounts::DUST,
        stack::Endpoints,
    },
    terminal::progress::Progress,
};

/// A thousandth of an ether, wei.
const FINNEY: u128 = 10u128.pow(15);
/// A cent of the token, base units.
const CENT: u128 = 10u128.pow(4);
/// Fee of a transaction in ether, wei.
const ETHER_FEE: u128 = 10u128.pow(12);
/// Fee of a transaction in the token, base units.
const TOKEN_FEE: u128 = CENT;

/// Transfers of the story.
const TRANSFERS: u64 = 22;

/// How long a step may take.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How often the node is asked.
const POLL: Duration = Duration::from_millis(100);
/// How long a transaction may wait for its execution.
const EXPIRES_AFTER_S: u64 = 2 * 3600;

/// The operator in the book.
pub(super) const OPERATOR: &str = "operator";
const ALICE: &str = "Alice";
const BOB: &str = "Bob";
const CAROL: &str = "Carol";
const DAVE: &str = "Dave";

/// Somebody with a key.
pub(super) struct User {
    pub name: &'static str,
    pub secret: SecretKey,
    pub address: Address,
}

/// The withdrawal of the story.
#[derive(Debug, Clone, Copy)]
pub(super) struct Withdrawal {
    pub hash: TxHash,
    pub to: L1Address,
    pub amount: u128,
}

/// The story so far.
pub(super) struct Story<'a> {
    endpoints: &'a Endpoints,
    progress: &'a Progress,
    pub node: NodeClient,
    pub users: Vec<User>,
    pub book: Book,
    pub transfers: Vec<TxHash>,
    pub deposits: usize,
    domain: Domain,
    network: Network,
    token: u16,
    /// Account and next nonce by name and token.
    accounts: BTreeMap<(&'static str, u16), (AccountIndex, u32)>,
}

impl<'a> Story<'a> {
    /// Before anything has happened.
    pub(super) fn new(endpoints: &'a Endpoints, progress: &'a Progress) -> Result<Self> {
        let deployment = &endpoints.deployment;
        let network = Network::of_chain(deployment.chain_id);
        let names = [ALICE, BOB, CAROL, DAVE];
        let users = names.into_iter().zip(1u8..).map(|(name, seed)| {
            let secret = SecretKey::from_seed([seed; 32]);
            let address = Address {
                network,
                owner: secret.public_key().0,
            };
            User {
                name,
                secret,
                address,
            }
        });
        let mut book = Book::default();
        let token = deployment.token.number;
        book.credit(OPERATOR, 0, DUST)?;
        book.credit(OPERATOR, token, DUST)?;
        Ok(Self {
            endpoints,
            progress,
            node: NodeClient::new(&endpoints.node_url)?,
            users: users.collect(),
            book,
            transfers: Vec::new(),
            deposits: 2,
            domain: Domain::new(deployment.chain_id, L1Address(deployment.contract.0)),
            network,
            token,
            accounts: BTreeMap::new(),
        })
    }

    /// Alice and Bob deposit ether, Carol the token, from L1 accounts of their own.
    pub(super) async fn deposit(&mut self) -> Result<()> {
        let step = self
            .progress
            .step("deposits of Alice, Bob (ether) and Carol (token)", None);
        let (ether, token) = (TokenId::ETHER.0, self.token);
        let deposits = [
            (ALICE, ether, 2000 * FINNEY),
            (BOB, ether, 1000 * FINNEY),
            (CAROL, token, 50_000 * CENT),
        ];
        for (number, (name, token, amount)) in deposits.into_iter().enumerate() {
            self.deposit_for(name, token, amount, USER_ACCOUNT + number)
                .await?;
        }
        for (name, token, _) in deposits {
            self.open_account(name, token).await?;
        }
        step.finish("credited");
        Ok(())
    }

    async fn deposit_for(
        &mut self,
        name: &'static str,
        token: u16,
        amount: u128,
        l1_account: usize,
    ) -> Result<()> {
        let deployment = &self.endpoints.deployment;
        let signer = Some(account::signer(l1_account)?);
        let client = RollupClient::connect(&deployment.l1_url, deployment.contract, signer).await?;
        let ether = token == TokenId::ETHER.0;
        let deposit = Deposit {
            token,
            token_contract: (!ether).then_some(deployment.token.address),
            amount,
            owner: &self.user(name)?.address.owner,
            refund_to: None,
        };
        contract_calls::deposit(&client, deposit, TIMEOUT, Teller::Nobody).await?;
        self.deposits += 1;
        self.book.credit(name, token, amount)
    }

    /// Transfers between them, two of which open accounts for Dave, who has none.
    ///
    /// Their order is kind to the batches: what Bob does comes before the transfers of the last
    /// batch, so that his withdrawal, which must be executed before them, can still join it.
    pub(super) async fn transfer(&mut self) -> Result<()> {
        let step = self
            .progress
            .step("signed transfers over HTTP", Some(TRANSFERS));
        let (ether, token) = (TokenId::ETHER.0, self.token);
        let mut plan = vec![(ALICE, DAVE, ether, 40 * FINNEY)];
        for round in 1..=5 {
            plan.push((ALICE, BOB, ether, round * 11 * FINNEY));
            plan.push((BOB, ALICE, ether, round * 7 * FINNEY));
        }
        plan.extend([(ALICE, BOB, ether, 1), (ALICE, BOB, ether, 12_345_678_900)]);
        plan.extend((1..=6).map(|round| (CAROL, DAVE, token, round * 123 * CENT)));
        plan.push((ALICE, DAVE, ether, FINNEY));
        for (from, to, token, amount) in plan {
            self.send(from, to, token, amount).await?;
            step.set(self.transfers.len() as u64);
        }
        // Dave never deposited; once he has been paid he can pay.
        self.open_account(DAVE, ether).await?;
        for amount in [3 * FINNEY, 4 * FINNEY] {
            self.send(DAVE, ALICE, ether, amount).await?;
            step.set(self.transfers.len() as u64);
        }
        let count = self.transfers.len();
        ensure!(count as u64 == TRANSFERS, "the story has {count} transfers");
        step.finish(&format!("{count} accepted"));
        Ok(())
    }

    /// Bob takes ether out to an L1 address that has none.
    pub(super) async fn withdraw(&mut self) -> Result<Withdrawal> {
        let step = self.progress.step("Bob withdraws ether", None);
        let (to, amount) = (L1Address([0xb0; 20]), 250 * FINNEY);
        let ether = TokenId::ETHER.0;
        self.book.debit(BOB, ether, amount)?;
        let hash = self.submit(BOB, Payee::L1(to), ether, amount).await?;
        step.finish(&hash.to_string());
        Ok(Withdrawal { hash, to, amount })
    }

    /// Waits until the operator has executed everything, and returns the last batch.
    pub(super) async fn wait_until_executed(&self, withdrawal: &Withdrawal) -> Result<u64> {
        let step = self.progress.step("soft confirmations", None);
        let mut last = 0;
        for hash in self.transfers.iter().chain([&withdrawal.hash]) {
            let found = self.node.wait_for(*hash, Stage::Executed, TIMEOUT).await?;
            last = last.max(
                found
                    .batch
                    .context("an executed transaction has no batch")?,
            );
        }
        step.finish(&format!("all executed, the last in batch {last}"));
        Ok(last)
    }

    async fn send(
        &mut self,
        from: &'static str,
        to: &'static str,
        token: u16,
        amount: u128,
    ) -> Result<()> {
        let payee = Payee::Owner(self.user(to)?.address.owner);
        self.book.debit(from, token, amount)?;
        self.book.credit(to, token, amount)?;
        let hash = self.submit(from, payee, token, amount).await?;
        self.transfers.push(hash);
        Ok(())
    }

    /// Signs and hands in; the fee goes from the sender to the operator in the book.
    async fn submit(
        &mut self,
        from: &'static str,
        to: Payee,
        token: u16,
        amount: u128,
    ) -> Result<TxHash> {
        let fee = if token == TokenId::ETHER.0 {
            ETHER_FEE
        } else {
            TOKEN_FEE
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .context("the clock is before 1970")?;
        let expires =
            u32::try_from(now.as_secs() + EXPIRES_AFTER_S).context("the clock is after 2106")?;
        let account = self.accounts.get_mut(&(from, token));
        let (index, nonce) = account.with_context(|| format!("{from} has no account"))?;
        let order = Order {
            from: *index,
            nonce: *nonce,
            token: TokenId(token),
            to,
            amount: Amount(amount),
            fee: Fee::from_value(fee)?,
            expires,
        };
        *nonce += 1;
        self.book.debit(from, token, fee)?;
        self.book.credit(OPERATOR, token, fee)?;
        let signed = order.sign(self.domain, &self.user(from)?.secret);
        let receipt = self.node.submit(&signed, self.network).await;
        let receipt = receipt.with_context(|| format!("{from}'s transaction"))?;
        let hash = signed.hash(self.domain);
        ensure!(
            receipt.hash == hash.to_string(),
            "the node's receipt is for another transaction"
        );
        Ok(hash)
    }

    /// Waits until somebody has an account, and remembers it.
    async fn open_account(&mut self, name: &'static str, token: u16) -> Result<()> {
        let owner = self.user(name)?.address;
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let accounts = self.node.accounts(&owner).await?;
            if let Some(account) = accounts.iter().find(|account| account.token == token) {
                let index = AccountIndex::new(account.index).context("the node's account")?;
                self.accounts
                    .insert((name, token), (index, account.next_nonce));
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "{name} got no account for token {token} in time"
            );
            sleep(POLL).await;
        }
    }

    fn user(&self, name: &str) -> Result<&User> {
        let found = self.users.iter().find(|user| user.name == name);
        found.with_context(|| format!("nobody is called {name}"))
    }
}
