//! Layer 1s to play on: the simulated one, and anvil where it is installed.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use assay_circuits::{address::Network, shape::Shape};
use assay_l1::{address::EthAddress, chain::dev_accounts, client::L1Signer};
use serde_json::{Value, json};

use crate::{
    invoke::{keys_dir, run},
    process::{Process, TIMEOUT, succeed},
};

/// The account that operates.
pub(crate) const OPERATOR: usize = 0;
/// Seconds between blocks.
const BLOCK_TIME_S: f64 = 0.1;

/// A chain without contracts.
pub(crate) struct Layer1 {
    pub(crate) url: String,
    pub(crate) chain_id: u64,
    process: Process,
}

impl Layer1 {
    /// The simulated chain.
    pub(crate) fn simulated(chain_id: u64) -> Self {
        Self::simulated_with(chain_id, &[])
    }

    /// The simulated chain, with other options as well.
    pub(crate) fn simulated_with(chain_id: u64, options: &[&str]) -> Self {
        let (id, block_time) = (chain_id.to_string(), format!("{}", BLOCK_TIME_S * 1e3));
        let arguments = [
            "l1",
            "--no-deploy",
            "--port",
            "0",
            "--chain-id",
            &id,
            "--block-time-ms",
            &block_time,
        ];
        let arguments = [&arguments[..], options].concat();
        let (process, lines) = Process::start(&arguments, "L1");
        let url = lines.last().unwrap().split_whitespace().nth(1).unwrap();
        Self {
            url: url.to_owned(),
            chain_id,
            process,
        }
    }

    /// Ends the chain in order.
    pub(crate) fn stop(self) {
        self.process.terminate();
    }

    /// Foundry's anvil, or nothing where it is not installed; then it says how to get it.
    pub(crate) fn anvil(chain_id: u64) -> Option<Self> {
        let Some(program) = find_anvil() else {
            println!(
                "skipped: no anvil. `npm install --prefix target/tools @foundry-rs/anvil` puts it where \
                 this test finds it; ASSAY_ANVIL names another one"
            );
            return None;
        };
        let mut command = Command::new(program);
        command
            .args(["--port", "0", "--chain-id", &chain_id.to_string()])
            .args(["--block-time", &BLOCK_TIME_S.to_string()]);
        const READY: &str = "Listening on ";
        let (process, lines) = Process::spawn(command, READY);
        let address = lines.last().unwrap().strip_prefix(READY).unwrap();
        Some(Self {
            url: format!("http://{address}"),
            chain_id,
            process,
        })
    }

    /// The shape of batches to play with: the least that the chain admits.
    pub(crate) fn shape(&self) -> Shape {
        match Network::of_chain(self.chain_id) {
            Network::Development => Shape::Tiny,
            Network::Public => Shape::Small,
        }
    }

    /// The directory of the keys that the chain admits: where everybody can forge under those of
    /// development, others are made, once.
    pub(crate) fn keys(&self) -> String {
        let development = keys_dir();
        let directory = match Network::of_chain(self.chain_id) {
            Network::Development => development,
            Network::Public => development.join("public"),
        };
        directory.to_str().unwrap().to_owned()
    }

    /// Makes them where nobody else does.
    fn make_keys(&self) {
        if Network::of_chain(self.chain_id) == Network::Development {
            return;
        }
        let (keys, shape) = (self.keys(), self.shape().name());
        for circuit in [shape, "escape"] {
            let of_circuit = ["--keys", &keys, "--shape", circuit];
            let there = run(&[&["keys", "inspect"], &of_circuit[..]].concat());
            if !there.status.success() {
                succeed(&[&["keys", "setup", "--force"], &of_circuit[..]].concat());
            }
        }
    }

    /// Options of a call that a funded account pays for.
    pub(crate) fn payer(&self, account: usize) -> [String; 4] {
        let secret = format!("0x{}", hex::encode(dev_accounts()[account].secret));
        ["--l1-url", &self.url, "--l1-key", &secret].map(str::to_owned)
    }

    /// Deploys the rollup for batches of that shape, without a governor, as a user would.
    pub(crate) fn deploy(&self) -> EthAddress {
        self.make_keys();
        let (keys, payer) = (self.keys(), self.payer(OPERATOR));
        let shape = self.shape();
        let deploy = ["l1", "deploy", "--json", "--shape", shape.name(), "--keys"];
        let payer = payer.each_ref().map(String::as_str);
        let answer = succeed(&[&deploy[..], &[&keys], &payer].concat());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["contract"].as_str().unwrap().parse().unwrap()
    }

    /// Moves the chain's clock forward and makes a block.
    pub(crate) async fn pass(&self, seconds: u32) {
        self.ask("evm_increaseTime", json!([seconds])).await;
        self.ask("evm_mine", json!([])).await;
    }

    /// Replaces the last blocks by empty ones.
    pub(crate) async fn reorganise(&self, depth: u64) {
        self.ask("anvil_reorg", json!([depth, []])).await;
    }

    /// Calls a method of its JSON-RPC.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Value {
        ask(&self.url, method, parameters).await
    }
}

/// Calls a method of a layer 1's JSON-RPC.
pub(crate) async fn ask(url: &str, method: &str, parameters: Value) -> Value {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters});
    // Refused where a choice of TLS's cryptography was made before: then that one is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().unwrap();
    let answer = client.post(url).json(&request).send().await.unwrap();
    let mut answer: Value = answer.json().await.unwrap();
    assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
    answer["result"].take()
}

/// A funded account of a development chain.
pub(crate) fn signer(account: usize) -> L1Signer {
    L1Signer::from_secret(&dev_accounts()[account].secret).unwrap()
}

fn find_anvil() -> Option<PathBuf> {
    if let Some(named) = env::var_os("ASSAY_ANVIL") {
        return Some(named.into());
    }
    // The package's own command is a script that outlives a kill; the program lies beside it.
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools");
    let packages = tools.join("node_modules/@foundry-rs").read_dir();
    let packaged = packages.into_iter().flatten().flatten();
    let path = env::var_os("PATH").unwrap_or_default();
    packaged
        .map(|package| package.path().join("bin/anvil"))
        .chain(env::split_paths(&path).map(|directory| directory.join("anvil")))
        .find(|program| program.is_file())
}
