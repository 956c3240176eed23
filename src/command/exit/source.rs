//! Where a packet comes from.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, ensure};
use assay_api::download;
use assay_circuits::babyjubjub::Point;
use assay_exit::{packet::ExitPacket, published::PublishedState};
use assay_l1::address::EthAddress;

use crate::terminal::{outcome::Unreadable, progress::Progress};

/// How long a server may take to send its file.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(600);

/// The owner's packet, from a packet or a published state, which is a file or served.
pub(super) async fn packet(
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
