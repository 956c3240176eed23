//! The native primitives against circomlibjs 0.1.7; `vectors/generate.mjs` makes the file.
#![allow(clippy::unwrap_used)]

use std::str::FromStr;

use ark_bn254::Fr;
use ark_ff::BigInt;
use assay_circuits::babyjubjub::{Point, Scalar};
use assay_circuits::eddsa::{PublicKey, SecretKey, Signature};
use assay_circuits::poseidon;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    hashes: Vec<HashVector>,
    signatures: Vec<SignatureVector>,
    sums: Vec<SumVector>,
}

#[derive(Deserialize)]
struct HashVector {
    inputs: Vec<String>,
    hash: String,
}

#[derive(Deserialize)]
struct SignatureVector {
    seed: String,
    public_key: Point,
    compressed: String,
    message: String,
    signature: Signature,
}

#[derive(Deserialize)]
struct SumVector {
    scalar: String,
    base8_multiple: Point,
    other: Point,
    sum: Point,
    double_other: Point,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/circomlibjs.json")).unwrap()
}

fn element(decimal: &str) -> Fr {
    Fr::from(BigInt::<4>::from_str(decimal).unwrap())
}

#[test]
fn hashes_of_every_width() {
    for vector in vectors().hashes {
        let inputs: Vec<Fr> = vector.inputs.iter().map(|input| element(input)).collect();
        assert_eq!(
            poseidon::hash(&inputs),
            element(&vector.hash),
            "{} inputs",
            inputs.len()
        );
    }
}

#[test]
fn keys_and_signatures() {
    for vector in vectors().signatures {
        let seed: [u8; 32] = hex::decode(&vector.seed).unwrap().try_into().unwrap();
        let secret = SecretKey::from_seed(seed);
        let message = element(&vector.message);
        let public = PublicKey(vector.public_key);
        assert_eq!(secret.public_key(), public);
        assert_eq!(secret.sign(message), vector.signature);
        assert_eq!(public.verify(message, &vector.signature), Ok(()));

        let compressed: [u8; 32] = hex::decode(&vector.compressed).unwrap().try_into().unwrap();
        assert_eq!(vector.public_key.compress(), compressed);
        assert_eq!(Point::decompress(&compressed), Ok(vector.public_key));
    }
}

#[test]
fn sums_and_multiples() {
    for vector in vectors().sums {
        let scalar = Scalar::from(BigInt::<4>::from_str(&vector.scalar).unwrap());
        assert_eq!(Point::BASE8.mul(&scalar), vector.base8_multiple);
        assert_eq!(vector.base8_multiple.add(&vector.other), vector.sum);
        assert_eq!(vector.other.double(), vector.double_other);
    }
}
