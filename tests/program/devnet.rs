//! `assay devnet`, and wallets that use it as a user would.

use std::process::Output;

use serde_json::Value;

use crate::{
    invoke::run,
    process::{Process, succeed},
};

/// The funded account that pays for wallets on the layer 1.
pub(crate) const PAYER: usize = 3;

/// A rollup in one process, and a directory of wallets.
pub(crate) struct Devnet {
    pub(crate) process: Process,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) node: String,
    pub(crate) l1: String,
    pub(crate) contract: String,
    /// Holds what workers present.
    pub(crate) token_file: String,
}

impl Devnet {
    /// Starts one whose proofs take a second.
    pub(crate) fn start() -> Self {
        let arguments = [
            "devnet",
            "--shape",
            "tiny",
            "--l1-listen",
            "127.0.0.1:0",
            "--listen",
            "127.0.0.1:0",
            "--block-time-ms",
            "100",
            "--batch-time-ms",
            "300",
        ];
        let (process, lines) = Process::start(&arguments, "Ctrl-C stops");
        let value = |name: &str| {
            let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        let token_file = lines.iter().find(|line| line.starts_with("prover token"));
        let token_file = token_file.unwrap().split_once(" in ").unwrap().1;
        Self {
            process,
            token_file: token_file.to_owned(),
            directory: tempfile::tempdir().unwrap(),
            node: value("node"),
            l1: value("L1"),
            contract: value("contract"),
        }
    }

    /// Who pays on the layer 1.
    pub(crate) fn l1_options(&self) -> [String; 4] {
        ["--l1-url", &self.l1, "--l1-account", &PAYER.to_string()].map(str::to_owned)
    }

    /// A new wallet with so much ether; its address.
    pub(crate) fn funded(&self, key: &str, amount: &str) -> String {
        let address = self.call(key, &["new"]).trim().to_owned();
        self.pay(key, &["deposit", amount]);
        address
    }

    /// A command that the layer 1 account pays for.
    pub(crate) fn pay(&self, key: &str, arguments: &[&str]) -> String {
        let l1 = self.l1_options();
        let l1 = l1.each_ref().map(String::as_str);
        self.call(key, &[arguments, &l1].concat())
    }

    /// The same, which ends with this code; what it says on standard error.
    pub(crate) fn pay_in_vain(&self, key: &str, arguments: &[&str], code: i32) -> String {
        let l1 = self.l1_options();
        let l1 = l1.each_ref().map(String::as_str);
        self.ends(key, &[arguments, &l1].concat(), code)
    }

    /// What a command of a wallet prints.
    pub(crate) fn call(&self, key: &str, arguments: &[&str]) -> String {
        let arguments = self.arguments(key, arguments);
        succeed(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The last line that a refused command says on standard error.
    pub(crate) fn fail(&self, key: &str, arguments: &[&str]) -> String {
        let errors = self.ends(key, arguments, 1);
        errors.lines().last().unwrap().to_owned()
    }

    /// What a command that ends with this code says on standard error.
    pub(crate) fn ends(&self, key: &str, arguments: &[&str], code: i32) -> String {
        let output = self.run(key, arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        errors
    }

    /// Runs a command of a wallet.
    pub(crate) fn run(&self, key: &str, arguments: &[&str]) -> Output {
        let arguments = self.arguments(key, arguments);
        let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        // Nothing moves where there is no terminal.
        let moves = |bytes: &[u8]| bytes.iter().any(|byte| matches!(byte, 0x1b | b'\r'));
        let all = [&output.stdout, &output.stderr];
        assert!(!all.into_iter().any(|bytes| moves(bytes)), "{output:?}");
        output
    }

    /// The whole command line of a wallet's command.
    pub(crate) fn arguments(&self, key: &str, arguments: &[&str]) -> Vec<String> {
        let key = self.directory.path().join(key).to_str().unwrap().to_owned();
        let mut options = vec!["wallet", "--key", &key];
        if !arguments.contains(&"--node") {
            options.extend(["--node", &self.node]);
        }
        let all = options.iter().chain(arguments);
        all.map(ToString::to_string).collect()
    }

    /// What a command of a wallet prints as JSON.
    pub(crate) fn json(&self, key: &str, arguments: &[&str]) -> Value {
        let arguments: Vec<&str> = [&["--json"], arguments].concat();
        serde_json::from_str(&self.call(key, &arguments)).unwrap()
    }

    /// The balance of a wallet's first account, base units.
    pub(crate) fn balance(&self, key: &str) -> u128 {
        let balance = self.json(key, &["balance"]);
        balance[0]["balance"].as_str().unwrap().parse().unwrap()
    }
}
