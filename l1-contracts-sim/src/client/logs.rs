//! Reading the contract's events over long stretches of the chain.
//!
//! Endpoints differ in how many blocks, or logs, they give in one answer, and say so in words of their
//! own. So a scan asks for much and for less of what is refused ([`super::pieces`]). What it finds out is
//! remembered for the scans that follow.

use alloy::{
    primitives::Address,
    rpc::{json_rpc::ErrorPayload, types::Filter},
    transports::{RpcError, TransportErrorKind},
};

use super::{
    error::L1Error, event::LoggedEvent, pieces::Size, rollup::RollupClient, transport::Unanswered,
};

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

    /// As [`RollupClient::events`], as much as one answer gives.
    ///
    /// # Errors
    /// As [`EventScan::next`].
    pub async fn first_events(
        &self,
        from_block: u64,
        to_block: u64,
    ) -> Result<ScannedEvents, L1Error> {
        let scanned = self.scan_events(from_block, to_block).next().await?;
        Ok(scanned.unwrap_or(ScannedEvents {
            through_block: to_block,
            events: Vec::new(),
        }))
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
        let size = client.wire.pieces.size();
        Self {
            client,
            ranges: Ranges::new(from_block, to_block, size),
        }
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// Where the L1 does not answer, refuses a single block's events, or answers with a log that the
    /// contract cannot have written. The scan stays where it is, and may be gone on with.
    pub async fn next(&mut self) -> Result<Option<ScannedEvents>, L1Error> {
        let pieces = &self.client.wire.pieces;
        while let Some((from, to)) = self.ranges.next() {
            let filter = Filter::new()
                .address(Address::from(self.client.contract))
                .from_block(from)
                .to_block(to);
            let error = match self.client.wire.endpoint.logs(filter).await {
                Ok(logs) => {
                    let events = logs.iter().map(LoggedEvent::decode);
                    let events = events.collect::<Result<_, _>>()?;
                    self.ranges.answered(to);
                    pieces.learn(self.ranges.size);
                    return Ok(Some(ScannedEvents {
                        through_block: to,
                        events,
                    }));
                }
                Err(error) => error,
            };
            match about_the_range(&error) {
                About::Range if self.ranges.halve() => {}
                About::Time if self.ranges.halve() => {
                    // Whoever asks decides whether to wait once more as long.
                    pieces.learn(self.ranges.size);
                    return Err(L1Error::from_rpc("eth_getLogs", error));
                }
                _ => return Err(L1Error::from_rpc("eth_getLogs", error)),
            }
        }
        Ok(None)
    }
}

/// What a refusal is about.
enum About {
    /// A shorter range may be answered.
    Range,
    /// It took too long, because of the range or for any other reason.
    Time,
    /// Something else.
    Else,
}

/// What a refusal is about. Some endpoints refuse by the status of HTTP.
fn about_the_range(error: &RpcError<TransportErrorKind>) -> About {
    /// No rights, no such path, too many requests.
    const OTHERS: [u16; 4] = [401, 403, 404, 429];
    match error {
        RpcError::ErrorResp(payload) if !counts_calls(payload) => About::Range,
        RpcError::Transport(TransportErrorKind::HttpError(http))
            if !OTHERS.contains(&http.status) =>
        {
            About::Range
        }
        RpcError::Transport(kind) => {
            let unanswered = kind.as_custom();
            match unanswered.and_then(|error| error.downcast_ref::<Unanswered>()) {
                Some(Unanswered::TooLong) => About::Range,
                Some(Unanswered::Late(_)) => About::Time,
                _ => About::Else,
            }
        }
        _ => About::Else,
    }
}

/// Whether there were too many calls. The code for that is also used for too many logs.
fn counts_calls(payload: &ErrorPayload) -> bool {
    const TOO_MANY_REQUESTS: i64 = 429;
    let words = [
        "rate limit",
        "rate exceeded",
        "too many requests",
        "request limit",
        "credits",
        "concurrent",
        "per second",
    ];
    let said = payload.message.to_lowercase();
    payload.code == TOO_MANY_REQUESTS || words.iter().any(|words| said.contains(words))
}

/// Which blocks to ask for next.
#[derive(Debug)]
struct Ranges {
    next: u64,
    last: u64,
    size: Size,
    is_done: bool,
}

impl Ranges {
    fn new(from: u64, to: u64, size: Size) -> Self {
        Self {
            next: from,
            last: to,
            size,
            is_done: from > to,
        }
    }

    fn next(&self) -> Option<(u64, u64)> {
        let end = self.next.saturating_add(self.size.blocks - 1);
        (!self.is_done).then(|| (self.next, end.min(self.last)))
    }

    fn answered(&mut self, through: u64) {
        self.size.answered(through - self.next + 1);
        let following = through.checked_add(1).filter(|next| *next <= self.last);
        match following {
            Some(next) => self.next = next,
            None => self.is_done = true,
        }
    }

    /// Whether there is less to ask for.
    fn halve(&mut self) -> bool {
        let left = (self.last - self.next).saturating_add(1);
        self.size.halve(self.size.blocks.min(left))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::pieces::Pieces;
    use super::*;

    /// Asks an endpoint that gives at most `most` blocks; returns the answered ranges and the number of
    /// requests.
    fn scan(from: u64, to: u64, most: u64) -> (Vec<(u64, u64)>, u64) {
        scan_with(&Pieces::new(50_000), from, to, most)
    }

    fn scan_with(pieces: &Pieces, from: u64, to: u64, most: u64) -> (Vec<(u64, u64)>, u64) {
        let mut ranges = Ranges::new(from, to, pieces.size());
        let (mut answered, mut requests) = (Vec::new(), 0);
        while let Some((first, last)) = ranges.next() {
            requests += 1;
            if last - first < most {
                answered.push((first, last));
                ranges.answered(last);
                pieces.learn(ranges.size);
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
        let mut ranges = Ranges::new(5, 1_000, Pieces::new(50_000).size());
        let mut refused = 0;
        while ranges.halve() {
            refused += 1;
        }
        assert!(refused < 20, "{refused}");
        assert_eq!(ranges.next(), Some((5, 5)));
    }

    #[test]
    fn nothing_is_asked_of_no_blocks() {
        assert_eq!(Ranges::new(6, 5, Pieces::new(1).size()).next(), None);
        let (answered, _) = scan(u64::MAX - 3, u64::MAX, u64::MAX);
        assert_eq!(answered, [(u64::MAX - 3, u64::MAX)]);
    }

    /// What one scan found out, the next one knows.
    #[test]
    fn a_scan_begins_with_what_was_given_before() {
        let pieces = Pieces::new(50_000);
        let (_, first) = scan_with(&pieces, 0, 10_000, 500);
        let (_, second) = scan_with(&pieces, 0, 10_000, 500);
        assert!(second < first && second <= 36, "{first}, then {second}");
        // Looks at a few blocks leave it as it is.
        for block in 0..1_000 {
            assert_eq!(scan_with(&pieces, block, block + 2, 500).1, 1);
        }
        let (_, third) = scan_with(&pieces, 0, 10_000, 500);
        assert!(third <= 36, "{third}");
    }
}
