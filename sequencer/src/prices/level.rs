//! By how much the operator's least fees are raised.

use assay_circuits::quantity::Amount;

/// A factor by which the operator's least fees are multiplied, in thousandths; never below one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(pub(super) u64);

impl Level {
    /// The least fees as they are.
    pub(crate) const FLOOR: Self = Self(1_000);

    /// The factor that makes one amount of another, rounded up.
    pub(super) fn between(floor_wei: u128, wei: u128) -> Self {
        if floor_wei == 0 {
            return Self::FLOOR;
        }
        let thousandths = match wei.checked_mul(1_000) {
            Some(wei) => wei.div_ceil(floor_wei),
            None => (wei / floor_wei).saturating_mul(1_000),
        };
        Self(u64::try_from(thousandths).unwrap_or(u64::MAX)).max(Self::FLOOR)
    }

    /// A least fee at this level, rounded up.
    pub(crate) fn of(self, floor: Amount) -> Amount {
        let factor = u128::from(self.0);
        Amount(match floor.0.checked_mul(factor) {
            Some(thousandths) => thousandths.div_ceil(1_000),
            None => (floor.0 / 1_000).saturating_mul(factor),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_rounds_up_and_never_lowers_a_least_fee() {
        let level = Level::between(5_500, 11_001);
        assert_eq!(level, Level(2_001));
        assert_eq!(level.of(Amount(5_500)), Amount(11_006));
        assert_eq!(level.of(Amount(1)), Amount(3));
        assert_eq!(Level::between(5_500, 10), Level::FLOOR);
        assert_eq!(Level::between(0, 10), Level::FLOOR);
        assert_eq!(Level::FLOOR.of(Amount(7)), Amount(7));
        // What cannot be multiplied is not wrapped.
        assert_eq!(Level(3_000).of(Amount(u128::MAX)), Amount(u128::MAX));
        assert_eq!(Level::between(2, u128::MAX), Level(u64::MAX));
    }
}
