//! Names for addresses, and the wallet's own address as a code to be scanned.

use serde_json::{Value, json};

use crate::invoke::run;

/// That of the first key in `docs/spec/vectors.json`.
const FIRST: &str = "assaydev1j8csjkkqrx6svy94edtwtkec3ythlm5tvs30eg76cp8wryeyxx5s6aee76";

/// What a command of the book prints, which must end with this code.
fn book(file: &str, arguments: &[&str], code: i32) -> String {
    let output = run(&[&["wallet", "book", "--book", file], arguments].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap() + &errors
}

#[test]
fn names_are_added_listed_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("book.json");
    let file = file.to_str().unwrap();
    assert!(book(file, &["list"], 0).contains("is empty"));
    assert_eq!(book(file, &["list", "--json"], 0).trim(), "[]");
    let added = book(file, &["add", "bob", FIRST], 0);
    assert!(added.contains(FIRST), "{added}");
    let listed: Value = serde_json::from_str(&book(file, &["list", "--json"], 0)).unwrap();
    assert_eq!(listed, json!([{ "name": "bob", "address": FIRST }]));

    for (arguments, code, said) in [
        (
            &["add", "Bob", FIRST][..],
            2,
            "no name for the address book",
        ),
        (
            &["add", "bob", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
            2,
            "of the layer 1",
        ),
        (&["remove", "alice"], 1, "there is no `alice`"),
    ] {
        let refused = book(file, arguments, code);
        assert!(refused.contains(said), "{refused}");
    }
    // Nobody is paid in another's place because a name was given twice.
    let wallet = directory.path().join("key");
    let wallet = wallet.to_str().unwrap();
    let other = run(&["wallet", "--key", wallet, "new"]).stdout;
    let other = String::from_utf8(other).unwrap();
    let taken = book(file, &["add", "bob", other.trim()], 1);
    assert!(
        taken.contains(&format!("`bob` is {FIRST} already")),
        "{taken}"
    );

    assert!(book(file, &["remove", "bob"], 0).contains("bob was"));
    assert_eq!(book(file, &["list", "--json"], 0).trim(), "[]");
}

#[test]
fn an_address_is_drawn_where_it_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    let wallet = ["wallet", "--key", key.to_str().unwrap()];
    let call = |arguments: &[&str]| {
        let output = run(&[&wallet[..], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let address = call(&["new"]);
    assert_eq!(call(&["address"]), address);
    let drawn = call(&["address", "--qr"]);
    assert!(
        drawn.starts_with(&address) && drawn.contains('█'),
        "{drawn}"
    );
    let json: Value = serde_json::from_str(&call(&["address", "--qr", "--json"])).unwrap();
    assert_eq!(json, json!({ "address": address.trim() }));
}
