//! A proving key as snarkjs and rapidsnark read it: a `.zkey` file of version 1 for Groth16.
//!
//! Points are affine and in Montgomery form, as in our key, one for each wire and infinity where
//! ours has none. Both programs transform C themselves and blind, so they get the points for that.

use std::{
    io::{self, Write as _},
    path::Path,
};

use ark_bn254::{Fq, Fr};
use ark_ff::Field as _;
use assay_arithmetic::{PointG1, PointG2, pack_g1, pack_g2};
use bytemuck::{NoUninit, bytes_of, cast_slice};

use super::binary::{FIELD_BYTES, Output, field, numbers, section, write_file};
use crate::groth16::{
    ProvingKey,
    matrices::{Matrices, Side},
};

const G1_BYTES: usize = size_of::<PointG1>();
const G2_BYTES: usize = size_of::<PointG2>();
/// Matrix, row, wire and value of a coefficient.
const COEFFICIENT_BYTES: usize = 3 * 4 + FIELD_BYTES;
const PROTOCOL_GROTH16: u32 = 1;
/// The hash of a circuit that no ceremony knows, and the number of contributions.
const NO_CEREMONY: [u8; 64 + 4] = [0; 64 + 4];

/// Writes a key.
///
/// # Errors
/// What the file system refuses.
pub fn write(path: &Path, key: &ProvingKey) -> io::Result<()> {
    let (wires, inputs) = (key.matrices.wires(), key.matrices.inputs());
    let vk = key.verifying_key.as_ark();
    write_file(path, (b"zkey", 1, 10), |to| {
        section(to, 1, 4)?;
        numbers(to, &[PROTOCOL_GROTH16])?;
        write_header(to, key)?;
        section(to, 3, vk.gamma_abc_g1.len() * G1_BYTES)?;
        for point in &vk.gamma_abc_g1 {
            to.write_all(bytes_of(&pack_g1(point)))?;
        }
        write_coefficients(to, &key.matrices)?;
        let of_a = || key.a_wires.iter().copied();
        let of_b = || key.b_wires.iter().copied();
        section(to, 5, wires * G1_BYTES)?;
        write_points(to, 0..wires, of_a(), &key.a_points)?;
        section(to, 6, wires * G1_BYTES)?;
        write_points(to, 0..wires, of_b(), &key.export.b_g1_points)?;
        section(to, 7, wires * G2_BYTES)?;
        write_points(to, 0..wires, of_b(), &key.b_points)?;
        section(to, 8, (wires - inputs) * G1_BYTES)?;
        let of_c = key.private_c_wires();
        write_points(to, inputs..wires, of_c, &key.export.l_points)?;
        let basis: &[u8] = cast_slice(&key.c_points[key.c_wires.len()..]);
        section(to, 9, basis.len())?;
        to.write_all(basis)?;
        section(to, 10, NO_CEREMONY.len())?;
        to.write_all(&NO_CEREMONY)
    })
}

fn write_header(to: &mut Output<'_>, key: &ProvingKey) -> io::Result<()> {
    let matrices = &key.matrices;
    let vk = key.verifying_key.as_ark();
    section(
        to,
        2,
        2 * (4 + FIELD_BYTES) + 3 * 4 + 3 * G1_BYTES + 3 * G2_BYTES,
    )?;
    field::<Fq>(to)?;
    field::<Fr>(to)?;
    // No domain is above 2^27.
    let domain = matrices.rows_used().next_power_of_two() as u32;
    numbers(to, &[matrices.wires, matrices.inputs - 1, domain])?;
    let [beta, delta] = [0, 1].map(|point| bytes_of(&key.export.blinding_points[point]));
    to.write_all(bytes_of(&pack_g1(&vk.alpha_g1)))?;
    to.write_all(beta)?;
    to.write_all(bytes_of(&pack_g2(&vk.beta_g2)))?;
    to.write_all(bytes_of(&pack_g2(&vk.gamma_g2)))?;
    to.write_all(delta)?;
    to.write_all(bytes_of(&pack_g2(&vk.delta_g2)))
}

/// The terms of A and B, and the rows of A that hold one public input each. Readers multiply a
/// value by a canonical wire with Montgomery's product and want Montgomery form: `v 2^512 mod r`.
fn write_coefficients(to: &mut Output<'_>, matrices: &Matrices) -> io::Result<()> {
    let shift = Fr::from(2u8).pow([256]);
    let values: Vec<[u64; 4]> = matrices
        .coefficients
        .iter()
        .map(|coefficient| (shift * coefficient).0.0)
        .collect();
    let constraints = matrices.constraints();
    let terms = |side: Side| {
        let rows = matrices.rows[side as usize].iter();
        rows.map(|combination| matrices.combination(*combination as usize).count())
            .sum::<usize>()
    };
    let count = terms(Side::A) + terms(Side::B) + matrices.inputs();
    let narrow = u32::try_from(count).map_err(|_| {
        let reason = "the format counts coefficients in 32 bits, and these are more";
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    })?;
    section(to, 4, 4 + count * COEFFICIENT_BYTES)?;
    numbers(to, &[narrow])?;
    for side in [Side::A, Side::B] {
        for (row, combination) in (0u32..).zip(&*matrices.rows[side as usize]) {
            for (wire, coefficient) in matrices.combination(*combination as usize) {
                numbers(to, &[side as u32, row, wire])?;
                to.write_all(bytes_of(&values[coefficient as usize]))?;
            }
        }
    }
    for input in 0..matrices.inputs {
        numbers(to, &[Side::A as u32, constraints as u32 + input, input])?;
        to.write_all(bytes_of(&(shift.0.0)))?;
    }
    Ok(())
}

/// A point for each wire: those that are there, infinity for the others.
fn write_points<P: NoUninit + Default>(
    to: &mut Output<'_>,
    all: std::ops::Range<usize>,
    wires: impl Iterator<Item = u32>,
    points: &[P],
) -> io::Result<()> {
    let mut there = wires.zip(points).peekable();
    for wire in all {
        let point = there.next_if(|(of, _)| *of as usize == wire);
        to.write_all(point.map_or(bytes_of(&P::default()), |(_, point)| bytes_of(point)))?;
    }
    Ok(())
}
