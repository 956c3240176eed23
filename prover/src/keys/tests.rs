#![allow(clippy::unwrap_used)]

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ark_bn254::Fq;
use ark_ff::PrimeField as _;
use assay_circuits::{circuit::CircuitId, shape::Shape};
use sha2::{Digest as _, Sha256};

use super::{
    KeyError, Keys, Kind, VerifyingKeyFile,
    container::{self, PAGE_BYTES},
    proving_key_path,
    records::PROVING_KEY_SECTIONS,
    verifying_key_path,
};
use crate::groth16::{
    ProvingKey,
    description::Description,
    prove::Prover,
    setup::{SetupRandomness, SetupStep, setup_described},
    toy::Toy,
    unobserved,
    verifying_key::VerifyingKey,
};

const TINY: CircuitId = CircuitId::Batch(Shape::Tiny);
const LARGE: CircuitId = CircuitId::Batch(Shape::Large);
const DEVELOPMENT: SetupRandomness = SetupRandomness::Development;
const SYSTEM: SetupRandomness = SetupRandomness::System;

fn circuit(steps: usize) -> Description {
    Description::of(Toy::new(steps, 7)).unwrap()
}

fn open_or_create(dir: &Path, steps: usize, from: SetupRandomness) -> Result<Keys, KeyError> {
    Keys::open_or_create(dir, TINY, &circuit(steps), from, &|_, _| ())
}

#[test]
fn keys_come_back_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let made = open_or_create(dir.path(), 9, SYSTEM).unwrap();
    let read = open_or_create(dir.path(), 9, SYSTEM).unwrap();
    assert_eq!(made.proving_key, read.proving_key);
    assert_eq!((read.circuit, read.randomness), (TINY, SYSTEM));
    assert_eq!(read.circuit_digest, circuit(9).digest());
    let path = verifying_key_path(dir.path(), TINY);
    let verifying = VerifyingKeyFile::open(&path).unwrap();
    assert_eq!(verifying.verifying_key, *made.proving_key.verifying_key());
    assert_eq!((verifying.circuit, verifying.randomness), (TINY, SYSTEM));
    assert_eq!(verifying.circuit_digest, read.circuit_digest);
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
        KeyError::OtherVersion { expected, found, .. } if expected == new && found == old
    ));
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 9, DEVELOPMENT).unwrap();
    let again = open_or_create(dir.path(), 10, DEVELOPMENT).unwrap();
    assert_eq!(again.circuit_digest, new);
    let refused = open_or_create(dir.path(), 10, SYSTEM).unwrap_err();
    assert!(matches!(refused, KeyError::Insecure { .. }));
}

#[test]
fn development_keys_of_another_version_are_made_again_and_no_others() {
    for (randomness, made_again) in [(DEVELOPMENT, true), (SYSTEM, false)] {
        let dir = tempfile::tempdir().unwrap();
        open_or_create(dir.path(), 9, randomness).unwrap();
        let path = proving_key_path(dir.path(), TINY);
        let mut bytes = fs::read(&path).unwrap();
        bytes[8] -= 1;
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes).unwrap();
        let opened = open_or_create(dir.path(), 9, DEVELOPMENT);
        assert_eq!(opened.is_ok(), made_again);
        assert_eq!(fs::read(&path).unwrap() == bytes, !made_again);
        let asked_for_system = open_or_create(dir.path(), 9, SYSTEM);
        assert!(asked_for_system.is_err());
    }
}

