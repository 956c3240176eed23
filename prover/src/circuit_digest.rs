//! The circuits of this version by their digests, so that their keys are known without describing them.

use assay_circuits::{circuit::CircuitId, shape::Shape};

use crate::groth16::{SetupRandomness, verifying_key::VerifyingKey};

/// [`Description::digest`](crate::groth16::description::Description::digest) of every circuit. A test compares them with the circuits; to
/// describe one takes longer than to open its key.
pub(crate) const DIGESTS: [(CircuitId, &str); 5] = [
    (
        CircuitId::Batch(Shape::Tiny),
        "0fbf7a300e1f443d2e039d650741733b3be362c7ee76a6b5d9d8dec08207a743",
    ),
    (
        CircuitId::Batch(Shape::Small),
        "3cc8ca1b9610b22739a86190a3e43ebb8d657ce6e874a0047b9faebbd65b0f29",
    ),
    (
        CircuitId::Batch(Shape::Medium),
        "04f9dec3ea858b1037b6d57f1afa939f6b61ffae09ce49527dbd0fde950f30fb",
    ),
    (
        CircuitId::Batch(Shape::Large),
        "ac1bc987939382235a29ab683836febefca8c64d0a8eeb7ffa81e18d1644e542",
    ),
    (
        CircuitId::Escape,
        "4db4fcf07220d969ed3235bb58da72c1ae3957b670d32a26fc72b6bbb8262b0f",
    ),
];

/// Whether a digest is the one of a circuit of this version.
#[must_use]
pub fn is_known(circuit: CircuitId, digest: [u8; 32]) -> bool {
    DIGESTS.contains(&(circuit, hex::encode(digest).as_str()))
}

/// Whether everybody can forge proofs under a key, because it is the one that
/// [`SetupRandomness::Development`] makes of the circuit. `false` is no promise: the trapdoor of
/// any other key may be known to whoever made it.
#[must_use]
pub fn is_development_key(circuit: CircuitId, key: &VerifyingKey) -> bool {
    let known = DIGESTS.iter().find(|(known, _)| *known == circuit);
    let mut digest = [0; 32];
    let decoded = known.map(|(_, text)| hex::decode_to_slice(text, &mut digest));
    matches!(decoded, Some(Ok(())))
        && SetupRandomness::of_key(key, &digest) == SetupRandomness::Development
}
