//! Signatures on texts, as wallets of the layer 1 make them (EIP-191, `personal_sign`).

use alloy::{
    primitives::{Signature, hex},
    signers::SignerSync as _,
};
use zeroize::Zeroizing;

use super::{error::L1Error, wire::L1Signer};
use crate::address::EthAddress;

/// A signature on a text. It may be a secret, so it is never printed.
#[derive(Clone)]
pub struct TextSignature(Signature);

/// Why a text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature is 0x and 130 hex digits: r, s, and a v of 0, 1, 27 or 28")]
pub struct ParseSignatureError;

impl L1Signer {
    /// Signs a text by EIP-191. The same text gives the same signature (RFC 6979).
    ///
    /// # Errors
    /// [`L1Error::Key`].
    pub fn sign_text(&self, text: &str) -> Result<TextSignature, L1Error> {
        let signature = self.signer().sign_message_sync(text.as_bytes());
        signature.map(TextSignature).map_err(|_| L1Error::Key)
    }
}

impl TextSignature {
    /// Reads 65 bytes in hex: r, s, v.
    ///
    /// # Errors
    /// [`ParseSignatureError`], which repeats nothing.
    pub fn parse(text: &str) -> Result<Self, ParseSignatureError> {
        let mut bytes = Zeroizing::new([0; 65]);
        hex::decode_to_slice(text.trim(), &mut *bytes).map_err(|_| ParseSignatureError)?;
        if !matches!(bytes[64], 0 | 1 | 27 | 28) {
            return Err(ParseSignatureError);
        }
        let signature = Signature::from_raw_array(&bytes).map_err(|_| ParseSignatureError)?;
        Ok(Self(signature))
    }

    /// Who signed `text`; none where it is nobody's signature on it.
    #[must_use]
    pub fn signer_of(&self, text: &str) -> Option<EthAddress> {
        let recovered = self.0.recover_address_from_msg(text.as_bytes());
        recovered.ok().map(EthAddress::from)
    }

    /// r and s, 32 bytes each, with the lower of the two s that are valid.
    #[must_use]
    pub fn words(&self) -> Zeroizing<[u8; 64]> {
        let normal = self.0.normalized_s();
        let mut words = Zeroizing::new([0; 64]);
        words[..32].copy_from_slice(&normal.r().to_be_bytes::<32>());
        words[32..].copy_from_slice(&normal.s().to_be_bytes::<32>());
        words
    }
}

impl std::fmt::Debug for TextSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextSignature(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use alloy::primitives::U256;

    use super::*;

    fn signer() -> L1Signer {
        L1Signer::from_secret(&[7; 32]).unwrap()
    }

    #[test]
    fn a_signature_names_its_signer_and_is_always_the_same() {
        let signature = signer().sign_text("hello").unwrap();
        assert_eq!(signature.signer_of("hello"), Some(signer().address()));
        assert_ne!(signature.signer_of("hallo"), Some(signer().address()));
        let again = signer().sign_text("hello").unwrap();
        assert_eq!(signature.words(), again.words());
        assert_eq!(format!("{signature:?}"), "TextSignature(..)");
    }

    #[test]
    fn the_other_s_is_the_same_signature() {
        // The order of the group of secp256k1 (SEC 2).
        let order =
            "115792089237316195423570985008687907852837564279074904382605163141518161494337";
        let signature = signer().sign_text("hello").unwrap();
        let (r, s) = (signature.0.r(), signature.0.s());
        let other_s = order.parse::<U256>().unwrap() - s;
        let other = TextSignature(Signature::new(r, other_s, !signature.0.v()));
        assert_eq!(other.signer_of("hello"), Some(signer().address()));
        assert_eq!(other.words(), signature.words());
    }

    #[test]
    fn a_signature_is_read_from_hex_alone() {
        let signature = signer().sign_text("hello").unwrap();
        let text = hex::encode_prefixed(signature.0.as_bytes());
        let read = TextSignature::parse(&format!("{text}\n")).unwrap();
        assert_eq!(read.words(), signature.words());
        for wrong in ["", "0x", &text[..130], &format!("{text}00"), "secret"] {
            let error = TextSignature::parse(wrong).unwrap_err();
            assert!(wrong.is_empty() || wrong == "0x" || !error.to_string().contains(wrong));
        }
        let wrong_v = format!("{}63", &text[..130]);
        assert!(TextSignature::parse(&wrong_v).is_err());
    }
}
