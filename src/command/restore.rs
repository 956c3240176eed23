//! `assay restore`: the rollup's state from the layer 1 alone.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context as _, Result, ensure};
use assay_api::hexadecimal::Hex;
use assay_circuits::quantity::BatchNumber;
use assay_l1::address::EthAddress;
use assay_restore::{batches::Checked, restore::Restored};
use assay_sequencer::{
    record::Tip,
    storage::{Disk, Storage},
};
use clap::Args;
use serde::Serialize;

use crate::{
    files::{
        directories::{Begun, is_missing},
        node_data::STORE_DIR,
    },
    options::l1::L1Connection,
    process::block_on,
    restoring::HistoryArgs,
    terminal::{
        outcome::Outcome,
        output::OutputArgs,
        progress::Progress,
        shell::{program, quoted},
    },
};

/// Options of `assay restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    l1: L1Connection,
    /// The rollup contract.
    #[arg(long, env = "ASSAY_CONTRACT", value_name = "L1_ADDRESS")]
    contract: EthAddress,
    /// The data directory to make, for `assay node --data-dir`; it must not hold a node's data.
    /// Without it everything is checked and nothing is written.
    #[arg(long, env = "ASSAY_OUT", value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Answer {
    contract: String,
    block: u64,
    batches: u64,
    root: String,
    accounts: usize,
    open_claims: usize,
    waiting_entries: usize,
    frozen: bool,
    data_dir: Option<PathBuf>,
    seconds: f64,
}

impl RestoreArgs {
    pub(crate) fn run(self) -> Result<Outcome> {
        let started = Instant::now();
        if let Some(out) = &self.out {
            let store = out.join(STORE_DIR);
            ensure!(
                !store.exists(),
                "{} holds a node's data already: choose another directory",
                out.display()
            );
            ensure!(
                is_missing(out) || out.is_dir(),
                "{} is no directory: choose another with --out",
                out.display()
            );
        }
        let restored = block_on(self.restore())?;
        if let Some(out) = &self.out {
            write(out.clone(), &restored)?;
        }
        let answer = Answer {
            contract: self.contract.to_string(),
            block: restored.block.number,
            batches: restored.tip.number,
            root: Hex(&restored.tip.header.new_root).to_string(),
            accounts: restored.state.ledger().len(),
            open_claims: restored.open_claims().count(),
            waiting_entries: restored.waiting().count(),
            frozen: restored.status.frozen,
            data_dir: self.out.clone(),
            seconds: started.elapsed().as_secs_f64(),
        };
        self.output
            .print(&answer, |answer| describe(answer, &self.l1.typed()))?;
        Ok(Outcome::Done)
    }

    async fn restore(&self) -> Result<Restored> {
        let client = self.l1.client(self.contract, None).await?;
        self.history.restored(&client, &mut |_: &Checked| {}).await
    }
}

/// Makes the data directory.
fn write(out: PathBuf, restored: &Restored) -> Result<()> {
    let step = Progress::new().step("writing the data directory", None);
    let Restored { tip, state, .. } = restored;
    let base = Tip {
        number: BatchNumber(tip.number),
        timestamp: tip.header.timestamp,
        root: state.root(),
        hash: tip.hash,
        queue_end: tip.header.queue_end,
    };
    let directory = Begun::make(out)?;
    let store = directory.path().join(STORE_DIR);
    let begun = Storage::begin(&store, restored.domain, Disk::default(), &base, state);
    if begun.is_err() {
        // Half a store is none, and there was none before.
        let _ = std::fs::remove_dir_all(&store);
    }
    begun.context("cannot write the data directory")?;
    step.finish("written");
    Ok(())
}

fn describe(answer: &Answer, l1_url: &str) -> String {
    let Answer {
        contract,
        block,
        batches,
        root,
        accounts,
        open_claims,
        waiting_entries,
        seconds,
        ..
    } = answer;
    let mut lines = vec![
        format!("batches   {batches}, each checked, in {seconds:.1} s"),
        format!("root      {root} at L1 block {block}"),
        format!("accounts  {accounts}"),
        format!("open      {open_claims} claims, {waiting_entries} entries of the queue"),
    ];
    if answer.frozen {
        lines.push("frozen    no batch follows: `assay exit` takes money out".to_owned());
    }
    if let Some(out) = &answer.data_dir {
        lines.push(format!(
            "next      {} node --l1-url {l1_url} --contract {contract} --data-dir {} --follow",
            program(),
            quoted(&out.display().to_string())
        ));
        lines.push("          or with the operator's --l1-key in place of --follow".to_owned());
    }
    lines.join("\n")
}
