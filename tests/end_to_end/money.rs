//! Traps for users' money: another layer 1, many processes of one wallet, answers that are lost.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use assay_l1::client::RollupClient;

use crate::{
    devnet::{Devnet, PAYER},
    invoke::assay,
    layer1::signer,
    process::Process,
    rig::{Rig, printed, tiny_l1, until},
};

/// An L1 with the same contract at the same address, which is not the devnet's.
fn another_l1(chain_id: &str) -> (Process, String, String) {
    let (process, lines) = tiny_l1(&["--chain-id", chain_id]);
    let (url, contract) = (printed(&lines, "L1"), printed(&lines, "contract"));
    (process, url, contract)
}

#[tokio::test]
async fn nothing_is_sent_to_another_layer_1_than_the_nodes() {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    for (chain_id, why) in [
        ("31337", "has not the block that the node saw last"),
        (
            "1337",
            "the L1 is chain 1337, and the node's is chain 31337",
        ),
    ] {
        let (_process, url, contract) = another_l1(chain_id);
        assert_eq!(contract, devnet.contract);
        let client = RollupClient::connect(&url, contract.parse().unwrap(), None);
        let client = client.await.unwrap();
        let payer = signer(PAYER).address();
        let before = client.balance(0, payer).await.unwrap();
        let withdrawn = devnet.json(
            "alice",
            &["withdraw", &payer.to_string(), "1gwei", "--fee", "0"],
        );
        let hash = withdrawn["hash"].as_str().unwrap();
        for command in [
            &["deposit", "1eth"][..],
            &["force", "withdraw", &payer.to_string(), "1eth"],
            &["claim", hash],
            &["credit"],
        ] {
            let l1 = ["--l1-url", &url, "--l1-account", "3"];
            let refused = devnet.fail("alice", &[command, &l1].concat());
            assert!(refused.contains(why), "{command:?}: {refused}");
        }
        assert_eq!(client.balance(0, payer).await.unwrap(), before);
        assert_eq!(client.status().await.unwrap().queue_length, 0);
    }
    let credited = devnet.pay("alice", &["deposit", "1eth"]);
    assert!(credited.contains("credited to account "), "{credited}");
    devnet.process.terminate();
}

/// Starts a command of a wallet.
fn spawn(devnet: &Devnet, key: &str, arguments: &[&str]) -> Child {
    let arguments = devnet.arguments(key, arguments);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = assay(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn all_succeed(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{errors}");
    }
}

#[test]
fn many_processes_of_one_wallet_send_at_once() {
    let devnet = Devnet::start();
    let bob = devnet.call("bob", &["new"]).trim().to_owned();
    devnet.funded("alice", "2eth");
    let send = ["send", &bob, "1gwei", "--fee", "0"];
    all_succeed((0..8).map(|_| spawn(&devnet, "alice", &send)).collect());
    assert_eq!(devnet.balance("bob"), 8_000_000_000);
    // The same key in several files: nothing but the node's refusals is between them.
    let directory = devnet.directory.path();
    let copies: Vec<String> = (0..8).map(|copy| format!("alice{copy}")).collect();
    for copy in &copies {
        fs::copy(directory.join("alice"), directory.join(copy)).unwrap();
    }
    let children = copies.iter().map(|copy| spawn(&devnet, copy, &send));
    all_succeed(children.collect());
    assert_eq!(devnet.balance("bob"), 16_000_000_000);
    // Nor is there anything between those who pay from one account of the layer 1.
    let l1 = devnet.l1_options();
    let deposit = ["deposit", "1gwei"];
    let deposit = [&deposit[..], &l1.each_ref().map(String::as_str)].concat();
    all_succeed((0..4).map(|_| spawn(&devnet, "bob", &deposit)).collect());
    assert_eq!(devnet.balance("bob"), 20_000_000_000);
    devnet.process.terminate();
}

/// Stands before a node, and after the first `POST` keeps its answer back, and from then on all where
/// it is told to.
fn forgetful(node: &str, for_good: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let upstream = node.strip_prefix("http://").unwrap().to_owned();
    let forgot = Arc::new(AtomicBool::new(false));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (forgot, upstream) = (forgot.clone(), upstream.clone());
            thread::spawn(move || pass_on(&client.unwrap(), &upstream, &forgot, for_good));
        }
    });
    url
}

/// Requests and answers of one connection, one after the other, until either side is done.
fn pass_on(mut client: &TcpStream, upstream: &str, forgot: &AtomicBool, for_good: bool) {
    let mut node = TcpStream::connect(upstream).unwrap();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let Some(request) = read_message(client, &mut buffer) else {
            return;
        };
        if forgot.load(Ordering::Acquire) && for_good {
            return;
        }
        node.write_all(&request).unwrap();
        let Some(answer) = read_message(&node, &mut buffer) else {
            return;
        };
        let is_first_post = request.starts_with(b"POST") && !forgot.swap(true, Ordering::AcqRel);
        if is_first_post || client.write_all(&answer).is_err() {
            return;
        }
    }
}

/// A message of HTTP with a length, or none.
fn read_message(mut stream: &TcpStream, buffer: &mut [u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&message).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.split("content-length:").nth(1);
            let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
            if message.len() >= head.len() + 4 + length.unwrap_or(0) {
                return Some(message);
            }
        }
        match stream.read(buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => message.extend_from_slice(&buffer[..read]),
        }
    }
}

#[test]
fn what_is_paid_is_paid_once_when_the_answer_is_lost() {
    let devnet = Devnet::start();
    let bob = devnet.call("bob", &["new"]).trim().to_owned();
    devnet.funded("alice", "2eth");
    let once = forgetful(&devnet.node, false);
    let send = ["--node", &once, "send", &bob, "1gwei", "--fee", "0"];
    let sent = devnet.json("alice", &send);
    assert!(sent["receipt"].is_null(), "{sent}");
    assert_eq!(devnet.balance("bob"), 1_000_000_000);
    // Where nobody tells whether it was taken, the exit code says that it may have been.
    let for_good = forgetful(&devnet.node, true);
    let send = [
        "--node", &for_good, "send", &bob, "1gwei", "--fee", "0", "--wait-s", "1",
    ];
    let told = devnet.ends("alice", &send, 4);
    assert!(told.contains("do not send it again"), "{told}");
    assert_eq!(devnet.balance("bob"), 2_000_000_000);
    devnet.process.terminate();
}

#[tokio::test]
async fn the_wallet_tells_of_the_nodes_faults() {
    let mut rig = Rig::start();
    let node = rig.node();
    let key = rig.path("alice");
    crate::process::succeed(&["wallet", "--key", &key, "new"]);
    rig.stop_l1();
    let url = rig.node_url();
    until("the wallet tells that the L1 is away", async || {
        let output = crate::invoke::run(&["wallet", "--key", &key, "--node", &url, "balance"]);
        let told = String::from_utf8(output.stderr).unwrap();
        (told.contains("note: something is wrong with the node: ")
            && told.contains("l1_unreachable"))
        .then_some(())
    })
    .await;
    node.terminate();
}
