//! A node and its layer 1 on a disk that fills while they run.

use std::{
    fs::{self, File, OpenOptions},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    condition::until,
    invoke::{assay, run},
    process::{Process, succeed},
    small_disk::{SmallDisk, wants_room},
};

/// Room for all that a short life needs, several times.
const MEBIBYTES: u32 = 24;
/// What each payment pays, wei.
const PAID: u128 = 10_000_000_000_000_000;

/// A devnet that keeps all it has on a small disk, and wallets elsewhere.
struct Rollup<'a> {
    process: Process,
    node: String,
    l1: String,
    contract: String,
    wallets: &'a TempDir,
}

fn devnet(disk: &SmallDisk) -> Command {
    let state = disk.path("state");
    disk.command(&[
        "devnet",
        "--shape",
        "tiny",
        "--state",
        &state,
        "--l1-listen",
        "127.0.0.1:0",
        "--listen",
        "127.0.0.1:0",
        "--block-time-ms",
        "100",
        "--batch-time-ms",
        "300",
    ])
}

impl<'a> Rollup<'a> {
    /// Starts it; its log goes on in a file.
    fn start(disk: &SmallDisk, wallets: &'a TempDir, log: &Path) -> Self {
        let mut options = OpenOptions::new();
        let options = options.create(true).append(true);
        let log = options.open(log).unwrap();
        let mut command = devnet(disk);
        command.stderr(log);
        let (process, lines) = Process::spawn(command, "Ctrl-C stops");
        let value = |name: &str| {
            let line = lines.iter().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        Self {
            process,
            node: value("node"),
            l1: value("L1"),
            contract: value("contract"),
            wallets,
        }
    }

    /// A second node, which begins on the disk.
    fn follower(&self, disk: &SmallDisk) -> Command {
        let data_dir = disk.path("second");
        let rollup = ["--contract", &self.contract, "--l1-url", &self.l1];
        let place = ["--data-dir", &data_dir, "--listen", "127.0.0.1:0"];
        let follow = ["node", "--follow", "--shape", "tiny"];
        disk.command(&[&follow[..], &rollup, &place].concat())
    }

    /// A wallet's command.
    fn wallet(&self, key: &str, arguments: &[&str]) -> Command {
        let key = self.wallets.path().join(key);
        let options = ["wallet", "--key", key.to_str().unwrap(), "--node"];
        assay(&[&options[..], &[&self.node], arguments].concat())
    }

    /// What it prints.
    fn call(&self, key: &str, arguments: &[&str]) -> String {
        let output = self.wallet(key, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Pays, and waits for no more than that the node has it; what the node says where it refuses.
    fn pay(&self, to: &str) -> Result<(), String> {
        let send = ["send", to, "0.01eth", "--wait", "none"];
        let output = self.wallet("alice", &send).output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => Ok(()),
            Some(1) => Err(errors),
            other => panic!("{other:?}: {errors}"),
        }
    }

    /// What a wallet has, wei.
    fn balance(&self, key: &str) -> u128 {
        let balance: Value = serde_json::from_str(&self.call(key, &["--json", "balance"])).unwrap();
        balance[0]["balance"].as_str().unwrap().parse().unwrap()
    }

    /// Asks how the node is until it is as wanted.
    fn until(&self, code: i32, words: &str) -> String {
        until(words, || {
            let output = run(&["status", "--node", &self.node]);
            let shown = String::from_utf8(output.stdout).unwrap();
            (output.status.code() == Some(code) && shown.contains(words)).then_some(shown)
        })
    }
}

#[test]
fn a_node_takes_nothing_on_a_full_disk_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(MEBIBYTES) else {
        return;
    };
    let wallets = TempDir::new().unwrap();
    // Its log is on that disk as well, as it may be.
    let rollup = Rollup::start(&disk, &wallets, &disk.seen("log"));
    rollup.call("alice", &["new"]);
    let bob = rollup.call("bob", &["new"]);
    let l1 = ["--l1-url", &rollup.l1, "--l1-account", "3"];
    rollup.call("alice", &[&["deposit", "2eth"][..], &l1].concat());
    let mut paid = 0;
    let mut pay = |rollup: &Rollup| rollup.pay(&bob).map(|()| paid += 1);
    pay(&rollup).unwrap();

    disk.fill();
    // What fits into the last page of a file is taken still, and is acknowledged.
    let refused = until("a payment is refused", || pay(&rollup).err());
    assert!(refused.contains("storage_unavailable"), "{refused}");
    assert!(refused.contains("cannot write to its disk"), "{refused}");
    let shown = rollup.until(5, "storage_unavailable");
    for words in [
        "make room on the node's disk; it goes on by itself",
        "docs/operations.md#the-disk-is-full",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    let (state, copy) = (disk.path("state"), disk.path("copy"));
    let backup = disk.run(&["backup", "--data-dir", &state, &copy]);
    assert_eq!(backup.status.code(), Some(1), "{backup:?}");
    wants_room(&backup, Path::new(&copy));
    assert!(!disk.seen("copy").exists());
    // One that begins there is told the same.
    let refused = rollup.follower(&disk).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    wants_room(&refused, Path::new(&disk.path("second")));

    disk.make_room();
    let (follower, _) = Process::spawn(rollup.follower(&disk), "node");
    follower.terminate();
    until("it goes on by itself", || pay(&rollup).ok());
    rollup.until(0, "  well  (");
    // All that was acknowledged was executed, and nothing that was refused.
    let of_bob = paid * PAID;
    until("all is executed", || {
        (rollup.balance("bob") >= of_bob).then_some(())
    });
    assert_eq!(rollup.balance("bob"), of_bob);
    let of_alice = rollup.balance("alice");

    // A printer that is full: the payment was made, and the exit code does not deny it.
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut send = rollup.wallet("alice", &["send", &bob, "0.01eth"]);
    let printed = send.stdout(full).output().unwrap();
    assert_eq!(printed.status.code(), Some(4), "{printed:?}");
    let said = String::from_utf8(printed.stderr).unwrap();
    assert!(said.contains("do not do it again"), "{said}");
    assert_eq!(rollup.balance("bob"), of_bob + PAID);
    assert!(rollup.balance("alice") <= of_alice - PAID);

    let backup = disk.run(&["backup", "--data-dir", &state, &copy]);
    assert!(backup.status.success(), "{backup:?}");
}

#[test]
fn what_is_stopped_on_a_full_disk_waits_for_room_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(MEBIBYTES) else {
        return;
    };
    let wallets = TempDir::new().unwrap();
    let log = wallets.path().join("log");
    let rollup = Rollup::start(&disk, &wallets, &log);
    rollup.call("alice", &["new"]);
    let l1 = ["--l1-url", &rollup.l1, "--l1-account", "3"];
    rollup.call("alice", &[&["deposit", "2eth"][..], &l1].concat());
    let of_alice = rollup.balance("alice");
    let told = |words: &str| {
        let text = fs::read_to_string(&log).unwrap();
        text.contains(words).then_some(())
    };
    let chain = fs::read(disk.seen("state/chain.json")).unwrap();
    disk.fill();
    rollup.process.ask_to_end();
    until("it waits for room", || told("the next Ctrl-C gives up"));
    until("it says what to do", || told("make room on this disk"));
    // Whole, as it was.
    assert!(fs::read(disk.seen("state/chain.json")).unwrap() == chain);
    disk.make_room();
    rollup.process.ended();

    // One that begins where there is no room changes nothing.
    disk.fill();
    let before = disk.content("state");
    let mut command = devnet(&disk);
    let refused = command.stdout(Stdio::null()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    wants_room(&refused, Path::new(&disk.path("state/chain.json")));
    assert!(disk.content("state") == before);
    disk.make_room();
    let rollup = Rollup::start(&disk, &wallets, &log);
    assert_eq!(rollup.balance("alice"), of_alice);
    let bob = rollup.call("bob", &["new"]);
    rollup.call("alice", &["send", &bob, "0.01eth", "--wait", "proved"]);
}

#[test]
fn a_layer_1_that_is_kept_is_whole_and_waits_for_room() {
    let Some(disk) = SmallDisk::mount(MEBIBYTES) else {
        return;
    };
    let state = disk.path("l1.json");
    let start = ["l1", "--no-deploy", "--port", "0", "--state", &state];
    let log = TempDir::new().unwrap();
    let log = log.path().join("log");
    let mut command = disk.command(&start);
    command.stderr(File::create(&log).unwrap());
    let (first, _) = Process::spawn(command, "L1 ");
    let kept = fs::read(disk.seen("l1.json")).unwrap();
    disk.fill();
    first.ask_to_end();
    until("it waits for room", || {
        let text = fs::read_to_string(&log).unwrap();
        text.contains("the next Ctrl-C gives up").then_some(())
    });
    assert!(fs::read(disk.seen("l1.json")).unwrap() == kept);
    // Given up: what was kept before is there.
    first.ask_to_end();
    let status = first.status();
    assert_eq!(status.code(), Some(1));
    assert!(fs::read(disk.seen("l1.json")).unwrap() == kept);
    disk.make_room();
    let (again, _) = Process::spawn(disk.command(&start), "L1 ");
    again.terminate();
}

/// Words about what is done that go to a full disk are lost, and what is done goes on.
#[test]
fn what_is_said_in_vain_ends_nothing() {
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let directory = TempDir::new().unwrap();
    let key = directory.path().join("key");
    let wallet = ["wallet", "--key", key.to_str().unwrap()];
    let mut new = assay(&[&wallet[..], &["new"]].concat());
    let made = new.stderr(full()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let address = succeed(&[&wallet[..], &["address"]].concat());
    assert_eq!(String::from_utf8(made.stdout).unwrap(), address);
    let mut refused = assay(&[&wallet[..], &["new"]].concat());
    let status = refused.stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));

    // Of a server every line, those of its log too.
    let place = ["--l1-listen", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
    let mut devnet = assay(&[&["devnet", "--shape", "tiny"][..], &place].concat());
    devnet.env("RUST_LOG", "debug").stderr(full());
    let (devnet, _) = Process::spawn(devnet, "Ctrl-C stops");
    devnet.terminate();

    let mut shown = assay(&[&wallet[..], &["address"]].concat());
    let shown = shown.stdout(full()).output().unwrap();
    assert_eq!(shown.status.code(), Some(1), "{shown:?}");
    wants_room(&shown, Path::new("cannot write standard output"));
}
