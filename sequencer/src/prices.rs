//! What the operator asks now: its least fees, raised as far as places in the layer 1's blocks and proofs
//! are dearer than those assume, and what was asked a short while ago, which is honoured.
//!
//! What a batch costs is measured ([`meter`]): the layer 1's base fee at each block, gas and contents of
//! batches by their receipts, the time of proofs. One factor follows from it, and all tokens have it: the
//! operator's least fees say what they are worth to each other.

mod level;
mod meter;
mod quotes;

use std::sync::{Arc, Mutex, MutexGuard};

use assay_circuits::quantity::Amount;

use crate::{clock::Clock, telemetry};
pub(crate) use level::Level;
use meter::Meter;
pub(crate) use meter::{Basis, BatchGas, BlockPrice, Estimate};
pub(crate) use quotes::LIFETIME_MS;
use quotes::Quotes;

/// The prices, which all parts share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Prices(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    basis: Basis,
    clock: Clock,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    meter: Meter,
    quotes: Quotes,
}

impl Prices {
    /// Nothing is measured: the least fees are asked, and for a lifetime more they are honoured.
    pub(crate) fn new(basis: Basis, clock: Clock) -> Self {
        let inner = Mutex::new(Inner {
            meter: Meter::new(&basis),
            quotes: Quotes::new(clock.moment()),
        });
        Self(Arc::new(Shared {
            basis,
            clock,
            inner,
        }))
    }

    /// The layer 1 was looked at.
    pub(crate) fn see_block(&self, block: BlockPrice) {
        let mut inner = self.inner();
        inner.meter.see_block(block);
        let asked = inner.meter.estimate(&self.0.basis);
        let level = asked.map_or(Level::FLOOR, |estimate| {
            let basis = &self.0.basis;
            let hundredths = estimate.transfer_wei.saturating_mul(basis.percent.into());
            Level::between(basis.floor_wei, hundredths.div_ceil(100))
        });
        inner.quotes.ask(level, self.0.clock.moment());
        let asked = inner.quotes.asked().of(Amount(self.0.basis.floor_wei));
        telemetry::LEAST_FEE.set(asked.0 as f64);
    }

    /// What a block's maker is paid, wei per gas.
    pub(crate) fn see_tip(&self, tip_wei: u128) {
        self.inner().meter.see_tip(tip_wei);
    }

    /// A batch has come to the layer 1.
    pub(crate) fn see_batch(&self, batch: BatchGas) {
        self.inner().meter.see_batch(batch);
    }

    /// A proof took so long, ms.
    pub(crate) fn see_proof(&self, ms: u64) {
        self.inner().meter.see_proof(ms);
    }

    /// What is asked now.
    pub(crate) fn quoted(&self) -> Level {
        self.inner().quotes.asked()
    }

    /// The least that was asked within a lifetime: what is taken.
    pub(crate) fn honoured(&self) -> Level {
        self.inner().quotes.honoured(self.0.clock.moment())
    }

    /// Until when what is asked now is honoured, Unix ms.
    pub(crate) fn valid_until_ms(&self) -> u64 {
        self.0.clock.now_ms().saturating_add(LIFETIME_MS)
    }

    /// What a batch and its parts cost now; none before the layer 1 was seen.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        self.inner().meter.estimate(&self.0.basis)
    }

    /// Prices of the blocks that were seen last, the latest last.
    pub(crate) fn blocks(&self) -> Vec<BlockPrice> {
        self.inner().meter.blocks()
    }

    /// Gas of the batches that came last, the latest last.
    pub(crate) fn batches(&self) -> Vec<BatchGas> {
        self.inner().meter.batches()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().expect("no holder panics")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU64};

    use super::*;

    #[test]
    fn what_is_asked_follows_the_layer_1_and_what_was_asked_is_honoured_for_a_minute() {
        let now_ms = Arc::new(AtomicU64::new(1_000_000));
        let clock = Clock::Manual {
            true_ms: now_ms.clone(),
            ahead_ms: Arc::default(),
        };
        let pass = |ms| now_ms.fetch_add(ms, std::sync::atomic::Ordering::AcqRel);
        let basis = Basis {
            floor_wei: 100,
            room: 10,
            batch_gas: 1_000,
            ..Basis::default()
        };
        let prices = Prices::new(basis, clock.clone());
        let block = |number, base_fee_wei| BlockPrice {
            number,
            timestamp: number,
            base_fee_wei,
        };
        // 1,000 gas at 3 wei among 10 transfers.
        pass(10_000);
        prices.see_block(block(1, 3));
        assert_eq!(prices.estimate().map(|found| found.transfer_wei), Some(300));
        assert_eq!(prices.quoted().of(Amount(100)), Amount(300));
        // The least fee was asked until now, by whoever is older than the node as well.
        assert_eq!(prices.honoured(), Level::FLOOR);
        pass(LIFETIME_MS - 1);
        assert_eq!(prices.honoured(), Level::FLOOR);
        pass(1);
        assert_eq!(prices.honoured(), prices.quoted());
        // Nothing is asked beyond the least fees.
        let fixed = Basis {
            percent: 0,
            ..basis
        };
        let prices = Prices::new(fixed, clock);
        pass(10_000);
        prices.see_block(block(1, 3));
        assert_eq!(prices.quoted(), Level::FLOOR);
    }
}
