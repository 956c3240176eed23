//! `assay keys fetch`: a rollup's proving key from wherever it is served.

use std::{io::Write as _, path::Path, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use assay_api::download::{self, DownloadError};
use assay_circuits::{
    address::{L1Address, Network},
    circuit::CircuitId,
};
use assay_durable::{Draft, Readers};
use assay_l1::{address::EthAddress, batch::Word, client::RollupClient};
use assay_prover::{groth16::setup::SetupRandomness, keys::proving_key_path, known_circuits};
use clap::Args;

use super::report;
use crate::{
    files::directories::Begun,
    options::{keys::KeyPlace, l1::L1Connection},
    process::shutdown_signal,
    terminal::{
        outcome::{Outcome, lacks_room},
        output::OutputArgs,
        progress::Progress,
    },
};

/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(30);

/// Options of `assay keys fetch`.
#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    #[command(flatten)]
    place: KeyPlace,
    /// Where it is served, as SHAPE.proving.key below this: a node's URL and /v1/keys, or any web
    /// server. Nobody there has to be trusted.
    #[arg(long, env = "ASSAY_FROM", value_name = "URL")]
    from: String,
    /// The rollup contract: the key must be that of its verifier.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: L1Address,
    #[command(flatten)]
    l1: L1Connection,
    #[command(flatten)]
    output: OutputArgs,
}

impl FetchArgs {
    /// Downloads the key, compares it with circuit and contract, and keeps it.
    pub(super) async fn run(self) -> Result<Outcome> {
        let shutdown = shutdown_signal()?;
        // What was downloaded so far is removed with the call.
        tokio::select! {
            fetched = self.fetch() => fetched,
            () = shutdown.cancelled() => bail!("stopped: no key was kept"),
        }
    }

    async fn fetch(&self) -> Result<Outcome> {
        let circuit = self.place.circuit;
        let begun = Begun::make(self.place.keys.path()?)?;
        let directory = begun.path().to_owned();
        let expected = proving_key_path(&directory, circuit);
        ensure!(
            !expected.exists(),
            "there are keys of {circuit} at {}: move them away first",
            expected.display()
        );
        let client = self.l1.client(EthAddress(self.contract.0), None).await?;
        let words = verifier_words(&client, circuit).await?;
        // Beside its place, so that it fits there.
        let apart = tempfile::tempdir_in(&directory)
            .with_context(|| format!("cannot write to {}", directory.display()))?;
        let downloaded = download(&self.from, apart.path(), circuit).await;
        downloaded.map_err(|error| match lacks_room(&error) {
            true => error.context(format!("{} takes no key", directory.display())),
            false => error,
        })?;
        let step = Progress::new().step(
            format!("comparing it with {circuit} and the contract"),
            None,
        );
        let network = Network::of_chain(client.chain_id());
        let keys = tokio::task::spawn_blocking(move || {
            let keys = known_circuits::check_proving_key(apart.path(), circuit)?;
            ensure!(
                keys.proving_key.verifying_key().to_words() == words,
                "the contract verifies {circuit} under another key than the one that is served"
            );
            ensure!(
                network == Network::Development || keys.randomness == SetupRandomness::System,
                "the key was made for development: everybody can forge proofs under it"
            );
            keys.write(&directory)?;
            Ok((directory, keys))
        });
        let (directory, keys) = keys.await.context("comparing the keys broke off")??;
        step.finish("it is the rollup's");
        report::show(&directory, &keys, self.output)
    }
}

/// The key of the contract's verifier of a circuit.
async fn verifier_words(client: &RollupClient, circuit: CircuitId) -> Result<Vec<Word>> {
    let verifier = match circuit {
        CircuitId::Escape => client.escape_verifier().await?,
        CircuitId::Batch(shape) => {
            let shape = client.shape(shape.id()).await?;
            shape
                .with_context(|| format!("the contract has no {circuit}"))?
                .verifier
        }
    };
    Ok(client.verifier_key(verifier).await?)
}

async fn download(from: &str, directory: &Path, circuit: CircuitId) -> Result<()> {
    let path = proving_key_path(directory, circuit);
    let name = path
        .file_name()
        .context("a key has a name")?
        .to_string_lossy();
    let url = format!("{}/{name}", from.trim_end_matches('/'));
    let mut draft = Draft::new(&path, Readers::All)?;
    let step = Progress::new().step_of_one(format!("downloading {url}"));
    let file = draft.file();
    let mut read = 0_u64;
    let mut keep = |bytes: &[u8], of: Option<u64>| {
        read += bytes.len() as u64;
        if let Some(of) = of.filter(|of| *of > 0) {
            step.set_share(read as f32 / of as f32);
        }
        file.write_all(bytes)
    };
    let fetched = download::copy(&url, SILENCE, &mut keep).await;
    match fetched {
        Err(DownloadError::Status { status: 404, .. }) => {
            fetched.with_context(|| format!("it has no proving key of {circuit}"))?;
        }
        other => other?,
    }
    draft.sync()?.replace()?;
    step.finish("done");
    Ok(())
}
