//! `assay verify`: checks the proof of a batch offline.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use assay_prover::{
    bundle::{BUNDLE_BYTES_MAX, Bundle, Check, Outcome as CheckOutcome, Verdict, verdict},
    decimal::from_decimal,
    export,
    groth16::{proof::Proof, setup::SetupRandomness},
    keys::VerifyingKeyFile,
};
use clap::Args;

use crate::terminal::{
    outcome::{Outcome, Unreadable},
    output::OutputArgs,
};

/// Options of `assay verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The batch's bundle, as `GET /v1/batches/{n}/bundle` gives it.
    bundle: PathBuf,
    /// Trust this verifying key instead of the one in the bundle.
    #[arg(long, env = "ASSAY_VK", value_name = "FILE")]
    vk: Option<PathBuf>,
    /// Write proof.json, public.json and verification_key.json for snarkjs into this directory.
    #[arg(long, env = "ASSAY_EXPORT", value_name = "DIR")]
    export: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

impl VerifyArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let bundle = read_bundle(&self.bundle)?;
        let trusted = self.vk.as_deref().map(read_key).transpose()?;
        let key = trusted.as_ref().map(|file| &file.verifying_key);
        let mut verdict = verdict(&bundle, key);
        verdict.insecure_development_key |= trusted
            .as_ref()
            .is_some_and(|file| file.randomness == SetupRandomness::Development);
        self.output
            .print(&verdict, |verdict| text(verdict, &bundle))?;
        if !verdict.valid {
            return Ok(Outcome::Invalid);
        }
        if let Some(directory) = &self.export {
            write_for_snarkjs(&bundle, directory)?;
            eprintln!(
                "wrote proof.json, public.json, verification_key.json to {}",
                directory.display()
            );
        }
        Ok(Outcome::Done)
    }
}

/// Reads a bundle; whatever goes wrong makes it unreadable.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn read_bundle(path: &Path) -> Result<Bundle> {
    let unreadable = |reason: String| {
        Unreadable(format!(
            "cannot read the bundle {}: {reason}",
            path.display()
        ))
    };
    let bytes = beginning(path).map_err(|error| unreadable(error.to_string()))?;
    Ok(Bundle::parse(&bytes).map_err(|error| unreadable(error.to_string()))?)
}

/// A file up to one byte more than a bundle has: what is larger is told from it without being read.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = BUNDLE_BYTES_MAX as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
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
        format!("{outcome:<8} {:<21} {}", check.name, check.detail)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Reading either whole would end in a lack of memory.
    #[test]
    fn a_file_without_end_is_refused_by_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let huge = dir.path().join("huge.json");
        File::create(&huge).unwrap().set_len(1 << 42).unwrap();
        for path in [huge.as_path(), Path::new("/dev/zero")] {
            let refused = read_bundle(path).unwrap_err().to_string();
            assert!(refused.contains("more than a bundle has"), "{refused}");
        }
    }
}
