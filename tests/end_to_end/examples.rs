//! The examples for those who build on the rollup, as they would run them; `cargo test` builds them.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use assay_api::{client::NodeClient, mnemonic::Mnemonic};
use assay_circuits::{
    address::{Address, Network},
    eddsa::SecretKey,
};

use crate::{devnet::Devnet, invoke::in_environment, rig::until};

const WORDS: &str = "test test test test test test test test test test test junk";

/// An example with its rollup's node and its words.
fn example(name: &str, devnet: &Devnet, arguments: &[&str]) -> Command {
    let programs = Path::new(env!("CARGO_BIN_EXE_assay")).parent().unwrap();
    let program = programs.join("examples").join(name);
    assert!(
        program.exists(),
        "{} is not there: `cargo build --release --workspace --examples` makes it",
        program.display()
    );
    let words = devnet.directory.path().join("words.txt");
    fs::write(&words, WORDS).unwrap();
    let mut command = in_environment(program.to_str().unwrap());
    command
        .args(["--node", &devnet.node, "--words-file"])
        .arg(words)
        .args(arguments);
    command
}

/// The address of a key of the words.
fn address(number: u32) -> Address {
    let words = Mnemonic::parse(WORDS).unwrap();
    let key = SecretKey::from_seed(*words.seed("", number));
    Address {
        network: Network::Development,
        owner: key.public_key().0,
    }
}

/// What an address has in its first account: executed and proved, base units.
async fn balances(devnet: &Devnet, address: &Address) -> (u128, u128) {
    let node = NodeClient::new(&devnet.node).unwrap();
    let accounts = node.accounts(address).await.unwrap();
    let [account] = &accounts[..] else {
        panic!("{accounts:?}");
    };
    let proved = account.proved_balance.as_deref().unwrap_or("0");
    (account.balance.parse().unwrap(), proved.parse().unwrap())
}

/// Waits until an address has exactly so much, executed and proved.
async fn are_proved(devnet: &Devnet, address: &Address, sum: u128) {
    until("the balance is proved", async || {
        let found = balances(devnet, address).await;
        assert_eq!(found.0, sum);
        (found == (sum, sum)).then_some(())
    })
    .await;
}

/// An example that tells what it wants before it ends.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The address at the end of its next line.
    fn address(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    }

    /// What else it says, once it has ended well.
    fn end(mut self) -> String {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {rest}");
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended where nothing went wrong.
        self.child.kill().unwrap_or_default();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn the_shop_is_paid_in_two_parts_and_collects() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let price = ["--order", "7", "--price-wei", "100000000000000000"];
    let mut shop = Running::start(example("shop", &devnet, &price));
    let order = shop.address();
    assert_eq!(order, address(7).to_string());
    for part in ["0.04eth", "0.06eth"] {
        devnet.call("alice", &["send", &order, part, "--wait", "proved"]);
    }
    let said = shop.end();
    let lines: Vec<&str> = said.lines().collect();
    let [paid, collected] = lines[..] else {
        panic!("{said}");
    };
    assert_eq!(paid, "paid 100000000000000000 wei");
    let collected = collected.split_whitespace().nth(1).unwrap();
    let collected: u128 = collected.parse().unwrap();
    assert!(collected > 10u128.pow(17) * 9 / 10, "{collected}");
    assert_eq!(balances(&devnet, &address(0)).await.0, collected);
    let left = balances(&devnet, &address(7)).await.0;
    assert!(left + collected <= 10u128.pow(17), "{left} is left");

    // A promise is enough where the shop says so.
    let promised = [
        "--order",
        "8",
        "--price-wei",
        "5",
        "--assurance",
        "promised",
    ];
    let mut shop = Running::start(example("shop", &devnet, &promised));
    let order = shop.address();
    devnet.call("alice", &["send", &order, "0.01eth"]);
    assert!(shop.end().contains("paid 10000000000000000 wei"));
    devnet.process.terminate();
}

#[tokio::test]
async fn the_payroll_pays_everybody_once_however_often_it_is_run() {
    let devnet = Devnet::start();
    devnet.call("alice", &["new"]);
    let payer = address(0).to_string();
    devnet.pay("alice", &["deposit", "1eth", "--to", &payer]);
    let place = |name: &str| devnet.directory.path().join(name);
    let (wages, orders) = (place("wages.txt"), place("orders.json"));
    let run = || {
        let files = [wages.to_str().unwrap(), orders.to_str().unwrap()];
        let arguments = ["--wages", files[0], "--orders", files[1]];
        example("payroll", &devnet, &arguments).output().unwrap()
    };
    let (ann, ben) = (address(1), address(2));

    // What could never be paid is refused before anything is signed.
    for (wrong, why) in [
        (
            format!("ann {ann} 1\nben {ben} 123456789012345678\n"),
            "line 2",
        ),
        (
            format!("ann {ann} 2000000000000000000\n"),
            "the account has",
        ),
    ] {
        fs::write(&wages, wrong).unwrap();
        let output = run();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains(why), "{errors}");
        assert!(!orders.exists());
    }

    let due = [
        (ann, 3_000u128),
        (ben, 500),
        (ann, 4),
        (ben, 60_000),
        (ann, 7),
    ];
    let lines = due
        .iter()
        .enumerate()
        .map(|(number, (to, wei))| format!("wage-{number} {to} {wei}\n"));
    fs::write(&wages, lines.collect::<String>()).unwrap();
    let [first, second] = [run(), run()].map(|output| {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    });
    assert!(first.ends_with("5 of 5 are paid\n"), "{first}");
    let hashes = |said: &str| -> Vec<String> {
        let words = said.split_whitespace();
        let hashes = words.filter(|word| word.starts_with("0x"));
        hashes.map(str::to_owned).collect()
    };
    assert_eq!(hashes(&first).len(), 5);
    assert_eq!(hashes(&first), hashes(&second));
    for payee in [ann, ben] {
        let of_payee = due.iter().filter(|(to, _)| *to == payee);
        let sum: u128 = of_payee.map(|(_, wei)| wei).sum();
        are_proved(&devnet, &payee, sum).await;
    }
    devnet.process.terminate();
}

#[tokio::test]
async fn the_exchange_credits_what_is_proved() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let exchange = ["--customers", "2", "--credits", "2"];
    let layer1 = ["--l1-url", &devnet.l1, "--contract", &devnet.contract];
    let mut exchange = Running::start(example("exchange", &devnet, &[exchange, layer1].concat()));
    let customers = [exchange.address(), exchange.address()];
    for (customer, amount) in [(1, "0.25eth"), (0, "0.1eth")] {
        let to = &customers[customer];
        devnet.call("alice", &["send", to, amount, "--wait", "proved"]);
    }
    let said = exchange.end();
    for (number, sum) in [(1, 10u128.pow(17)), (2, 25 * 10u128.pow(16))] {
        let line = format!("credit customer {number}: {sum} base units of token 0");
        assert_eq!(said.matches(&line).count(), 1, "{said}");
        are_proved(&devnet, &address(number), sum).await;
    }
    assert_eq!(said.lines().count(), 2, "{said}");
    devnet.process.terminate();
}
