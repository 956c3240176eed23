//! What verifiers tell of themselves.

use alloy::eips::BlockId;

use super::{RollupClient, error::L1Error};
use crate::{address::EthAddress, batch::Word, contracts::Groth16Verifier};

impl RollupClient {
    /// The words of the key that a verifier was made with.
    ///
    /// # Errors
    /// Where the L1 does not answer, or the verifier is none that shows its key.
    pub async fn verifier_key(&self, verifier: EthAddress) -> Result<Vec<Word>, L1Error> {
        let call = Groth16Verifier::keyCall {};
        let words = self.wire.read(verifier.into(), call, BlockId::latest());
        let words = words.await?;
        Ok(words.iter().map(|word| word.to_be_bytes()).collect())
    }
}
