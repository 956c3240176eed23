//! The life of a rollup from deployment to its last coin, without its operator's help: real
//! processes and proofs, on the simulated layer 1, and on anvil where it is installed.
//!
//! `cargo test --release --test end_to_end story` runs all of it.
use assay_circuits::{address::Address, shape::Shape, word};
use assay_l1::{
    address::EthAddress,
    client::{RollupCall, RollupClient},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    invoke::{keys_dir, run},
    layer1::{Layer1, signer},
    rig::{Rig, TIMEOUT, succeed, until},
};

/// Chain id of development chains.
const DEVELOPMENT: u64 = 31337;
/// Accounts of the layer 1: who operates, who pays for users.
const OPERATOR: usize = 0;
const PAYER: usize = 3;

#[tokio::test]
async fn the_whole_story_on_the_simulated_chain() {
    Story::begin(Layer1::simulated(DEVELOPMENT))
        .await
        .play()
        .await;
}

#[tokio::test]
async fn the_whole_story_on_anvil() {
    if let Some(layer1) = Layer1::anvil(DEVELOPMENT) {
        Story::begin(layer1).await.play().await;
    }
}

/// The rollup, its operator's node, and whoever else takes part.
struct Story {
    layer1: Layer1,
    contract: EthAddress,
    rig: Rig,
    wallets: TempDir,
}

impl Story {
    async fn begin(layer1: Layer1) -> Self {
        let contract = layer1.deploy(Shape::Tiny, &keys_dir()).await;
        let rig = Rig::at(&layer1.url, layer1.chain_id, contract, Shape::Tiny);
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
        drop((operator, worker));
        self.freeze_and_leave().await;
    }

    /// Deposits, and a payment that a reorganisation of the layer 1 cannot undo.
    async fn pay(&self) {
        for (name, amount) in [("alice", "2eth"), ("bob", "1eth")] {
            self.wallet(name, &["new"]);
            self.wallet_of_payer(name, &["deposit", amount]);
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
        self.wallet_of_payer("bob", &["claim", &hash]);
        assert_eq!(self.ether(to).await, 250_000_000_000_000_000);
    }

    async fn leave_past_the_operator(&self) {
        let to = "0x00000000000000000000000000000000000000A2";
        self.wallet_of_payer("alice", &["force", "withdraw", to, "0.5eth"]);
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
        self.wallet_of_payer("alice", &["redirect", &hash, "--to", to]);
        assert_eq!(self.ether(to).await, 125_000_000_000_000_000);
        // Kept while the operator is there.
        self.wallet("bob", &["packet"]);
    }

    /// The operator does not come back. Everybody leaves, and nothing stays.
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
        // Entries are due one after the other, an hour is more than that takes.
        let wait_s = parameters.queue_delay_s + parameters.freeze_after_s + 3600;
        assert!(self.exit("alice", &[]).contains("is not frozen"));
        self.layer1.pass(wait_s).await;
        // One has nothing but the layer 1, the other a packet.
        let packet = self.key("bob.exit.json");
        for (name, more) in [("alice", &[][..]), ("bob", &["--from", &packet][..])] {
            let said = self.exit(name, more);
            assert!(
                said.contains("escape") && !said.contains("NOT PAID"),
                "{said}"
            );
        }
        for account in [OPERATOR, PAYER] {
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
        let payer = PAYER.to_string();
        let arguments = [
            "exit",
            "--contract",
            &contract,
            "--key",
            &key,
            "--l1-url",
            &self.layer1.url,
            "--l1-account",
            &payer,
        ];
        let output = run(&[&arguments[..], more].concat());
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

    /// A call that somebody pays for on the layer 1.
    fn wallet_of_payer(&self, name: &str, arguments: &[&str]) -> String {
        let payer = PAYER.to_string();
        let l1 = ["--l1-url", &self.layer1.url, "--l1-account", &payer];
        self.wallet(name, &[arguments, &l1[..]].concat())
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
