//! What the sections of a key file hold.
//!
//! Field elements are four 64-bit limbs in Montgomery form, points their affine coordinates one
//! after the other (a G2 coordinate is its real part, then its imaginary part; infinity is zeros),
//! wires and indexes 32 bits; all little-endian.

#[cfg(not(target_arch = "wasm32"))]
use std::borrow::Cow;

use ark_bn254::Fr;
use ark_ff::{BigInt, Fp, PrimeField as _};
use assay_arithmetic::are_reduced;
#[cfg(not(target_arch = "wasm32"))]
use bytemuck::cast_slice;
use rayon::prelude::*;

use super::{
    container::{Access, Reader, Section},
    error::KeyError,
};
use crate::groth16::{
    encoding::Word,
    matrices::Matrices,
    proving_key::{ExportPoints, ProvingKey},
    verifying_key::VerifyingKey,
};

/// Largest domain that has an odd coset: the field has roots of unity of order 2^28.
const DOMAIN_MAX: usize = 1 << 27;

const VERIFYING_KEY: &str = "verifying key";
/// The sections of a verifying key's file.
pub(super) const VERIFYING_KEY_SECTIONS: [Section; 1] = [(VERIFYING_KEY, Access::Mapped)];

/// The sections of a proving key's file, in their order.
pub(super) const PROVING_KEY_SECTIONS: [Section; 18] = [
    (VERIFYING_KEY, Access::Mapped),
    ("sizes", Access::Mapped),
    ("coefficients", Access::Mapped),
    ("ends", Access::Mapped),
    ("term wires", Access::Mapped),
    ("term coefficients", Access::Mapped),
    ("rows a", Access::Mapped),
    ("rows b", Access::Mapped),
    ("rows c", Access::Mapped),
    ("a wires", Access::Mapped),
    ("a points", Access::Mapped),
    ("b wires", Access::Mapped),
    ("b points", Access::Mapped),
    ("c wires", Access::Mapped),
    ("c points", Access::Mapped),
    ("l points", Access::Buffered),
    ("b g1 points", Access::Buffered),
    ("blinding points", Access::Buffered),
];

/// The section of a verifying key's file.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn verifying_key_sections(
    key: &VerifyingKey,
) -> impl Iterator<Item = Cow<'static, [u8]>> {
    std::iter::once(Cow::Owned(key.to_words().concat()))
}

/// Reads what [`verifying_key_sections`] writes; its points are checked.
pub(super) fn read_verifying_key(reader: &Reader) -> Result<VerifyingKey, KeyError> {
    let damaged = || reader.damaged(VERIFYING_KEY);
    let words: &[Word] = match reader.bytes(VERIFYING_KEY)?.as_chunks() {
        (words, []) => words,
        _ => return Err(damaged()),
    };
    VerifyingKey::from_words(words).map_err(|_| damaged())
}

/// The sections of a proving key's file, in the order of [`PROVING_KEY_SECTIONS`].
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn proving_key_sections(
    key: &ProvingKey,
) -> [Cow<'_, [u8]>; PROVING_KEY_SECTIONS.len()] {
    let (matrices, export) = (&key.matrices, &key.export);
    let limbs: Vec<[u64; 4]> = matrices.coefficients.iter().map(|c| c.0.0).collect();
    let [a, b, c] = &matrices.rows;
    [
        Cow::Owned(key.verifying_key.to_words().concat()),
        Cow::Owned(cast_slice(&[matrices.inputs, matrices.wires]).to_vec()),
        Cow::Owned(cast_slice(&limbs).to_vec()),
        cast_slice(&matrices.ends).into(),
        cast_slice(&matrices.term_wires).into(),
        cast_slice(&matrices.term_coefficients).into(),
        cast_slice(a).into(),
        cast_slice(b).into(),
        cast_slice(c).into(),
        cast_slice(&key.a_wires).into(),
        cast_slice(&key.a_points).into(),
        cast_slice(&key.b_wires).into(),
        cast_slice(&key.b_points).into(),
        cast_slice(&key.c_wires).into(),
        cast_slice(&key.c_points).into(),
        cast_slice(&export.l_points).into(),
        cast_slice(&export.b_g1_points).into(),
        cast_slice(&export.blinding_points).into(),
    ]
}

