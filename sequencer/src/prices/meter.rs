//! What a batch costs, as it is measured.

use std::collections::VecDeque;

/// Of what is new so much counts, one part in so many: an average of about as many that came last.
const SMOOTHED_OVER: u128 = 8;
/// Contents are averaged in thousandths of a transfer.
const THOUSANDTHS: u128 = 1_000;
/// A batch is taken as filled to one part in so many at least: the few who come when nobody else does are
/// not asked for all of it.
const EMPTY_PART: u128 = 2;
/// Blocks and batches that are remembered.
const REMEMBERED: usize = 240;

/// What prices are made of, beside what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basis {
    /// The operator's least fee of a transfer in ether, wei; 0 where there is none: then nothing is raised.
    pub(crate) floor_wei: u128,
    /// How much of its cost a transfer pays, percent; 0 where the least fees are all that is asked.
    pub(crate) percent: u32,
    /// What proving costs the operator, wei per second.
    pub(crate) proving_wei_per_s: u128,
    /// More is never paid for gas, wei.
    pub(crate) ceiling_wei: u128,
    /// What a batch has room for, in transfers.
    pub(crate) room: u64,
    /// Gas of a batch before one was seen.
    pub(crate) batch_gas: u64,
}

/// A block's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockPrice {
    /// Its number.
    pub(crate) number: u64,
    /// Unix seconds.
    pub(crate) timestamp: u64,
    /// Wei per gas.
    pub(crate) base_fee_wei: u128,
}

/// What a batch took on the layer 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchGas {
    /// Its number.
    pub(crate) number: u64,
    /// Its part of the gas of the transaction that brought it.
    pub(crate) gas: u64,
    /// What it holds, in transfers.
    pub(crate) weight: u64,
    /// How many operations it holds.
    pub(crate) operations: u32,
}

/// What a batch costs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Estimate {
    /// The layer 1's base fee, smoothed, wei per gas.
    pub(crate) base_fee_wei: u128,
    /// What a block's maker is paid, wei per gas.
    pub(crate) tip_wei: u128,
    /// Gas of a batch, smoothed.
    pub(crate) batch_gas: u64,
    /// How much of a batch's room is used, smoothed, thousandths.
    pub(crate) fill_thousandths: u64,
    /// How long a proof takes, smoothed, ms; none before there was one.
    pub(crate) proving_ms: Option<u64>,
    /// Gas and proof of a batch, wei.
    pub(crate) batch_wei: u128,
    /// A transfer's part of that, wei, rounded up.
    pub(crate) transfer_wei: u128,
}

/// Averages of what was seen last.
#[derive(Debug)]
pub(super) struct Meter {
    base_fee_wei: Option<u128>,
    tip_wei: u128,
    batch_gas: Option<u128>,
    /// Thousandths of a transfer.
    weight: Option<u128>,
    proving_ms: Option<u128>,
    /// A batch's gas before one was seen, and its room in transfers.
    assumed: (u128, u128),
    blocks: VecDeque<BlockPrice>,
    batches: VecDeque<BatchGas>,
}

impl Meter {
    /// Nothing was seen.
    pub(super) fn new(basis: &Basis) -> Self {
        Self {
            base_fee_wei: None,
            tip_wei: 0,
            batch_gas: None,
            weight: None,
            proving_ms: None,
            assumed: (basis.batch_gas.into(), u128::from(basis.room.max(1))),
            blocks: VecDeque::new(),
            batches: VecDeque::new(),
        }
    }

    /// A block that is the latest; one that was the latest before counts once.
    pub(super) fn see_block(&mut self, block: BlockPrice) {
        if self.blocks.back() == Some(&block) {
            return;
        }
        self.base_fee_wei = smoothed(self.base_fee_wei, block.base_fee_wei);
        // A reorganisation puts others in their place.
        while self
            .blocks
            .back()
            .is_some_and(|last| last.number >= block.number)
        {
            self.blocks.pop_back();
        }
        push(&mut self.blocks, block);
    }

    pub(super) fn see_tip(&mut self, tip_wei: u128) {
        self.tip_wei = tip_wei;
    }

    pub(super) fn see_batch(&mut self, batch: BatchGas) {
        self.batch_gas = smoothed(self.batch_gas, batch.gas.into());
        let weight = u128::from(batch.weight) * THOUSANDTHS;
        self.weight = smoothed(self.weight, weight);
        self.batches.retain(|known| known.number != batch.number);
        push(&mut self.batches, batch);
    }

    pub(super) fn see_proof(&mut self, ms: u64) {
        self.proving_ms = smoothed(self.proving_ms, ms.into());
    }

    /// What a batch costs now; none before a block was seen.
    pub(super) fn estimate(&self, basis: &Basis) -> Option<Estimate> {
        let base_fee_wei = self.base_fee_wei?;
        let (assumed_gas, room) = self.assumed;
        let gas = self.batch_gas.unwrap_or(assumed_gas);
        let price = base_fee_wei.saturating_add(self.tip_wei);
        let price = price.min(basis.ceiling_wei);
        let proving_ms = self.proving_ms.unwrap_or(0);
        let proving = basis.proving_wei_per_s.saturating_mul(proving_ms) / 1_000;
        let batch_wei = gas.saturating_mul(price).saturating_add(proving);
        let full = room * THOUSANDTHS;
        let weight = self.weight.unwrap_or(full);
        let shared = weight.max(full / EMPTY_PART).max(1);
        let least = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
        Some(Estimate {
            base_fee_wei,
            tip_wei: self.tip_wei,
            batch_gas: least(gas),
            fill_thousandths: least(weight * 1_000 / full),
            proving_ms: self.proving_ms.map(least),
            batch_wei,
            transfer_wei: batch_wei.saturating_mul(THOUSANDTHS).div_ceil(shared),
        })
    }

