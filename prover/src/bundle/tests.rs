#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use ark_bn254::Fr;
use assay_circuits::{
    address::L1Address,
    order::Domain,
    shape::Shape,
    statement::{Statement, position},
};
use serde_json::{Value, json};

use super::{Bundle, BundleError, Check, L1Context, Outcome, verdict, verdict_by_digest};
use crate::groth16::{
    prove::Prover,
    setup::{SetupRandomness, setup},
    toy::AnyInputs,
    unobserved,
    verifying_key::VerifyingKey,
};

const CHAIN_ID: u64 = 31337;

fn prover(randomness: SetupRandomness) -> Prover {
    let blank = AnyInputs(vec![Fr::from(0u8); 3]);
    let key = setup(blank, randomness, &|_, _| ()).unwrap();
    Prover::new(Arc::new(key), None).unwrap()
}

fn statement() -> Statement {
    let mut words: Vec<Fr> = (100..)
        .map(Fr::from)
        .take(Shape::Tiny.statement_words())
        .collect();
    words[position::DOMAIN] = Domain::new(CHAIN_ID, L1Address([7; 20])).0;
    words[position::SHAPE] = Fr::from(Shape::Tiny.id());
    Statement::new(Shape::Tiny, words).unwrap()
}

fn bundle_with(prover: &Prover) -> Bundle {
    let statement = statement();
    let inputs = statement.public_inputs().to_array().to_vec();
    let proof = prover.prove(AnyInputs(inputs), &unobserved).unwrap().proof;
    let l1 = L1Context::new(CHAIN_ID, L1Address([7; 20]), Some([1; 32]));
    Bundle::new(prover.key().verifying_key(), &statement, &proof, l1)
}

fn bundle() -> Bundle {
    bundle_with(&prover(SetupRandomness::Development))
}

fn first_failure(bundle: &Bundle, trusted: Option<&VerifyingKey>) -> Option<Check> {
    bundle
        .check(trusted)
        .into_iter()
        .find(|check| check.outcome != Outcome::Passed)
}

#[test]
fn an_honest_bundle_passes_every_check_and_round_trips() {
    let bundle = bundle();
    assert_eq!(first_failure(&bundle, None), None);
    assert_eq!(Bundle::parse(bundle.to_json().as_bytes()).unwrap(), bundle);
    let names: Vec<_> = bundle
        .check(None)
        .into_iter()
        .map(|check| check.name)
        .collect();
    let expected = [
        "verifying_key",
        "verifying_key_sha256",
        "shape",
        "statement",
        "statement_length",
        "domain",
        "header",
        "c",
        "z",
        "y",
        "proof",
        "pairing",
        "l1",
        "sha256",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_trusted_key_replaces_the_bundles_own() {
    let own = prover(SetupRandomness::Development);
    let other = prover(SetupRandomness::System);
    let (own_key, other_key) = (own.key().verifying_key(), other.key().verifying_key());
    let bundle = bundle_with(&own);
    assert_eq!(first_failure(&bundle, Some(own_key)), None);
    let detail = |bundle: &Bundle, trusted: Option<&VerifyingKey>| {
        let checks = bundle.check(trusted);
        let pairing = checks
            .into_iter()
            .find(|check| check.name == "pairing")
            .unwrap();
        (pairing.outcome, pairing.detail)
    };
    assert!(detail(&bundle, Some(own_key)).1.contains("the trusted key"));
    assert!(detail(&bundle, None).1.contains("the bundle's own key"));
    assert_eq!(
        first_failure(&bundle, Some(other_key)).unwrap().name,
        "trusted_key"
    );
    assert_eq!(detail(&bundle, Some(other_key)).0, Outcome::Failed);
}

/// Who knows a key by its digest is told what somebody is told who has the key.
#[test]
fn a_trusted_digest_is_as_good_as_the_trusted_key() {
    let own = prover(SetupRandomness::Development);
    let other = prover(SetupRandomness::System);
    let bundle = bundle_with(&own);
    let by_key = verdict(&bundle, Some(own.key().verifying_key()));
    let by_digest = verdict_by_digest(&bundle, own.key().verifying_key().digest());
    assert!(by_digest.valid);
    assert_eq!((by_digest.key, by_digest.first_failure), ("trusted", None));
    assert_eq!(by_digest.checks, by_key.checks);

    let refused = verdict_by_digest(&bundle, other.key().verifying_key().digest());
    assert!(!refused.valid);
    assert_eq!(refused.first_failure, Some("trusted_key"));
    let pairing = refused.checks.iter().find(|check| check.name == "pairing");
    assert_eq!(pairing.unwrap().outcome, Outcome::Skipped);
}

/// Paths to all leaves of a JSON value.
fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, v)| leaves(v, format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, v)| leaves(v, format!("{path}/{i}"), found));
        }
        _ => found.push(path),
    }
}

