//! What is asked of a node to see how it is.

use anyhow::{Result, ensure};
use assay_api::{
    client::{ClientError, NodeClient},
    proving::{
        WorkerView,
        client::{Token, WorkerClient},
    },
    stage::Stage,
    wire::{BatchView, FaultView, ReadyView, StatusView},
};
use serde::Serialize;

use super::{advice::advice, announced::announced, figures::Figures};
use crate::{options::doors, terminal::moment::now_ms};

/// Latest batches that are shown.
const BATCHES: u32 = 6;

/// How a node is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Found {
    /// When it was asked, Unix ms.
    pub(super) at_ms: u64,
    pub(super) node: String,
    /// Whether nothing is wrong, not even what the node goes on with.
    pub(super) well: bool,
    /// Whether it takes transactions.
    pub(super) ready: bool,
    pub(super) faults: Vec<FaultFound>,
    /// What it says of itself; nothing while it starts.
    pub(super) status: Option<StatusView>,
    /// The last batch of each stage.
    pub(super) stages: Vec<StageFound>,
    /// Of its metrics, where they are to be had.
    pub(super) figures: Option<Figures>,
    /// Its workers, where the token was given.
    pub(super) workers: Option<Vec<WorkerView>>,
    /// The latest batches, latest first.
    pub(super) batches: Vec<BatchView>,
}

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct FaultFound {
    pub(super) code: String,
    pub(super) message: String,
    /// What to do; nothing where this program does not know the code.
    pub(super) advice: Option<&'static str>,
    /// The section of the runbook.
    pub(super) runbook: Option<String>,
}

/// The last batch of a stage, and when it came there, Unix ms.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StageFound {
    pub(super) stage: Stage,
    pub(super) batch: u64,
    pub(super) at_ms: Option<u64>,
}

/// A node, asked by whoever may.
#[derive(Debug)]
pub(super) struct Asked {
    url: String,
    node: NodeClient,
    workers: Option<WorkerClient>,
}

impl Asked {
    /// The node at a URL; with its token also its workers.
    pub(super) fn new(url: &str, token: Option<String>) -> Result<Self> {
        let workers = token.map(|token| WorkerClient::new(url, Token(token)));
        Ok(Self {
            url: url.to_owned(),
            node: NodeClient::new(url)?,
            workers: workers.transpose()?,
        })
    }

    /// Asks once.
    pub(super) async fn look(&self) -> Result<Found> {
        let ready = match self.node.ready().await {
            Ok(ready) => ready,
            Err(error) => {
                ensure!(
                    !doors::is_layer1(&self.url, &error).await,
                    "a layer 1 answers at {}, and no node of Assay: --node takes the node's URL",
                    self.url
                );
                return Err(error.into());
            }
        };
        let status = match self.node.status().await {
            Ok(status) => Some(status),
            // One that starts answers nothing else.
            Err(ClientError::Refused { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let mut found = self.of(ready, status);
        if found.status.is_some() {
            found.batches = self.node.batches(Some(BATCHES), None).await?.batches;
            found.stages = self.stages(&found).await?;
        }
        if let Some(workers) = &self.workers {
            found.workers = Some(workers.workers().await?.workers);
        }
        // A proxy may keep them from everybody.
        let figures = self.node.metrics().await.ok();
        found.figures = figures.as_deref().map(Figures::read);
        Ok(found)
    }

    fn of(&self, ready: ReadyView, status: Option<StatusView>) -> Found {
        let is_well = ready.ready && ready.faults.is_empty() && status.is_some();
        Found {
            at_ms: now_ms(),
            node: self.url.clone(),
            well: is_well,
            ready: ready.ready,
            faults: ready.faults.into_iter().map(fault).collect(),
            status,
            stages: Vec::new(),
            figures: None,
            workers: None,
            batches: Vec::new(),
        }
    }

    async fn stages(&self, found: &Found) -> Result<Vec<StageFound>> {
        let heights = found.status.as_ref().map(|status| status.heights);
        let heights = heights.unwrap_or_default();
        let mut stages = vec![StageFound {
            stage: Stage::Executed,
            batch: heights.executed,
            at_ms: None,
        }];
        for (stage, batch) in [
            (Stage::Sealed, heights.sealed),
            (Stage::Proved, heights.proved),
            (Stage::Final, heights.r#final),
        ] {
            let view = self.batch(batch, &found.batches).await?;
            let at_ms = view.and_then(|view| match stage {
                Stage::Sealed => view.times_ms.sealed,
                Stage::Proved => view.times_ms.proved,
                _ => view.times_ms.r#final,
            });
            stages.push(StageFound {
                stage,
                batch,
                at_ms,
            });
        }
        Ok(stages)
    }

    /// A batch, asked for where it is not among those that are known.
    async fn batch(&self, number: u64, known: &[BatchView]) -> Result<Option<BatchView>> {
        if number == 0 {
            return Ok(None);
        }
        if let Some(found) = known.iter().find(|batch| batch.number == number) {
            return Ok(Some(found.clone()));
        }
        let page = self.node.batches(Some(1), number.checked_add(1)).await?;
        let mut batches = page.batches.into_iter();
        Ok(batches.find(|batch| batch.number == number))
    }
}

fn fault(view: FaultView) -> FaultFound {
    let known = advice(&view.code);
    FaultFound {
        advice: known.map(|(sentence, _)| sentence),
        runbook: known.map(|(_, section)| format!("docs/operations.md#{section}")),
        code: view.code,
        message: view.message,
    }
}

impl Found {
    /// All but times, in one line: it changes when something moves.
    pub(super) fn line(&self) -> String {
        let mut parts = vec![self.verdict()];
        if let Some(status) = &self.status {
            let heights = status.heights;
            parts.push(format!(
                "executed {}, sealed {}, proved {}, final {}",
                heights.executed, heights.sealed, heights.proved, heights.r#final
            ));
            parts.push(format!(
                "{} transactions wait; {} batches want a worker, {} are being proved",
                status.pool.transactions, status.prover.open, status.prover.leased
            ));
            let announced = announced(status, self.at_ms / 1_000).unwrap_or_default();
            if !announced.is_empty() {
                parts.push(format!("{} announcements at the contract", announced.len()));
            }
        }
        parts.join("; ")
    }

    /// Whether it is well, in words.
    pub(super) fn verdict(&self) -> String {
        let codes: Vec<&str> = self.faults.iter().map(|fault| &*fault.code).collect();
        match (self.well, self.ready, codes.as_slice()) {
            (true, ..) => "well".to_owned(),
            (false, _, []) => "not ready: it starts".to_owned(),
            (false, true, codes) => format!("ready, and something is wrong: {}", codes.join(", ")),
            (false, false, codes) => format!("not ready: {}", codes.join(", ")),
        }
    }
}
