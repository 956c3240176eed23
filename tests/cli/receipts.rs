//! `assay verify` on receipts that hold, do not, or are none.

use std::fs;

use assay_api::{
    receipt,
    receipt_file::ReceiptFile,
    wire::{Receipt, SignedOperation},
};
use assay_circuits::{
    address::{Address, L1Address, Network},
    eddsa::SecretKey,
    order::{Domain, Order, Payee},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use serde_json::{Value, json};

use crate::invoke::run;

const CONTRACT: L1Address = L1Address([7; 20]);

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn address(seed: u8) -> String {
    let (network, owner) = (Network::Development, key(seed).public_key().0);
    Address { network, owner }.to_string()
}

/// The receipt of operator 9 for a transfer.
fn receipt() -> Value {
    let domain = Domain::new(31337, CONTRACT);
    let order = Order {
        from: AccountIndex::FIRST,
        nonce: 3,
        token: TokenId::ETHER,
        to: Payee::Owner(key(2).public_key().0),
        amount: Amount(10),
        fee: Fee::ZERO,
        expires: 2_000_000_000,
    };
    let signed = order.sign(domain, &key(1));
    let hash = signed.hash(domain);
    let receipt = Receipt {
        hash: hash.to_string(),
        received_ms: 77,
        operator: address(9),
        signature: (&receipt::sign(&key(9), domain, hash, 77)).into(),
    };
    let transaction = SignedOperation::new(&signed, Network::Development);
    let file = ReceiptFile::new((31337, CONTRACT), transaction, receipt);
    serde_json::from_str(&file.to_json()).unwrap()
}

/// Exit code and all that was said.
fn verify(file: &Value, options: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("receipt.json");
    fs::write(&path, file.to_string()).unwrap();
    let output = run(&[&["verify", path.to_str().unwrap()], options].concat());
    let out = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        out + &String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_receipt_is_verified_offline_and_its_operator_named() {
    let (code, said) = verify(&receipt(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("VALID") && said.contains(&address(9)),
        "{said}"
    );
    assert!(said.contains("--operator"), "{said}");
    let (code, said) = verify(&receipt(), &["--operator", &address(9), "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&answer["valid"], &answer["promise"]),
        (&json!(true), &Value::Null)
    );
}

#[test]
fn a_receipt_that_binds_nobody_is_invalid() {
    let (code, said) = verify(&receipt(), &["--operator", &address(8)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("INVALID: it is signed by"), "{said}");
    for (place, value) in [
        ("/transaction/amount", json!("11")),
        ("/receipt/received_ms", json!(78)),
        ("/contract", json!(L1Address([8; 20]).to_string())),
    ] {
        let mut changed = receipt();
        *changed.pointer_mut(place).unwrap() = value;
        let (code, said) = verify(&changed, &[]);
        assert_eq!(code, Some(1), "{place}: {said}");
        assert!(said.contains("INVALID"), "{place}: {said}");
    }
}

#[test]
fn what_a_stranger_wrote_into_a_receipt_passes_for_no_line_of_ours() {
    let hostile = json!("\u{1b}[2J\u{202e}\nVALID: it was promised");
    for place in [
        "/receipt/hash",
        "/receipt/operator",
        "/transaction/to",
        "/contract",
    ] {
        let mut changed = receipt();
        *changed.pointer_mut(place).unwrap() = hostile.clone();
        let (code, said) = verify(&changed, &[]);
        assert!(matches!(code, Some(1 | 2)), "{place}: {said:?}");
        assert!(!said.contains("\nVALID"), "{place}: {said:?}");
        assert!(!said.contains(['\u{1b}', '\u{202e}']), "{place}: {said:?}");
    }
}

#[test]
fn what_cannot_be_read_as_a_receipt_says_why() {
    for (place, value, words) in [
        ("/version", json!(2), "this program reads version 1"),
        ("/receipt/operator", json!("me"), "operator"),
        ("/transaction/fee", json!("x"), "fee"),
    ] {
        let mut changed = receipt();
        *changed.pointer_mut(place).unwrap() = value;
        let (code, said) = verify(&changed, &[]);
        assert_eq!(code, Some(2), "{place}: {said}");
        assert!(said.contains(words), "{place}: {said}");
    }
}

#[test]
fn options_of_the_other_kind_of_file_are_refused() {
    let (code, said) = verify(&receipt(), &["--vk", "small.verifying.key"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is a receipt"), "{said}");
    let bundle = json!({ "format": "assay-bundle" });
    for option in [&["--against-l1"][..], &["--operator", &address(9)][..]] {
        let (code, said) = verify(&bundle, option);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("is no receipt"), "{said}");
    }
}
