//! A layer 1 and a node of the program under test, and users that talk to them.

use std::{process::Command, time::Duration};

use assay_api::client::NodeClient;
use assay_circuits::{
    address::{Address, L1Address, Network},
    eddsa::SecretKey,
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, TokenId},
    shape::Shape,
    word,
};
use assay_l1::{
    address::EthAddress,
    chain::dev_accounts,
    client::{L1Signer, RollupCall, RollupClient},
};
use tokio::time::{Instant, sleep};

use crate::{
    invoke::{assay, keys_dir},
    process::{Process, TIMEOUT},
};

/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Starts an L1 with contracts for `tiny` batches; returns the lines that it prints.
pub(crate) fn tiny_l1(more: &[&str]) -> (Process, Vec<String>) {
    let arguments = [
        "l1",
        "--port",
        "0",
        "--shape",
        "tiny",
        "--block-time-ms",
        "100",
    ];
    Process::start(&[&arguments, more].concat(), "next")
}

/// The word behind a name in what an L1 prints.
pub(crate) fn printed(lines: &[String], name: &str) -> String {
    let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

/// An L1 with the contracts, and a place for a node.
pub(crate) struct Rig {
    pub(crate) l1_url: String,
    pub(crate) contract: String,
    pub(crate) directory: tempfile::TempDir,
    node_address: String,
    /// The shape of batches.
    shape: &'static str,
    chain_id: u64,
    /// The directory of their keys.
    keys: String,
    /// What the node calls the token that came with the contract.
    token_name: Option<String>,
    l1_process: Option<Process>,
}

impl Rig {
    /// Starts an L1 with contracts for `tiny` batches.
    pub(crate) fn start() -> Self {
        let (l1, lines) = tiny_l1(&[]);
        Self {
            l1_url: printed(&lines, "L1"),
            contract: printed(&lines, "contract"),
            directory: tempfile::tempdir().unwrap(),
            node_address: "127.0.0.1:0".to_owned(),
            shape: "tiny",
            chain_id: 31337,
            keys: keys_dir().to_str().unwrap().to_owned(),
            token_name: Some(token_name(&lines)),
            l1_process: Some(l1),
        }
    }

    /// A place for a node of a rollup that is there.
    pub(crate) fn at(
        (l1_url, chain_id): (&str, u64),
        contract: EthAddress,
        shape: Shape,
        keys: String,
    ) -> Self {
        Self {
            l1_url: l1_url.to_owned(),
            contract: contract.to_string(),
            directory: tempfile::tempdir().unwrap(),
            node_address: "127.0.0.1:0".to_owned(),
            shape: shape.name(),
            chain_id,
            keys,
            token_name: None,
            l1_process: None,
        }
    }

    /// Ends the layer 1.
    pub(crate) fn stop_l1(&mut self) {
        self.l1_process = None;
    }

    /// Starts the node, again on the same port where it ran before.
    pub(crate) fn node(&mut self) -> Process {
        self.node_of(0)
    }

    /// Starts the node with a funded account that sends its batches.
    pub(crate) fn node_of(&mut self, account: usize) -> Process {
        let command = self.node_command(account);
        self.spawn_node(command)
    }

    /// Starts the node by a command, which may have been changed.
    pub(crate) fn spawn_node(&mut self, command: Command) -> Process {
        let (node, lines) = Process::spawn(command, "node");
        self.answers_at(lines.last().unwrap().split_whitespace().nth(1).unwrap());
        node
    }

    /// The command that starts the node.
    pub(crate) fn node_command(&self, account: usize) -> Command {
        let secret = hex::encode(dev_accounts()[account].secret);
        let data_dir = self.path("data");
        let mut arguments = vec![
            "node",
            "--l1-url",
            &self.l1_url,
            "--contract",
            &self.contract,
            "--l1-key",
            &secret,
            "--keys",
            &self.keys,
            "--data-dir",
            &data_dir,
            "--listen",
            &self.node_address,
            "--shape",
            self.shape,
            "--batch-time-ms",
            "300",
            "--poll-ms",
            "50",
            "--confirmations",
            "1",
            "--finality-blocks",
            "3",
            "--lease-ms",
            "2000",
            "--requests-per-s",
            "0",
            "--minimum-fee",
            "0=0",
            "--life-max-s",
            "4294967295",
        ];
        if let Some(name) = &self.token_name {
            arguments.extend(["--token-name", name]);
        }
        assay(&arguments)
    }

    /// A node of this place answers there.
    pub(crate) fn answers_at(&mut self, url: &str) {
        self.node_address = url.strip_prefix("http://").unwrap().to_owned();
    }

    /// URL of the node.
    pub(crate) fn node_url(&self) -> String {
        format!("http://{}", self.node_address)
    }

    /// A client of the node.
    pub(crate) fn client(&self) -> NodeClient {
        NodeClient::new(&self.node_url()).unwrap()
    }

    /// Starts a worker.
    pub(crate) fn worker(&self, name: &str) -> Process {
        let (url, token) = (self.node_url(), self.path("data/prover.token"));
        Process::start_quiet(&[
            "worker",
            "--node",
            &url,
            "--prover-token-file",
            &token,
            "--keys",
            &self.keys,
            "--shape",
            self.shape,
            "--name",
            name,
            "--poll-ms",
            "50",
            "--threads",
            "1",
        ])
    }

    /// A path in the rig's own directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.directory
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A client of the contract that signs with a development account.
    pub(crate) async fn l1(&self, account: usize) -> RollupClient {
        let signer = L1Signer::from_secret(&dev_accounts()[account].secret).unwrap();
        let contract = self.contract.parse().unwrap();
        RollupClient::connect(&self.l1_url, contract, Some(signer))
            .await
            .unwrap()
    }

    /// A user who has deposited so much ether.
    pub(crate) async fn user(&self, seed: u8, wei: u128) -> User {
        let secret = SecretKey::from_seed([seed; 32]);
        let address = Address {
            network: Network::of_chain(self.chain_id),
            owner: secret.public_key().0,
        };
        let owner = [
            word::to_bytes(address.owner.x),
            word::to_bytes(address.owner.y),
        ];
        let l1 = self.l1(3).await;
        let deposit = RollupCall::Deposit {
            token: 0,
            amount: wei,
            owner,
            refund_to: l1.account().unwrap(),
            fee_wei: l1.entry_fee_soon().await.unwrap(),
        };
        l1.execute(&deposit, TIMEOUT).await.unwrap();
        let client = self.client();
        let account = until("a deposit is credited", async || {
            client.accounts(&address).await.ok()?.first().cloned()
        })
        .await;
        let domain = Domain::new(self.chain_id, self.contract.parse::<L1Address>().unwrap());
        User {
            secret,
            address,
            account: AccountIndex::new(account.index).unwrap(),
            nonce: 0,
            domain,
        }
    }
}

/// The token of `assay l1` by its own symbol.
fn token_name(lines: &[String]) -> String {
    let line = lines.iter().find(|line| line.starts_with("token")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    format!("{}={}", words[2], words[1])
}

/// Waits until `condition` gives something.
pub(crate) async fn until<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_every(POLL, what, condition).await
}

/// Waits until `condition`, which is asked every so often, gives something.
pub(crate) async fn until_every<T>(
    poll: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < deadline, "waited too long until {what}");
        sleep(poll).await;
    }
}

/// Somebody with an account.
pub(crate) struct User {
    pub(crate) secret: SecretKey,
    pub(crate) address: Address,
    pub(crate) account: AccountIndex,
    pub(crate) nonce: u32,
    pub(crate) domain: Domain,
}

impl User {
    /// Signs the user's next transaction, without a fee.
    pub(crate) fn sign(&mut self, to: Payee, amount: u128) -> Signed<Order> {
        let order = Order {
            from: self.account,
            nonce: self.nonce,
            token: TokenId::ETHER,
            to,
            amount: Amount(amount),
            fee: Fee::ZERO,
            expires: u32::MAX,
        };
        self.nonce += 1;
        order.sign(self.domain, &self.secret)
    }
}
