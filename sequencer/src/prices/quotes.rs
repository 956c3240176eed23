//! What was asked, as long as it is honoured. Nobody is remembered: whatever was asked of anybody within a
//! lifetime is taken from everybody.

use std::collections::VecDeque;

use super::level::Level;
use crate::clock::Moment;

/// How long what was asked is honoured, ms.
pub(crate) const LIFETIME_MS: u64 = 60_000;

/// What is asked changes no more often, ms: so few changes lie within a lifetime.
const STEADY_MS: u64 = 5_000;

/// What is asked now, and what was before.
#[derive(Debug)]
pub(super) struct Quotes {
    asked: Level,
    since: Moment,
    /// Lower than what is asked now, each with when it was asked last.
    before: VecDeque<(Level, Moment)>,
}

impl Quotes {
    /// The least fees are asked.
    pub(super) fn new(now: Moment) -> Self {
        Self {
            asked: Level::FLOOR,
            since: now,
            before: VecDeque::new(),
        }
    }

    /// This is to be asked from now on, if what is asked has been so for long enough.
    pub(super) fn ask(&mut self, level: Level, now: Moment) {
        if level == self.asked || now.ms_since(self.since) < STEADY_MS {
            return;
        }
        self.before.push_back((self.asked, now));
        (self.asked, self.since) = (level, now);
        // What is not lower is honoured as it is.
        self.before
            .retain(|(before, last)| *before < level && is_alive(*last, now));
    }

    /// What is asked.
    pub(super) fn asked(&self) -> Level {
        self.asked
    }

    /// The least that was asked within a lifetime.
    pub(super) fn honoured(&self, now: Moment) -> Level {
        let before = self.before.iter().filter(|(_, last)| is_alive(*last, now));
        let least = before.map(|(level, _)| *level).min();
        least.map_or(self.asked, |least| least.min(self.asked))
    }
}

fn is_alive(last: Moment, now: Moment) -> bool {
    now.ms_since(last) < LIFETIME_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::default().plus_ms(ms)
    }

    #[test]
    fn a_quote_is_honoured_for_its_lifetime_though_the_price_has_risen() {
        let mut quotes = Quotes::new(at(0));
        quotes.ask(Level(3_000), at(10_000));
        quotes.ask(Level(2_000), at(20_000));
        quotes.ask(Level(5_000), at(30_000));
        assert_eq!(quotes.asked(), Level(5_000));
        // Asked first until 10 s, and last until 30 s.
        assert_eq!(quotes.honoured(at(69_999)), Level::FLOOR);
        assert_eq!(quotes.honoured(at(70_000)), Level(2_000));
        assert_eq!(quotes.honoured(at(89_999)), Level(2_000));
        assert_eq!(quotes.honoured(at(90_000)), Level(5_000));
    }

    #[test]
    fn what_is_asked_is_steady_for_some_seconds() {
        let mut quotes = Quotes::new(at(0));
        quotes.ask(Level(2_000), at(STEADY_MS - 1));
        assert_eq!(quotes.asked(), Level::FLOOR);
        quotes.ask(Level(2_000), at(STEADY_MS));
        assert_eq!(quotes.asked(), Level(2_000));
        // A price that falls is taken at once from when it is asked.
        quotes.ask(Level::FLOOR, at(2 * STEADY_MS));
        assert_eq!(quotes.honoured(at(2 * STEADY_MS)), Level::FLOOR);
        assert!(quotes.before.is_empty());
    }

    #[test]
    fn no_more_is_remembered_than_fits_into_a_lifetime() {
        let mut quotes = Quotes::new(at(0));
        for second in 0..3_600 {
            quotes.ask(Level(1_000 + second), at(second * 1_000));
            let most = usize::try_from(LIFETIME_MS / STEADY_MS).expect("it is small");
            assert!(quotes.before.len() <= most, "{}", quotes.before.len());
        }
        assert_eq!(quotes.before.len(), 12);
    }

    /// By asking every remembered second.
    #[test]
    fn what_is_honoured_is_the_least_of_all_that_was_asked_in_the_lifetime() {
        let mut quotes = Quotes::new(at(0));
        let (mut seed, mut asked) = (7_u64, Vec::new());
        for second in 0..2_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let now = at(second * 1_000);
            quotes.ask(Level(1_000 + (seed >> 33) % 9_000), now);
            asked.push(quotes.asked());
            // Asked last just before the first of these.
            let first = asked.len().saturating_sub(60);
            let least = asked[first..].iter().min().copied();
            assert!(Some(quotes.honoured(now)) <= least, "second {second}");
            let earlier = asked[first.saturating_sub(1)..].iter().min().copied();
            assert!(Some(quotes.honoured(now)) >= earlier, "second {second}");
        }
    }
}
