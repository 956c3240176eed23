//! How many blocks' events an endpoint gives in one answer.

use std::sync::{Arc, Mutex, PoisonError};

/// What was found out, shared by all clones of a client.
#[derive(Debug, Clone)]
pub(super) struct Pieces(Arc<Mutex<Size>>);

impl Pieces {
    pub(super) fn new(first: u64) -> Self {
        Self(Arc::new(Mutex::new(Size {
            blocks: first.max(1),
            given: 0,
        })))
    }

    pub(super) fn size(&self) -> Size {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, size: Size) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = size;
    }
}

/// Of pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Of the next request, at least 1.
    pub(super) blocks: u64,
    /// So many were given lately.
    given: u64,
}

impl Size {
    pub(super) fn answered(&mut self, asked: u64) {
        if asked < self.blocks {
            // That the rest of a range is given tells nothing.
            return;
        }
        self.given = self.given.max(asked);
        let doubled = asked.saturating_mul(2);
        self.blocks = match doubled <= self.given {
            true => doubled,
            false => asked.saturating_add(asked / 8 + 1),
        };
    }

    /// Whether there is less to ask for.
    pub(super) fn halve(&mut self, asked: u64) -> bool {
        self.blocks = (asked / 2).max(1);
        if asked <= self.given {
            self.given -= self.given / 8;
        }
        asked > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An endpoint where a third of the answers fails, whatever is asked, does not end at one block
    /// a request.
    #[test]
    fn refusals_by_chance_do_not_wear_the_pieces_down() {
        let mut size = Pieces::new(1_000).size();
        let (mut seed, mut blocks) = (1u64, 0);
        for _ in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let asked = size.blocks.min(5_000);
            size.blocks = asked;
            if seed >> 33 & 0xff < 77 {
                size.halve(asked);
            } else {
                blocks += asked;
                size.answered(asked);
            }
        }
        assert!(
            blocks / 10_000 >= 100,
            "{} blocks a request",
            blocks / 10_000
        );
    }
}
