//! What a look finds is acted upon when it holds: a layer 1 behind a balancer of load answers now from
//! one block and now from an older one, and that is no reorganisation.

use assay_l1::client::BlockInfo;

/// A finding must hold on so many looks in a row.
pub(crate) const LOOKS: u32 = 3;
/// So many looks in a row at a block that is behind one seen before are passed over; then the chain
/// ends there.
const LOOKS_BEHIND: u32 = 30;

/// What was found, and on how many looks in a row.
#[derive(Debug)]
pub(crate) struct Finding<T> {
    found: Option<(T, u32)>,
    head: u64,
}

impl<T> Default for Finding<T> {
    fn default() -> Self {
        Self {
            found: None,
            head: 0,
        }
    }
}

impl<T: Copy + PartialEq> Finding<T> {
    /// Notes what a look at this latest block found; returns it where it holds.
    pub(crate) fn holds(&mut self, found: Option<T>, head: u64) -> Option<T> {
        let before = self.found.filter(|_| head >= self.head);
        self.head = head;
        self.found = found.map(|found| match before {
            Some((same, looks)) if same == found => (found, looks + 1),
            _ => (found, 1),
        });
        let (found, looks) = self.found?;
        (looks >= LOOKS).then_some(found)
    }
}

/// The latest block that was seen.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    latest: u64,
    behind: u32,
}

impl Heads {
    /// How far a latest block is behind one that was seen; 0 where it counts.
    pub(crate) fn behind(&mut self, head: &BlockInfo) -> u64 {
        let blocks = self.latest.saturating_sub(head.number);
        if blocks > 0 && self.behind < LOOKS_BEHIND {
            self.behind += 1;
            return blocks;
        }
        self.behind = 0;
        self.latest = head.number;
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_holds_when_looks_in_a_row_agree() {
        let mut finding = Finding::default();
        for head in 1..LOOKS {
            assert_eq!(finding.holds(Some('a'), head.into()), None);
        }
        assert_eq!(finding.holds(Some('a'), 9), Some('a'));
        assert_eq!(finding.holds(Some('b'), 9), None);
        assert_eq!(finding.holds(None, 9), None);
        for _ in 1..LOOKS {
            assert_eq!(finding.holds(Some('b'), 9), None);
        }
        assert_eq!(finding.holds(Some('b'), 10), Some('b'));
    }

    #[test]
    fn a_head_that_goes_back_begins_anew() {
        let mut finding = Finding::default();
        for head in [7, 6, 7, 6, 7, 6, 7, 6] {
            assert_eq!(finding.holds(Some('a'), head), None);
        }
    }

    #[test]
    fn a_head_that_stays_behind_is_believed_in_the_end() {
        let mut heads = Heads::default();
        let head = |number| BlockInfo {
            number,
            hash: [0; 32],
            parent_hash: [0; 32],
            timestamp: 0,
            base_fee_wei: 0,
        };
        assert_eq!(heads.behind(&head(10)), 0);
        for _ in 0..LOOKS_BEHIND {
            assert_eq!(heads.behind(&head(8)), 2);
        }
        assert_eq!(heads.behind(&head(8)), 0);
        assert_eq!(heads.behind(&head(8)), 0);
        assert_eq!(heads.behind(&head(12)), 0);
    }
}
