//! The wallet, command by command, as `assay devnet` suggests it.

use crate::{devnet::Devnet, invoke::run};

#[test]
fn a_user_deposits_sends_withdraws_and_claims() {
    let wallet = Devnet::start();
    let l1 = wallet.l1_options();
    let l1 = l1.each_ref().map(String::as_str);

    wallet.call("alice", &["new"]);
    let alice = wallet.call("alice", &["address"]).trim().to_owned();
    let bob = wallet.call("bob", &["new"]).trim().to_owned();
    assert!(
        wallet
            .call("alice", &["balance"])
            .contains("no account yet")
    );
    assert!(
        wallet
            .fail("alice", &["send", &bob, "1"])
            .contains("deposit some")
    );

    wallet.call("alice", &[&["deposit", "2eth"], &l1[..]].concat());
    wallet.call(
        "alice",
        &[&["deposit", "12.5USDX", "--to", &bob], &l1[..]].concat(),
    );
    let balance = wallet.json("alice", &["balance"]);
    assert_eq!(balance[0]["balance"], "2000000000000000000");
    assert_eq!(wallet.json("bob", &["balance"])[0]["balance"], "12500000");

    let file = wallet.directory.path().join("book.json");
    let book = ["--book", file.to_str().unwrap()];
    wallet.call(
        "alice",
        &[&["book", "add", "bob", &bob], &book[..]].concat(),
    );
    let nobody = wallet.fail("alice", &[&["send", "bobb", "1eth"], &book[..]].concat());
    assert!(nobody.contains("there is no `bobb`"), "{nobody}");
    let to_bob = [&["send", "bob", "0.5eth", "--fee", "0"], &book[..]].concat();
    let sent = wallet.json("alice", &to_bob);
    // Batches close every 300 ms: by the time the wallet asks, this one may have gone further.
    let stage = sent["transaction"]["stage"].as_str().unwrap();
    let executed = ["executed", "sealed", "proved", "final"];
    assert!(executed.contains(&stage), "{stage}");
    assert!(wallet.call("bob", &["balance"]).contains("0.5 ETH"));

    let hash = sent["hash"].as_str().unwrap();
    let no_claim = wallet.fail("alice", &[&["claim", hash], &l1[..]].concat());
    assert!(no_claim.contains("is a transfer"), "{no_claim}");

    refuse_what_is_wrong(&wallet, &alice, &bob);

    let to = "0x00000000000000000000000000000000000000A1";
    let withdrawn = wallet.json("bob", &["withdraw", to, "123456789012345678", "--fee", "0"]);
    let hash = withdrawn["receipt"]["hash"].as_str().unwrap();
    let more = ["withdraw", to, "1gwei", "--fee", "0", "--wait", "proved"];
    wallet.call("bob", &more);
    wallet.call("bob", &[&["claim", hash], &l1[..]].concat());
    claim_the_rest(&wallet, &l1);
    assert!(
        wallet
            .fail("bob", &[&["claim", hash], &l1[..]].concat())
            .contains("claimed already")
    );

    let history = wallet.json("bob", &["history"]);
    let found: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap().to_owned();
            (text("kind"), text("direction"), text("amount"))
        })
        .collect();
    let entry = |kind: &str, direction: &str, amount: &str| {
        (kind.to_owned(), direction.to_owned(), amount.to_owned())
    };
    assert_eq!(
        found,
        [
            entry("withdrawal", "outgoing", "1000000000"),
            entry("withdrawal", "outgoing", "123456789012345678"),
            entry("transfer", "incoming", "500000000000000000"),
            entry("deposit", "incoming", "12500000"),
        ]
    );
    redirect_and_credit(&wallet, &l1);
    wallet.process.terminate();
}

