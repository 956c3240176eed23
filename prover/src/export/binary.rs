//! The container of snarkjs's binary files: four letters, a version, a number of sections, and
//! each section with its number and its length in bytes.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use ark_ff::{BigInteger as _, PrimeField};
use assay_durable::Readers;

/// Bytes of a field element.
pub(super) const FIELD_BYTES: usize = 32;

/// A file being written.
pub(super) type Output<'a> = BufWriter<&'a mut File>;

/// Writes a file, whole or not at all.
pub(super) fn write_file(
    path: &Path,
    (letters, version, sections): (&[u8; 4], u32, u32),
    content: impl FnOnce(&mut Output<'_>) -> io::Result<()>,
) -> io::Result<()> {
    assay_durable::replace(path, Readers::All, |file| {
        let mut to = BufWriter::new(file);
        to.write_all(letters)?;
        numbers(&mut to, &[version, sections])?;
        content(&mut to)?;
        to.flush()
    })
}

/// Starts a section of so many bytes.
pub(super) fn section(to: &mut Output<'_>, number: u32, bytes: usize) -> io::Result<()> {
    numbers(to, &[number])?;
    to.write_all(&(bytes as u64).to_le_bytes())
}

/// Numbers of 32 bits, little-endian.
pub(super) fn numbers(to: &mut Output<'_>, numbers: &[u32]) -> io::Result<()> {
    numbers
        .iter()
        .try_for_each(|number| to.write_all(&number.to_le_bytes()))
}

/// The length of a field's elements and its order, as both headers begin.
pub(super) fn field<F: PrimeField>(to: &mut Output<'_>) -> io::Result<()> {
    numbers(to, &[FIELD_BYTES as u32])?;
    to.write_all(&F::MODULUS.to_bytes_le())
}
