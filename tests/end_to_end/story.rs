//! The life of a rollup from deployment to its last coin, without its operator's help: real
//! processes and proofs, on the simulated layer 1, and on anvil where it is installed.
//!
//! `cargo test --release --test end_to_end story` runs all of it.
use assay_api::stage::Stage;
use assay_circuits::{
    address::{Address, Network},
    babyjubjub::Point,
    word,
};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, RollupClient},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    invoke::run,
    layer1::{Layer1, OPERATOR, signer},
    process::{TIMEOUT, succeed},
    rig::{Rig, until},
};

/// Chain id of development chains.
const DEVELOPMENT: u64 = 31337;
/// A chain id for which keys that everybody can forge under are refused.
const PUBLIC: u64 = 10;
/// Accounts of the layer 1: who takes over, who pays for users.
const RESCUER: usize = 5;
const PAYER: usize = 3;
/// Entries of the queue are due one after the other: an hour is more than that takes.
const HOUR_S: u32 = 3600;
/// For an order that outlives what the layer 1's clock is moved by.
const LASTING: [&str; 2] = ["--expires-in-s", "2592000"];

#[tokio::test]
async fn the_whole_story_on_the_simulated_chain() {
    Story::begin(Layer1::simulated(DEVELOPMENT)).play().await;
}

#[tokio::test]
async fn the_whole_story_on_anvil() {
    if let Some(layer1) = Layer1::anvil(DEVELOPMENT) {
        Story::begin(layer1).play().await;
    }
}

/// As everywhere but on a development chain: keys made from the system's randomness, addresses of the
/// public network, accounts of the layer 1 by their secrets.
#[tokio::test]
async fn the_whole_story_on_a_chain_with_keys_of_its_own() {
    Story::begin(Layer1::simulated(PUBLIC)).play().await;
}

#[tokio::test]
async fn closing_gives_back_what_nobody_took() {
    close(Layer1::simulated(DEVELOPMENT)).await;
    if let Some(layer1) = Layer1::anvil(DEVELOPMENT) {
        close(layer1).await;
    }
}

/// Announces that the rollup ends, and waits until it does.
async fn close(layer1: Layer1) {
    let contract = layer1.deploy();
    let connect = async |account| {
        let client = RollupClient::connect(&layer1.url, contract, Some(signer(account)));
        client.await.unwrap()
    };
    let (operator, user) = (connect(OPERATOR).await, connect(PAYER).await);
    let to = user.account().unwrap();
    let deposit = RollupCall::Deposit {
        token: 0,
        amount: 1_000,
        owner: [Point::BASE8.x, Point::BASE8.y].map(word::to_bytes),
        refund_to: to,
        fee_wei: user.entry_fee_soon().await.unwrap(),
    };
    user.execute(&deposit, TIMEOUT).await.unwrap();
    let announce = RollupCall::AnnounceClosing;
    operator.execute(&announce, TIMEOUT).await.unwrap();
    let late = user.execute(&deposit, TIMEOUT).await.unwrap_err();
    assert!(late.to_string().contains("IsClosing"), "{late}");
    let early = user
        .execute(&RollupCall::Freeze, TIMEOUT)
        .await
        .unwrap_err();
    assert!(early.to_string().contains("NothingOverdue"), "{early}");

    let notice_s = user.info().await.unwrap().parameters.upgrade_delay_s;
    layer1.pass(notice_s + 1).await;
    user.execute(&RollupCall::Freeze, TIMEOUT).await.unwrap();
    let entry = user.queue_entries(0, 1, 0).await.unwrap().remove(0);
    let refund = RollupCall::Refund {
        index: entry.index,
        previous_link: [0; 32],
        words: entry.words,
        tail: entry.tail,
        to,
    };
    user.execute(&refund, TIMEOUT).await.unwrap();
    let credit = RollupCall::WithdrawCredit { to };
    user.execute(&credit, TIMEOUT).await.unwrap();
    let left = layer1
        .ask("eth_getBalance", json!([contract.to_string(), "latest"]))
        .await;
    assert_eq!(left, "0x0");
}

/// A place for a node of a rollup.
fn place(layer1: &Layer1, contract: EthAddress) -> Rig {
    let chain = (layer1.url.as_str(), layer1.chain_id);
    Rig::at(chain, contract, layer1.shape(), layer1.keys())
}

/// The rollup, its operator's node, and whoever else takes part.
struct Story {
    layer1: Layer1,
    contract: EthAddress,
    rig: Rig,
    wallets: TempDir,
}

impl Story {
    fn begin(layer1: Layer1) -> Self {
        let contract = layer1.deploy();
        let rig = place(&layer1, contract);
        Self {
            layer1,
            contract,
            rig,
            wallets: tempfile::tempdir().unwrap(),
        }
    }

