//! The demo's table.

use anyhow::{Context as _, Result};
use assay_api::{
    hexadecimal,
    wire::{BatchDetail, RecordKind},
};
use assay_l1::{batch::Word, client::RollupClient};
use serde::Serialize;

use crate::{development::stack::Stack, terminal::table::Table};

/// What the demo did and measured.
#[derive(Debug, Serialize)]
pub(super) struct DemoReport {
    /// Shape of the batches.
    pub(super) shape: String,
    /// Constraints of its circuit.
    pub(super) constraints: usize,
    /// Constraints proven per second: those of a batch over the median proving time.
    pub(super) constraints_per_s: f64,
    /// One by one.
    pub(super) batches: Vec<BatchRow>,
    /// Deposits in all.
    pub(super) deposits: usize,
    /// Transfers in all.
    pub(super) transfers: usize,
    /// Gas of the claim.
    pub(super) claim_gas: u64,
    /// What was checked in the end.
    pub(super) checks: Vec<String>,
    /// Seconds from start to end.
    pub(super) total_s: f64,
}

/// A batch, its times and its gas.
#[derive(Debug, Serialize)]
pub(super) struct BatchRow {
    /// Number.
    pub(super) number: u64,
    /// Deposits in it.
    pub(super) deposits: usize,
    /// Transfers in it.
    pub(super) transfers: usize,
    /// Withdrawals in it.
    pub(super) withdrawals: usize,
    /// From closed to executed in order, seconds.
    pub(super) seal_s: f64,
    /// From leased (or from the proof before it, when the worker was busy) to the proof
    /// verified by the node, seconds.
    pub(super) prove_s: f64,
    /// From there to the batch on the L1, seconds.
    pub(super) accept_s: f64,
    /// Gas of its data and proof; an equal part where one call brought several batches.
    pub(super) gas: u64,
}

impl BatchRow {
    /// Gas by transfer, where it holds any.
    fn gas_per_transfer(&self) -> Option<u64> {
        self.gas.checked_div(self.transfers as u64)
    }
}

/// Collects the rows of all batches.
pub(super) async fn rows(stack: &Stack, batches: &[BatchDetail]) -> Result<Vec<BatchRow>> {
    let deployment = &stack.endpoints.deployment;
    let client = RollupClient::connect(&deployment.l1_url, deployment.contract, None).await?;
    let mut rows = Vec::with_capacity(batches.len());
    let mut proof_before_ms = 0;
    for detail in batches {
        let batch = &detail.batch;
        let times = batch.times_ms;
        let reached = |time: Option<u64>| {
            time.with_context(|| format!("batch {} has no time of a stage", batch.number))
        };
        let sealed = reached(times.sealed)?;
        let (proof, proved) = (reached(times.proof)?, reached(times.proved)?);
        let seconds = |from: u64, to: u64| to.saturating_sub(from) as f64 / 1000.0;
        let kind = |wanted: RecordKind| {
            detail
                .contents
                .iter()
                .filter(|found| found.kind == wanted)
                .count()
        };
        let sharing = batches
            .iter()
            .filter(|other| other.batch.l1.submit == batch.l1.submit)
            .count();
        rows.push(BatchRow {
            number: batch.number,
            deposits: kind(RecordKind::Deposit),
            transfers: kind(RecordKind::Transfer),
            withdrawals: kind(RecordKind::Withdrawal),
            seal_s: seconds(times.closed, sealed),
            prove_s: seconds(sealed.max(proof_before_ms), proof),
            accept_s: seconds(proof, proved),
            gas: gas(&client, batch.l1.submit.as_deref()).await? / sharing as u64,
        });
        proof_before_ms = proof;
    }
    Ok(rows)
}

async fn gas(client: &RollupClient, hash: Option<&str>) -> Result<u64> {
    let mut bytes: Word = [0; 32];
    let hash = hash.context("a batch has no L1 transaction")?;
    hexadecimal::read(hash, &mut bytes).context("the hash of an L1 transaction")?;
    let receipt = client
        .receipt(bytes)
        .await?
        .context("an L1 transaction has no receipt")?;
    Ok(receipt.gas_used)
}

impl DemoReport {
    /// For people.
    pub(super) fn text(&self) -> String {
        let mut table = Table::new([
            "batch",
            "deposits",
            "transfers",
            "withdrawals",
            "seal s",
            "prove s",
            "accept s",
            "gas",
            "gas/transfer",
        ]);
        let seconds = |value: f64| format!("{value:.1}");
        for row in &self.batches {
            table.row([
                row.number.to_string(),
                row.deposits.to_string(),
                row.transfers.to_string(),
                row.withdrawals.to_string(),
                seconds(row.seal_s),
                seconds(row.prove_s),
                seconds(row.accept_s),
                row.gas.to_string(),
                row.gas_per_transfer()
                    .map_or("-".to_owned(), |gas| gas.to_string()),
            ]);
        }
        let mut lines = vec![table.render(), String::new()];
        lines.extend(self.checks.iter().map(|check| format!("ok: {check}")));
        lines.push(format!(
            "ok: {} bundles verified offline",
            self.batches.len()
        ));
        lines.push(String::new());
        lines.push(format!(
            "{} batches of shape {} with {} deposits, {} transfers and a withdrawal (claimed for {} gas) in {:.1} s",
            self.batches.len(), self.shape, self.deposits, self.transfers, self.claim_gas, self.total_s
        ));
        lines.push(format!(
            "{} constraints a batch, {:.0} constraints per second",
            self.constraints, self.constraints_per_s
        ));
        lines.join("\n")
    }
}
