//! The prover of escapes and redirects.

use std::num::NonZeroUsize;

use anyhow::{Context as _, Result, ensure};
use assay_circuits::{address::Network, circuit::CircuitId};
use assay_l1::client::RollupClient;
use assay_prover::{groth16::prove::Prover, known_circuits::open_keys};

use crate::{development, options::keys::KeysDir, terminal::progress::Progress};

/// Opens it: with development keys where nobody's money is at stake, elsewhere with those that
/// are in the directory.
///
/// # Errors
/// Where there are no keys, or others than the contract's.
pub(crate) async fn open(
    client: &RollupClient,
    keys: &KeysDir,
    threads: Option<NonZeroUsize>,
    progress: &Progress,
) -> Result<Prover> {
    let (directory, circuit) = (keys.path()?, CircuitId::Escape);
    let keys = match Network::of_chain(client.chain_id()) {
        Network::Development => {
            development::keys::open_or_create_blocking(&directory, circuit, progress).await?
        }
        Network::Public => open_keys(&directory, circuit).context(
            "this is proved with the rollup's own key of the escape circuit, which is public: \
             `assay keys fetch --shape escape` gets it",
        )?,
    };
    let verifier = client.escape_verifier().await?;
    let words = client.verifier_key(verifier).await?;
    ensure!(
        words == keys.proving_key.verifying_key().to_words(),
        "the contract verifies exits under another key than the one in {}: get the rollup's own with \
         `assay keys fetch --shape escape`",
        directory.display()
    );
    Ok(Prover::new(keys.proving_key, threads)?)
}