/// Values that a leaf could be changed to: near, far, of another type, and gone.
fn changes(leaf: &Value) -> Vec<Value> {
    let mut changes = vec![Value::Null, json!(true), json!([]), json!({})];
    match leaf {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            changes.extend([json!(number + 1), json!(number ^ 2), json!(-1), json!(0.5)]);
            changes.push(json!(number.to_string()));
        }
        Value::String(text) => {
            let last = text.chars().last().unwrap();
            let near = if last == '1' { '2' } else { '1' };
            let trimmed = &text[..text.len() - 1];
            changes.extend([json!(format!("{trimmed}{near}")), json!(trimmed), json!("")]);
            changes.extend([
                json!(format!("{text}0")),
                json!(format!("0{text}")),
                json!("0"),
            ]);
            changes.push(json!(text.to_uppercase()));
            changes.push(json!(format!(" {text}")));
        }
        other => panic!("no bundle has {other}"),
    }
    changes.retain(|change| change != leaf);
    changes
}

#[test]
fn no_leaf_can_be_changed_unnoticed() {
    let original: Value = serde_json::from_str(&bundle().to_json()).unwrap();
    let mut paths = Vec::new();
    leaves(&original, String::new(), &mut paths);
    assert!(paths.len() > 50);
    for path in &paths {
        for change in changes(original.pointer(path).unwrap()) {
            let mut changed = original.clone();
            *changed.pointer_mut(path).unwrap() = change.clone();
            if let Ok(bundle) = Bundle::parse(changed.to_string().as_bytes()) {
                assert!(first_failure(&bundle, None).is_some(), "{path} as {change}");
            }
        }
    }
}

/// Whoever changes a field can make the checksum again; what can be recomputed still fails, and
/// under its own name.
#[test]
fn fields_are_caught_by_their_own_checks() {
    let original = bundle();
    let mut seen = 0;
    let mut expect = |name: &str, change: &dyn Fn(&mut Bundle)| {
        let mut changed = original.clone();
        change(&mut changed);
        changed.sha256 = changed.checksum();
        assert_eq!(first_failure(&changed, None).expect(name).name, name);
        seen += 1;
    };
    expect("verifying_key", &|b| {
        b.verifying_key.alpha[0] = b.verifying_key.alpha[1].clone()
    });
    expect("verifying_key", &|b| {
        b.verifying_key.gamma = b.verifying_key.delta.clone()
    });
    expect("verifying_key_sha256", &|b| b.verifying_key.ic.swap(1, 2));
    expect("verifying_key_sha256", &|b| {
        b.verifying_key_sha256 = b.l1.transaction.clone().unwrap()
    });
    expect("shape", &|b| b.shape.id = 1);
    expect("shape", &|b| b.shape.id = 9);
    expect("shape", &|b| b.shape.fee_slots += 1);
    expect("shape", &|b| b.circuit = "small".to_owned());
    expect("statement", &|b| {
        b.statement[12] = format!("0{}", b.statement[12])
    });
    expect("statement_length", &|b| b.statement.push("0".to_owned()));
    expect("statement_length", &|b| drop(b.statement.pop()));
    expect("domain", &|b| b.l1.chain_id += 1);
    expect("domain", &|b| {
        b.l1.contract = L1Address([8; 20]).to_string()
    });
    expect("domain", &|b| b.domain = "1".to_owned());
    expect("header", &|b| {
        b.statement[position::DOMAIN] = "1".to_owned()
    });
    expect("header", &|b| b.statement[position::SHAPE] = "1".to_owned());
    expect("header", &|b| b.header.batch += 1);
    expect("header", &|b| b.header.timestamp += 1);
    expect("header", &|b| b.header.l1_operations += 1);
    expect("header", &|b| b.header.old_root = b.header.new_root.clone());
    expect("header", &|b| b.header.new_root = "0".to_owned());
    expect("header", &|b| {
        b.header.settler = L1Address([9; 20]).to_string()
    });
    expect("header", &|b| b.header.accounts_before += 1);
    expect("header", &|b| b.header.accounts_after += 1);
    expect("c", &|b| b.statement[12] = "0".to_owned());
    expect("c", &|b| b.c = b.z.clone());
    expect("z", &|b| b.z = b.y.clone());
    expect("y", &|b| b.y = b.z.clone());
    expect("proof", &|b| b.proof.replace_range(2..4, "ff"));
    expect("pairing", &|b| {
        let other = prover(SetupRandomness::System);
        b.proof = bundle_with(&other).proof;
    });
    expect("l1", &|b| b.l1.transaction = Some("0x00".to_owned()));
    assert_eq!(seen, 31);
}

