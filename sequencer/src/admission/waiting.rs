//! A transaction that waits.

use assay_circuits::order::{Order, Signed, TxHash};

use crate::record::Dropped;

/// A transaction that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) hash: TxHash,
    pub(crate) signed: Signed<Order>,
    pub(crate) received_ms: u64,
    /// Its place in the order of acknowledgement.
    pub(crate) sequence: u64,
    /// What its fee is worth, in thousandths of the least fee.
    pub(crate) worth: u64,
    /// The batch in which it was executed and that was dropped.
    pub(crate) dropped: Option<Dropped>,
    /// Whether its signature is to be checked at its turn: it was acknowledged before the node's parts
    /// were made, and the index of its account may have become another's since.
    pub(crate) unchecked: bool,
}
