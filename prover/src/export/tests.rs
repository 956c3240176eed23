#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, fs};

use ark_bn254::{Bn254, Fq, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, pairing::Pairing as _};
use ark_ff::{AdditiveGroup as _, BigInt, Field as _, Fp, PrimeField as _};
use assay_arithmetic::{pack_g1, pack_g2};

use super::{wtns, zkey};
use crate::groth16::{
    ProvingKey,
    description::assign,
    matrices::Side,
    setup::{SetupRandomness, setup},
    stock::StockProver,
    toy::Scrambled,
};

const CIRCUIT: Scrambled = Scrambled {
    seed: 8,
    publics: 5,
    rows: 70,
};

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

fn integer(bytes: &[u8]) -> BigInt<4> {
    let (limbs, rest) = bytes.as_chunks::<8>();
    assert!(rest.is_empty());
    BigInt::new(std::array::from_fn(|i| u64::from_le_bytes(limbs[i])))
}

/// The sections of a file by number, which fill it.
fn sections(file: &[u8], letters: &[u8], version: u32) -> BTreeMap<u32, Vec<u8>> {
    assert_eq!(&file[..4], letters);
    assert_eq!(number(file, 4), version);
    let mut found = BTreeMap::new();
    let mut at = 12;
    for _ in 0..number(file, 8) {
        let length = u64::from_le_bytes(file[at + 4..at + 12].try_into().unwrap()) as usize;
        let content = file[at + 12..at + 12 + length].to_vec();
        assert!(found.insert(number(file, at), content).is_none());
        at += 12 + length;
    }
    assert_eq!(at, file.len());
    found
}

fn g1_bytes(points: &[G1Affine]) -> Vec<u8> {
    let points: Vec<_> = points.iter().map(pack_g1).collect();
    bytemuck::cast_slice(&points).to_vec()
}

fn g2_bytes(points: &[G2Affine]) -> Vec<u8> {
    let points: Vec<_> = points.iter().map(pack_g2).collect();
    bytemuck::cast_slice(&points).to_vec()
}

fn key() -> ProvingKey {
    setup(CIRCUIT, SetupRandomness::Development, &|_, _| ()).unwrap()
}

/// Points of a section.
fn g1_points(bytes: &[u8]) -> Vec<G1Affine> {
    let field = |bytes: &[u8]| Fp::new_unchecked(integer(bytes));
    let point = |bytes: &[u8; 64]| {
        let (x, y): (Fq, Fq) = (field(&bytes[..32]), field(&bytes[32..]));
        if (x, y) == (Fq::ZERO, Fq::ZERO) {
            G1Affine::zero()
        } else {
            G1Affine::new(x, y)
        }
    };
    bytes.as_chunks().0.iter().map(point).collect()
}

#[test]
fn a_zkey_has_the_points_of_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.zkey");
    let key = key();
    zkey::write(&path, &key).unwrap();
    let file = sections(&fs::read(&path).unwrap(), b"zkey", 1);
    assert_eq!(file.len(), 10);
    assert_eq!(file[&1], 1u32.to_le_bytes());
    let stock = StockProver::new(&key);
    let ark = stock.key();
    assert_eq!(file[&3], g1_bytes(&ark.vk.gamma_abc_g1));
    assert_eq!(file[&5], g1_bytes(&ark.a_query));
    assert_eq!(file[&7], g2_bytes(&ark.b_g2_query));
    assert_eq!(file[&8], g1_bytes(&ark.l_query));
    assert_eq!(file[&9], g1_bytes(&ark.h_query));
    assert_eq!(file[&10], [0; 68]);
    let header = &file[&2];
    assert_eq!((number(header, 0), number(header, 36)), (32, 32));
    assert_eq!(integer(&header[4..36]), Fq::MODULUS);
    assert_eq!(integer(&header[40..72]), Fr::MODULUS);
    assert_eq!([72, 76, 80].map(|at| number(header, at)), [76, 5, 128]);
    let points = &header[84..];
    let [alpha, beta, delta] = [0, 64, 384].map(|at| g1_points(&points[at..at + 64])[0]);
    assert_eq!(alpha, ark.vk.alpha_g1);
    let in_g2 = [ark.vk.beta_g2, ark.vk.gamma_g2];
    assert_eq!(points[128..384], g2_bytes(&in_g2));
    assert_eq!(points[448..], g2_bytes(&[ark.vk.delta_g2]));
    // The same exponents in both groups.
    let same = |in_g1: G1Affine, in_g2: G2Affine| {
        let (g, h) = (G1Affine::generator(), G2Affine::generator());
        assert_eq!(Bn254::pairing(in_g1, h), Bn254::pairing(g, in_g2));
    };
    same(beta, ark.vk.beta_g2);
    same(delta, ark.vk.delta_g2);
    let b_g1 = g1_points(&file[&6]);
    assert_eq!(b_g1.len(), ark.b_g2_query.len());
    for (in_g1, in_g2) in b_g1.into_iter().zip(&ark.b_g2_query) {
        same(in_g1, *in_g2);
    }
}

#[test]
fn a_zkey_has_the_matrices_of_the_key_and_a_row_for_each_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.zkey");
    let key = key();
    zkey::write(&path, &key).unwrap();
    let section = sections(&fs::read(&path).unwrap(), b"zkey", 1)
        .remove(&4)
        .unwrap();
    let (coefficients, rest) = section[4..].as_chunks::<44>();
    assert!(rest.is_empty());
    assert_eq!(number(&section, 0) as usize, coefficients.len());
    let mut found = [Side::A, Side::B].map(|_| vec![Vec::new(); 70 + 6]);
    let shift = Fr::from(2u8).pow([512]);
    for bytes in coefficients {
        let value = Fr::from_bigint(integer(&bytes[12..])).unwrap() / shift;
        let [side, row, wire] = [0, 4, 8].map(|at| number(bytes, at) as usize);
        found[side][row].push((value, wire));
    }
    let mut expected = [Side::A, Side::B].map(|side| key.matrices().to_ark(side));
    expected[0].extend((0..6).map(|input| vec![(Fr::ONE, input)]));
    expected[1].resize(76, Vec::new());
    assert_eq!(found, expected);
}

#[test]
fn a_wtns_has_every_wire() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("witness.wtns");
    let assignment = assign(CIRCUIT).unwrap();
    wtns::write(&path, &assignment).unwrap();
    let file = sections(&fs::read(&path).unwrap(), b"wtns", 2);
    assert_eq!(file.len(), 2);
    let header = &file[&1];
    assert_eq!((number(header, 0), header.len()), (32, 40));
    assert_eq!(integer(&header[4..36]), Fr::MODULUS);
    assert_eq!(number(header, 36) as usize, assignment.len());
    let values = file[&2].as_chunks::<32>().0.iter();
    let values: Vec<_> = values
        .map(|v| Fr::from_bigint(integer(v)).unwrap())
        .collect();
    assert_eq!(values, assignment);
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("no/such/place.wtns");
    assert!(wtns::write(&path, &[Fr::ONE]).is_err());
}
