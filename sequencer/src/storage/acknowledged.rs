//! What the log of acknowledged transactions says.

use std::collections::{BTreeSet, HashMap};

use assay_circuits::order::{Domain, TxHash};

use super::log::{Log, LogError};
use crate::record::{Acknowledged, TransactionLogRecord};

/// What a log of acknowledged transactions says.
pub(super) struct Acknowledgements {
    /// Those that were not withdrawn. Of one that was acknowledged again after it was rejected, the
    /// last.
    pub(super) waiting: HashMap<TxHash, Acknowledged>,
    /// Those that were, by their place in the order of acknowledgement.
    pub(super) withdrawn: BTreeSet<u64>,
    /// The place after the last.
    pub(super) next_sequence: u64,
}

impl Acknowledgements {
    /// Reads the log.
    pub(super) fn read(log: &Log, domain: Domain) -> Result<Self, LogError> {
        let mut found = Self {
            waiting: HashMap::new(),
            withdrawn: BTreeSet::new(),
            next_sequence: 0,
        };
        for number in log.records().numbers() {
            match log.records().decoded(number)? {
                TransactionLogRecord::Acknowledged(acknowledged) => {
                    let next = acknowledged.sequence + 1;
                    found.next_sequence = found.next_sequence.max(next);
                    let hash = acknowledged.signed.hash(domain);
                    let last = found.waiting.entry(hash).or_insert(acknowledged);
                    if last.sequence < acknowledged.sequence {
                        *last = acknowledged;
                    }
                }
                TransactionLogRecord::Withdrawn { sequence } => {
                    found.withdrawn.insert(sequence);
                }
            }
        }
        let withdrawn = &found.withdrawn;
        found
            .waiting
            .retain(|_, last| !withdrawn.contains(&last.sequence));
        Ok(found)
    }
}
