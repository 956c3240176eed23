//! Keys from the signature of an Ethereum account (`docs/spec/vectors.md`): who has the account can
//! make the key again, with nothing else to keep.

use assay_circuits::address::L1Address;
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// Names what the derived bytes are for.
const INFO: &[u8] = b"assay/ethereum-key";

/// The text that the account signs by EIP-191 (`personal_sign`). It names the rollup, so that each
/// rollup has a key of its own.
#[must_use]
pub fn message(chain_id: u64, contract: L1Address) -> String {
    let contract = hex::encode(contract.0);
    format!(
        "Assay key\n\nWhoever has this signature has your money in Assay. Sign it only where you mean \
         to use your wallet.\n\nChain: {chain_id}\nContract: 0x{contract}"
    )
}

/// The seed of the key: HKDF-SHA-256 of r and s, with the lower of the two s that are valid.
#[must_use]
pub fn seed(signature: &[u8; 64]) -> Zeroizing<[u8; 32]> {
    let mut seed = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, signature)
        .expand(INFO, &mut *seed)
        .expect("32 bytes are within the length of HKDF-SHA-256");
    seed
}
