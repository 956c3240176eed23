//! How many blocks' events an endpoint gives in one answer.
//!
//! It is searched between the largest number that was given and the smallest that was refused. What
//! was refused is forgotten after some answers, since an endpoint may count logs and not blocks; and a
//! number that was given before is asked for once more before a refusal of it is believed, since an
//! endpoint may refuse for any reason.

use std::sync::{Arc, Mutex, PoisonError};

/// What was found out, shared by all clones of a client.
#[derive(Debug, Clone)]
pub(super) struct Pieces(Arc<Mutex<Size>>);

impl Pieces {
    pub(super) fn new(first: u64) -> Self {
        Self(Arc::new(Mutex::new(Size {
            blocks: first.max(1),
            given: 0,
            refused: None,
            answers: 0,
            is_doubted: false,
        })))
    }

    pub(super) fn size(&self) -> Size {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, size: Size) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = size;
    }
}

/// After so many answers what was refused is tried again.
const ANSWERS: u32 = 4;

/// Of pieces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Of the next request, at least 1.
    pub(super) blocks: u64,
    /// So many are given.
    given: u64,
    /// So many are not, as far as is remembered.
    refused: Option<u64>,
    /// Answers since then.
    answers: u32,
    /// Whether the last answer refused what is given.
    is_doubted: bool,
}

impl Size {
    pub(super) fn answered(&mut self, asked: u64) {
        self.is_doubted = false;
        if asked < self.blocks {
            // That the rest of a range is given tells nothing.
            return;
        }
        self.given = self.given.max(asked);
        self.answers += 1;
        if self.answers >= ANSWERS {
            (self.refused, self.answers) = (None, 0);
        }
        self.blocks = match self.refused {
            None => self.given.saturating_mul(2),
            Some(refused) => {
                let middle = self.given.midpoint(refused);
                let is_worth_it = middle > self.given.saturating_add(self.given / 16);
                if is_worth_it { middle } else { self.given }
            }
        };
    }

    /// Whether there is another number to ask for, or the same once more.
    pub(super) fn halve(&mut self, asked: u64) -> bool {
        self.blocks = asked;
        if asked <= self.given && !self.is_doubted {
            self.is_doubted = true;
            return true;
        }
        (self.is_doubted, self.answers, self.refused) = (false, 0, Some(asked));
        if asked <= self.given || self.given == 0 {
            self.blocks = (asked / 2).max(1);
            self.given = self.given.min(asked / 2);
        } else {
            self.blocks = self.given;
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
        let each = blocks / 10_000;
        assert!(each >= 1_000, "{each} blocks a request");
    }
}
