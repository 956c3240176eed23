//! How far the node has come. Executor, sealer and pipeline each publish their part; whoever
//! needs to know reads all of it from a [`Standing`], and nobody waits for a lock.

use std::sync::Arc;

use assay_circuits::quantity::{BatchNumber, Timestamp};
use assay_l1::client::TokenInfo;
use tokio::sync::watch;

use crate::{
    admission::room::Occupancy,
    clock::{Clock, Moment},
    health::{Fault, Health},
    record::Word,
    telemetry,
    tokens::TokenBook,
};

/// How far apart two clocks may be that are set, and the time that a block takes, s.
const CLOCKS_APART_S: u32 = 60;

/// Last batch at each stage; 0 before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Heights {
    /// The batch that is open, or was last.
    pub(crate) executed: BatchNumber,
    /// Executed in its final order.
    pub(crate) sealed: BatchNumber,
    /// On the layer 1.
    pub(crate) proved: BatchNumber,
    /// Deep in the layer 1.
    pub(crate) r#final: BatchNumber,
}

/// What the executor publishes after each turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Executed {
    /// The batch that is open, or was last.
    pub(crate) batch: BatchNumber,
    /// Entries of the layer 1's queue that are in a batch.
    pub(crate) queue_taken: u64,
    /// Transactions that wait for their turn.
    pub(crate) waiting: usize,
    /// What of the pool they take up.
    pub(crate) occupancy: Occupancy,
    /// Of those that may be able to run now, the one that was acknowledged first: its place in the order of
    /// acknowledgement, and when that was, Unix ms.
    pub(crate) oldest_ready: Option<(u64, u64)>,
}

/// What the pipeline publishes of the layer 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posted {
    /// Last batch that is there.
    pub(crate) proved: BatchNumber,
    /// Last batch that is deep there.
    pub(crate) r#final: BatchNumber,
    /// Up to this one all batches have proofs.
    pub(crate) with_proof: BatchNumber,
    /// The latest look.
    pub(crate) look: Look,
}

/// The layer 1 as the node saw it last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Latest block.
    pub(crate) block: u64,
    /// Its hash.
    pub(crate) block_hash: Word,
    /// Its base fee, wei per gas.
    pub(crate) base_fee_wei: u128,
    /// What time it is there, Unix seconds: that of the block that would be made now.
    pub(crate) timestamp: u64,
    /// What its clock says, Unix seconds: blocks that follow close on one another may be ahead of it.
    pub(crate) clock_s: u64,
    /// When the layer 1 answered, Unix ms; 0 before the first time.
    pub(crate) seen_ms: u64,
    /// When that was, by the clock that does not jump.
    pub(crate) seen: Moment,
    /// Registered ERC-20s.
    pub(crate) tokens: u16,
    /// Entries in the contract's queue.
    pub(crate) queue_length: u64,
    /// Of them, those that are deep enough to be taken.
    pub(crate) queue_confirmed: u64,
    /// Of them, those that proved batches took.
    pub(crate) queue_consumed: u64,
    /// Until when the first entry that no proved batch took must be taken, Unix seconds; 0 for none.
    pub(crate) head_due: u32,
    /// Until when anybody may settle, Unix seconds.
    pub(crate) open_until: u32,
    /// Whether the rollup is frozen for good.
    pub(crate) frozen: bool,
    /// When anybody may freeze it because closing was announced, Unix seconds; 0 for never.
    pub(crate) closing_at: u64,
}

impl Look {
    /// What time it is by the layer 1, when so much has passed since it was asked. `None` before
    /// that.
    fn now_s(&self, clock: &Clock) -> Option<Timestamp> {
        let since_s = clock.ms_since(self.seen) / 1_000;
        let now_s = self.timestamp.saturating_add(since_s);
        let now_s = Timestamp::try_from(now_s).unwrap_or(Timestamp::MAX);
        (self.seen_ms > 0).then_some(now_s)
    }

    /// Says whether the node's time of day is the layer 1's.
    pub(crate) fn compare_clocks(&self, clock: &Clock, health: &Health) {
        let (own, l1) = (u64::from(clock.now_s()), self.clock_s);
        let apart_s = own.abs_diff(l1);
        telemetry::CLOCK_APART.set(apart_s as f64);
        if apart_s <= CLOCKS_APART_S.into() {
            health.clear(Fault::ClockApart);
            return;
        }
        let sentence = format!(
            "the node's clock and the layer 1's are apart: {own} here and {l1} there (Unix \
             seconds); the layer 1's is taken"
        );
        health.raise(Fault::ClockApart, sentence);
    }
}

/// Where each part publishes: one sender for each owner.
#[derive(Debug)]
pub(crate) struct Publishers {
    pub(crate) executed: watch::Sender<Executed>,
    pub(crate) sealed: watch::Sender<BatchNumber>,
    pub(crate) posted: watch::Sender<Posted>,
}

/// How far the node has come, for those who read. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    executed: watch::Receiver<Executed>,
    sealed: watch::Receiver<BatchNumber>,
    posted: watch::Receiver<Posted>,
    tokens: TokenBook,
}

/// A node whose last sealed batch is `sealed`.
pub(crate) fn channels(sealed: BatchNumber, tokens: TokenBook) -> (Publishers, Standing) {
    let executed = watch::Sender::new(Executed {
        batch: sealed,
        ..Executed::default()
    });
    let sealed = watch::Sender::new(sealed);
    let posted = watch::Sender::new(Posted::default());
    let standing = Standing {
        executed: executed.subscribe(),
        sealed: sealed.subscribe(),
        posted: posted.subscribe(),
        tokens,
    };
    let publishers = Publishers {
        executed,
        sealed,
        posted,
    };
    (publishers, standing)
}

impl Standing {
    pub(crate) fn heights(&self) -> Heights {
        let (proved, r#final) = {
            let posted = self.posted.borrow();
            (posted.proved, posted.r#final)
        };
        Heights {
            executed: self.executed.borrow().batch,
            sealed: self.sealed(),
            proved,
            r#final,
        }
    }

    pub(crate) fn executed(&self) -> Executed {
        *self.executed.borrow()
    }

    pub(crate) fn sealed(&self) -> BatchNumber {
        *self.sealed.borrow()
    }

    pub(crate) fn proved(&self) -> BatchNumber {
        self.posted.borrow().proved
    }

    /// The last batch that has a proof, as all before it do.
    pub(crate) fn with_proof(&self) -> BatchNumber {
        let posted = self.posted.borrow();
        posted.with_proof.max(posted.proved)
    }

    pub(crate) fn look(&self) -> Look {
        self.posted.borrow().look
    }

    /// What time it is: by the node's own clock, or by the layer 1's where they are further apart
    /// than clocks are. `None` before the layer 1 was seen: then nobody vouches for the own one.
    pub(crate) fn now_s(&self, clock: &Clock) -> Option<Timestamp> {
        let l1 = self.look().now_s(clock)?;
        let own = clock.now_s();
        let agree = own.abs_diff(l1) <= CLOCKS_APART_S;
        Some(if agree { own } else { l1 })
    }

    pub(crate) fn tokens(&self) -> Arc<[TokenInfo]> {
        self.tokens.tokens()
    }

    /// What the pipeline publishes, for those who wait for a change.
    pub(crate) fn posted(&self) -> watch::Receiver<Posted> {
        self.posted.clone()
    }
}
