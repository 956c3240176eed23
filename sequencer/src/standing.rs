//! How far the node has come. Executor, sealer and pipeline each publish their part; whoever
//! needs to know reads all of it from a [`Standing`], and nobody waits for a lock.

use std::sync::Arc;

use assay_circuits::quantity::BatchNumber;
use assay_l1::client::TokenInfo;
use tokio::sync::watch;

/// Last batch at each stage; 0 before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Heights {
    /// The batch that is open, or was last.
    pub(crate) executed: BatchNumber,
    /// Executed in its final order.
    pub(crate) sealed: BatchNumber,
    /// Data on the layer 1.
    pub(crate) committed: BatchNumber,
    /// Proof on the layer 1.
    pub(crate) proved: BatchNumber,
    /// Proof deep in the layer 1.
    pub(crate) r#final: BatchNumber,
}

/// What the executor publishes after each turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Executed {
    /// The batch that is open, or was last.
    pub(crate) batch: BatchNumber,
    /// Entries of the layer 1's queue that are credited.
    pub(crate) queue_credited: u64,
    /// Transactions that wait for their turn.
    pub(crate) waiting: usize,
}

/// What the pipeline publishes of the layer 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posted {
    /// Last batch whose data is there.
    pub(crate) committed: BatchNumber,
    /// Last batch whose proof is there.
    pub(crate) proved: BatchNumber,
    /// Last batch whose proof is deep there.
    pub(crate) r#final: BatchNumber,
    /// The latest look.
    pub(crate) look: Look,
    /// Ether and the registered tokens; empty before the first look.
    pub(crate) tokens: Arc<[TokenInfo]>,
}

/// The layer 1 as the node saw it last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// Latest block.
    pub(crate) block: u64,
    /// Its time, Unix seconds.
    pub(crate) timestamp: u64,
    /// When the layer 1 answered, Unix ms; 0 before the first time.
    pub(crate) seen_ms: u64,
    /// Entries in the contract's queue.
    pub(crate) queue_length: u64,
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
}

/// A node whose last sealed batch is `sealed`.
pub(crate) fn channels(sealed: BatchNumber) -> (Publishers, Standing) {
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
        let (committed, proved, r#final) = {
            let posted = self.posted.borrow();
            (posted.committed, posted.proved, posted.r#final)
        };
        Heights {
            executed: self.executed.borrow().batch,
            sealed: self.sealed(),
            committed,
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

    pub(crate) fn look(&self) -> Look {
        self.posted.borrow().look
    }

    pub(crate) fn tokens(&self) -> Arc<[TokenInfo]> {
        self.posted.borrow().tokens.clone()
    }
}
