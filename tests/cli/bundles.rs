//! `assay verify` on bundles that are valid, changed, cut short, or something else.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use assay_circuits::{address::L1Address, circuit::CircuitId, shape::Shape};
use assay_prover::{
    bench::sample_witness,
    bundle::{Bundle, L1Context},
    groth16::{prove::Prover, setup::SetupRandomness, unobserved},
    keys::verifying_key_path,
    known_circuits::{create_keys, open_or_create_keys, prove_batch},
};
use serde_json::{Value, json};

use crate::invoke::{keys_dir, run};

/// A valid bundle of a tiny batch, made once.
fn bundle() -> &'static str {
    static BUNDLE: OnceLock<String> = OnceLock::new();
    BUNDLE.get_or_init(|| {
        let randomness = SetupRandomness::Development;
        let keys =
            open_or_create_keys(&keys_dir(), Shape::Tiny.into(), randomness, &|_, _| ()).unwrap();
        let prover = Prover::new(keys.proving_key, None).unwrap();
        let witness = Arc::new(sample_witness(Shape::Tiny).unwrap());
        let proved = prove_batch(&prover, witness.clone(), &unobserved).unwrap();
        // The chain and contract of the sample's domain.
        let l1 = L1Context::new(31337, L1Address([7; 20]), None);
        let key = prover.key().verifying_key();
        Bundle::new(key, &witness.statement(), &proved.proof, l1).to_json()
    })
}

struct Verified {
    code: Option<i32>,
    out: String,
    errors: String,
}

