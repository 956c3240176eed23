//! Reading a rollup's history from its layer 1: first what the contract told, then, ahead of the
//! work, the calldata of the transactions that brought batches.

use std::{collections::HashSet, time::Duration};

use assay_l1::{
    batch::{BatchData, ProofWords, Word},
    client::{BlockInfo, L1Error, LoggedEvent, QueueEntry, RollupClient, RollupEvent},
};
use futures::{Stream, StreamExt as _};

use crate::fault::{BatchFault, Fault};

/// Transactions that are asked for at a time.
const TRANSACTIONS_AHEAD: usize = 32;
/// How often a call is tried that gets no answer.
const TRIES: u32 = 6;
/// Before the second try; doubled before each that follows.
const PAUSE: Duration = Duration::from_millis(250);

/// What the contract told up to a block.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Transactions that brought batches, in order.
    pub submissions: Vec<Submission>,
    /// Entries of the queue, in order.
    pub entries: Vec<QueueEntry>,
    /// Claims that were paid: the batch, and which of its claims.
    pub paid: HashSet<(u64, u16)>,
    /// Entries that were refunded after a freeze.
    pub refunded: HashSet<u64>,
    /// Accounts that left after a freeze.
    pub escaped: HashSet<u32>,
}

/// A transaction that brought batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its hash.
    pub transaction: Word,
    /// Its block.
    pub block_number: u64,
    /// The first of its batches.
    pub first: u64,
    /// How many they are.
    pub count: usize,
}

impl Told {
    /// Reads the events of `from_block..=to.number`; `report` gets the last block of each piece.
    ///
    /// # Errors
    /// Where the layer 1 does not answer.
    pub async fn read(
        client: &RollupClient,
        from_block: u64,
        to: &BlockInfo,
        report: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Self, L1Error> {
        let mut told = Self::default();
        let mut scan = client.scan_events(from_block, to.number);
        loop {
            // A scan stays where it is when it gets no answer.
            let mut tries = 1;
            let scanned = loop {
                match scan.next().await {
                    Err(L1Error::Transport { .. }) if tries < TRIES => {
                        tokio::time::sleep(PAUSE * 2u32.pow(tries - 1)).await;
                        tries += 1;
                    }
                    answered => break answered?,
                }
            };
            let Some(scanned) = scanned else {
                return Ok(told);
            };
            for logged in &scanned.events {
                told.hear(logged);
            }
            report(scanned.through_block);
        }
    }

    /// Takes an event up.
    pub fn hear(&mut self, logged: &LoggedEvent) {
        match &logged.event {
            RollupEvent::Submitted { batch, .. } => match self.submissions.last_mut() {
                Some(last) if last.transaction == logged.transaction => last.count += 1,
                _ => self.submissions.push(Submission {
                    transaction: logged.transaction,
                    block_number: logged.block_number,
                    first: *batch,
                    count: 1,
                }),
            },
            RollupEvent::Queued { .. } => self.entries.extend(QueueEntry::logged(logged)),
            RollupEvent::Claimed { batch, which, .. } => {
                self.paid.insert((*batch, *which));
            }
            RollupEvent::Refunded { index, .. } => {
                self.refunded.insert(*index);
            }
            RollupEvent::Escaped { account, .. } => {
                self.escaped.insert(*account);
            }
            _ => {}
        }
    }

    /// The block that brought a batch.
    #[must_use]
    pub fn block_of(&self, batch: u64) -> Option<u64> {
        let holds = |of: &&Submission| (of.first..of.first + of.count as u64).contains(&batch);
        let found = self.submissions.iter().find(holds)?;
        Some(found.block_number)
    }

    /// How many batches it tells of.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.submissions.iter().map(|of| of.count as u64).sum()
    }
}

/// The batches of transactions, in order, got by `fetch`, which asks the layer 1 for one transaction;
/// several are asked for while others are worked on.
pub fn batches<'a, Answer>(
    fetch: impl Fn(Word) -> Answer + Copy + Send + Sync + 'a,
    submissions: &'a [Submission],
) -> impl Stream<Item = Result<Vec<(BatchData, ProofWords)>, FetchError>> + Send + 'a
where
    Answer: Future<Output = Submitted> + Send,
{
    let fetch = move |submission: &'a Submission| async move {
        let batches = patiently(fetch, submission.transaction).await;
        let batches = batches.map_err(|error| match error {
            L1Error::Answer { .. } => Fault::Transaction(error).of(submission.first).into(),
            other => FetchError::L1(other),
        })?;
        if batches.len() == submission.count {
            return Ok(batches);
        }
        let (expected, found) = (submission.count, batches.len());
        let fault = Fault::OtherBatches { expected, found };
        Err(fault.of(submission.first).into())
    };
    futures::stream::iter(submissions)
        .map(fetch)
        .buffered(TRANSACTIONS_AHEAD)
}

/// The batches of a transaction, or why the layer 1 does not tell them.
pub type Submitted = Result<Vec<(BatchData, ProofWords)>, L1Error>;

/// Why the batches of a transaction are not known.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The layer 1 does not answer.
    #[error(transparent)]
    L1(L1Error),
    /// It answered with something else.
    #[error(transparent)]
    Batch(#[from] BatchFault),
}

/// Asks again where no answer comes: a long history is read from endpoints that count calls.
async fn patiently<Answer: Future<Output = Submitted>>(
    fetch: impl Fn(Word) -> Answer,
    transaction: Word,
) -> Submitted {
    let mut tries = 1;
    loop {
        match fetch(transaction).await {
            Err(L1Error::Transport { .. }) if tries < TRIES => {
                tokio::time::sleep(PAUSE * 2u32.pow(tries - 1)).await;
                tries += 1;
            }
            answered => return answered,
        }
    }
}