#[test]
fn of_many_who_want_keys_one_makes_them() {
    let dir = tempfile::tempdir().unwrap();
    let description = circuit(9);
    let setups = AtomicUsize::new(0);
    let count = |step, _: f32| {
        setups.fetch_add(usize::from(step == SetupStep::PointsA), Ordering::Relaxed);
    };
    let open = || Keys::open_or_create(dir.path(), TINY, &description, SYSTEM, &count).unwrap();
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
    let open = || Keys::open(dir.path(), TINY).unwrap_err();
    assert!(matches!(open(), KeyError::Missing { .. }));
    open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let path = proving_key_path(dir.path(), TINY);
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
        with(&|b| b[8] = 1),
        KeyError::UnsupportedVersion {
            found: 1,
            expected: 2,
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
    let circuit = with(&|b| {
        b[13] = LARGE.number();
        reseal(b);
    });
    let (expected, found) = (TINY, LARGE);
    assert!(
        matches!(circuit, KeyError::WrongCircuit { expected: e, found: f, .. } if (e, f) == (expected, found))
    );
    fs::copy(verifying_key_path(dir.path(), TINY), &path).unwrap();
    let kind = open();
    assert!(matches!(
        kind,
        KeyError::WrongKind {
            found: Kind::Verifying,
            ..
        }
    ));
}

/// The byte of the header that says where the trapdoor came from binds nobody; the points do.
#[test]
fn a_key_whose_mark_was_changed_is_refused() {
    for (from, other, mark) in [(DEVELOPMENT, SYSTEM, 2), (SYSTEM, DEVELOPMENT, 1)] {
        let dir = tempfile::tempdir().unwrap();
        open_or_create(dir.path(), 3, from).unwrap();
        for path in [
            proving_key_path(dir.path(), TINY),
            verifying_key_path(dir.path(), TINY),
        ] {
            let mut bytes = fs::read(&path).unwrap();
            bytes[14] = mark;
            reseal(&mut bytes);
            fs::remove_file(&path).unwrap();
            fs::write(&path, bytes).unwrap();
        }
        let proving = Keys::open(dir.path(), TINY).map(|_| ()).unwrap_err();
        let path = verifying_key_path(dir.path(), TINY);
        let verifying = VerifyingKeyFile::open(&path).map(|_| ()).unwrap_err();
        for error in [proving, verifying] {
            assert!(
                matches!(error, KeyError::Mismarked { said, found, .. } if (said, found) == (other, from)),
                "{error}"
            );
        }
    }
}

#[test]
fn one_point_of_the_public_trapdoor_makes_a_key_insecure() {
    let digest = circuit(3).digest();
    let key = |from| setup_described(&circuit(3), from, &|_, _| ()).unwrap();
    let (public, secret) = (key(DEVELOPMENT), key(SYSTEM));
    let words = |key: &ProvingKey| key.verifying_key().to_words();
    let (public, secret) = (words(&public), words(&secret));
    let of =
        |words: &[_]| SetupRandomness::of_key(&VerifyingKey::from_words(words).unwrap(), &digest);
    assert_eq!((of(&public), of(&secret)), (DEVELOPMENT, SYSTEM));
    for point in [0..2, 2..6, 6..10, 10..14] {
        let mut mixed = secret.clone();
        mixed[point.clone()].copy_from_slice(&public[point]);
        assert_eq!(of(&mixed), DEVELOPMENT);
    }
    let other = SetupRandomness::of_key(
        &VerifyingKey::from_words(&public).unwrap(),
        &circuit(4).digest(),
    );
    assert_eq!(other, SYSTEM, "the public trapdoor of another circuit");
}

/// A key that names the circuit's digest and was made for another circuit.
#[test]
fn other_matrices_under_the_same_digest_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let keys = open_or_create(dir.path(), 9, SYSTEM).unwrap();
    assert!(keys.expect_matrices(dir.path(), &circuit(9)).is_ok());
    let other = setup_described(&circuit(10), SYSTEM, &|_, _| ()).unwrap();
    let forged = Keys {
        proving_key: Arc::new(other),
        ..keys.clone()
    };
    forged.write(dir.path()).unwrap();
    let opened = Keys::open(dir.path(), TINY).unwrap();
    assert!(opened.expect_circuit(dir.path(), &circuit(9)).is_ok());
    let refused = opened.expect_matrices(dir.path(), &circuit(9)).unwrap_err();
    assert!(
        matches!(refused, KeyError::OtherMatrices { .. }),
        "{refused}"
    );

    let path = verifying_key_path(dir.path(), TINY);
    let foreign = fs::read(&path).unwrap();
    keys.write(dir.path()).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, foreign).unwrap();
    let opened = Keys::open(dir.path(), TINY).unwrap();
    assert!(opened.expect_matrices(dir.path(), &circuit(9)).is_ok());
    let refused = opened.expect_verifying_key(dir.path()).unwrap_err();
    assert!(matches!(refused, KeyError::OtherHalf { .. }), "{refused}");
}

/// The sections of a file: where its entry in the header is, and its bytes.
fn sections(file: &[u8]) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
    (0..usize::from(file[15])).map(|index| {
        let entry = 48 + 48 * index;
        let number = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
        let (offset, length) = (number(entry), number(entry + 8));
        (entry, offset..offset + length)
    })
}

/// Reads of a damaged file name a section, whichever byte of a section is flipped.
#[test]
fn damage_is_found_and_its_section_named() {
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let path = proving_key_path(dir.path(), TINY);
    let good = fs::read(&path).unwrap();
    assert_eq!(sections(&good).count(), PROVING_KEY_SECTIONS.len());
    for ((_, range), (name, _)) in sections(&good).zip(PROVING_KEY_SECTIONS) {
        assert_eq!(range.start % PAGE_BYTES, 0);
        for at in [range.start, range.start + range.len() / 2, range.end - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 0x80;
            fs::write(&path, &bytes).unwrap();
            let error = Keys::open(dir.path(), TINY).unwrap_err();
            assert!(matches!(error, KeyError::Damaged { section, .. } if section == name));
        }
    }
    let mut fewer = good.clone();
    fewer[15] -= 1;
    reseal(&mut fewer);
    fs::write(&path, &fewer).unwrap();
    let error = Keys::open(dir.path(), TINY).unwrap_err();
    let section = "header";
    assert!(matches!(error, KeyError::Damaged { section: found, .. } if found == section));
}

