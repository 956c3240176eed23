//! `assay verify` of a batch's bundle: its proof, checked offline.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use assay_api::seen::seen;
use assay_prover::{
    bundle::{Bundle, Check, Outcome as CheckOutcome, Verdict, verdict},
    decimal::from_decimal,
    export,
    groth16::{proof::Proof, setup::SetupRandomness},
    keys::VerifyingKeyFile,
};
use clap::Args;

use crate::{
    files::directories::Begun,
    terminal::{
        note::note,
        outcome::{Outcome, Unreadable},
        output::OutputArgs,
    },
};

/// Options of a bundle.
#[derive(Debug, Args)]
pub(super) struct BundleArgs {
    /// Trust this verifying key instead of the one in the bundle.
    #[arg(long, env = "ASSAY_VK", value_name = "FILE")]
    vk: Option<PathBuf>,
    /// Write proof.json, public.json and verification_key.json for snarkjs into this directory.
    #[arg(long, env = "ASSAY_EXPORT", value_name = "DIR")]
    export: Option<PathBuf>,
}

impl BundleArgs {
    /// Whether one of them is given.
    pub(super) fn is_given(&self) -> bool {
        self.vk.is_some() || self.export.is_some()
    }
}

/// Checks a bundle, and writes it for snarkjs where that is asked for.
pub(super) fn verify(
    path: &Path,
    bytes: &[u8],
    args: &BundleArgs,
    output: OutputArgs,
) -> Result<Outcome> {
    let bundle =
        Bundle::parse(bytes).map_err(|error| Unreadable::file("the bundle", path, error))?;
    let trusted = args.vk.as_deref().map(read_key).transpose()?;
    let key = trusted.as_ref().map(|file| &file.verifying_key);
    let mut verdict = verdict(&bundle, key);
    verdict.insecure_development_key |= trusted
        .as_ref()
        .is_some_and(|file| file.randomness == SetupRandomness::Development);
    output.print(&verdict, |verdict| text(verdict, &bundle))?;
    if !verdict.valid {
        return Ok(Outcome::Invalid);
    }
    if let Some(directory) = &args.export {
        let _begun = Begun::before(directory.clone());
        write_for_snarkjs(&bundle, directory)?;
        note(format_args!(
            "wrote proof.json, public.json, verification_key.json to {}",
            directory.display()
        ));
    }
    Ok(Outcome::Done)
}

/// Writes what a valid bundle says in the form of snarkjs.
fn write_for_snarkjs(bundle: &Bundle, directory: &Path) -> Result<()> {
    let key = bundle.verifying_key()?;
    let inputs = [&bundle.c, &bundle.z, &bundle.y].map(|text| from_decimal(text));
    let inputs = inputs.into_iter().collect::<Result<Vec<_>, _>>()?;
    let proof = Proof::from_hex(&bundle.proof)?;
    export::write(directory, &key, &inputs, &proof)
        .with_context(|| format!("cannot write into {}", directory.display()))
}

fn read_key(path: &Path) -> Result<VerifyingKeyFile> {
    let file = VerifyingKeyFile::open(path);
    Ok(file.map_err(|error| Unreadable(format!("cannot read the verifying key: {error}")))?)
}

fn text(verdict: &Verdict, bundle: &Bundle) -> String {
    let line = |check: &Check| {
        let outcome = match check.outcome {
            CheckOutcome::Passed => "ok",
            CheckOutcome::Failed => "FAILED",
            CheckOutcome::Skipped => "skipped",
        };
        // A stranger's file is quoted there: no line of it may pass for one of ours.
        format!("{outcome:<8} {:<21} {}", check.name, seen(&check.detail))
    };
    let mut lines: Vec<String> = verdict.checks.iter().map(line).collect();
    if verdict.insecure_development_key {
        let whose = if verdict.key == "trusted" {
            "the key that you trust"
        } else {
            "the key in the bundle"
        };
        lines.push(format!(
            "INSECURE: {whose} was made for development: everybody can forge proofs under it"
        ));
    }
    lines.push(match verdict.first_failure {
        Some(name) => format!("INVALID: `{name}` does not fit"),
        None if verdict.key == "trusted" => {
            format!(
                "VALID: batch {} is proven under the key that you trust",
                verdict.batch
            )
        }
        None => format!(
            "VALID: batch {} is proven under the key in the bundle, SHA-256 {}; compare it with a \
             digest that you trust, or give the key with --vk",
            verdict.batch, bundle.verifying_key_sha256
        ),
    });
    lines.join("\n")
}