#[test]
fn what_is_no_bundle_is_unreadable() {
    let json = bundle().to_json();
    for length in [0, 1, 100, json.len() / 2, json.len() - 1] {
        let refused = Bundle::parse(&json.as_bytes()[..length]);
        assert!(matches!(refused, Err(BundleError::NotJson(_))), "{length}");
    }
    let parse = |text: String| Bundle::parse(text.as_bytes());
    assert!(matches!(
        parse(format!("{json}x")),
        Err(BundleError::NotJson(_))
    ));
    assert!(matches!(
        parse(" ".repeat(2 << 20)),
        Err(BundleError::TooLarge { .. })
    ));
    assert!(matches!(
        parse("{}".to_owned()),
        Err(BundleError::ForeignFormat)
    ));
    assert!(matches!(
        parse("[]".to_owned()),
        Err(BundleError::ForeignFormat)
    ));
    let version = json.replace("\"version\": 2", "\"version\": 1");
    assert!(matches!(
        parse(version),
        Err(BundleError::UnsupportedVersion { found: 1 })
    ));
    let unknown = json.replacen('{', "{\"extra\": 1,", 1);
    assert!(matches!(parse(unknown), Err(BundleError::Fields(_))));
    let doubled = json.replacen('{', "{\"c\": \"1\",", 1);
    assert!(matches!(parse(doubled), Err(BundleError::Fields(_))));
    let missing = json.replace("\"z\"", "\"zz\"");
    assert!(matches!(parse(missing), Err(BundleError::Fields(_))));
    // serde reads a struct from an array of its fields as well.
    for field in ["/header", "/l1", "/shape", "/verifying_key"] {
        let mut value: Value = serde_json::from_str(&json).unwrap();
        let place = value.pointer_mut(field).unwrap();
        let given: Vec<String> = fields_in_order(&json, &field[1..]);
        *place = given.iter().map(|name| place[name].clone()).collect();
        let refused = parse(value.to_string());
        assert!(
            matches!(&refused, Err(BundleError::Fields(why)) if why.contains("is an array")),
            "{field}: {refused:?}"
        );
    }
}

/// The names in an object of a bundle, as they stand in its text.
fn fields_in_order(json: &str, object: &str) -> Vec<String> {
    let start = json.find(&format!("\"{object}\": {{")).unwrap();
    let lines = json[start..].lines().skip(1);
    let lines = lines.take_while(|line| !line.starts_with("  }"));
    lines
        .filter_map(|line| line.strip_prefix("    \""))
        .map(|rest| rest[..rest.find('"').unwrap()].to_owned())
        .collect()
}
