//! A line that moves while something is waited for, and Ctrl-C meanwhile.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use crate::{
    condition::until,
    devnet::Devnet,
    invoke::assay,
    pty::{Terminal, is_coloured},
};

/// Moves of a line that are looked at, bytes.
const MOVES: usize = 1_000;

/// Has a layer 1 make no more blocks, so that what waits for one waits until somebody ends it.
fn stop_blocks(devnet: &Devnet) {
    for (method, parameter) in [("evm_setAutomine", "false"), ("evm_setIntervalMining", "0")] {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":[{parameter}]}}"#);
        let place = devnet.l1.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(place).unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let is_done = answer.starts_with("HTTP/1.1 200") && answer.contains("\"result\"");
        assert!(is_done, "{answer}");
    }
}

/// A command of a wallet of the devnet.
fn command(devnet: &Devnet, key: &str, arguments: &[&str]) -> Command {
    let arguments = devnet.arguments(key, arguments);
    assay(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A devnet without blocks, with a wallet that has money and one that has not.
fn standing() -> (Devnet, String) {
    let devnet = Devnet::start();
    devnet.funded("alice", "2eth");
    let bob = devnet.call("bob", &["new"]).trim().to_owned();
    stop_blocks(&devnet);
    (devnet, bob)
}

#[test]
fn what_is_waited_for_is_one_line_that_moves() {
    let (devnet, bob) = standing();
    let send = ["send", &bob, "0.1eth", "--wait", "final"];
    let mut send = command(&devnet, "alice", &send);
    send.env("NO_COLOR", "1");
    for columns in [100, 40] {
        let Some(mut terminal) = Terminal::start(&send, 24, columns) else {
            return;
        };
        let title = "waiting until it is final";
        terminal.until("it is waited for", |text| text.contains(title));
        let moved = terminal.until_it_moved(MOVES);
        assert_eq!(moved.matches(title).count(), 1, "{moved}");
        let line = moved.lines().find(|line| line.contains(title)).unwrap();
        assert!(moved.ends_with(line), "{moved}");
        // A smaller window, in which that line fits still.
        terminal.resize(24, 38);
        let moved = terminal.until_it_moved(MOVES);
        assert_eq!(moved.matches(title).count(), 1, "{moved}");
        assert!(!is_coloured(&terminal.raw()), "{:?}", terminal.raw());
    }
}

#[test]
fn ctrl_c_while_something_is_waited_for_says_what_goes_on() {
    let (devnet, bob) = standing();
    let withdraw = [
        "--json",
        "withdraw",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0.1eth",
        "--l1-url",
        &devnet.l1,
    ];
    let l1 = devnet.l1_options();
    let l1 = l1.each_ref().map(String::as_str);
    let withdrawn = devnet.call("alice", &withdraw);
    let withdrawn: serde_json::Value = serde_json::from_str(&withdrawn).unwrap();
    let hash = withdrawn["hash"].as_str().unwrap();
    for (arguments, waits, goes_on) in [
        (
            vec!["send", &bob, "0.1eth", "--wait", "final"],
            "waiting until it is final",
            "it goes on without this command: `assay wallet history`",
        ),
        (
            [&["deposit", "1eth"][..], &l1].concat(),
            "waiting until deposit is mined",
            "is not known to be mined; do not send it again",
        ),
        (
            [&["claim", hash][..], &l1].concat(),
            "waiting until its batch is proved",
            "nothing was claimed; it goes on without this command",
        ),
    ] {
        let command = command(&devnet, "alice", &arguments);
        let Some(mut terminal) = Terminal::start(&command, 24, 250) else {
            return;
        };
        terminal.until(waits, |text| text.contains(waits));
        terminal.interrupt();
        let left = terminal.ended();
        // As of everything that was handed over and is not there yet: docs/exit-codes.md.
        assert_eq!(left.status.code(), Some(4), "{left:?}");
        assert!(left.text.contains(goes_on), "{left:?}");
        assert!(left.text.ends_with(": interrupted"), "{left:?}");
        // The line that moved is gone, but for one that the terminal's own `^C` has made to stay.
        assert!(left.text.matches(waits).count() <= 1, "{left:?}");
        assert!(left.echoes && !left.cursor_is_hidden, "{left:?}");
        if let Some((_, rest)) = left.text.split_once("handed in as ") {
            // The node has it, as it was said.
            let hash = rest.split_whitespace().next().unwrap();
            until("the node shows it", || {
                let history = devnet.call("alice", &["--json", "history"]);
                history.contains(hash).then_some(())
            });
        }
    }
}

#[test]
fn nothing_moves_where_there_is_no_terminal() {
    let devnet = Devnet::start();
    // It looks for what moves in all that each of them writes.
    devnet.funded("alice", "1eth");
    let bob = devnet.call("bob", &["new"]);
    devnet.call("alice", &["send", bob.trim(), "0.1eth", "--wait", "proved"]);
    devnet.call("alice", &["history"]);
}