/// Reads what [`proving_key_sections`] writes, and checks that the indexes stay inside and that the
/// coordinates the prover works with are below the modulus.
pub(super) fn read_proving_key(reader: &Reader) -> Result<ProvingKey, KeyError> {
    let sizes = reader.array::<u32>("sizes")?;
    let &[inputs, wires] = &*sizes else {
        return Err(reader.damaged("sizes"));
    };
    let key = ProvingKey {
        verifying_key: read_verifying_key(reader)?,
        matrices: Matrices {
            inputs,
            wires,
            coefficients: read_coefficients(reader)?,
            ends: reader.array("ends")?,
            term_wires: reader.array("term wires")?,
            term_coefficients: reader.array("term coefficients")?,
            rows: [
                reader.array("rows a")?,
                reader.array("rows b")?,
                reader.array("rows c")?,
            ],
        },
        a_wires: reader.array("a wires")?,
        a_points: reader.array("a points")?,
        b_wires: reader.array("b wires")?,
        b_points: reader.array("b points")?,
        c_wires: reader.array("c wires")?,
        c_points: reader.array("c points")?,
        export: ExportPoints {
            l_points: reader.array("l points")?,
            b_g1_points: reader.array("b g1 points")?,
            blinding_points: reader.array("blinding points")?,
        },
    };
    match first_misfit(&key) {
        Some(section) => Err(reader.damaged(section)),
        None => Ok(key),
    }
}

/// Coefficients are few, and the only numbers that are copied.
fn read_coefficients(reader: &Reader) -> Result<Vec<Fr>, KeyError> {
    const NAME: &str = "coefficients";
    let element = |limbs: &[u64; 4]| {
        let montgomery = BigInt::new(*limbs);
        (montgomery < Fr::MODULUS).then(|| Fp::new_unchecked(montgomery))
    };
    let limbs = reader.array::<[u64; 4]>(NAME)?;
    let elements = limbs.iter().map(element).collect::<Option<_>>();
    elements.ok_or_else(|| reader.damaged(NAME))
}

fn below(values: &[u32], limit: usize) -> bool {
    values.par_iter().all(|value| (*value as usize) < limit)
}

/// Wires of a query: those of the circuit, each at most once.
fn are_wires(values: &[u32], wires: usize) -> bool {
    let increasing = values.par_windows(2).all(|pair| pair[0] < pair[1]);
    increasing && below(values, wires)
}

/// The first section that refers to something outside another, or whose length does not fit.
fn first_misfit(key: &ProvingKey) -> Option<&'static str> {
    let (matrices, export) = (&key.matrices, &key.export);
    let (wires, terms) = (matrices.wires(), matrices.term_wires.len());
    let [a, b, c] = &matrices.rows;
    let combinations = matrices.ends.len();
    let domain = matrices.rows_used().next_power_of_two();
    let fits: [(&str, &(dyn Fn() -> bool + Sync)); 17] = [
        ("sizes", &|| {
            matrices.inputs > 0 && matrices.inputs() <= wires
        }),
        (VERIFYING_KEY, &|| {
            key.verifying_key.input_count() + 1 == matrices.inputs()
        }),
        ("ends", &|| {
            matrices.ends.is_sorted() && matrices.ends.last().map_or(0, |e| *e as usize) == terms
        }),
        ("term wires", &|| below(&matrices.term_wires, wires)),
        ("term coefficients", &|| {
            matrices.term_coefficients.len() == terms
                && below(&matrices.term_coefficients, matrices.coefficients.len())
        }),
        ("rows a", &|| domain <= DOMAIN_MAX && below(a, combinations)),
        ("rows b", &|| b.len() == a.len() && below(b, combinations)),
        ("rows c", &|| c.len() == a.len() && below(c, combinations)),
        ("a wires", &|| are_wires(&key.a_wires, wires)),
        ("a points", &|| {
            key.a_points.len() == key.a_wires.len() && are_reduced(key.a_points.as_flattened())
        }),
        ("b wires", &|| are_wires(&key.b_wires, wires)),
        ("b points", &|| {
            key.b_points.len() == key.b_wires.len() && are_reduced(key.b_points.as_flattened())
        }),
        ("c wires", &|| are_wires(&key.c_wires, wires)),
        ("c points", &|| {
            key.c_points.len() == key.c_wires.len() + domain
                && are_reduced(key.c_points.as_flattened())
        }),
        ("l points", &|| {
            export.l_points.len() == key.private_c_wires().count()
        }),
        ("b g1 points", &|| {
            export.b_g1_points.len() == key.b_wires.len()
        }),
        ("blinding points", &|| export.blinding_points.len() == 2),
    ];
    fits.into_iter()
        .find(|(_, fits)| !fits())
        .map(|(section, _)| section)
}