/// What was claimed already is left alone, and so is what is not this wallet's.
fn claim_the_rest(wallet: &Devnet, l1: &[&str]) {
    let all = [&["claim", "--all"], l1].concat();
    assert_eq!(wallet.json("alice", &all), serde_json::json!([]));
    let claimed = wallet.json("bob", &all);
    let claimed = claimed.as_array().unwrap();
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    assert_eq!(claimed[0]["amount"], "1000000000");
    assert!(
        claimed[0]["transaction"]
            .as_str()
            .unwrap()
            .starts_with("0x")
    );
    assert_eq!(wallet.json("bob", &all), serde_json::json!([]));
}

/// A redirect offers the money to the receiver first, who takes it here.
fn redirect_and_credit(wallet: &Devnet, l1: &[&str]) {
    let to = "0x00000000000000000000000000000000000000A1";
    let withdrawn = wallet.json("bob", &["withdraw", to, "1000", "--fee", "0"]);
    let hash = withdrawn["receipt"]["hash"].as_str().unwrap();
    let elsewhere = ["--to", "0x00000000000000000000000000000000000000b2"];
    let claim = wallet.fail("bob", &[&["claim", hash], &elsewhere[..], l1].concat());
    assert!(claim.contains("only the receiver"), "{claim}");
    let redirect = [&["redirect", hash], &elsewhere[..], l1].concat();
    let stranger = wallet.fail("alice", &redirect);
    assert!(stranger.contains("not this wallet's"), "{stranger}");
    let paid = wallet.call("bob", &redirect);
    assert!(paid.contains("the receiver took it after all"), "{paid}");
    assert!(wallet.fail("bob", &redirect).contains("claimed already"));
    // What the deposits paid too much for their places.
    let credit = wallet.call("bob", &[&["credit"], l1].concat());
    assert!(credit.starts_with("paid "), "{credit}");
    let nothing = wallet.fail("bob", &[&["credit"], l1].concat());
    assert!(nothing.contains("has no credit"), "{nothing}");
}

fn refuse_what_is_wrong(wallet: &Devnet, alice: &str, bob: &str) {
    let too_fine = wallet.fail("alice", &["send", bob, "123456789012345678"]);
    assert!(
        too_fine.contains("the nearest amount below is 123456789010000000"),
        "{too_fine}"
    );
    let too_much = wallet.fail("alice", &["send", bob, "5eth", "--fee", "0"]);
    let words = "this takes 5 ETH with its fee, and the wallet has 1.5 ETH (insufficient_balance)";
    assert!(too_much.contains(words), "{too_much}");
    let too_fine = wallet.fail("alice", &["send", bob, "0.123456789012345678eth"]);
    assert!(
        too_fine.contains("below is 0.12345678901 ETH"),
        "{too_fine}"
    );
    let no_point = wallet.fail("alice", &["send", bob, "0.5NOPE"]);
    assert!(no_point.contains("there is no token `NOPE`"), "{no_point}");
    let odd_fee = wallet.fail("alice", &["send", bob, "1", "--fee", "20479"]);
    assert!(odd_fee.contains("the nearest below is 20470"), "{odd_fee}");

    let mut typo = alice.to_owned();
    let last = if typo.pop() == Some('q') { 'p' } else { 'q' };
    typo.push(last);
    let arguments = wallet.arguments("alice", &["send", &typo, "1"]);
    let output = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("checksum"));

    // Each where the other belongs.
    let l1 = wallet.l1.clone();
    let no_node = wallet.fail("alice", &["--node", &l1, "balance"]);
    assert!(no_node.contains("a layer 1 answers at"), "{no_node}");
    let node = wallet.node.clone();
    let no_l1 = ["deposit", "1", "--l1-url", &node, "--l1-account", "3"];
    let no_l1 = wallet.fail("alice", &no_l1);
    assert!(no_l1.contains("a node of Assay answers at"), "{no_l1}");

    wallet.call("public", &["new", "--network", "public"]);
    let other = wallet.fail("public", &["balance"]);
    assert!(other.contains("key is for the public network"), "{other}");
}
