//! What the sections of a key file hold.
//!
//! Field elements are four 64-bit limbs in Montgomery form, points their affine coordinates one
//! after the other (a G2 coordinate is its real part, then its imaginary part), wires and
//! indexes 32 bits; all little-endian.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ff::{BigInt, Fp, FpConfig, MontBackend, MontConfig};
use rayon::prelude::*;

use super::{KeyError, container::Reader};
use crate::groth16::{ProvingKey, encoding::Word, matrices::Matrices, verifying_key::VerifyingKey};

const LIMB_BYTES: usize = 8;
const FIELD_BYTES: usize = 4 * LIMB_BYTES;
const G1_BYTES: usize = 2 * FIELD_BYTES;
const G2_BYTES: usize = 4 * FIELD_BYTES;

/// Something with a fixed number of bytes in a section.
trait Record<const BYTES: usize>: Sized + Send + Sync {
    fn put(&self, bytes: &mut [u8; BYTES]);
    /// `None` when the bytes stand for nothing.
    fn get(bytes: &[u8; BYTES]) -> Option<Self>;
}

impl Record<4> for u32 {
    fn put(&self, bytes: &mut [u8; 4]) {
        *bytes = self.to_le_bytes();
    }
    fn get(bytes: &[u8; 4]) -> Option<Self> {
        Some(Self::from_le_bytes(*bytes))
    }
}

fn put_field<P: FpConfig<4>>(value: &Fp<P, 4>, bytes: &mut [u8]) {
    for (chunk, limb) in bytes
        .as_chunks_mut::<LIMB_BYTES>()
        .0
        .iter_mut()
        .zip(value.0.0)
    {
        *chunk = limb.to_le_bytes();
    }
}

fn get_field<P: MontConfig<4>>(bytes: &[u8]) -> Option<Fp<MontBackend<P, 4>, 4>> {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<LIMB_BYTES>().0) {
        *limb = u64::from_le_bytes(*chunk);
    }
    let montgomery = BigInt::new(limbs);
    (montgomery < P::MODULUS).then(|| Fp::new_unchecked(montgomery))
}

impl Record<FIELD_BYTES> for Fr {
    fn put(&self, bytes: &mut [u8; FIELD_BYTES]) {
        put_field(self, bytes);
    }
    fn get(bytes: &[u8; FIELD_BYTES]) -> Option<Self> {
        get_field(bytes)
    }
}

impl Record<G1_BYTES> for G1Affine {
    fn put(&self, bytes: &mut [u8; G1_BYTES]) {
        let (x, y) = bytes.split_at_mut(FIELD_BYTES);
        put_field(&self.x, x);
        put_field(&self.y, y);
    }
    fn get(bytes: &[u8; G1_BYTES]) -> Option<Self> {
        let (x, y) = bytes.split_at(FIELD_BYTES);
        Some(Self::new_unchecked(get_field(x)?, get_field(y)?))
    }
}

impl Record<G2_BYTES> for G2Affine {
    fn put(&self, bytes: &mut [u8; G2_BYTES]) {
        let parts = [&self.x.c0, &self.x.c1, &self.y.c0, &self.y.c1];
        for (chunk, part) in bytes.as_chunks_mut::<FIELD_BYTES>().0.iter_mut().zip(parts) {
            put_field(part, chunk);
        }
    }
    fn get(bytes: &[u8; G2_BYTES]) -> Option<Self> {
        let mut parts = [Fq::default(); 4];
        for (part, chunk) in parts.iter_mut().zip(bytes.as_chunks::<FIELD_BYTES>().0) {
            *part = get_field(chunk)?;
        }
        let [x0, x1, y0, y1] = parts;
        Some(Self::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1)))
    }
}

impl Record<32> for Word {
    fn put(&self, bytes: &mut [u8; 32]) {
        *bytes = *self;
    }
    fn get(bytes: &[u8; 32]) -> Option<Self> {
        Some(*bytes)
    }
}

fn encode<const BYTES: usize, T: Record<BYTES>>(values: &[T]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * BYTES];
    let (chunks, _) = bytes.as_chunks_mut::<BYTES>();
    chunks
        .par_iter_mut()
        .zip(values)
        .for_each(|(chunk, value)| value.put(chunk));
    bytes
}

fn decode<const BYTES: usize, T: Record<BYTES>>(
    reader: &mut Reader,
    name: &'static str,
) -> Result<Vec<T>, KeyError> {
    let bytes = reader.section(name)?;
    let values = match bytes.as_chunks::<BYTES>() {
        (chunks, []) => chunks.par_iter().map(T::get).collect::<Option<Vec<T>>>(),
        _ => None,
    };
    values.ok_or_else(|| reader.damaged(name))
}

/// The section of a verifying key's file.
pub(super) fn verifying_key_sections(key: &VerifyingKey) -> impl Iterator<Item = Vec<u8>> {
    std::iter::once(encode(&key.to_words()))
}

