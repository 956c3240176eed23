//! `assay wallet receipt`: the operator's promise in a file, for `assay verify`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use assay_api::receipt_file::ReceiptFile;
use assay_circuits::order::TxHash;
use assay_durable::Readers;
use clap::Args;

use super::session::Session;
use crate::terminal::{
    note::note,
    outcome::{Outcome, sentence},
    output,
};

/// Options of `assay wallet receipt`.
#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    /// The transaction's hash.
    hash: TxHash,
    /// Write it into this file [default: print it].
    #[arg(long, env = "ASSAY_OUT", value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Fetches the receipt of a transaction, checks it, and writes or prints it.
pub(super) async fn receipt(args: &ReceiptArgs, session: &Session) -> Result<Outcome> {
    let file = fetch(session, args.hash).await?;
    match &args.out {
        None => output::line(file.to_json().trim_end())?,
        Some(path) => {
            write(path, &file)?;
            note(format_args!("wrote the receipt to {}", path.display()));
        }
    }
    Ok(Outcome::Done)
}

/// Keeps the receipt of a transaction that was handed in, which stays so when this fails: then the user
/// reads why.
pub(super) async fn keep(session: &Session, hash: TxHash, path: &Path) {
    let kept = async { write(path, &fetch(session, hash).await?) };
    if let Err(error) = kept.await {
        note(format_args!(
            "the receipt of {hash} was not written, `assay wallet receipt {hash} --out {}` tries again: \
             {}",
            path.display(),
            sentence(&error)
        ));
    }
}

/// The file of a receipt that the node gives, when it is for this transaction and of the node's operator.
async fn fetch(session: &Session, hash: TxHash) -> Result<ReceiptFile> {
    let receipt = session.node.receipt(hash).await?;
    let transaction = session.node.transaction(hash).await?.operation;
    let rollup = (session.chain_id, session.contract);
    let file = ReceiptFile::new(rollup, transaction, receipt);
    let promise = file.promise().context("the node's receipt")?;
    ensure!(
        promise.hash == hash,
        "the node shows another transaction than {hash}"
    );
    let promised = promise.check(session.operator.as_ref());
    promised.context("the node's receipt is worth nothing")?;
    Ok(file)
}

fn write(path: &Path, file: &ReceiptFile) -> Result<()> {
    assay_durable::write(path, Readers::Owner, file.to_json().as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}
