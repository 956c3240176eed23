//! What the layer 1 tells of the batches after the node's last one.

use std::collections::VecDeque;

use assay_l1::{
    batch::{BatchData, ProofWords, Word},
    client::{L1Error, QueueEntry},
};
use assay_restore::{
    fault::Fault as Misfit,
    history::{self, Submission, Told},
    queue::Queue,
};
use futures::StreamExt as _;

use super::{error::FollowError, inputs::FollowerInputs};
use crate::{config::L1Policy, pipeline::sight::Sight, record::Tip};

/// Batches that are taken up at a time.
const PIECE: usize = 64;

/// Batches that follow the node's last one.
pub(super) struct Piece {
    pub(super) batches: Vec<(BatchData, ProofWords)>,
    /// The transaction that brought each.
    pub(super) transactions: Vec<Word>,
    /// The entries of the queue on which they depend.
    pub(super) queue: Queue,
}

/// The transactions that brought batches, as far as they are not taken up.
#[derive(Debug)]
pub(super) struct History {
    policy: L1Policy,
    submissions: VecDeque<Submission>,
    /// Entries of the queue that were told of in the same blocks.
    entries: VecDeque<QueueEntry>,
    /// Where to look for the next entries of the queue.
    entries_from: u64,
    /// What is being read, over as many looks as it takes.
    reading: Option<Reading>,
    /// Whether all is read, since what is wanted is not where it should be.
    from_start: bool,
}

/// Events that are being read.
#[derive(Debug)]
struct Reading {
    next_block: u64,
    told: Told,
}

impl History {
    pub(super) fn new(policy: L1Policy) -> Self {
        Self {
            policy,
            submissions: VecDeque::new(),
            entries: VecDeque::new(),
            entries_from: policy.start_block,
            reading: None,
            from_start: false,
        }
    }

    /// What was read does not count any more.
    pub(super) fn forget(&mut self) {
        *self = Self::new(self.policy);
    }

    /// The batches after the one with this tip, some of those that there are.
    pub(super) async fn next(
        &mut self,
        inputs: &FollowerInputs,
        tip: &Tip,
        sight: &Sight,
    ) -> Result<Piece, FollowError> {
        let next = tip.number.0 + 1;
        self.find(inputs, next, sight).await?;
        let mut submissions = Vec::new();
        let mut count = 0;
        for submission in &self.submissions {
            if count >= PIECE {
                break;
            }
            count += submission.count;
            submissions.push(submission.clone());
        }
        let fetch = |transaction| inputs.gateway.submitted(transaction);
        let mut fetched = std::pin::pin!(history::batches(fetch, &submissions));
        let (mut batches, mut transactions) = (Vec::new(), Vec::new());
        for submission in &submissions {
            let found = fetched.next().await.transpose()?.unwrap_or_default();
            for (data, proof) in found {
                // A transaction may have brought batches that the node has as well.
                if data.batch >= next {
                    batches.push((data, proof));
                    transactions.push(submission.transaction);
                }
            }
        }
        let queue = self.queue(inputs, tip, sight, &batches).await?;
        Ok(Piece {
            batches,
            transactions,
            queue,
        })
    }

    /// Makes sure that the transaction of a batch is at the front.
    async fn find(
        &mut self,
        inputs: &FollowerInputs,
        next: u64,
        sight: &Sight,
    ) -> Result<(), FollowError> {
        if self.begins_with(next) {
            return Ok(());
        }
        // It is where the node has not looked yet, unless blocks were replaced.
        let seen = inputs.storage.l1_cursor()?.unwrap_or(0);
        let seen = seen.saturating_sub(self.policy.finality_blocks);
        let start = self.policy.start_block;
        loop {
            let from = if self.from_start {
                start
            } else {
                seen.max(start)
            };
            let told = self.read(inputs, from, sight).await?;
            (self.submissions, self.entries) = (told.submissions.into(), told.entries.into());
            let is_found = self.begins_with(next);
            let is_all = std::mem::replace(&mut self.from_start, !is_found);
            if is_found {
                return Ok(());
            }
            if is_all {
                break;
            }
        }
        self.from_start = false;
        let later = self.submissions.front().map(|front| front.first);
        let later = later.unwrap_or(sight.status.last_proved);
        Err(Misfit::Missing { next: later }.of(next).into())
    }

    /// Whether the transaction at the front brought a batch; those before it go.
    fn begins_with(&mut self, batch: u64) -> bool {
        while let Some(front) = self.submissions.front() {
            if front.first + front.count as u64 > batch {
                return front.first <= batch;
            }
            self.submissions.pop_front();
        }
        false
    }

    /// The entries that these batches take, and the one after them, which they may have to take.
    async fn queue(
        &mut self,
        inputs: &FollowerInputs,
        tip: &Tip,
        sight: &Sight,
        batches: &[(BatchData, ProofWords)],
    ) -> Result<Queue, FollowError> {
        let taken = batches
            .iter()
            .map(|(data, _)| u64::from(data.l1_operations));
        let begin = tip.queue_end;
        let end = begin.saturating_add(taken.sum::<u64>()).saturating_add(1);
        let end = end.min(sight.status.queue_length).max(begin);
        let gateway = &inputs.gateway;
        while self
            .entries
            .front()
            .is_some_and(|entry| entry.index < begin)
        {
            self.entries.pop_front();
        }
        let asked = self.entries.iter().filter(|entry| entry.index < end);
        let mut entries: Vec<_> = asked.cloned().collect();
        if entries.len() as u64 != end - begin {
            entries = gateway.queue(begin, end, self.entries_from).await?;
        }
        if let Some(first) = entries.first() {
            self.entries_from = first.block_number;
        }
        let at = &sight.head;
        let links = (gateway.queue_link(begin, at), gateway.queue_link(end, at));
        let (before, after) = (links.0.await?, links.1.await?);
        Ok(Queue::part((begin, &before), entries, (end, &after))?)
    }

    /// What the contract told from a block on. What was read stays when the layer 1 does not answer any
    /// more.
    async fn read(
        &mut self,
        inputs: &FollowerInputs,
        from_block: u64,
        sight: &Sight,
    ) -> Result<Told, L1Error> {
        let to_block = sight.head.number;
        let reading = self.reading.get_or_insert_with(|| Reading {
            next_block: from_block.min(to_block),
            told: Told::default(),
        });
        while reading.next_block <= to_block {
            let piece = inputs.gateway.events(reading.next_block, to_block).await?;
            for logged in &piece.events {
                reading.told.hear(logged);
            }
            reading.next_block = piece.through_block + 1;
        }
        Ok(self
            .reading
            .take()
            .map_or_else(Told::default, |read| read.told))
    }
}
