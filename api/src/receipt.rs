//! The operator's signed promise that it has taken a transaction.

use ark_bn254::Fr;
use assay_circuits::{
    address::{Address, AddressError},
    babyjubjub::Point,
    eddsa::{PublicKey, SecretKey, Signature, SignatureError},
    order::{Domain, TxHash},
    poseidon, word,
};
use sha2::{Digest, Sha256};

use crate::wire::{OperationError, Receipt};

/// Why a receipt is no promise.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// It names another transaction.
    #[error("the node's receipt is for another transaction")]
    Transaction,
    /// It names an operator that is no address.
    #[error("the operator of the node's receipt: {0}")]
    Operator(#[source] AddressError),
    /// It names another operator.
    #[error("the node's receipt is signed by another operator")]
    OtherOperator,
    /// Its signature is not one in form.
    #[error("the node's receipt: {0}")]
    Form(#[source] OperationError),
    /// Its signature is not the operator's for this.
    #[error("the node's receipt has a wrong signature: {0}")]
    Signature(#[source] SignatureError),
}

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

/// Checks that a receipt is this operator's promise for this very transaction.
///
/// # Errors
/// [`ReceiptError`]: the first thing that is wrong with it.
pub fn check(
    receipt: &Receipt,
    operator: Option<Address>,
    domain: Domain,
    hash: TxHash,
) -> Result<(), ReceiptError> {
    if receipt.hash != hash.to_string() {
        return Err(ReceiptError::Transaction);
    }
    let signer: Address = receipt.operator.parse().map_err(ReceiptError::Operator)?;
    if Some(signer) != operator {
        return Err(ReceiptError::OtherOperator);
    }
    let signature = Signature::try_from(&receipt.signature).map_err(ReceiptError::Form)?;
    verify(&signer.owner, domain, hash, receipt.received_ms, &signature)
        .map_err(ReceiptError::Signature)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_circuits::address::{L1Address, Network};

    use super::*;

    #[test]
    fn only_the_operators_word_for_this_very_transaction_is_a_promise() {
        let key = SecretKey::from_seed([1; 32]);
        let of = |key: &SecretKey| Address {
            network: Network::Development,
            owner: key.public_key().0,
        };
        let (operator, stranger) = (of(&key), of(&SecretKey::from_seed([2; 32])));
        let domain = Domain::new(31_337, L1Address([1; 20]));
        let (hash, received_ms) = (TxHash([3; 32]), 1_800_000_000_000);
        let good = Receipt {
            hash: hash.to_string(),
            received_ms,
            operator: operator.to_string(),
            signature: (&sign(&key, domain, hash, received_ms)).into(),
        };
        let checked = |receipt: &Receipt, operator| check(receipt, operator, domain, hash);
        checked(&good, Some(operator)).unwrap();
        for other in [None, Some(stranger)] {
            let refused = checked(&good, other);
            assert!(matches!(refused, Err(ReceiptError::OtherOperator)));
        }
        let elsewhere = Domain::new(1, L1Address([1; 20]));
        let refused = check(&good, Some(operator), elsewhere, hash);
        assert!(matches!(refused, Err(ReceiptError::Signature(_))));
        let refused = check(&good, Some(operator), domain, TxHash([4; 32]));
        assert!(matches!(refused, Err(ReceiptError::Transaction)));
        let changed = |change: fn(&mut Receipt)| {
            let mut receipt = good.clone();
            change(&mut receipt);
            checked(&receipt, Some(operator)).unwrap_err()
        };
        let later = changed(|receipt| receipt.received_ms += 1);
        assert!(matches!(later, ReceiptError::Signature(_)));
        let nobody = changed(|receipt| receipt.operator.push('q'));
        assert!(matches!(nobody, ReceiptError::Operator(_)));
        let formless = changed(|receipt| receipt.signature.s = "x".to_owned());
        assert!(matches!(formless, ReceiptError::Form(_)));
    }
}
