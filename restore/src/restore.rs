//! The whole of it: from a layer 1 to the state, the headers, the open claims and the queue.

use std::{future::Future, pin::Pin, sync::Arc};

use assay_circuits::{address::L1Address, batch::State, order::Domain, word};
use assay_l1::{
    batch::{BatchData, BatchHeader, ProofWords},
    client::{BlockInfo, L1Error, QueueEntry, RollupClient, RollupStatus},
};
use futures::StreamExt as _;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    batches::{BatchClaims, Batches, Checked, Tip},
    fault::{BatchFault, Fault},
    history::{self, FetchError, Submission, Told},
    keys::VerifyingKeys,
    queue::{Queue, QueueError},
};

/// Batches that are checked at a time.
const CHUNK: usize = 64;
/// Transactions whose batches wait to be checked.
const WAITING: usize = 64;

/// Why a rollup cannot be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The layer 1 does not answer, or not with what a contract writes.
    #[error(transparent)]
    L1(#[from] L1Error),
    /// The layer 1 does not have the block up to which it is to be read.
    #[error("the layer 1 has no block {0}")]
    NoBlock(u64),
    /// The block up to which was read is not there any more.
    #[error("the layer 1 was reorganised at block {0} while it was read: begin again")]
    Reorganised(u64),
    /// The contract is bound to something else, so what is signed for it is signed for another.
    #[error("the contract's domain is not that of its address on chain {chain_id}")]
    Domain {
        /// The chain.
        chain_id: u64,
    },
    /// A batch that does not fit.
    #[error(transparent)]
    Batch(#[from] BatchFault),
    /// The queue does not fit.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Fewer or more batches than the contract has.
    #[error(
        "{found} batches were found, the contract has {expected}: is --start-block after the contract's block?"
    )]
    BatchCount {
        /// How many the contract has.
        expected: u64,
        /// How many were found.
        found: u64,
    },
    /// A part of the work broke off.
    #[error("a part of the work panicked")]
    Panicked,
}

impl From<FetchError> for RestoreError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::L1(error) => Self::L1(error),
            FetchError::Batch(fault) => Self::Batch(fault),
        }
    }
}

/// Up to where, and from where on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestoreConfig {
    /// The block of the contract's deployment, or one before it.
    pub start_block: u64,
    /// So many blocks at the end are not looked at, since they may be reorganised.
    pub confirmations: u64,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Blocks whose events were read.
    Blocks {
        /// So many.
        done: u64,
        /// Of so many.
        of: u64,
    },
    /// Batches that were checked.
    Batches {
        /// So many.
        done: u64,
        /// Of so many.
        of: u64,
    },
}

/// A restored rollup.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The network that it is bound to.
    pub domain: Domain,
    /// The block after which all this holds.
    pub block: BlockInfo,
    /// What the contract says of itself there.
    pub status: RollupStatus,
    /// The state after the last batch.
    pub state: State,
    /// Where that left the rollup.
    pub tip: Tip,
    /// Headers by batch number, that of batch 0 first.
    pub headers: Vec<BatchHeader>,
    /// All claims, paid or not, of the batches that have some.
    pub claims: Vec<BatchClaims>,
    /// The whole queue.
    pub queue: Queue,
    /// What was paid, refunded and escaped.
    pub told: Told,
}

impl Restored {
    /// Claims that were not paid: their batch, and which of its claims.
    pub fn open_claims(&self) -> impl Iterator<Item = (&BatchClaims, u16)> {
        let of_batch =
            |claims: &'_ BatchClaims| 0..u16::try_from(claims.claims.len()).unwrap_or(u16::MAX);
        self.claims
            .iter()
            .flat_map(move |claims| of_batch(claims).map(move |which| (claims, which)))
            .filter(|(claims, which)| !self.told.paid.contains(&(claims.batch, *which)))
    }

    /// Entries that no batch took, and that were not refunded.
    pub fn waiting(&self) -> impl Iterator<Item = &QueueEntry> {
        let waiting = self.queue.from(self.tip.header.queue_end).iter();
        waiting.filter(|entry| !self.told.refunded.contains(&entry.index))
    }
}

/// What is shown each batch that was checked, in order.
pub type Watch<'a> = &'a mut (dyn FnMut(&Checked) + Send);

/// What is told while it works.
pub type Report<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Restoring under way.
pub type Restoring<'a> = Pin<Box<dyn Future<Output = Result<Restored, RestoreError>> + Send + 'a>>;

/// Restores the rollup of a contract.
///
/// # Errors
/// [`RestoreError`].
pub fn restore<'a>(
    client: &'a RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
    report: Report<'a>,
) -> Restoring<'a> {
    Box::pin(async move { restore_all(client, keys, config, report, &mut |_: &Checked| {}).await })
}

/// Restores the rollup of a contract, and shows each batch: nothing of them is kept.
///
/// # Errors
/// [`RestoreError`].
pub fn restore_and_watch<'a>(
    client: &'a RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
    report: Report<'a>,
    watch: Watch<'a>,
) -> Restoring<'a> {
    Box::pin(restore_all(client, keys, config, report, watch))
}

