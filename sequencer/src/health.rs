//! What is wrong with the node, for `/readyz`, and whether it must stop what it does.
//!
//! A fault holds as long as what it says does, and whoever raises it clears it.

use std::{collections::BTreeMap, sync::RwLock};

use tracing::{error, info, warn};

/// The faults, each with its code, listed once.
macro_rules! faults {
    ($($(#[doc = $help:literal])+ $name:ident = $code:literal,)+) => {
        /// What can be wrong. While any holds that is not a warning the node is not ready.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[doc = $help])+ $name,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: [Self; Self::CODES.len()] = [$(Self::$name),+];
            /// Their codes, in the same order.
            pub const CODES: [&'static str; [$($code),+].len()] = [$($code),+];

            /// A stable name for programs.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

faults! {
    /// The layer 1 has not answered yet, or not at the last attempt.
    L1Unreachable = "l1_unreachable",
    /// A write failed: nothing is acknowledged until the disk takes writes again.
    StorageFailed = "storage_unavailable",
    /// The sealed state differs from the soft one, or another thing that cannot be. For good.
    Inconsistent = "inconsistent_state",
    /// The layer 1 has batches that the node has not taken up yet.
    CatchingUp = "catching_up",
    /// A batch of the layer 1 does not pass the node's checks.
    ForeignBatch = "foreign_batch",
    /// The rollup is frozen, which only a reorganisation ends.
    Frozen = "frozen",
    /// The contract refuses what the node wants to send.
    L1Refuses = "l1_refuses",
    /// The node's time of day is not that of the layer 1.
    ClockApart = "clock_apart",
    /// The layer 1 takes long to answer, or makes no blocks.
    L1Slow = "l1_slow",
    /// What the node sent, or wants to send, gets into no block.
    L1Stuck = "l1_stuck",
    /// The account that sends batches may not submit now.
    NotOperator = "not_operator",
    /// The account that sends batches has no ether to pay with.
    NoFunds = "l1_funds",
    /// The operator asks for fees in a token in which it has no account.
    NoFeeAccount = "no_fee_account",
    /// Attempts to prove a batch failed.
    ProvingFails = "proving_fails",
    /// What users handed in has waited for a sealed batch for long.
    SealingStalled = "sealing_stalled",
    /// A sealed batch has waited for its proof for long.
    ProvingStalled = "proving_stalled",
}

impl Fault {
    /// Whether the node takes and executes transactions as ever, and whoever runs it should look. Such a
    /// fault is told and does not make the node unready: what is late on the layer 1 comes later, and
    /// users who are turned away gain nothing.
    fn is_warning(self) -> bool {
        matches!(
            self,
            Self::L1Slow
                | Self::L1Stuck
                | Self::NotOperator
                | Self::NoFunds
                | Self::ClockApart
                | Self::NoFeeAccount
                | Self::ProvingFails
                | Self::SealingStalled
                | Self::ProvingStalled
        )
    }

    /// Whether nothing may be executed or sent while it holds.
    fn halts(self) -> bool {
        matches!(
            self,
            Self::StorageFailed | Self::Inconsistent | Self::Frozen
        )
    }
}

/// The faults that hold, each with a sentence.
#[derive(Debug, Default)]
pub struct Health {
    faults: RwLock<BTreeMap<Fault, String>>,
}

impl Health {
    /// A fault holds from now on.
    pub fn raise(&self, fault: Fault, sentence: impl Into<String>) {
        let sentence = sentence.into();
        let mut faults = self.faults.write().expect("no holder panics");
        if faults.get(&fault) != Some(&sentence) {
            if fault.halts() {
                error!(code = fault.code(), "{sentence}");
            } else {
                warn!(code = fault.code(), "{sentence}");
            }
            faults.insert(fault, sentence);
        }
    }

    /// A fault does not hold any more.
    pub fn clear(&self, fault: Fault) {
        if self
            .faults
            .write()
            .expect("no holder panics")
            .remove(&fault)
            .is_some()
        {
            info!(code = fault.code(), "this fault is over");
        }
    }

    /// Whether a fault holds.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.faults
            .read()
            .expect("no holder panics")
            .contains_key(&fault)
    }

    /// Whether nothing may be executed or sent.
    #[must_use]
    pub fn halted(&self) -> bool {
        self.faults
            .read()
            .expect("no holder panics")
            .keys()
            .any(|fault| fault.halts())
    }

    /// Whether none holds but warnings.
    #[must_use]
    pub fn ready(&self) -> bool {
        let faults = self.faults.read().expect("no holder panics");
        faults.keys().all(|fault| fault.is_warning())
    }

    /// The faults that hold, by code.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let faults = self.faults.read().expect("no holder panics");
        faults
            .iter()
            .map(|(fault, sentence)| (fault.code(), sentence.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_told_and_the_node_stays_ready() {
        let health = Health::default();
        for fault in [
            Fault::L1Slow,
            Fault::L1Stuck,
            Fault::NotOperator,
            Fault::NoFunds,
            Fault::SealingStalled,
            Fault::ProvingStalled,
        ] {
            health.raise(fault, "look at this");
            assert!(health.ready() && !health.halted());
            assert_eq!(health.faults(), [(fault.code(), "look at this".to_owned())]);
            health.clear(fault);
        }
        health.raise(Fault::L1Stuck, "look at this");
        health.raise(Fault::L1Unreachable, "no answer");
        assert!(!health.ready());
        health.clear(Fault::L1Unreachable);
        assert!(health.ready());
    }
}