    async fn play(mut self) {
        let operator = self.rig.node();
        let worker = self.rig.worker("operator's");
        self.pay().await;
        self.leave_with_the_operator().await;
        self.leave_past_the_operator().await;
        self.redirect().await;
        drop(worker);
        let promise = self.promise();
        drop(operator);
        self.take_over().await;
        self.come_back(&promise).await;
        self.freeze_and_leave().await;
    }

    /// Deposits, and a payment that a reorganisation of the layer 1 cannot undo.
    async fn pay(&self) {
        let network = match Network::of_chain(self.layer1.chain_id) {
            Network::Development => "development",
            Network::Public => "public",
        };
        for (name, amount) in [("alice", "2eth"), ("bob", "1eth")] {
            self.wallet(name, &["new", "--network", network]);
            self.on_layer1(name, &["deposit", amount]);
        }
        let bob = self.wallet("bob", &["address"]).trim().to_owned();
        self.wallet("alice", &["send", &bob, "0.5eth", "--fee", "0"]);
        self.proved("bob", "1500000000000000000").await;
        self.layer1.reorganise(2).await;
        self.proved("bob", "1500000000000000000").await;
    }

    async fn leave_with_the_operator(&self) {
        let to = "0x00000000000000000000000000000000000000A1";
        let withdrawn = self.json("bob", &["withdraw", to, "0.25eth", "--fee", "0"]);
        let hash = withdrawn["receipt"]["hash"].as_str().unwrap().to_owned();
        self.paid_for("bob", &["claim", &hash]);
        assert_eq!(self.ether(to).await, 250_000_000_000_000_000);
    }

    async fn leave_past_the_operator(&self) {
        let to = "0x00000000000000000000000000000000000000A2";
        self.on_layer1("alice", &["force", "withdraw", to, "0.5eth"]);
        self.proved("alice", "1000000000000000000").await;
    }

    /// A withdrawal to a contract that takes no ether goes where the account's owner wants.
    async fn redirect(&self) {
        let refuses = self
            .client(PAYER)
            .await
            .info()
            .await
            .unwrap()
            .verifier_factory;
        let withdrawn = self.json(
            "alice",
            &["withdraw", &refuses.to_string(), "0.125eth", "--fee", "0"],
        );
        let hash = withdrawn["receipt"]["hash"].as_str().unwrap().to_owned();
        self.proved("alice", "875000000000000000").await;
        let to = "0x00000000000000000000000000000000000000A3";
        let keys = self.layer1.keys();
        let redirect = ["redirect", &hash, "--to", to, "--keys", &keys];
        self.on_layer1("alice", &redirect);
        assert_eq!(self.ether(to).await, 125_000_000_000_000_000);
        // A wallet keeps its exit packet whenever it asks.
        self.wallet("bob", &["balance"]);
    }

    /// The operator takes a payment that nobody proves, and is killed. The hash is what is left of it.
    fn promise(&self) -> String {
        let bob = self.wallet("bob", &["address"]).trim().to_owned();
        // It outlives the silence.
        let send = ["send", &bob, "0.125eth", "--fee", "0"];
        let sent = self.json("alice", &[&send[..], &LASTING].concat());
        sent["receipt"]["hash"].as_str().unwrap().to_owned()
    }

    /// The operator is gone. Somebody rebuilds the state from the layer 1 and takes what waits.
    async fn take_over(&self) {
        let packet = self.key("bob.exit.json");
        let to = "0x00000000000000000000000000000000000000A4";
        let known = ["--packet", &packet];
        let force = [&["force", "withdraw", to, "0.25eth"], &known[..]].concat();
        self.on_layer1("bob", &force);
        let client = self.client(PAYER).await;
        let silence_s = client.info().await.unwrap().parameters.silence_s;
        // The head waits from when it would be due had nothing stood before it.
        self.layer1.pass(silence_s + HOUR_S).await;

        let before = client.status().await.unwrap();
        let mut other = self.restored();
        let node = other.node_of(RESCUER);
        let worker = other.worker("rescuer's");
        until("the rescuer has proved what waited", async || {
            let status = client.status().await.ok()?;
            (status.queue_consumed > before.queue_consumed).then_some(())
        })
        .await;
        drop((node, worker));
    }

    /// The operator goes on from where the rescuer stopped, with all that it had, and keeps its promise.
    async fn come_back(&mut self, promise: &str) {
        let node = self.rig.node();
        let worker = self.rig.worker("operator's again");
        let client = self.rig.client();
        let promise = promise.parse().unwrap();
        let kept = client.wait_for(promise, Stage::Proved, TIMEOUT).await;
        assert!(kept.unwrap().dropped.is_none());
        self.proved("bob", "1125000000000000000").await;
        self.proved("alice", "750000000000000000").await;
        let alice = self.wallet("alice", &["address"]).trim().to_owned();
        // A wallet goes by its own clock, which this layer 1's has left behind.
        let send = ["send", &alice, "0.125eth", "--fee", "0"];
        self.wallet("bob", &[&send[..], &LASTING].concat());
        self.proved("alice", "875000000000000000").await;
        self.wallet("bob", &["balance"]);
        drop((node, worker));
    }