async fn restore_all(
    client: &RollupClient,
    keys: VerifyingKeys,
    config: RestoreConfig,
    report: Report<'_>,
    watch: Watch<'_>,
) -> Result<Restored, RestoreError> {
    let domain = check_domain(client).await?;
    let last = client.block_number().await?;
    let number = last.saturating_sub(config.confirmations);
    let block = client.block(number).await?;
    let block = block.ok_or(RestoreError::NoBlock(number))?;
    // At once: endpoints keep the state of old blocks for a while only.
    let status = client.status_at(&block).await?;
    let up_to = (&block, &status);
    let read = read_and_check(client, domain, keys, (config, up_to), (report, watch)).await;
    // What was read while blocks were replaced may be of two chains, and fit or not.
    let again = client.block(number).await?;
    if again.map(|block| block.hash) != Some(block.hash) {
        return Err(RestoreError::Reorganised(number));
    }
    let (batches, queue, told) = read?;
    let tip = *batches.tip();
    let (state, headers, claims) = batches.into_parts();
    let mut all_headers = vec![Tip::genesis().header];
    all_headers.extend(headers);
    Ok(Restored {
        domain,
        block,
        status,
        state,
        tip,
        headers: all_headers,
        claims,
        queue,
        told,
    })
}

/// What the layer 1 tells up to a block where the contract stands so.
async fn read_and_check(
    client: &RollupClient,
    domain: Domain,
    keys: VerifyingKeys,
    (config, (block, status)): (RestoreConfig, (&BlockInfo, &RollupStatus)),
    (report, watch): (Report<'_>, Watch<'_>),
) -> Result<(Batches, Queue, Told), RestoreError> {
    let start = config.start_block.min(block.number);
    let of = block.number - start + 1;
    let scanned = |through: u64| {
        let done = through - start + 1;
        report(Progress::Blocks { done, of });
    };
    let mut told = Told::read(client, start, block, &scanned).await?;
    let link = client.queue_link(status.queue_length).await?;
    let entries = std::mem::take(&mut told.entries);
    let queue = Arc::new(Queue::new(entries, status.queue_length, &link)?);
    check_order(&told.submissions, status.last_proved)?;
    let batches = Batches::genesis(domain, keys);
    let told_of = &told.submissions;
    let batches = check_batches(client, told_of, batches, &queue, (report, watch)).await?;
    if batches.tip().hash != status.last_batch_hash {
        return Err(first_difference(client, &batches).await?);
    }
    Ok((batches, Arc::unwrap_or_clone(queue), told))
}

/// What is signed for the contract must be bound to it.
async fn check_domain(client: &RollupClient) -> Result<Domain, RestoreError> {
    let chain_id = client.chain_id();
    let domain = Domain::new(chain_id, L1Address(client.contract().0));
    if client.info().await?.domain == word::to_bytes(domain.0) {
        Ok(domain)
    } else {
        Err(RestoreError::Domain { chain_id })
    }
}

/// Batch follows batch, up to the contract's last.
fn check_order(submissions: &[Submission], last: u64) -> Result<(), RestoreError> {
    let mut expected = 1;
    for submission in submissions {
        let next = submission.first;
        if next != expected {
            return Err(Fault::Missing { next }.of(expected).into());
        }
        expected += submission.count as u64;
    }
    if expected - 1 == last {
        return Ok(());
    }
    Err(RestoreError::BatchCount {
        expected: last,
        found: expected - 1,
    })
}

/// Fetches batches on one side and checks them on the other.
async fn check_batches(
    client: &RollupClient,
    submissions: &[Submission],
    mut checked: Batches,
    queue: &Arc<Queue>,
    (report, watch): (Report<'_>, Watch<'_>),
) -> Result<Batches, RestoreError> {
    let of = submissions
        .iter()
        .map(|submission| submission.count as u64)
        .sum();
    let (sender, mut fetched) = mpsc::channel(WAITING);
    let mut fetching = JoinSet::new();
    let (client, submissions) = (client.clone(), submissions.to_vec());
    fetching.spawn(async move {
        let client = &client;
        let fetch = move |transaction| client.submitted(transaction);
        let mut batches = std::pin::pin!(history::batches(fetch, &submissions));
        while let Some(found) = batches.next().await {
            if sender.send(found).await.is_err() {
                return;
            }
        }
    });
    let mut chunk: Vec<(BatchData, ProofWords)> = Vec::new();
    loop {
        let found = fetched.recv().await;
        let ended = found.is_none();
        chunk.extend(found.transpose()?.unwrap_or_default());
        if chunk.is_empty() && ended {
            break;
        }
        // What has come is worked on, rather than waited for more.
        if chunk.len() < CHUNK && !ended && !fetched.is_empty() {
            continue;
        }
        let (work, queue) = (std::mem::take(&mut chunk), queue.clone());
        let take = move || checked.take(&work, &queue).map(|taken| (taken, checked));
        let taken = tokio::task::spawn_blocking(take).await;
        let (batches, after) = taken.map_err(|_| RestoreError::Panicked)??;
        checked = after;
        batches.iter().for_each(&mut *watch);
        let done = checked.tip().number;
        report(Progress::Batches { done, of });
        if ended {
            break;
        }
    }
    match fetching.join_next().await {
        Some(Err(_)) => Err(RestoreError::Panicked),
        _ => Ok(checked),
    }
}

/// The first batch of which the contract keeps another hash.
async fn first_difference(
    client: &RollupClient,
    batches: &Batches,
) -> Result<RestoreError, RestoreError> {
    let mut hashes = vec![Tip::genesis().hash];
    for header in batches.headers() {
        hashes.push(header.hash(hashes[hashes.len() - 1]));
    }
    let (mut same, mut different) = (0, hashes.len() - 1);
    while different - same > 1 {
        let middle = same.midpoint(different);
        if client.batch_hash(middle as u64).await? == hashes[middle] {
            same = middle;
        } else {
            different = middle;
        }
    }
    Ok(Fault::Header.of(different as u64).into())
}
