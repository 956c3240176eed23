#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use assay_circuits::shape::Shape;
use sha2::{Digest as _, Sha256};

use super::{
    KeyError, Keys, VerifyingKeyFile,
    container::{Kind, PAGE_BYTES},
    proving_key_path, verifying_key_path,
};
use crate::groth16::{
    description::Description,
    setup::{SetupRandomness, SetupStep},
    toy::Toy,
};

const DEVELOPMENT: SetupRandomness = SetupRandomness::Development;
const SYSTEM: SetupRandomness = SetupRandomness::System;

fn circuit(steps: usize) -> Description {
    Description::of(Toy::new(steps, 7)).unwrap()
}

fn open_or_create(dir: &Path, steps: usize, from: SetupRandomness) -> Result<Keys, KeyError> {
    Keys::open_or_create(dir, Shape::Tiny, &circuit(steps), from, &|_, _| ())
}

#[test]
fn keys_come_back_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let made = open_or_create(dir.path(), 9, SYSTEM).unwrap();
    let read = open_or_create(dir.path(), 9, SYSTEM).unwrap();
    assert_eq!(made.proving_key, read.proving_key);
    assert_eq!((read.shape, read.randomness), (Shape::Tiny, SYSTEM));
    assert_eq!(read.circuit, circuit(9).digest());
    let path = verifying_key_path(dir.path(), Shape::Tiny);
    let verifying = VerifyingKeyFile::open(&path).unwrap();
    assert_eq!(verifying.verifying_key, *made.proving_key.verifying_key());
    assert_eq!(
        (verifying.shape, verifying.randomness),
        (Shape::Tiny, SYSTEM)
    );
    assert_eq!(verifying.circuit, read.circuit);
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["tiny.lock", "tiny.proving.key", "tiny.verifying.key"]
    );
}

#[test]
fn keys_of_another_circuit_are_refused_or_made_again() {
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 9, SYSTEM).unwrap();
    let refused = open_or_create(dir.path(), 10, SYSTEM).unwrap_err();
    let (old, new) = (circuit(9).digest(), circuit(10).digest());
    assert!(matches!(
        refused,
        KeyError::CircuitMismatch { expected, found, .. } if expected == new && found == old
    ));
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 9, DEVELOPMENT).unwrap();
    let again = open_or_create(dir.path(), 10, DEVELOPMENT).unwrap();
    assert_eq!(again.circuit, new);
    let refused = open_or_create(dir.path(), 10, SYSTEM).unwrap_err();
    assert!(matches!(refused, KeyError::Insecure { .. }));
}

#[test]
fn of_many_who_want_keys_one_makes_them() {
    let dir = tempfile::tempdir().unwrap();
    let description = circuit(9);
    let setups = AtomicUsize::new(0);
    let count = |step, _: f32| {
        setups.fetch_add(usize::from(step == SetupStep::PointsA), Ordering::Relaxed);
    };
    let open =
        || Keys::open_or_create(dir.path(), Shape::Tiny, &description, SYSTEM, &count).unwrap();
    let keys: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(setups.into_inner(), 1);
    assert!(
        keys.iter()
            .all(|other| other.proving_key == keys[0].proving_key)
    );
}

/// Makes the header's digest again after a change to it.
fn reseal(bytes: &mut [u8]) {
    let digest = Sha256::digest(&bytes[..PAGE_BYTES - 32]);
    bytes[PAGE_BYTES - 32..PAGE_BYTES].copy_from_slice(&digest);
}

#[test]
fn files_that_are_no_such_key_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Keys::open(dir.path(), Shape::Tiny).unwrap_err();
    assert!(matches!(open(), KeyError::Missing { .. }));
    open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let path = proving_key_path(dir.path(), Shape::Tiny);
    let good = fs::read(&path).unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(&path, bytes).unwrap();
        open()
    };
    assert!(matches!(with(&|b| b.clear()), KeyError::NotAKeyFile { .. }));
    assert!(matches!(with(&|b| b[0] ^= 1), KeyError::NotAKeyFile { .. }));
    assert!(matches!(
        with(&|b| b[8] = 2),
        KeyError::UnsupportedVersion {
            found: 2,
            expected: 1,
            ..
        }
    ));
    assert!(matches!(
        with(&|b| b.truncate(100)),
        KeyError::Truncated { .. }
    ));
    assert!(matches!(
        with(&|b| b.truncate(b.len() - 1)),
        KeyError::Truncated { .. }
    ));
    assert!(matches!(
        with(&|b| b[20] ^= 1),
        KeyError::Damaged {
            section: "header",
            ..
        }
    ));
    let shape = with(&|b| {
        b[13] = Shape::Large.id();
        reseal(b);
    });
    let (expected, found) = (Shape::Tiny, Shape::Large);
    assert!(
        matches!(shape, KeyError::WrongShape { expected: e, found: f, .. } if (e, f) == (expected, found))
    );
    fs::copy(verifying_key_path(dir.path(), Shape::Tiny), &path).unwrap();
    let kind = open();
    assert!(matches!(
        kind,
        KeyError::WrongKind {
            found: Kind::Verifying,
            ..
        }
    ));
}

/// Reads of a damaged file name a section, whichever byte of a section is flipped; and what a
/// resealed file refers to cannot lie outside.
#[test]
fn damage_is_found_and_its_section_named() {
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let path = proving_key_path(dir.path(), Shape::Tiny);
    let good = fs::read(&path).unwrap();
    let sections = usize::from(good[15]);
    let names = [
        "verifying key",
        "sizes",
        "coefficients",
        "ends",
        "term wires",
        "term coefficients",
        "rows a",
        "rows b",
        "rows c",
        "a wires",
        "a points",
        "b wires",
        "b points",
        "c wires",
        "c points",
    ];
    assert_eq!(sections, names.len());
    for (index, name) in names.into_iter().enumerate() {
        let entry = 48 + 48 * index;
        let number = |at: usize| u64::from_le_bytes(good[at..at + 8].try_into().unwrap()) as usize;
        let (offset, length) = (number(entry), number(entry + 8));
        assert_eq!(offset % PAGE_BYTES, 0);
        for at in [offset, offset + length / 2, offset + length - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 0x80;
            fs::write(&path, &bytes).unwrap();
            let error = Keys::open(dir.path(), Shape::Tiny).unwrap_err();
            assert!(matches!(error, KeyError::Damaged { section, .. } if section == name));
        }
        let mut bytes = good.clone();
        bytes[offset..offset + length].fill(0xff);
        let digest = Sha256::digest(&bytes[offset..offset + length]);
        bytes[entry + 16..entry + 48].copy_from_slice(&digest);
        reseal(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        let error = Keys::open(dir.path(), Shape::Tiny).unwrap_err();
        assert!(matches!(error, KeyError::Damaged { .. }), "{name}: {error}");
    }
}
