//! The container of snarkjs's binary files: four letters, a version, a number of sections, and
//! each section with its number and its length in bytes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use ark_ff::{BigInteger as _, PrimeField};

/// Bytes of a field element.
pub(super) const FIELD_BYTES: usize = 32;

/// A file being written.
pub(super) type Output = BufWriter<File>;

/// Writes a file, and leaves none where that fails.
pub(super) fn write_file(
    path: &Path,
    (letters, version, sections): (&[u8; 4], u32, u32),
    content: impl FnOnce(&mut Output) -> io::Result<()>,
) -> io::Result<()> {
    let write = || {
        let mut to = BufWriter::new(File::create(path)?);
        to.write_all(letters)?;
        numbers(&mut to, &[version, sections])?;
        content(&mut to)?;
        to.into_inner()?.sync_all()
    };
    let written = write();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

/// Starts a section of so many bytes.
pub(super) fn section(to: &mut Output, number: u32, bytes: usize) -> io::Result<()> {
    numbers(to, &[number])?;
    to.write_all(&(bytes as u64).to_le_bytes())
}

/// Numbers of 32 bits, little-endian.
pub(super) fn numbers(to: &mut Output, numbers: &[u32]) -> io::Result<()> {
    numbers
        .iter()
        .try_for_each(|number| to.write_all(&number.to_le_bytes()))
}

/// The length of a field's elements and its order, as both headers begin.
pub(super) fn field<F: PrimeField>(to: &mut Output) -> io::Result<()> {
    numbers(to, &[FIELD_BYTES as u32])?;
    to.write_all(&F::MODULUS.to_bytes_le())
}
