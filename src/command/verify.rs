//! `assay verify`: checks a batch's proof, or an operator's receipt, offline; and of a receipt, by the
//! layer 1 alone, what became of the promise.

mod bundle;
mod receipt;

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Result;
use assay_api::receipt_file;
use assay_prover::bundle::BUNDLE_BYTES_MAX;
use clap::Args;
use serde_json::Value;

use crate::{
    process::block_on,
    terminal::{
        outcome::{Outcome, Unreadable},
        output::OutputArgs,
    },
};

/// Options of `assay verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// A batch's bundle, as `GET /v1/batches/{n}/bundle` gives it, or a receipt, as `assay wallet receipt`
    /// writes it.
    file: PathBuf,
    #[command(flatten, next_help_heading = "Of a bundle")]
    bundle: bundle::BundleArgs,
    #[command(flatten, next_help_heading = "Of a receipt")]
    receipt: receipt::ReceiptArgs,
    #[command(flatten, next_help_heading = "Options")]
    output: OutputArgs,
}

impl VerifyArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let Self {
            file,
            bundle,
            receipt,
            output,
        } = self;
        let bytes = beginning(&file)
            .map_err(|error| Unreadable::file("the bundle or receipt", &file, error))?;
        if is_receipt(&bytes) {
            let are_meant = !bundle.is_given();
            check_options(
                are_meant,
                &file,
                "a receipt: --vk and --export are for a batch's bundle",
            )?;
            return block_on(receipt::verify(&file, &bytes, &receipt, output));
        }
        let are_meant = !receipt.is_given();
        check_options(
            are_meant,
            &file,
            "no receipt: --operator and --against-l1 are for one",
        )?;
        bundle::verify(&file, &bytes, &bundle, output)
    }
}

/// Refuses options of the other kind of file.
fn check_options(are_meant: bool, path: &Path, words: &str) -> Result<(), Unreadable> {
    if are_meant {
        return Ok(());
    }
    Err(Unreadable(format!("{} is {words}", path.display())))
}

/// Whether a file says that it is a receipt. Whether it is one shows when it is read.
fn is_receipt(bytes: &[u8]) -> bool {
    let json = serde_json::from_slice::<Value>(bytes).ok();
    json.is_some_and(|json| json["format"] == receipt_file::FORMAT)
}

/// A file up to one byte more than a bundle has, which is the larger of the two: what is larger still is
/// told from it without being read.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = BUNDLE_BYTES_MAX as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use assay_prover::bundle::Bundle;

    use super::*;

    /// Reading either whole would end in a lack of memory.
    #[test]
    fn a_file_without_end_is_refused_by_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let huge = dir.path().join("huge.json");
        File::create(&huge).unwrap().set_len(1 << 42).unwrap();
        for path in [huge.as_path(), Path::new("/dev/zero")] {
            let bytes = beginning(path).unwrap();
            assert!(!is_receipt(&bytes));
            let refused = Bundle::parse(&bytes).unwrap_err().to_string();
            assert!(refused.contains("more than a bundle has"), "{refused}");
        }
    }
}
