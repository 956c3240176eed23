//! The key file of a wallet: made, made of words, encrypted, and what of it may be shown where.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::invoke::{assay, run};

/// The first vector of BIP-39.
const WORDS: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                     abandon about";

/// A directory of one wallet.
struct Wallet {
    directory: tempfile::TempDir,
}

impl Wallet {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> String {
        self.directory
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// A file of the directory.
    fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(&[&["wallet", "--key", &self.path("key")], arguments].concat())
    }

    /// What a command prints.
    fn call(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The last line of a command that ends with this code.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        errors.lines().last().unwrap().to_owned()
    }

    /// `import` with these words on standard input.
    fn import(&self, words: &str, options: &[&str]) -> Output {
        let key = self.path("key");
        let arguments = [&["wallet", "--key", &key, "import"], options].concat();
        let mut child = assay(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who refuses the arguments reads nothing.
        let _ = child.stdin.take().unwrap().write_all(words.as_bytes());
        child.wait_with_output().unwrap()
    }
}

fn seed(wallet: &Wallet) -> String {
    let file: Value = serde_json::from_slice(&fs::read(wallet.path("key")).unwrap()).unwrap();
    file["seed"].as_str().unwrap().to_owned()
}

#[test]
fn words_make_the_key_that_the_specification_says() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../docs/spec/vectors.json")).unwrap();
    let vectors = vectors["mnemonics"].as_array().unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let wallet = Wallet::new();
        let passphrase = vector["passphrase"].as_str().unwrap();
        let index = vector["index"].to_string();
        let mut options = vec!["--index", &index];
        let file = wallet.file("passphrase", &format!("{passphrase}\n"));
        if !passphrase.is_empty() {
            options.extend(["--passphrase-file", &file]);
        }
        let made = wallet.import(vector["words"].as_str().unwrap(), &options);
        assert!(made.status.success(), "{made:?}");
        assert_eq!(seed(&wallet), vector["seed"].as_str().unwrap());
    }
}

#[test]
fn words_that_do_not_fit_are_refused_without_a_word_of_them() {
    let wallet = Wallet::new();
    let typing_error = WORDS.replacen("abandon", "abandom", 1);
    let other_end = WORDS.replace("about", "abandon");
    for (words, said) in [
        (typing_error.as_str(), "word 1 is not in the English list"),
        (other_end.as_str(), "checksum"),
        ("abandon", "12 or 24 words"),
        ("", "12 or 24 words"),
    ] {
        let refused = wallet.import(words, &[]);
        let errors = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{words}: {errors}");
        assert!(errors.contains(said), "{words}: {errors}");
        assert!(!errors.contains("aband"), "{errors}");
    }
    // Where other users would see them.
    let words: Vec<&str> = WORDS.split(' ').collect();
    let refused = wallet.import("", &words);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{errors}");
    assert!(errors.contains("never given as arguments"), "{errors}");
    let as_count = wallet.refused(&["new", "--mnemonic", WORDS], 2);
    for text in [errors, as_count] {
        assert!(!text.contains("abandon"), "{text}");
    }
    assert!(!fs::exists(wallet.path("key")).unwrap());
}

#[test]
fn new_words_go_to_a_terminal_or_a_file_of_their_own_and_make_the_key_again() {
    let wallet = Wallet::new();
    let words = wallet.path("words");
    // Standard error may be a log.
    let refused = wallet.refused(&["new", "--mnemonic"], 1);
    assert!(refused.contains("--mnemonic-file"), "{refused}");
    assert!(!fs::exists(wallet.path("key")).unwrap());

    let made = wallet.run(&["new", "--mnemonic", "24", "--mnemonic-file", &words]);
    assert!(made.status.success(), "{made:?}");
    let mode = fs::metadata(&words).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&words).unwrap();
    assert_eq!(text.split_whitespace().count(), 24);
    let said = [made.stdout.clone(), made.stderr].concat();
    assert!(!String::from_utf8(said).unwrap().contains(text.trim()));

    let other = Wallet::new();
    let again = other.import(&text, &[]);
    assert_eq!(again.stdout, made.stdout);
    assert_eq!(seed(&other), seed(&wallet));

    // Neither file is written over, and no words without a key are left.
    let more = wallet.path("more words");
    let refused = wallet.refused(&["new", "--mnemonic-file", &more], 1);
    assert!(refused.contains("exists already"), "{refused}");
    assert!(!fs::exists(more).unwrap());
    let third = Wallet::new();
    let refused = third.refused(&["new", "--mnemonic-file", &words], 1);
    assert!(refused.contains("cannot write the words"), "{refused}");
    assert!(!fs::exists(third.path("key")).unwrap());
    assert_eq!(fs::read_to_string(&words).unwrap(), text);
}

