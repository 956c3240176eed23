//! What the node offers for a place in a block of the layer 1.
//!
//! The tip is what the block's maker gets, the base fee what everybody pays; the most that a transaction
//! pays in all has room for the base fee to double. Nothing is offered above the operator's ceiling.

use assay_l1::client::SendOptions;

use crate::record::Sent;

/// Of the ceiling, a suggested tip may be this part: a layer 1 that suggests too much empties nobody's
/// account.
const TIP_PART: u128 = 8;

/// What a transaction offers, wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fees {
    /// All in.
    pub(super) max_fee_wei: u128,
    /// For the block's maker.
    pub(super) tip_wei: u128,
}

/// What places in blocks cost now, and what the operator allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    /// Of the latest block, wei per gas.
    pub(super) base_fee_wei: u128,
    /// As the layer 1 suggests it, wei per gas.
    pub(super) tip_wei: u128,
    /// Nothing is offered above it, wei per gas.
    pub(super) ceiling_wei: u128,
}

/// The layer 1 asks for more than the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooDear {
    /// What would have to be offered, wei per gas.
    pub(super) needed_wei: u128,
    /// What is allowed, wei per gas.
    pub(super) ceiling_wei: u128,
}

impl Market {
    /// For a nonce for which nothing was offered yet.
    pub(super) fn first(&self) -> Result<Fees, TooDear> {
        self.offer(Fees {
            max_fee_wei: 0,
            tip_wei: 0,
        })
    }

    /// For a nonce at which something waits: layer 1s replace it where both fees are a tenth higher.
    pub(super) fn instead(&self, waiting: &Sent) -> Result<Fees, TooDear> {
        self.offer(Fees {
            max_fee_wei: raised(waiting.max_fee_wei),
            tip_wei: raised(waiting.max_priority_fee_wei),
        })
    }

    /// What is suggested for a block's maker, as far as it is believed.
    pub(super) fn believed_tip_wei(&self) -> u128 {
        self.tip_wei.min(self.ceiling_wei / TIP_PART)
    }

    /// Whether the base fee alone keeps this out of the next block.
    pub(super) fn is_above(&self, waiting: &Sent) -> bool {
        self.base_fee_wei > waiting.max_fee_wei
    }

    fn offer(&self, least: Fees) -> Result<Fees, TooDear> {
        let tip_wei = self.believed_tip_wei().max(least.tip_wei);
        // The next block's base fee may be an eighth higher.
        let soon_wei = self.base_fee_wei.saturating_add(self.base_fee_wei / 8);
        let needed_wei = soon_wei.saturating_add(tip_wei).max(least.max_fee_wei);
        if needed_wei > self.ceiling_wei {
            return Err(TooDear {
                needed_wei,
                ceiling_wei: self.ceiling_wei,
            });
        }
        let roomy_wei = self.base_fee_wei.saturating_mul(2).saturating_add(tip_wei);
        Ok(Fees {
            max_fee_wei: roomy_wei.min(self.ceiling_wei).max(needed_wei),
            tip_wei,
        })
    }
}

/// An eighth more.
fn raised(wei: u128) -> u128 {
    wei.saturating_add(wei / 8).saturating_add(1)
}

impl Fees {
    /// As they are signed.
    pub(super) fn options(self, nonce: u64, gas_limit: Option<u64>) -> SendOptions {
        SendOptions {
            nonce: Some(nonce),
            max_fee_wei: Some(self.max_fee_wei),
            max_priority_fee_wei: Some(self.tip_wei),
            gas_limit,
        }
    }
}

/// Wei as gwei, for people.
pub(super) fn gwei(wei: u128) -> String {
    let (whole, rest) = (wei / 1_000_000_000, wei % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} gwei")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GWEI: u128 = 1_000_000_000;

    fn market(base_fee: u128, tip: u128) -> Market {
        Market {
            base_fee_wei: base_fee * GWEI,
            tip_wei: tip * GWEI,
            ceiling_wei: 100 * GWEI,
        }
    }

    fn waiting(max_fee: u128, tip: u128) -> Sent {
        Sent {
            hash: [0; 32],
            max_fee_wei: max_fee * GWEI,
            max_priority_fee_wei: tip * GWEI,
            gas_limit: 21_000,
        }
    }

    fn fees(offered: Result<Fees, TooDear>) -> (u128, u128) {
        let offered = offered.expect("it is allowed");
        (offered.max_fee_wei, offered.tip_wei)
    }

    #[test]
    fn the_base_fee_may_double_and_the_tip_is_what_is_suggested() {
        assert_eq!(fees(market(10, 2).first()), (22 * GWEI, 2 * GWEI));
        // Up to the ceiling.
        assert_eq!(fees(market(80, 2).first()), (100 * GWEI, 2 * GWEI));
        // A suggestion is not believed beyond a part of the ceiling.
        assert_eq!(fees(market(10, 5_000).first()).1, 100 * GWEI / 8);
    }

    #[test]
    fn nothing_is_offered_above_the_ceiling() {
        let needed_wei = (90 + 2) * GWEI + 90 * GWEI / 8;
        let too_dear = TooDear {
            needed_wei,
            ceiling_wei: 100 * GWEI,
        };
        assert_eq!(market(90, 2).first(), Err(too_dear));
        let mut offered = waiting(22, 2);
        let mut times = 0;
        while let Ok(fees) = market(10, 2).instead(&offered) {
            assert!(fees.max_fee_wei <= 100 * GWEI);
            assert!(fees.max_fee_wei * 10 >= offered.max_fee_wei * 11);
            assert!(fees.tip_wei * 10 >= offered.max_priority_fee_wei * 11);
            offered.max_fee_wei = fees.max_fee_wei;
            offered.max_priority_fee_wei = fees.tip_wei;
            times += 1;
        }
        assert_eq!(times, 12);
    }

    #[test]
    fn a_base_fee_that_rose_raises_the_tip_no_more_than_a_replacement_must() {
        let waits = waiting(22, 2);
        assert!(market(23, 2).is_above(&waits));
        assert!(!market(22, 2).is_above(&waits));
        let (max_fee_wei, tip_wei) = fees(market(40, 2).instead(&waits));
        assert_eq!(tip_wei, 2 * GWEI + GWEI / 4 + 1);
        assert_eq!(max_fee_wei, 80 * GWEI + tip_wei);
    }

    #[test]
    fn gwei_are_written_as_people_do() {
        assert_eq!(gwei(12 * GWEI), "12 gwei");
        assert_eq!(gwei(GWEI / 2), "0.5 gwei");
        assert_eq!(gwei(7), "0.000000007 gwei");
    }
}
