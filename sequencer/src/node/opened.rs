//! What a node begins with: its store, after what the layer 1 does not have was dropped.

use std::{path::Path, time::Duration};

use assay_circuits::{address::L1Address, order::Domain, quantity::BatchNumber};
use tokio::{task::spawn_blocking, time::sleep};
use tracing::warn;

use super::error::NodeError;
use crate::{
    clock::Clock,
    config::NodeConfig,
    event::Events,
    l1::gateway::SharedGateway,
    pipeline::{
        chain::{self, Chain},
        finding::Finding,
    },
    record::{DropCause, RollBack},
    rollup::Rollup,
    storage::{Disk, Recovered, Storage, StorageError},
    telemetry,
};

/// The store, and the state with which the parts begin.
pub(crate) struct Opened {
    pub(super) storage: Storage,
    pub(super) recovered: Recovered,
    /// Whether the layer 1 has batches after the last one, of which there is nothing here then.
    pub(super) is_behind: bool,
}

/// How a data directory is opened: of this rollup, at this time in Unix seconds.
type Open = fn(&Path, Domain, u64, Disk) -> Result<(Storage, Recovered), StorageError>;

/// A store that nobody else writes, and the layer 1 beside it.
struct Beside<'a> {
    storage: Storage,
    gateway: &'a SharedGateway,
    clock: &'a Clock,
    events: &'a Events,
    domain: Domain,
    /// Between two looks, ms.
    poll_ms: u64,
}

impl Opened {
    /// Opens the data directory.
    pub(crate) async fn open(
        config: &NodeConfig,
        gateway: &SharedGateway,
        told: (&Clock, &Events),
        disk: Disk,
    ) -> Result<Self, NodeError> {
        Self::open_with(Storage::open, config, (gateway, told), disk).await
    }

    /// Opens the data directory after a write in it failed, when nobody has it open any more.
    pub(crate) async fn reopen(
        config: &NodeConfig,
        gateway: &SharedGateway,
        told: (&Clock, &Events),
        disk: Disk,
    ) -> Result<Self, NodeError> {
        Self::open_with(Storage::reopen, config, (gateway, told), disk).await
    }

    /// The store, for those who make the parts.
    pub(super) fn storage(&self) -> Storage {
        self.storage.clone()
    }

    async fn open_with(
        open: Open,
        config: &NodeConfig,
        (gateway, (clock, events)): (&SharedGateway, (&Clock, &Events)),
        disk: Disk,
    ) -> Result<Self, NodeError> {
        // What is repaired is counted.
        telemetry::install(telemetry::ALL);
        let domain = domain(config, gateway);
        let (dir, now_s) = (config.data_dir.clone(), clock.now_ms() / 1_000);
        let open = move || open(&dir, domain, now_s, disk);
        let (storage, recovered) = spawn_blocking(open)
            .await
            .map_err(|_| NodeError::Panicked)??;
        let beside = Beside {
            storage,
            gateway,
            clock,
            events,
            domain,
            poll_ms: config.l1.poll_ms,
        };
        let (is_behind, changed) = beside.level().await?;
        let recovered = match changed {
            true => recover(&beside.storage).await?,
            false => recovered,
        };
        Ok(Self {
            storage: beside.storage,
            recovered,
            is_behind,
        })
    }

    /// What the parts begin with the next time, when none of them is left.
    pub(crate) async fn again(
        storage: Storage,
        config: &NodeConfig,
        gateway: &SharedGateway,
        (clock, events): (&Clock, &Events),
    ) -> Result<Self, NodeError> {
        let beside = Beside {
            storage,
            gateway,
            clock,
            events,
            domain: domain(config, gateway),
            poll_ms: config.l1.poll_ms,
        };
        let (is_behind, _) = beside.level().await?;
        Ok(Self {
            recovered: recover(&beside.storage).await?,
            storage: beside.storage,
            is_behind,
        })
    }
}

impl Beside<'_> {
    /// Drops what was to be dropped, and what the layer 1 has otherwise. Says whether the layer 1 has
    /// more, and whether anything was dropped.
    async fn level(&self) -> Result<(bool, bool), NodeError> {
        let storage = &self.storage;
        let mut dropped = false;
        if let Some((to, cause)) = storage.wanted_roll_back()? {
            self.drop_after(to, cause).await?;
            dropped = true;
        }
        loop {
            match self.compare().await? {
                Chain::Known => return Ok((false, dropped)),
                Chain::Ahead if !storage.has_unsealed()? => return Ok((true, dropped)),
                Chain::Ahead => {
                    let last = storage.last_tip()?.number;
                    self.drop_after(last, DropCause::ForeignBatch).await?;
                }
                Chain::Apart(to, cause) => self.drop_after(to, cause).await?,
            }
            dropped = true;
        }
    }

    /// How the layer 1's batches stand to the node's, where that has something dropped as several looks
    /// in a row agree.
    async fn compare(&self) -> Result<Chain, NodeError> {
        let mut finding = Finding::default();
        loop {
            let head = self.gateway.latest().await?;
            let status = self.gateway.status_at(&head).await?;
            let chain = chain::compare(self.gateway, &self.storage, &head, &status).await?;
            let drops = match chain {
                Chain::Known => false,
                Chain::Ahead => self.storage.has_unsealed()?,
                Chain::Apart(..) => true,
            };
            if !drops || finding.holds(Some(chain), head.number).is_some() {
                return Ok(chain);
            }
            sleep(Duration::from_millis(self.poll_ms.max(1))).await;
        }
    }

    async fn drop_after(&self, to: BatchNumber, cause: DropCause) -> Result<(), NodeError> {
        let why = cause.sentence();
        warn!(after = to.0, why, "what is after a batch is dropped");
        telemetry::ROLL_BACKS.count();
        let at_ms = self.clock.now_ms();
        let wanted = RollBack { to, cause, at_ms };
        let done = self.storage.roll_back(wanted, self.domain).await?;
        self.events.tell_roll_back(&done);
        Ok(())
    }
}

async fn recover(storage: &Storage) -> Result<Recovered, NodeError> {
    let reader = storage.clone();
    let recovered = spawn_blocking(move || reader.recover()).await;
    Ok(recovered.map_err(|_| NodeError::Panicked)??)
}

fn domain(config: &NodeConfig, gateway: &SharedGateway) -> Domain {
    Rollup::new(gateway.chain_id(), L1Address(config.contract.0)).domain
}
