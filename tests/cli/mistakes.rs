//! What people get wrong with addresses, amounts and places, before anything is asked of a network.

use std::net::TcpListener;

use crate::invoke::run;

const L1: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
/// That of the first key in `docs/spec/vectors.json`.
const ROLLUP: &str = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";

/// A command that must be unreadable, and say so with these words.
fn unreadable(arguments: &[&str], words: &str) {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
    assert!(errors.contains(words), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn an_address_of_the_wrong_layer_is_answered_with_the_right_command() {
    unreadable(&["wallet", "send", L1, "1eth"], "`assay wallet withdraw`");
    unreadable(
        &["wallet", "withdraw", ROLLUP, "1eth"],
        "`assay wallet send`",
    );
    unreadable(&["wallet", "deposit", "1eth", "--to", L1], "of the layer 1");
    let forced = ["wallet", "force", "send", L1, "1eth"];
    unreadable(&forced, "of the layer 1");
    let paid_to = ["exit", "--contract", L1, "--to", ROLLUP];
    unreadable(&paid_to, "of the rollup");
}

#[test]
fn names_and_nothing_are_not_looked_up() {
    for command in ["send", "withdraw"] {
        let name = ["wallet", command, "vitalik.eth", "1eth"];
        unreadable(&name, "names are not looked up");
        unreadable(&["wallet", command, "", "1eth"], "there is no address");
        unreadable(&["wallet", command], "required");
    }
}

/// The key is looked for only after the address was read.
#[test]
fn space_behind_an_address_is_of_no_account() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    let spaced = format!("{ROLLUP} ");
    let arguments = [
        "wallet",
        "--key",
        key.to_str().unwrap(),
        "send",
        &spaced,
        " 1eth ",
    ];
    let output = run(&arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("assay wallet new"), "{errors}");
}

#[test]
fn amounts_are_decimal_and_not_negative() {
    for amount in ["-1", "-1eth", "-0.5eth"] {
        let said = format!("`{amount}` is negative");
        unreadable(&["wallet", "send", ROLLUP, amount], &said);
        unreadable(&["wallet", "withdraw", L1, amount], &said);
        unreadable(&["wallet", "deposit", amount], &said);
        let fee = format!("--fee={amount}");
        unreadable(&["wallet", "send", ROLLUP, "1", &fee], &said);
    }
    unreadable(&["wallet", "send", ROLLUP, "0x10"], "hexadecimal");
    unreadable(
        &["wallet", "send", ROLLUP, "1", "--fee", "0x10"],
        "hexadecimal",
    );
    unreadable(&["wallet", "send", ROLLUP, "1", "--feee", "1"], "'--fee'");
}

#[test]
fn where_to_listen_is_an_ip_address_and_a_port() {
    let host = "write for example 127.0.0.1:8645";
    unreadable(&["devnet", "--listen", "localhost:8645"], host);
    unreadable(&["devnet", "--l1-listen", "8645"], host);
    unreadable(&["node", "--listen", "localhost:8645"], host);
    unreadable(&["l1", "--host", "localhost"], "127.0.0.1");
}

#[test]
fn a_port_in_use_names_the_option_that_chooses_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (place, port) = (address.to_string(), address.port().to_string());
    let l1_listen = ["devnet", "--shape", "tiny", "--listen", "127.0.0.1:0"];
    for (arguments, option) in [
        (&["l1", "--no-deploy", "--port", &port][..], "--port"),
        (
            &["devnet", "--shape", "tiny", "--listen", &place],
            "--listen",
        ),
        (
            &[&l1_listen[..], &["--l1-listen", &place]].concat(),
            "--l1-listen",
        ),
    ] {
        let output = run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
        let said = errors.contains(&format!("with {option}"));
        assert!(said, "{arguments:?}: {errors}");
    }
}
