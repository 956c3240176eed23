//! A text that the sender of a transaction puts beside it: for what it is paid. The sender signs it, so
//! that nobody else can have written it; it is not on the layer 1 (`docs/spec/api.md`).

use ark_bn254::Fr;
use assay_circuits::{
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, Signature, SignatureError},
    order::{Domain, TxHash},
    poseidon, word,
};
use sha2::{Digest, Sha256};

use crate::seen::is_seen;

/// Most characters of a text.
pub const CHARACTERS_MAX: usize = 140;

/// Whether a text can be a reference: 1 to 140 characters that are seen.
#[must_use]
pub fn is_reference(text: &str) -> bool {
    (1..=CHARACTERS_MAX).contains(&text.chars().count()) && text.chars().all(is_seen)
}

/// `P(domain, tag, hash's first 16 bytes, its last 16 bytes, text)`: the tag is SHA-256 of
/// `"assay/reference"`, the text SHA-256 of its UTF-8, both with the top byte cleared. A transaction's
/// message is a hash of four words, and a receipt's has another tag.
#[must_use]
pub fn message(domain: Domain, hash: TxHash, text: &str) -> Fr {
    let (mut high, mut low) = ([0; 16], [0; 16]);
    high.copy_from_slice(&hash.0[..16]);
    low.copy_from_slice(&hash.0[16..]);
    poseidon::hash(&[
        domain.0,
        hashed(b"assay/reference"),
        Fr::from(u128::from_be_bytes(high)),
        Fr::from(u128::from_be_bytes(low)),
        hashed(text.as_bytes()),
    ])
}

fn hashed(bytes: &[u8]) -> Fr {
    let mut hash: [u8; 32] = Sha256::digest(bytes).into();
    hash[0] = 0;
    word::from_bytes(&hash).expect("248 bits are below r")
}

/// Signs a text for a transaction.
#[must_use]
pub fn sign(key: &SecretKey, domain: Domain, hash: TxHash, text: &str) -> Signature {
    key.sign(message(domain, hash, text))
}

/// Checks that the sender of a transaction, by its key, put this text beside it.
///
/// # Errors
/// The rule that the signature breaks.
pub fn verify(
    sender: &Point,
    domain: Domain,
    hash: TxHash,
    text: &str,
    signature: &Signature,
) -> Result<(), SignatureError> {
    PublicKey(*sender).verify(message(domain, hash, text), signature)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::address::L1Address;

    use super::*;

    #[test]
    fn a_text_is_short_and_seen() {
        let longest = "\u{e9}".repeat(CHARACTERS_MAX);
        for good in [
            "1",
            "Rechnung 17, M\u{e4}rz",
            "\u{8acb}\u{6c42}\u{66f8}",
            &longest,
        ] {
            assert!(is_reference(good), "{good:?}");
        }
        let too_long = longest.clone() + "x";
        for bad in [
            "",
            "a\nb",
            "a\u{7f}",
            "a\u{202e}b",
            "\u{200b}",
            "a\u{2028}",
            &too_long,
        ] {
            assert!(!is_reference(bad), "{bad:?}");
        }
    }

    /// As the TypeScript client works it out (`clients/typescript/test/reference.test.ts`).
    #[test]
    fn the_message_is_that_of_another_implementation() {
        let domain = Domain::new(31337, L1Address([7; 20]));
        let found = message(domain, TxHash([3; 32]), "Rechnung 17, M\u{e4}rz");
        let expected = "36630452525788703377374383580561451024575217444742054191605650897914019531";
        assert_eq!(found.to_string(), expected);
    }

    #[test]
    fn a_signature_is_for_this_text_beside_this_transaction_on_this_rollup() {
        let key = SecretKey::from_seed([1; 32]);
        let sender = key.public_key().0;
        let domain = Domain::new(31337, L1Address([7; 20]));
        let hash = TxHash([3; 32]);
        let signature = sign(&key, domain, hash, "invoice 17");
        let check = |domain, hash, text: &str| verify(&sender, domain, hash, text, &signature);
        assert_eq!(check(domain, hash, "invoice 17"), Ok(()));
        assert!(check(domain, hash, "invoice 18").is_err());
        assert!(check(domain, TxHash([4; 32]), "invoice 17").is_err());
        let elsewhere = Domain::new(1337, L1Address([7; 20]));
        assert!(check(elsewhere, hash, "invoice 17").is_err());
    }
}
