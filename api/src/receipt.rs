//! The operator's signed promise that it has taken a transaction.

use ark_bn254::Fr;
use assay_circuits::{
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, Signature, SignatureError},
    order::{Domain, TxHash},
    poseidon, word,
};
use sha2::{Digest, Sha256};

/// `P(domain, tag, hash's first 16 bytes, its last 16 bytes, received_ms)`, the tag being SHA-256
/// of `"assay/receipt"` with its top byte cleared. A transaction's message is a hash of four
/// words, this is one of five: neither can be passed off as the other.
#[must_use]
pub fn message(domain: Domain, hash: TxHash, received_ms: u64) -> Fr {
    let mut tag: [u8; 32] = Sha256::digest(b"assay/receipt").into();
    tag[0] = 0;
    let tag = word::from_bytes(&tag).expect("248 bits are below r");
    let (mut high, mut low) = ([0; 16], [0; 16]);
    high.copy_from_slice(&hash.0[..16]);
    low.copy_from_slice(&hash.0[16..]);
    poseidon::hash(&[
        domain.0,
        tag,
        Fr::from(u128::from_be_bytes(high)),
        Fr::from(u128::from_be_bytes(low)),
        Fr::from(received_ms),
    ])
}

/// Signs that a transaction was received at a time.
#[must_use]
pub fn sign(key: &SecretKey, domain: Domain, hash: TxHash, received_ms: u64) -> Signature {
    key.sign(message(domain, hash, received_ms))
}

/// Checks a receipt under the operator's key.
///
/// # Errors
/// The rule that the signature breaks.
pub fn verify(
    operator: &Point,
    domain: Domain,
    hash: TxHash,
    received_ms: u64,
    signature: &Signature,
) -> Result<(), SignatureError> {
    PublicKey(*operator).verify(message(domain, hash, received_ms), signature)
}
