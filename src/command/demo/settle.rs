//! The end of the demo: proofs on the layer 1, the claim, the bundles, and all checks.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use assay_api::{client::NodeClient, hexadecimal::Hex, stage::Stage, wire::BatchDetail};
use assay_circuits::{address::L1Address, tree::StateTree, word};
use assay_durable::Readers;
use assay_l1::{address::EthAddress, client::RollupClient};
use assay_prover::bundle::{Bundle, verdict};

use super::story::{OPERATOR, Story, Withdrawal};
use crate::{
    contract_calls,
    development::{
        account::{self, USER_ACCOUNT},
        stack::{Endpoints, Stack},
    },
    terminal::progress::Progress,
};

/// How long a batch may take from here to its proof on the layer 1.
const BATCH_TIMEOUT: Duration = Duration::from_secs(900);
/// How long an L1 transaction may take.
const L1_TIMEOUT: Duration = Duration::from_secs(120);

/// Waits until all batches up to `last` are proved on the layer 1.
pub(super) async fn prove(
    node: &NodeClient,
    last: u64,
    progress: &Progress,
) -> Result<Vec<BatchDetail>> {
    let step = progress.step("batches proved and accepted on the L1", Some(last));
    let mut batches = Vec::new();
    for number in 1..=last {
        node.wait_for_batch(number, Stage::Proved, BATCH_TIMEOUT)
            .await?;
        batches.push(node.batch(number).await?);
        step.set(number);
    }
    step.finish(&format!("{last} batches"));
    Ok(batches)
}

/// Claims the withdrawal on the layer 1, and checks that exactly its amount arrived.
pub(super) async fn claim(
    endpoints: &Endpoints,
    batches: &[BatchDetail],
    withdrawal: &Withdrawal,
    progress: &Progress,
) -> Result<u64> {
    let step = progress.step("Bob's withdrawal is claimed on the L1", None);
    let client = l1_client(endpoints).await?;
    let hash = withdrawal.hash.to_string();
    let holds = |batch: &&BatchDetail| {
        let mut claims = batch.claims.iter();
        claims.any(|found| found.hash.as_deref() == Some(hash.as_str()))
    };
    let batch = batches
        .iter()
        .find(holds)
        .context("no batch holds the withdrawal")?;
    let to = EthAddress(withdrawal.to.0);
    let before = client.balance(0, to).await?;
    let receipt = client
        .execute(&contract_calls::claim(batch, &hash)?.0, L1_TIMEOUT)
        .await?;
    let arrived = client.balance(0, to).await?.checked_sub(before);
    ensure!(
        arrived == Some(withdrawal.amount),
        "{} wei should have come to {}, and {} did",
        withdrawal.amount,
        L1Address(to.0),
        arrived.unwrap_or_default()
    );
    step.finish(&format!("{} wei to {}", withdrawal.amount, withdrawal.to));
    Ok(receipt.gas_used)
}

/// Downloads all bundles into a directory and verifies each offline under the demo's own key.
pub(super) async fn verify_bundles(
    stack: &Stack,
    node: &NodeClient,
    batches: &[BatchDetail],
    directory: &Path,
    progress: &Progress,
) -> Result<Vec<PathBuf>> {
    let step = progress.step("bundles verified offline", Some(batches.len() as u64));
    let trusted = stack.keys.proving_key.verifying_key();
    let mut paths = Vec::new();
    for batch in batches {
        let number = batch.batch.number;
        let bytes = node.bundle(number).await?;
        let bundle =
            Bundle::parse(&bytes).with_context(|| format!("the bundle of batch {number}"))?;
        let verdict = verdict(&bundle, Some(trusted));
        let failure = verdict.first_failure.unwrap_or_default();
        ensure!(
            verdict.valid,
            "the bundle of batch {number} is invalid: `{failure}` does not fit"
        );
        ensure!(
            verdict.batch == number,
            "the bundle of batch {number} is that of {}",
            verdict.batch
        );
        let path = directory.join(format!("batch-{number}.json"));
        let written = assay_durable::write(&path, Readers::All, bytes.as_ref());
        written.with_context(|| format!("cannot write {}", path.display()))?;
        paths.push(path);
        step.set(number);
    }
    step.finish("all valid");
    Ok(paths)
}

/// Checks everything that the story should have led to; returns what was checked.
pub(super) async fn check(
    endpoints: &Endpoints,
    story: &Story<'_>,
    batches: &[BatchDetail],
) -> Result<Vec<String>> {
    let mut old_root = Hex(&word::to_bytes(StateTree::default().root())).to_string();
    for detail in batches {
        let batch = &detail.batch;
        ensure!(
            batch.old_root == old_root,
            "batch {} does not start where the one before ended",
            batch.number
        );
        old_root.clone_from(&batch.new_root);
    }
    let client = l1_client(endpoints).await?;
    let status = client.status().await?;
    let proved_root = Hex(&status.proved_root).to_string();
    ensure!(
        status.last_proved == batches.len() as u64,
        "the contract has {} proved batches",
        status.last_proved
    );
    ensure!(
        proved_root == old_root,
        "the contract's root is {proved_root}, the node's {old_root}"
    );

    for user in &story.users {
        let accounts = story.node.accounts(&user.address).await?;
        story.book.check(user.name, &user.address, &accounts)?;
    }
    let accounts = story.node.accounts(&endpoints.operator).await?;
    story.book.check(OPERATOR, &endpoints.operator, &accounts)?;

    let token = endpoints.deployment.token.number;
    for token in [0, token] {
        let held = client.held(token).await?;
        let owed = story.book.total(token);
        ensure!(
            held == owed,
            "the contract owes {held} of token {token}, and {owed} is there"
        );
    }
    Ok(vec![
        "each batch starts from the root where the one before ended, the first from genesis"
            .to_owned(),
        "the contract's proved root is the node's".to_owned(),
        "every balance is as counted apart, soft and proved".to_owned(),
        "the contract owes exactly what is there, in ether and token".to_owned(),
    ])
}

/// A client that pays from Bob's L1 account.
async fn l1_client(endpoints: &Endpoints) -> Result<RollupClient> {
    let deployment = &endpoints.deployment;
    let signer = Some(account::signer(USER_ACCOUNT + 1)?);
    Ok(RollupClient::connect(&deployment.l1_url, deployment.contract, signer).await?)
}
