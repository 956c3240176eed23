//! The same proof for snarkjs: `proof.json`, `public.json`, `verification_key.json`; and what
//! snarkjs and rapidsnark prove with: `.zkey` and `.wtns` files.
//!
//! snarkjs writes G2 coordinates with the real part first, unlike the EVM, and points with a
//! third, projective coordinate.

mod binary;
#[cfg(test)]
mod tests;
pub mod wtns;
pub mod zkey;

use std::{fs, io, path::Path};

use ark_bn254::{Bn254, Fq2, Fq6, Fr, G1Affine, G2Affine};
use ark_ec::pairing::Pairing as _;
use ark_ff::PrimeField;
use assay_durable::Readers;
use serde_json::{Value, json};

use crate::{
    decimal::to_decimal,
    groth16::{proof::Proof, verifying_key::VerifyingKey},
};

fn decimal<F: PrimeField>(value: &F) -> String {
    value.into_bigint().to_string()
}

fn g1(point: &G1Affine) -> Value {
    json!([decimal(&point.x), decimal(&point.y), "1"])
}

fn fq2(value: &Fq2) -> Value {
    json!([decimal(&value.c0), decimal(&value.c1)])
}

fn g2(point: &G2Affine) -> Value {
    json!([fq2(&point.x), fq2(&point.y), ["1", "0"]])
}

fn fq6(value: &Fq6) -> Value {
    json!([fq2(&value.c0), fq2(&value.c1), fq2(&value.c2)])
}

/// snarkjs's `proof.json`.
#[must_use]
pub fn proof_json(proof: &Proof) -> Value {
    json!({
        "pi_a": g1(proof.a()),
        "pi_b": g2(proof.b()),
        "pi_c": g1(proof.c()),
        "protocol": "groth16",
        "curve": "bn128",
    })
}

/// snarkjs's `public.json`.
#[must_use]
pub fn public_json(inputs: &[Fr]) -> Value {
    inputs.iter().map(to_decimal).collect()
}

/// snarkjs's `verification_key.json`.
#[must_use]
pub fn verification_key_json(key: &VerifyingKey) -> Value {
    let ark = key.as_ark();
    let alpha_beta = Bn254::pairing(ark.alpha_g1, ark.beta_g2).0;
    json!({
        "protocol": "groth16",
        "curve": "bn128",
        "nPublic": key.input_count(),
        "vk_alpha_1": g1(&ark.alpha_g1),
        "vk_beta_2": g2(&ark.beta_g2),
        "vk_gamma_2": g2(&ark.gamma_g2),
        "vk_delta_2": g2(&ark.delta_g2),
        "vk_alphabeta_12": [fq6(&alpha_beta.c0), fq6(&alpha_beta.c1)],
        "IC": ark.gamma_abc_g1.iter().map(g1).collect::<Vec<_>>(),
    })
}

/// Writes the three files into a directory, which is made where it is missing.
///
/// # Errors
/// What the file system refuses.
pub fn write(dir: &Path, key: &VerifyingKey, inputs: &[Fr], proof: &Proof) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let files = [
        ("proof.json", proof_json(proof)),
        ("public.json", public_json(inputs)),
        ("verification_key.json", verification_key_json(key)),
    ];
    for (name, json) in files {
        let text = format!("{json:#}\n");
        assay_durable::write(&dir.join(name), Readers::All, text.as_bytes())?;
    }
    Ok(())
}