#[test]
fn a_key_is_encrypted_opened_and_made_plain_again() {
    let wallet = Wallet::new();
    let first = wallet.file("first", "first password\n");
    let second = wallet.file("second", "second password");
    let nobody = ["--node", "http://127.0.0.1:1", "balance"];
    let address = wallet.call(&["new", "--password-file", &first]);
    assert_eq!(wallet.call(&["address"]), address);

    // The exit code says whether it came as far as the node.
    let refused = wallet.refused(&nobody, 1);
    assert!(refused.contains("--password-file"), "{refused}");
    let refused = wallet.refused(&[&nobody[..], &["--password-file", &second]].concat(), 1);
    assert!(refused.contains("does not open"), "{refused}");
    wallet.refused(&[&nobody[..], &["--password-file", &first]].concat(), 3);

    let change = ["password", "--password-file", &first];
    let refused = wallet.refused(&change, 1);
    assert!(refused.contains("--new-password-file"), "{refused}");
    wallet.call(&[&change[..], &["--new-password-file", &second]].concat());
    wallet.refused(&[&nobody[..], &["--password-file", &first]].concat(), 1);
    wallet.refused(&[&nobody[..], &["--password-file", &second]].concat(), 3);

    let remove = ["password", "--remove"];
    let removed = wallet.call(&[&remove[..], &["--password-file", &second, "--json"]].concat());
    let removed: Value = serde_json::from_str(&removed).unwrap();
    assert_eq!(removed["encrypted"], false);
    assert_eq!(removed["address"], Value::from(address));
    wallet.refused(&nobody, 3);
    let refused = wallet.refused(&remove, 1);
    assert!(refused.contains("is not encrypted"), "{refused}");
}

#[test]
fn a_new_key_is_not_encrypted_with_nothing() {
    let wallet = Wallet::new();
    let refused = wallet.refused(&["new", "--encrypt"], 1);
    assert!(refused.contains("--password-file"), "{refused}");
    let empty = wallet.file("empty", "\n");
    let refused = wallet.refused(&["new", "--password-file", &empty], 1);
    assert!(refused.contains("empty"), "{refused}");
    assert!(!fs::exists(wallet.path("key")).unwrap());
}

#[test]
fn an_account_of_the_layer_1_makes_the_key_that_the_specification_says() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../docs/spec/vectors.json")).unwrap();
    let list = vectors["ethereum_keys"].as_array().unwrap();
    assert!(!list.is_empty());
    for vector in list {
        let rollup = &vectors["rollups"][vector["rollup"].as_u64().unwrap() as usize];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let chain_id = rollup["chain_id"].to_string();
        let contract = text(&rollup["contract"]);
        let derive = |options: &[&str]| {
            let rollup = ["derive", "--chain-id", &chain_id, "--contract", &contract];
            [&rollup[..], options]
                .concat()
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect::<Vec<String>>()
        };
        let run = |wallet: &Wallet, options: &[&str]| {
            wallet.call(
                &derive(options)
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            )
        };
        let message = Wallet::new();
        assert_eq!(run(&message, &["--message"]), text(&vector["message"]));
        assert!(!fs::exists(message.path("key")).unwrap());

        let (secret, account) = (text(&vector["secret"]), text(&vector["account"]));
        let of_key = Wallet::new();
        run(&of_key, &["--l1-key", &secret]);
        assert_eq!(seed(&of_key), text(&vector["seed"]));

        let elsewhere = Wallet::new();
        let file = elsewhere.file("signature", &format!("{}\n", text(&vector["signature"])));
        let signed = ["--signature-file", &file, "--l1-address", &account];
        run(&elsewhere, &signed);
        assert_eq!(seed(&elsewhere), text(&vector["seed"]));

        // The signature of another account, or on another text: nobody could make that key again.
        let other = Wallet::new();
        let nobody = "0x00000000000000000000000000000000000000a1";
        let of_nobody = derive(&["--signature-file", &file, "--l1-address", nobody]);
        let of_nobody: Vec<&str> = of_nobody.iter().map(String::as_str).collect();
        let refused = other.refused(&of_nobody, 1);
        assert!(refused.contains("is not the signature of"), "{refused}");
        let mut of_another_text: Vec<&str> = of_nobody.clone();
        of_another_text[2] = "5";
        *of_another_text.last_mut().unwrap() = &account;
        let refused = other.refused(&of_another_text, 1);
        assert!(refused.contains("is not the signature of"), "{refused}");
        assert!(!fs::exists(other.path("key")).unwrap());
    }
}