    /// A place for a node, with what the layer 1 alone tells.
    fn restored(&self) -> Rig {
        let rig = place(&self.layer1, self.contract);
        let (contract, data) = (self.contract.to_string(), rig.path("data"));
        let keys = self.layer1.keys();
        let of_contract = ["--l1-url", &self.layer1.url, "--contract", &contract];
        let all = [
            "restore",
            "--out",
            &data,
            "--confirmations",
            "0",
            "--keys",
            &keys,
        ];
        succeed(&[&all[..], &of_contract[..]].concat());
        rig
    }

    /// Nobody comes back any more. Everybody leaves, and nothing stays.
    async fn freeze_and_leave(&self) {
        let client = self.client(PAYER).await;
        let bob: Address = self.wallet("bob", &["address"]).trim().parse().unwrap();
        let deposit = RollupCall::Deposit {
            token: 0,
            amount: 500_000_000_000_000_000,
            owner: [bob.owner.x, bob.owner.y].map(word::to_bytes),
            refund_to: client.account().unwrap(),
            fee_wei: client.entry_fee_soon().await.unwrap(),
        };
        client.execute(&deposit, TIMEOUT).await.unwrap();
        let parameters = client.info().await.unwrap().parameters;
        let wait_s = parameters.queue_delay_s + parameters.freeze_after_s + HOUR_S;
        assert!(self.exit("alice", &[]).contains("is not frozen"));
        self.layer1.pass(wait_s).await;
        // One has nothing but the layer 1. The other has a packet, of a node that took up what the
        // rescuer's batch let be claimed.
        let packet = self.key("bob.exit.json");
        for (name, more, paid) in [
            ("alice", &[][..], &["escape", "refund"][..]),
            ("bob", &["--from", &packet][..], &["escape", "claim"]),
        ] {
            let said = self.exit(name, more);
            let all = paid.iter().all(|paid| said.contains(paid));
            assert!(all && !said.contains("NOT PAID"), "{said}");
            assert!(self.exit(name, &[]).contains("nothing is left"));
        }
        for account in [OPERATOR, RESCUER, PAYER] {
            let client = self.client(account).await;
            let to = client.account().unwrap();
            if client.credit(to).await.unwrap() > 0 {
                let call = RollupCall::WithdrawCredit { to };
                client.execute(&call, TIMEOUT).await.unwrap();
            }
        }
        assert_eq!(client.held(0).await.unwrap(), 0);
        assert_eq!(self.ether(&self.contract.to_string()).await, 0);
    }

    fn exit(&self, name: &str, more: &[&str]) -> String {
        let (key, contract) = (self.key(name), self.contract.to_string());
        let (keys, payer) = (self.layer1.keys(), self.layer1.payer(PAYER));
        let exit = [
            "exit",
            "--contract",
            &contract,
            "--key",
            &key,
            "--keys",
            &keys,
        ];
        let payer = payer.each_ref().map(String::as_str);
        let output = run(&[&exit[..], &payer, more].concat());
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    }

    /// Where a wallet's files are: not with the node, which comes and goes.
    fn key(&self, name: &str) -> String {
        self.wallets.path().join(name).to_str().unwrap().to_owned()
    }

    fn wallet(&self, name: &str, arguments: &[&str]) -> String {
        let (key, node) = (self.key(name), self.rig.node_url());
        succeed(&[&["wallet", "--key", &key, "--node", &node], arguments].concat())
    }

    /// A call to the contract that the user trusts, which somebody pays for on the layer 1.
    fn on_layer1(&self, name: &str, arguments: &[&str]) -> String {
        let contract = self.contract.to_string();
        self.paid_for(name, &[arguments, &["--contract", &contract]].concat())
    }

    /// What somebody pays for on the layer 1.
    fn paid_for(&self, name: &str, arguments: &[&str]) -> String {
        let payer = self.layer1.payer(PAYER);
        let payer = payer.each_ref().map(String::as_str);
        self.wallet(name, &[arguments, &payer].concat())
    }

    fn json(&self, name: &str, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.wallet(name, &[&["--json"], arguments].concat())).unwrap()
    }

    /// Waits until an account has so much in a proved batch.
    async fn proved(&self, name: &str, wei: &str) {
        until(&format!("{name} has {wei} wei, proved"), async || {
            let balance = self.json(name, &["balance"]);
            (balance[0]["proved_balance"] == wei).then_some(())
        })
        .await;
    }

    async fn client(&self, account: usize) -> RollupClient {
        RollupClient::connect(&self.layer1.url, self.contract, Some(signer(account)))
            .await
            .unwrap()
    }

    async fn ether(&self, address: &str) -> u128 {
        let answer = self
            .layer1
            .ask("eth_getBalance", json!([address, "latest"]))
            .await;
        let digits = answer.as_str().unwrap().strip_prefix("0x").unwrap();
        u128::from_str_radix(digits, 16).unwrap()
    }
}