    pub(super) fn blocks(&self) -> Vec<BlockPrice> {
        self.blocks.iter().copied().collect()
    }

    pub(super) fn batches(&self) -> Vec<BatchGas> {
        self.batches.iter().copied().collect()
    }
}

/// An average with something new in it, rounded towards that.
fn smoothed(before: Option<u128>, new: u128) -> Option<u128> {
    Some(match before {
        None => new,
        Some(before) if new >= before => before + (new - before).div_ceil(SMOOTHED_OVER),
        Some(before) => before - (before - new).div_ceil(SMOOTHED_OVER),
    })
}

fn push<T>(remembered: &mut VecDeque<T>, new: T) {
    if remembered.len() >= REMEMBERED {
        remembered.pop_front();
    }
    remembered.push_back(new);
}

#[cfg(test)]
impl Default for Basis {
    /// Nothing is asked.
    fn default() -> Self {
        Self {
            floor_wei: 0,
            percent: 100,
            proving_wei_per_s: 0,
            ceiling_wei: u128::MAX,
            room: 1,
            batch_gas: 0,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn basis() -> Basis {
        Basis {
            room: 100,
            batch_gas: 300_000,
            ..Basis::default()
        }
    }

    fn block(number: u64, base_fee_wei: u128) -> BlockPrice {
        BlockPrice {
            number,
            timestamp: number,
            base_fee_wei,
        }
    }

    fn batch(number: u64, gas: u64, weight: u64) -> BatchGas {
        BatchGas {
            number,
            gas,
            weight,
            operations: 1,
        }
    }

    #[test]
    fn a_full_batch_is_assumed_until_one_is_seen() {
        let mut meter = Meter::new(&basis());
        assert_eq!(meter.estimate(&basis()), None);
        meter.see_block(block(1, 10));
        meter.see_tip(2);
        let estimate = meter.estimate(&basis()).unwrap();
        assert_eq!(estimate.batch_wei, 300_000 * 12);
        assert_eq!(estimate.transfer_wei, 3_000 * 12);
        assert_eq!(
            (estimate.fill_thousandths, estimate.proving_ms),
            (1_000, None)
        );
        // No more is paid than the operator allows.
        let capped = Basis {
            ceiling_wei: 5,
            ..basis()
        };
        assert_eq!(meter.estimate(&capped).unwrap().batch_wei, 300_000 * 5);
    }

    #[test]
    fn gas_contents_and_proofs_are_those_that_were_measured() {
        let mut meter = Meter::new(&basis());
        meter.see_block(block(1, 10));
        meter.see_batch(batch(1, 400_000, 80));
        meter.see_proof(2_000);
        let basis = Basis {
            proving_wei_per_s: 500_000,
            ..basis()
        };
        let estimate = meter.estimate(&basis).unwrap();
        assert_eq!(estimate.batch_wei, 4_000_000 + 1_000_000);
        assert_eq!(estimate.transfer_wei, 5_000_000 / 80);
        assert_eq!(estimate.fill_thousandths, 800);
        assert_eq!(estimate.proving_ms, Some(2_000));
    }

    #[test]
    fn nobody_is_asked_for_more_than_a_batch_that_is_half_full() {
        let mut meter = Meter::new(&basis());
        meter.see_block(block(1, 10));
        meter.see_batch(batch(1, 300_000, 1));
        let estimate = meter.estimate(&basis()).unwrap();
        assert_eq!(estimate.fill_thousandths, 10);
        assert_eq!(estimate.transfer_wei, 300_000 * 10 / 50);
    }

    #[test]
    fn a_spike_counts_for_an_eighth_and_averages_reach_what_lasts() {
        let mut meter = Meter::new(&basis());
        meter.see_block(block(1, 1_000));
        meter.see_block(block(2, 9_000));
        assert_eq!(meter.estimate(&basis()).unwrap().base_fee_wei, 2_000);
        // Looking again is no new block.
        meter.see_block(block(2, 9_000));
        assert_eq!(meter.estimate(&basis()).unwrap().base_fee_wei, 2_000);
        for number in 3..200 {
            meter.see_block(block(number, 1_000));
        }
        assert_eq!(meter.estimate(&basis()).unwrap().base_fee_wei, 1_000);
        for number in 1..200 {
            meter.see_batch(batch(number, 350_000, 56));
        }
        let estimate = meter.estimate(&basis()).unwrap();
        assert_eq!(
            (estimate.batch_gas, estimate.fill_thousandths),
            (350_000, 560)
        );
    }

    #[test]
    fn so_many_blocks_and_batches_are_remembered_and_none_twice() {
        let mut meter = Meter::new(&basis());
        for number in 0..1_000 {
            meter.see_block(block(number, 1));
            meter.see_batch(batch(number, 1, 1));
        }
        let (blocks, batches) = (meter.blocks(), meter.batches());
        assert_eq!((blocks.len(), batches.len()), (REMEMBERED, REMEMBERED));
        assert_eq!(blocks.last(), Some(&block(999, 1)));
        // A reorganisation, and a batch whose receipt is read again.
        meter.see_block(block(998, 2));
        meter.see_batch(batch(999, 2, 1));
        assert_eq!(meter.blocks().last(), Some(&block(998, 2)));
        assert_eq!(meter.blocks().len(), REMEMBERED - 1);
        let last = meter.batches().pop();
        assert_eq!(last, Some(batch(999, 2, 1)));
        assert_eq!(meter.batches().len(), REMEMBERED);
    }
}
