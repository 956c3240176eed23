//! A witness as snarkjs and rapidsnark read it: a `.wtns` file of version 2.

use std::{
    io::{self, Write as _},
    path::Path,
};

use ark_bn254::Fr;
use ark_ff::{BigInteger as _, PrimeField as _};

use super::binary::{FIELD_BYTES, field, numbers, section, write_file};

/// Writes the values of all wires, canonical and little-endian, in the order of the key.
///
/// # Errors
/// What the file system refuses.
pub fn write(path: &Path, assignment: &[Fr]) -> io::Result<()> {
    // Wires are counted in 32 bits by the description of a circuit.
    let count = assignment.len() as u32;
    write_file(path, (b"wtns", 2, 2), |to| {
        section(to, 1, 4 + FIELD_BYTES + 4)?;
        field::<Fr>(to)?;
        numbers(to, &[count])?;
        section(to, 2, assignment.len() * FIELD_BYTES)?;
        assignment
            .iter()
            .try_for_each(|value| to.write_all(&value.into_bigint().to_bytes_le()))
    })
}