/// Reads what [`verifying_key_sections`] writes; its points are checked.
pub(super) fn read_verifying_key(reader: &mut Reader) -> Result<VerifyingKey, KeyError> {
    const NAME: &str = "verifying key";
    let words: Vec<Word> = decode(reader, NAME)?;
    VerifyingKey::from_words(&words).map_err(|_| reader.damaged(NAME))
}

/// Number of sections in a proving key's file.
const PROVING_KEY_SECTIONS: usize = 15;

/// The sections of a proving key's file, in the order in which [`read_proving_key`] reads them,
/// each made when it is asked for: together they are as large as the key.
pub(super) fn proving_key_sections(key: &ProvingKey) -> impl Iterator<Item = Vec<u8>> + '_ {
    let matrices = &key.matrices;
    (0..PROVING_KEY_SECTIONS).map(move |section| match section {
        0 => encode(&key.verifying_key.to_words()),
        1 => encode(&[matrices.inputs, matrices.wires]),
        2 => encode(&matrices.coefficients),
        3 => encode(&matrices.ends),
        4 => encode(&matrices.term_wires),
        5 => encode(&matrices.term_coefficients),
        6 => encode(&matrices.rows[0]),
        7 => encode(&matrices.rows[1]),
        8 => encode(&matrices.rows[2]),
        9 => encode(&key.a_wires),
        10 => encode(&key.a_points),
        11 => encode(&key.b_wires),
        12 => encode(&key.b_points),
        13 => encode(&key.c_wires),
        _ => encode(&key.c_points),
    })
}

/// Reads what [`proving_key_sections`] writes, and checks that the indexes stay inside.
pub(super) fn read_proving_key(reader: &mut Reader) -> Result<ProvingKey, KeyError> {
    let verifying_key = read_verifying_key(reader)?;
    let sizes: Vec<u32> = decode(reader, "sizes")?;
    let &[inputs, wires] = sizes.as_slice() else {
        return Err(reader.damaged("sizes"));
    };
    let matrices = Matrices {
        inputs,
        wires,
        coefficients: decode(reader, "coefficients")?,
        ends: decode(reader, "ends")?,
        term_wires: decode(reader, "term wires")?,
        term_coefficients: decode(reader, "term coefficients")?,
        rows: [
            decode(reader, "rows a")?,
            decode(reader, "rows b")?,
            decode(reader, "rows c")?,
        ],
    };
    let key = ProvingKey {
        matrices,
        verifying_key,
        a_wires: decode(reader, "a wires")?,
        a_points: decode(reader, "a points")?,
        b_wires: decode(reader, "b wires")?,
        b_points: decode(reader, "b points")?,
        c_wires: decode(reader, "c wires")?,
        c_points: decode(reader, "c points")?,
    };
    match first_misfit(&key) {
        Some(section) => Err(reader.damaged(section)),
        None => Ok(key),
    }
}

/// The first section that refers to something outside another, or whose length does not fit.
fn first_misfit(key: &ProvingKey) -> Option<&'static str> {
    let matrices = &key.matrices;
    let below = |values: &[u32], limit: usize| values.iter().all(|v| (*v as usize) < limit);
    let (wires, terms) = (matrices.wires(), matrices.term_wires.len());
    let [a, b, c] = &matrices.rows;
    let domain = matrices.rows_used().next_power_of_two();
    let (c_wires, inputs) = (&key.c_wires, matrices.inputs);
    let fits = [
        ("sizes", inputs > 0 && matrices.inputs() <= wires),
        (
            "verifying key",
            key.verifying_key.input_count() + 1 == matrices.inputs(),
        ),
        (
            "ends",
            matrices.ends.is_sorted() && matrices.ends.last().map_or(0, |e| *e as usize) == terms,
        ),
        ("term wires", below(&matrices.term_wires, wires)),
        (
            "term coefficients",
            matrices.term_coefficients.len() == terms
                && below(&matrices.term_coefficients, matrices.coefficients.len()),
        ),
        ("rows a", below(a, matrices.ends.len())),
        (
            "rows b",
            b.len() == a.len() && below(b, matrices.ends.len()),
        ),
        (
            "rows c",
            c.len() == a.len() && below(c, matrices.ends.len()),
        ),
        ("a wires", below(&key.a_wires, wires)),
        ("a points", key.a_points.len() == key.a_wires.len()),
        ("b wires", below(&key.b_wires, wires)),
        ("b points", key.b_points.len() == key.b_wires.len()),
        (
            "c wires",
            below(c_wires, wires) && c_wires.iter().all(|wire| *wire >= inputs),
        ),
        ("c points", key.c_points.len() == c_wires.len() + domain),
    ];
    fits.into_iter()
        .find(|(_, fits)| !fits)
        .map(|(section, _)| section)
}
