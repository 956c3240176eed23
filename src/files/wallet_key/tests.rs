//! Key files: written once, read back, encrypted, and refused where something is wrong.
#![allow(clippy::unwrap_used)]

use super::*;

/// Must not be asked: the file is not encrypted.
fn nobody() -> Result<Password, PasswordError> {
    panic!("a password was asked for")
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

fn typed(text: &str) -> impl FnOnce() -> Result<Password, PasswordError> {
    let password = password(text);
    move || Ok(password)
}

#[test]
fn a_key_is_written_once_and_read_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/wallet.json");
    let made = WalletKey::create(&path, Network::Development, None).unwrap();
    let read = WalletKey::open(&path, nobody).unwrap();
    assert_eq!(read.address(), made.address());
    assert!(read.address().to_string().starts_with("assaydev1"));
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let before = fs::read(&path).unwrap();
    let again = WalletKey::create(&path, Network::Development, None);
    assert!(matches!(again, Err(KeyFileError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_that_is_no_key_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    assert!(matches!(
        WalletKey::open(&path, nobody),
        Err(KeyFileError::Missing(_))
    ));
    WalletKey::create(&path, Network::Public, None).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let seed_at = good.find("\"seed\": \"0x").unwrap() + 11;
    let mut other_seed = good.clone();
    let digit = if good.as_bytes()[seed_at] == b'0' {
        "1"
    } else {
        "0"
    };
    other_seed.replace_range(seed_at..=seed_at, digit);
    for bad in [
        String::new(),
        good[..good.len() / 2].to_owned(),
        good.replace("assay-wallet-key", "another-format"),
        good.replace("\"version\": 1", "\"version\": 2"),
        good.replace("\"version\": 1", "\"version\": 3"),
        good.replace("\"public\"", "\"development\""),
        good.replacen('{', "{\"extra\": 1,", 1),
        good.replace("\"0x", "\""),
        format!("{good}{}", " ".repeat(5_000)),
        other_seed,
    ] {
        fs::write(&path, &bad).unwrap();
        let opened = WalletKey::open(&path, nobody);
        assert!(matches!(opened, Err(KeyFileError::Content { .. })), "{bad}");
    }
    let opened = WalletKey::open(directory.path(), nobody);
    assert!(matches!(opened, Err(KeyFileError::Content { .. })));
}

#[test]
fn two_who_sign_take_turns() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    let first = WalletKey::create(&path, Network::Development, None).unwrap();
    let second = WalletKey::open(&path, nobody).unwrap();
    let turn = first.try_turn().unwrap();
    assert!(turn.is_some());
    assert!(second.try_turn().unwrap().is_none());
    drop(turn);
    assert!(second.try_turn().unwrap().is_some());
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    WalletKey::create(&path, Network::Public, None).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let opened = WalletKey::open(&path, nobody);
    assert!(matches!(
        opened,
        Err(KeyFileError::Permissions { mode: 0o640, .. })
    ));
}

#[test]
fn an_encrypted_key_opens_with_its_password_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    let made = WalletKey::create(&path, Network::Public, Some(&password("one two"))).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("seed"), "{text}");
    assert!(WalletKey::is_encrypted(&path).unwrap());
    // Who is paid is known without the password.
    assert_eq!(WalletKey::address_in(&path).unwrap(), made.address());
    let read = WalletKey::open(&path, typed("one two")).unwrap();
    assert_eq!(read.address(), made.address());
    let wrong = WalletKey::open(&path, typed("one two "));
    assert!(matches!(wrong, Err(KeyFileError::WrongPassword(_))));
    let nothing = WalletKey::open(&path, || Err(PasswordError::Empty));
    assert!(matches!(nothing, Err(KeyFileError::Password(_))));
}

#[test]
fn a_password_is_set_changed_and_taken_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    let address = WalletKey::create(&path, Network::Public, None)
        .unwrap()
        .address();
    let plain = fs::read(&path).unwrap();
    WalletKey::encrypt_again(&path, nobody, || Ok(Some(password("first")))).unwrap();
    let first = fs::read(&path).unwrap();
    let refused = WalletKey::encrypt_again(&path, typed("wrong"), || panic!("too early"));
    assert!(matches!(refused, Err(KeyFileError::WrongPassword(_))));
    assert_eq!(fs::read(&path).unwrap(), first);
    WalletKey::encrypt_again(&path, typed("first"), || Ok(Some(password("second")))).unwrap();
    let old = WalletKey::open(&path, typed("first"));
    assert!(matches!(old, Err(KeyFileError::WrongPassword(_))));
    let opened = WalletKey::open(&path, typed("second")).unwrap();
    assert_eq!(opened.address(), address);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    WalletKey::encrypt_again(&path, typed("second"), || Ok(None)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), plain);
}