fn verify(content: &str, options: &[&str]) -> Verified {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bundle.json");
    fs::write(&path, content).unwrap();
    let output = run(&[&["verify", path.to_str().unwrap()], options].concat());
    Verified {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_valid_bundle_is_verified_and_exported() {
    let own = verify(bundle(), &[]);
    assert_eq!(own.code, Some(0), "{}{}", own.out, own.errors);
    assert!(own.out.contains("VALID") && own.out.contains("under the key in the bundle"));

    let key = verifying_key_path(&keys_dir(), Shape::Tiny.into());
    let directory = tempfile::tempdir().unwrap();
    let export = directory.path().join("for-snarkjs");
    let options = [
        "--vk",
        key.to_str().unwrap(),
        "--export",
        export.to_str().unwrap(),
    ];
    let trusted = verify(bundle(), &options);
    assert_eq!(trusted.code, Some(0), "{}{}", trusted.out, trusted.errors);
    assert!(trusted.out.contains("under the key that you trust"));
    for (verified, whose) in [
        (&own, "the key in the bundle"),
        (&trusted, "the key that you trust"),
    ] {
        let words = format!("INSECURE: {whose} was made for development");
        assert!(verified.out.contains(&words), "{}", verified.out);
    }
    let verified = verify(bundle(), &["--json"]);
    let verdict: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(verdict["insecure_development_key"], json!(true));
    let public = fs::read_to_string(export.join("public.json")).unwrap();
    let public: Vec<String> = serde_json::from_str(&public).unwrap();
    let original: Value = serde_json::from_str(bundle()).unwrap();
    assert_eq!(
        json!(public),
        json!([original["c"], original["z"], original["y"]])
    );
    assert!(export.join("proof.json").exists() && export.join("verification_key.json").exists());
}

#[test]
fn one_changed_field_is_named() {
    let original: Value = serde_json::from_str(bundle()).unwrap();
    let one_more = |text: &Value| {
        let text = text.as_str().unwrap();
        let last = text.chars().last().unwrap();
        let changed = if last == '1' { '2' } else { '1' };
        Value::from(format!("{}{changed}", &text[..text.len() - 1]))
    };
    // (field, what it is changed to or None for another last digit, the first check that fails)
    let cases = [
        ("/domain", None, "domain"),
        ("/shape/transfers", Some(json!(3)), "shape"),
        ("/shape/id", Some(json!(1)), "shape"),
        ("/verifying_key/alpha/0", None, "verifying_key"),
        ("/verifying_key_sha256", None, "verifying_key_sha256"),
        ("/header/batch", Some(json!(77)), "header"),
        ("/header/timestamp", Some(json!(1)), "header"),
        ("/header/new_root", None, "header"),
        ("/statement/20", Some(json!("5")), "c"),
        ("/c", None, "c"),
        ("/z", None, "z"),
        ("/y", None, "y"),
        ("/proof", None, "proof"),
        ("/l1/chain_id", Some(json!(1)), "domain"),
        (
            "/l1/contract",
            Some(json!("0x0707070707070707070707070707070707070708")),
            "domain",
        ),
        ("/sha256", None, "sha256"),
    ];
    for (field, value, check) in cases {
        let mut changed = original.clone();
        let place = changed.pointer_mut(field).unwrap();
        *place = value.unwrap_or_else(|| one_more(place));
        let verified = verify(&changed.to_string(), &["--json"]);
        assert_eq!(verified.code, Some(1), "{field}: {}", verified.errors);
        let verdict: Value = serde_json::from_str(&verified.out).unwrap();
        assert_eq!(
            (&verdict["valid"], &verdict["first_failure"]),
            (&json!(false), &json!(check)),
            "{field}"
        );
    }
}

#[test]
fn what_a_stranger_wrote_moves_no_cursor() {
    // It would clear the screen, and say something else there.
    let hostile = "\u{1b}[2J\u{1b}[H\r\u{202e}\u{7}\nVALID: batch 1";
    let original: Value = serde_json::from_str(bundle()).unwrap();
    let mut files = Vec::new();
    for field in ["/c", "/circuit", "/statement/3", "/l1/transaction"] {
        let mut changed = original.clone();
        *changed.pointer_mut(field).unwrap() = json!(hostile);
        files.push(changed);
    }
    let mut unknown = original.clone();
    unknown[hostile] = json!(1);
    files.push(unknown);
    for file in files {
        let verified = verify(&file.to_string(), &[]);
        assert!(matches!(verified.code, Some(1 | 2)), "{}", verified.errors);
        let told = verified.out + &verified.errors;
        let moves = |sign: char| sign != '\n' && (sign.is_control() || sign == '\u{202e}');
        assert!(!told.contains(moves), "{told:?}");
        assert!(!told.contains("\nVALID"), "{told:?}");
    }
}

#[test]
fn what_is_no_bundle_is_unreadable() {
    let foreign = json!({"format": "something-else", "version": 1}).to_string();
    let mut unknown: Value = serde_json::from_str(bundle()).unwrap();
    unknown["surprise"] = json!(1);
    let mut newer: Value = serde_json::from_str(bundle()).unwrap();
    newer["version"] = json!(3);
    let cases = [
        String::new(),
        "not JSON at all".to_owned(),
        bundle()[..bundle().len() / 2].to_owned(),
        bundle()[..bundle().len() - 2].to_owned(),
        foreign,
        unknown.to_string(),
        newer.to_string(),
        "\0".repeat(2 << 20),
    ];
    for content in cases {
        let verified = verify(&content, &[]);
        let start: String = content.chars().take(40).collect();
        assert_eq!(verified.code, Some(2), "{start}");
        assert!(
            verified.errors.starts_with("error: cannot read the bundle"),
            "{}",
            verified.errors
        );
        assert_eq!(verified.errors.lines().count(), 1, "{}", verified.errors);
    }
    let missing = run(&["verify", "there-is-no-such-file.json"]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn a_key_that_is_not_the_bundles_is_not_enough() {
    let directory = tempfile::tempdir().unwrap();
    let other = create_keys(
        directory.path(),
        Shape::Tiny.into(),
        SetupRandomness::System,
        &|_, _| (),
    );
    assert_eq!(other.unwrap().circuit, CircuitId::Batch(Shape::Tiny));
    let key: PathBuf = verifying_key_path(directory.path(), Shape::Tiny.into());
    let verified = verify(bundle(), &["--vk", key.to_str().unwrap()]);
    assert_eq!(verified.code, Some(1), "{}", verified.errors);
    assert!(!verified.out.contains("INSECURE"), "{}", verified.out);
    assert!(
        verified.out.contains("`trusted_key` does not fit"),
        "{}",
        verified.out
    );

    fs::write(&key, "no key").unwrap();
    let verified = verify(bundle(), &["--vk", key.to_str().unwrap()]);
    assert_eq!(verified.code, Some(2), "{}", verified.errors);
    assert!(
        verified.errors.contains("cannot read the verifying key"),
        "{}",
        verified.errors
    );
}
