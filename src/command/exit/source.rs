//! Where a packet comes from: a file, or the layer 1.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use assay_api::download;
use assay_circuits::{address::L1Address, babyjubjub::Point, quantity::BatchNumber};
use assay_exit::{
    claims::OpenClaims, packet::ExitPacket, published::PublishedState, rollup::Rollup,
};
use assay_l1::{address::EthAddress, client::RollupClient};
use assay_restore::{keys::VerifyingKeys, restore::RestoreConfig};

use crate::{
    restoring::restored,
    terminal::{outcome::Unreadable, progress::Progress},
};

/// How long a server may take to send its file.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// The owner's packet, from a packet or a published state, which is a file or served.
pub(super) async fn read(
    from: &str,
    owner: Point,
    receivers: [EthAddress; 2],
    progress: &Progress,
) -> Result<ExitPacket> {
    let step = progress.step(format!("reading {from}"), None);
    let is_url = from.starts_with("http://") || from.starts_with("https://");
    let bytes = if is_url {
        download::read(from, DOWNLOAD_TIMEOUT).await?
    } else {
        fs::read(from).with_context(|| format!("cannot read {from}"))?
    };
    let packet = tokio::task::spawn_blocking(move || parse(&bytes, owner, &receivers))
        .await
        .context("reading it broke off")?;
    let packet = packet.map_err(|error| Unreadable(format!("{from}: {error:#}")))?;
    step.finish("checked against its root");
    Ok(packet)
}

fn parse(bytes: &[u8], owner: Point, receivers: &[EthAddress]) -> Result<ExitPacket> {
    if PublishedState::is_one(bytes) {
        return Ok(PublishedState::parse(bytes)?.packet(owner, receivers));
    }
    let packet = ExitPacket::parse(bytes)?;
    ensure!(
        packet.owner == owner,
        "the packet is of another owner than the wallet's key"
    );
    Ok(packet)
}

/// The state after the last proved batch, from the layer 1 alone, with the claims that are open.
pub(super) async fn rebuild(client: &RollupClient, start_block: u64) -> Result<PublishedState> {
    let keys = VerifyingKeys::of_contract(client, &VerifyingKeys::default()).await?;
    // A frozen rollup has no batch more that a reorganisation could bring.
    let config = RestoreConfig {
        start_block,
        confirmations: 0,
    };
    let restored = restored(client, keys, config).await?;
    let mut claims: Vec<OpenClaims> = Vec::new();
    for (of_batch, which) in restored.open_claims() {
        match claims.last_mut() {
            Some(last) if last.batch == of_batch.batch => last.which.push(which),
            _ => claims.push(OpenClaims {
                batch: of_batch.batch,
                header: *usize::try_from(of_batch.batch)
                    .ok()
                    .and_then(|batch| restored.headers.get(batch))
                    .context("every batch has a header")?,
                claims: of_batch.claims.clone(),
                which: vec![which],
            }),
        }
    }
    let rollup = Rollup {
        chain_id: client.chain_id(),
        contract: L1Address(client.contract().0),
    };
    let batch = BatchNumber(restored.tip.number);
    Ok(PublishedState::new(rollup, batch, restored.state, claims)?)
}
