//! snarkjs proves with an exported key and witness, and both sides take each other's proofs.
//!
//! Runs where snarkjs is: `ASSAY_SNARKJS` names its program, or it is on the path.

#![allow(clippy::unwrap_used)]

use std::{
    ffi::OsString,
    fs,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use ark_bn254::{Fq, Fr};
use ark_ff::{BigInteger as _, PrimeField as _};
use assay_circuits::shape::Shape;
use assay_prover::{
    bench::{sample_assignment, sample_witness},
    export::{self, wtns, zkey},
    groth16::{proof::Proof, prove::Prover, setup::SetupRandomness, unobserved, verify::verify},
    known_circuits::{open_keys, open_or_create_keys, prove_batch},
};
use serde_json::Value;

/// Variable that names the program.
const VARIABLE: &str = "ASSAY_SNARKJS";

/// snarkjs's program, where there is one.
fn snarkjs() -> Option<OsString> {
    let named = std::env::var_os(VARIABLE);
    let program = named.clone().unwrap_or_else(|| "snarkjs".into());
    let answer = Command::new(&program).arg("--help").output();
    let found =
        answer.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("snarkjs"));
    assert!(
        found || named.is_none(),
        "{VARIABLE} names no snarkjs: {program:?}"
    );
    found.then_some(program)
}

fn run(program: &OsString, dir: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap();
    let text = [&output.stdout[..], &output.stderr].concat();
    assert!(
        output.status.success(),
        "snarkjs {arguments:?}: {}",
        String::from_utf8_lossy(&text)
    );
    output
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn word(decimal: &Value) -> [u8; 32] {
    let value: Fq = decimal.as_str().unwrap().parse().unwrap();
    value.into_bigint().to_bytes_be().try_into().unwrap()
}

/// A proof from snarkjs's file, where the real part of a coordinate comes first.
fn proof(json: &Value) -> Proof {
    let (a, b, c) = (&json["pi_a"], &json["pi_b"], &json["pi_c"]);
    let words = [
        &a[0], &a[1], &b[0][1], &b[0][0], &b[1][1], &b[1][0], &c[0], &c[1],
    ];
    Proof::from_words(&words.map(word)).unwrap()
}

#[test]
fn snarkjs_proves_with_an_exported_key() {
    let Some(snarkjs) = snarkjs() else {
        println!(
            "skipped: no snarkjs; `npm install snarkjs@0.7.6` makes node_modules/.bin/snarkjs, \
             and {VARIABLE} is where that is"
        );
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    open_or_create_keys(
        dir,
        Shape::Tiny.into(),
        SetupRandomness::Development,
        &|_, _| (),
    )
    .unwrap();
    let keys = open_keys(dir, Shape::Tiny.into()).unwrap();
    zkey::write(&dir.join("key.zkey"), &keys.proving_key).unwrap();
    let assignment = sample_assignment(Shape::Tiny).unwrap();
    wtns::write(&dir.join("witness.wtns"), &assignment).unwrap();

    let theirs = ["proof.json", "public.json"];
    run(
        &snarkjs,
        dir,
        &[
            "groth16",
            "prove",
            "key.zkey",
            "witness.wtns",
            theirs[0],
            theirs[1],
        ],
    );
    let vk = keys.proving_key.verifying_key();
    let inputs = assignment[1..=vk.input_count()].to_vec();
    let public: Vec<Fr> = json(&dir.join(theirs[1]))
        .as_array()
        .unwrap()
        .iter()
        .map(|input| input.as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(public, inputs);
    let blinded = proof(&json(&dir.join(theirs[0])));
    assert_eq!(verify(vk, &inputs, &blinded), Ok(()));

    run(
        &snarkjs,
        dir,
        &["zkey", "export", "verificationkey", "key.zkey", "vk.json"],
    );
    let ours = dir.join("ours");
    let prover = Prover::new(keys.proving_key.clone(), None).unwrap();
    let witness = Arc::new(sample_witness(Shape::Tiny).unwrap());
    let proved = prove_batch(&prover, witness, &unobserved).unwrap();
    assert_eq!(proved.inputs, inputs);
    export::write(&ours, vk, &inputs, &proved.proof).unwrap();
    assert_eq!(
        json(&dir.join("vk.json")),
        json(&ours.join("verification_key.json"))
    );
    for proof in ["proof.json", "ours/proof.json"] {
        let key = "ours/verification_key.json";
        let verified = run(&snarkjs, dir, &["groth16", "verify", key, theirs[1], proof]);
        assert!(String::from_utf8_lossy(&verified.stdout).contains("OK!"));
    }
}