#[test]
fn a_key_is_derived_of_somebody_and_of_no_public_chain_by_a_public_secret() {
    let wallet = Wallet::new();
    let contract = "0x00000000000000000000000000000000000000a1";
    let on = |chain: &'static str| ["derive", "--contract", contract, "--chain-id", chain];
    let refused = wallet.refused(&on("31337"), 2);
    assert!(refused.contains("--signature-file"), "{refused}");
    let refused = wallet.refused(&[&on("10")[..], &["--l1-account", "3"]].concat(), 1);
    assert!(refused.contains("development chains"), "{refused}");
    let file = wallet.file("signature", "0x12\n");
    let signed = ["--signature-file", &file, "--l1-address", contract];
    let refused = wallet.refused(&[&on("31337")[..], &signed].concat(), 2);
    assert!(refused.contains("holds no signature"), "{refused}");
    assert!(!fs::exists(wallet.path("key")).unwrap());
    let made = wallet.call(&[&on("31337")[..], &["--l1-account", "3", "--json"]].concat());
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["address"], Value::from(wallet.call(&["address"])));
}

#[test]
fn a_key_is_exported_under_a_password_of_its_own() {
    let wallet = Wallet::new();
    let first = wallet.file("first", "first password\n");
    let second = wallet.file("second", "second password");
    let address = wallet.call(&["new", "--password-file", &first]);
    let (copy, plain) = (wallet.path("copy"), wallet.path("plain"));
    let open = ["--password-file", &first];

    let refused = wallet.refused(&[&["export", &copy][..], &open].concat(), 1);
    assert!(refused.contains("--new-password-file"), "{refused}");
    assert!(!fs::exists(&copy).unwrap());
    let under = ["export", &copy, "--new-password-file", &second];
    let wrong = [&under[..], &["--password-file", &second]].concat();
    let refused = wallet.refused(&wrong, 1);
    assert!(refused.contains("does not open"), "{refused}");
    assert!(!fs::exists(&copy).unwrap());
    let answer = wallet.call(&[&under[..], &open, &["--json"]].concat());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["encrypted"], true);
    assert_eq!(answer["address"], Value::from(address.clone()));
    // Never over another file.
    let refused = wallet.refused(&[&under[..], &open].concat(), 1);
    assert!(refused.contains("exists already"), "{refused}");

    wallet.call(&[&["export", &plain, "--plain"][..], &open].concat());
    for (file, password) in [(&copy, Some(&second)), (&plain, None)] {
        let mut arguments = vec!["wallet", "--key", file, "--node", "http://127.0.0.1:1"];
        arguments.push("balance");
        if let Some(password) = password {
            arguments.extend(["--password-file", password]);
        }
        // It opens, and then finds no node.
        assert_eq!(run(&arguments).status.code(), Some(3), "{file}");
        let shown = run(&["wallet", "--key", file, "address"]).stdout;
        assert_eq!(String::from_utf8(shown).unwrap().trim(), address);
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
