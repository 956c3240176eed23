//! Reading the contract's events over long stretches of the chain.
//!
//! Endpoints differ in how many blocks, or logs, they give in one answer, and say so in words of their
//! own. So a scan asks for much, halves what is refused, and grows again by an eighth.

use alloy::{
    primitives::Address,
    rpc::types::Filter,
    transports::{RpcError, TransportErrorKind},
};

use super::{error::L1Error, event::LoggedEvent, rollup::RollupClient};

/// Blocks that the first request asks for: most of a small chain, and soon less of a large one.
const FIRST_BLOCKS: u64 = 50_000;

/// Events of a stretch of blocks, asked for piece by piece.
#[derive(Debug)]
pub struct EventScan<'a> {
    client: &'a RollupClient,
    ranges: Ranges,
}

/// A piece of a scan.
#[derive(Debug)]
pub struct ScannedEvents {
    /// The last block of the piece.
    pub through_block: u64,
    /// Its events, in order.
    pub events: Vec<LoggedEvent>,
}

impl RollupClient {
    /// Events of `from_block..=to_block`, in order. Compare block hashes afterwards: a reorg
    /// may have happened meanwhile.
    ///
    /// # Errors
    /// As [`EventScan::next`].
    pub async fn events(
        &self,
        from_block: u64,
        to_block: u64,
    ) -> Result<Vec<LoggedEvent>, L1Error> {
        let mut scan = self.scan_events(from_block, to_block);
        let mut events = Vec::new();
        while let Some(scanned) = scan.next().await? {
            events.extend(scanned.events);
        }
        Ok(events)
    }

    /// As [`RollupClient::events`], piece by piece.
    #[must_use]
    pub fn scan_events(&self, from_block: u64, to_block: u64) -> EventScan<'_> {
        EventScan::new(self, from_block, to_block)
    }
}

impl<'a> EventScan<'a> {
    /// Over `from_block..=to_block`; nothing is asked yet.
    pub(super) fn new(client: &'a RollupClient, from_block: u64, to_block: u64) -> Self {
        Self {
            client,
            ranges: Ranges::new(from_block, to_block),
        }
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// Where the L1 does not answer, refuses a single block's events, or answers with a log that the
    /// contract cannot have written.
    pub async fn next(&mut self) -> Result<Option<ScannedEvents>, L1Error> {
        while let Some((from, to)) = self.ranges.next() {
            let filter = Filter::new()
                .address(Address::from(self.client.contract))
                .from_block(from)
                .to_block(to);
            match self.client.wire.endpoint.logs(filter).await {
                Ok(logs) => {
                    self.ranges.answered(to);
                    let events = logs.iter().map(LoggedEvent::decode);
                    return Ok(Some(ScannedEvents {
                        through_block: to,
                        events: events.collect::<Result<_, _>>()?,
                    }));
                }
                Err(error) if is_about_the_range(&error) && self.ranges.halve() => {}
                Err(error) => return Err(L1Error::from_rpc("eth_getLogs", error)),
            }
        }
        Ok(None)
    }
}

/// Whether a shorter range may be answered. Some endpoints refuse by the status of HTTP.
fn is_about_the_range(error: &RpcError<TransportErrorKind>) -> bool {
    /// No rights, no such path, too many requests.
    const OTHERS: [u16; 4] = [401, 403, 404, 429];
    match error {
        RpcError::ErrorResp(_) => true,
        RpcError::Transport(TransportErrorKind::HttpError(http)) => !OTHERS.contains(&http.status),
        _ => false,
    }
}

/// Which blocks to ask for next.
#[derive(Debug)]
struct Ranges {
    next: u64,
    last: u64,
    /// Of the next request, at least 1.
    blocks: u64,
    is_done: bool,
}

impl Ranges {
    fn new(from: u64, to: u64) -> Self {
        Self {
            next: from,
            last: to,
            blocks: FIRST_BLOCKS,
            is_done: from > to,
        }
    }

    fn next(&self) -> Option<(u64, u64)> {
        let end = self.next.saturating_add(self.blocks - 1);
        (!self.is_done).then(|| (self.next, end.min(self.last)))
    }

    fn answered(&mut self, through: u64) {
        let following = through.checked_add(1).filter(|next| *next <= self.last);
        match following {
            Some(next) => self.next = next,
            None => self.is_done = true,
        }
        self.blocks = self.blocks.saturating_add(self.blocks / 8 + 1);
    }

    /// Whether there is less to ask for.
    fn halve(&mut self) -> bool {
        let asked = self.blocks.min(self.last - self.next + 1);
        self.blocks = asked / 2;
        if self.blocks == 0 {
            self.blocks = 1;
            return false;
        }
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Asks an endpoint that gives at most `most` blocks; returns the answered ranges and the number of
    /// requests.
    fn scan(from: u64, to: u64, most: u64) -> (Vec<(u64, u64)>, u64) {
        let mut ranges = Ranges::new(from, to);
        let (mut answered, mut requests) = (Vec::new(), 0);
        while let Some((first, last)) = ranges.next() {
            requests += 1;
            if last - first < most {
                answered.push((first, last));
                ranges.answered(last);
            } else {
                assert!(ranges.halve(), "{first} to {last}");
            }
        }
        (answered, requests)
    }

    #[test]
    fn every_block_is_answered_for_once_whatever_the_endpoint_allows() {
        for (from, to) in [(0, 0), (7, 7), (3, 20_000), (0, 1_000_000)] {
            for most in [1, 2, 7, 1_000, 10_000, u64::MAX] {
                if most < 7 && to > 100_000 {
                    continue;
                }
                let (answered, requests) = scan(from, to, most);
                let mut next = from;
                for (first, last) in &answered {
                    assert_eq!(*first, next);
                    next = last + 1;
                }
                assert_eq!(next, to + 1);
                let blocks = to - from + 1;
                let bound = 2 * blocks / most.min(blocks) + 60;
                assert!(requests <= bound, "{requests} requests, {bound} allowed");
            }
        }
    }

    #[test]
    fn an_endpoint_that_refuses_one_block_ends_the_scan() {
        let mut ranges = Ranges::new(5, 1_000);
        let mut refused = 0;
        while ranges.halve() {
            refused += 1;
        }
        assert!(refused < 20, "{refused}");
        assert_eq!(ranges.next(), Some((5, 5)));
    }

    #[test]
    fn nothing_is_asked_of_no_blocks() {
        assert_eq!(Ranges::new(6, 5).next(), None);
        let (answered, _) = scan(u64::MAX - 3, u64::MAX, u64::MAX);
        assert_eq!(answered, [(u64::MAX - 3, u64::MAX)]);
    }
}