#[test]
fn a_changed_encrypted_key_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    let other = WalletKey::create(&directory.path().join("other"), Network::Public, None).unwrap();
    let made = WalletKey::create(&path, Network::Public, Some(&password("x"))).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let (own, others) = (made.address().to_string(), other.address().to_string());
    let no_key = [
        good.replace("\"version\": 2", "\"version\": 1"),
        good.replace("scrypt", "pbkdf2"),
        good.replace("chacha20-poly1305", "aes-256-gcm"),
        // So cheap that the password can be guessed, and so dear that the machine stands still.
        good.replace("\"log_n\": 17", "\"log_n\": 13"),
        good.replace("\"log_n\": 17", "\"log_n\": 21"),
        good.replace("\"r\": 8", "\"r\": 9"),
        good.replace("\"p\": 1", "\"p\": 2"),
        good.replace("\"nonce\": \"0x", "\"nonce\": \"0x00"),
        good.replace("\"salt\": \"0x", "\"salt\": \"0x00"),
        good.replace("\"ciphertext\": \"0x", "\"ciphertext\": \"0x00"),
        good.replace("\"public\"", "\"development\""),
    ];
    for bad in no_key {
        assert_ne!(bad, good);
        fs::write(&path, &bad).unwrap();
        // Nobody is asked for the password of a file that is not opened.
        let opened = WalletKey::open(&path, nobody);
        assert!(matches!(opened, Err(KeyFileError::Content { .. })), "{bad}");
    }
    // The address is under the password too: money for the owner does not go to somebody else.
    let does_not_fit = [
        good.replace(&own, &others),
        good.replace("\"log_n\": 17", "\"log_n\": 16"),
    ];
    for bad in does_not_fit {
        assert_ne!(bad, good);
        fs::write(&path, &bad).unwrap();
        let opened = WalletKey::open(&path, typed("x"));
        assert!(
            matches!(opened, Err(KeyFileError::WrongPassword(_))),
            "{bad}"
        );
    }
}

/// What `docs/spec/vectors.json` says of key files. Those that are encrypted were made with scrypt and the cipher
/// of Node 20.
#[derive(serde::Deserialize)]
struct Vectors {
    key_files: Vec<FileVector>,
    invalid_key_files: Vec<InvalidFile>,
}

#[derive(serde::Deserialize)]
struct FileVector {
    seed: String,
    password: Option<String>,
    text: String,
}

/// A file of the list before, in which one thing is another.
#[derive(serde::Deserialize)]
struct InvalidFile {
    file: usize,
    why: String,
    from: String,
    to: String,
    password: Option<String>,
    code: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../docs/spec/vectors.json")).unwrap()
}

/// Opens a file of this text; who is not given a password must not be asked for one.
fn open_text(text: &str, given: Option<&str>) -> Result<WalletKey, KeyFileError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.json");
    assay_durable::create(&path, Readers::Owner, text.as_bytes()).unwrap();
    WalletKey::open(&path, || {
        given.map_or_else(nobody, |text| Ok(password(text)))
    })
}

#[test]
fn files_that_another_program_made_are_read() {
    let vectors = vectors().key_files;
    assert!(!vectors.is_empty());
    for vector in vectors {
        let read = open_text(&vector.text, vector.password.as_deref()).unwrap();
        let mut seed = [0; 32];
        assay_api::hexadecimal::read(&vector.seed, &mut seed).unwrap();
        let expected = content::address(&seed, read.address().network);
        assert_eq!(read.address(), expected);
        if vector.password.is_none() {
            let own = content::write(&seed, read.address().network, None).unwrap();
            assert_eq!(*own, vector.text);
        }
    }
}

#[test]
fn what_is_no_key_file_is_refused_for_what_it_is() {
    let vectors = vectors();
    assert!(!vectors.invalid_key_files.is_empty());
    for vector in vectors.invalid_key_files {
        let good = &vectors.key_files[vector.file].text;
        let bad = good.replace(&vector.from, &vector.to);
        let opened = open_text(&bad, vector.password.as_deref());
        let fits = match vector.code.as_str() {
            "wrong_password" => matches!(opened, Err(KeyFileError::WrongPassword(_))),
            "not_a_key_file" | "unknown_version" | "damaged" | "too_costly" => {
                matches!(opened, Err(KeyFileError::Content { .. }))
            }
            other => panic!("there is no code `{other}`"),
        };
        assert!(fits, "{}: {opened:?}", vector.why);
    }
}