/// A browser has the bytes of a key and no file.
#[test]
fn bytes_are_read_as_the_file_that_they_are_of() {
    let dir = tempfile::tempdir().unwrap();
    let made = open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let name = Path::new("a key");
    let verifying = fs::read(verifying_key_path(dir.path(), TINY)).unwrap();
    let read = VerifyingKeyFile::parse(name, &verifying).unwrap();
    assert_eq!(read.verifying_key, *made.proving_key.verifying_key());
    let good = fs::read(proving_key_path(dir.path(), TINY)).unwrap();
    let parse = |bytes: &[u8]| Keys::parse(name, TINY, bytes);
    let read = parse(&good).unwrap();
    assert_eq!(read.proving_key, made.proving_key);
    let prover = Prover::new(read.proving_key, None).unwrap();
    assert!(prover.prove(Toy::new(3, 7), &unobserved).is_ok());

    for ((_, range), (name, _)) in sections(&good).zip(PROVING_KEY_SECTIONS) {
        for at in [range.start, range.end - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 0x80;
            let error = parse(&bytes).unwrap_err();
            assert!(matches!(error, KeyError::Damaged { section, .. } if section == name));
        }
    }
    let mut header = good.clone();
    header[20] ^= 1;
    let error = parse(&header).unwrap_err();
    assert!(matches!(error, KeyError::Damaged { .. }), "{error}");
    for length in [0, 11] {
        let error = parse(&good[..length]).unwrap_err();
        assert!(matches!(error, KeyError::NotAKeyFile { .. }), "{error}");
    }
    for length in [12, PAGE_BYTES - 1, PAGE_BYTES, good.len() - PAGE_BYTES] {
        let error = parse(&good[..length]).unwrap_err();
        assert!(matches!(error, KeyError::Truncated { .. }), "{error}");
    }
    let error = parse(&verifying).unwrap_err();
    assert!(matches!(error, KeyError::WrongKind { .. }), "{error}");
    let error = Keys::parse(name, LARGE, &good).unwrap_err();
    assert!(matches!(error, KeyError::WrongCircuit { .. }), "{error}");
}

/// What a file refers to cannot lie outside, and its lengths fit, whoever made its digests. Only
/// points are believed: with wrong ones no proof comes out.
#[test]
fn a_resealed_file_refers_to_nothing_outside() {
    let dir = tempfile::tempdir().unwrap();
    open_or_create(dir.path(), 3, DEVELOPMENT).unwrap();
    let path = proving_key_path(dir.path(), TINY);
    let good = fs::read(&path).unwrap();
    let open = |mut bytes: Vec<u8>, entry: usize, range: std::ops::Range<usize>| {
        bytes[entry + 8..entry + 16].copy_from_slice(&(range.len() as u64).to_le_bytes());
        let digest = container::digest(&bytes[range]);
        bytes[entry + 16..entry + 48].copy_from_slice(&digest);
        reseal(&mut bytes);
        fs::write(&path, &bytes).unwrap();
        Keys::open(dir.path(), TINY)
    };
    for ((entry, range), (name, _)) in sections(&good).zip(PROVING_KEY_SECTIONS) {
        // One byte, and one element of any size, less.
        let element = if name.ends_with("points") { 128 } else { 32 };
        for end in [range.end - 1, range.end.saturating_sub(element)] {
            let shorter = open(good.clone(), entry, range.start..end.max(range.start));
            assert!(
                matches!(shorter, Err(KeyError::Damaged { .. })),
                "{name}: {shorter:?}"
            );
        }
        if ["a points", "b points", "c points"].contains(&name) {
            let mut bytes = good.clone();
            // One coordinate is the modulus: as a residue it is zero, but no kernel expects it.
            bytes[range.start..][..32]
                .copy_from_slice(&Fq::MODULUS.0.map(u64::to_le_bytes).concat());
            let raised = open(bytes, entry, range.clone());
            assert!(
                matches!(raised, Err(KeyError::Damaged { section, .. }) if section == name),
                "{name}: {raised:?}"
            );
        }
        let mut bytes = good.clone();
        // As a point this is below the modulus and not on the curve.
        let filling = if name.ends_with("points") { 0x01 } else { 0xff };
        bytes[range.clone()].fill(filling);
        let filled = open(bytes, entry, range);
        if !name.ends_with("points") {
            assert!(
                matches!(filled, Err(KeyError::Damaged { .. })),
                "{name}: {filled:?}"
            );
            continue;
        }
        let prover = Prover::new(filled.unwrap().proving_key, None).unwrap();
        let refused = prover.prove(Toy::new(3, 7), &unobserved).is_err();
        let used = ["a points", "b points", "c points"].contains(&name);
        assert_eq!(refused, used, "{name}");
    }
}
