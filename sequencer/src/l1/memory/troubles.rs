//! What goes wrong on the way to the chain.

use std::time::Duration;

use assay_l1::client::L1Error;

use super::{MemoryL1, refused};

/// What goes wrong.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    pub(super) unreachable: bool,
    /// No answer comes.
    pub(super) hangs: bool,
    /// The next transaction arrives and the answer is lost.
    pub(super) loses_answer: bool,
    /// The next transaction does not arrive.
    pub(super) loses_request: bool,
    /// The latest so many blocks are not told of.
    pub(super) behind: usize,
    /// After so many answers, what is asked with this is not answered.
    pub(super) unanswered: Option<(&'static str, usize)>,
    /// Of a hundred answers so many fail.
    pub(super) percent: u64,
    /// How often the latest block was asked for.
    pub(super) looks: u64,
    /// No call works when it is tried.
    pub(super) refuses: bool,
    /// How often a call was tried.
    pub(super) tries: u64,
    /// Of the next answer's fate.
    pub(super) seed: u64,
}

fn lost(call: &'static str, why: &str) -> L1Error {
    L1Error::Transport {
        call,
        source: why.to_owned().into(),
    }
}

impl Troubles {
    /// A question is asked.
    pub(super) fn ask(&mut self, call: &'static str) -> Result<(), L1Error> {
        self.looks += u64::from(call == "latest");
        match self.unreachable || self.is_unanswered(call) || self.fails() {
            true => Err(lost(call, "the test says so")),
            false => Ok(()),
        }
    }

    fn is_unanswered(&mut self, call: &'static str) -> bool {
        match &mut self.unanswered {
            Some((same, answers)) if *same == call => match answers.checked_sub(1) {
                Some(left) => *answers = left,
                None => return true,
            },
            _ => {}
        }
        false
    }

    /// A call is tried.
    pub(super) fn attempt(&mut self) -> Result<(), L1Error> {
        self.ask("sign")?;
        self.tries += 1;
        match self.refuses {
            true => Err(refused("sign", "the test says so")),
            false => Ok(()),
        }
    }

    /// A transaction is on its way.
    pub(super) fn send(&mut self) -> Result<(), L1Error> {
        match self.unreachable || std::mem::take(&mut self.loses_request) || self.fails() {
            true => Err(lost("send", "unreachable")),
            false => Ok(()),
        }
    }

    /// It has arrived.
    pub(super) fn answer(&mut self) -> Result<(), L1Error> {
        match std::mem::take(&mut self.loses_answer) || self.fails() {
            true => Err(lost("send", "answer lost")),
            false => Ok(()),
        }
    }

    /// SplitMix64.
    fn fails(&mut self) -> bool {
        if self.percent == 0 {
            return false;
        }
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % 100 < self.percent
    }
}

impl MemoryL1 {
    pub(super) async fn until_it_does_not_hang(&self) {
        while self.inner().troubles.hangs {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn set_unreachable(&self, unreachable: bool) {
        self.inner().troubles.unreachable = unreachable;
    }

    /// After so many answers, does not answer what is asked with this call.
    pub(crate) fn leave_unanswered(&self, call: Option<(&'static str, usize)>) {
        self.inner().troubles.unanswered = call;
    }

    pub(crate) fn set_hanging(&self, hangs: bool) {
        self.inner().troubles.hangs = hangs;
    }

    /// Whether calls are refused when they are tried.
    pub(crate) fn set_refusing(&self, refuses: bool) {
        self.inner().troubles.refuses = refuses;
    }

    /// How often a call was tried.
    pub(crate) fn tries(&self) -> u64 {
        self.inner().troubles.tries
    }

    pub(crate) fn lose_next_answer(&self) {
        self.inner().troubles.loses_answer = true;
    }

    pub(crate) fn lose_next_request(&self) {
        self.inner().troubles.loses_request = true;
    }

    /// Answers as of so many blocks ago.
    pub(crate) fn answer_from_behind(&self, blocks: usize) {
        self.inner().troubles.behind = blocks;
    }

    /// Of a hundred answers so many fail at random.
    pub(crate) fn fail(&self, percent: u64, seed: u64) {
        let troubles = &mut self.inner().troubles;
        (troubles.percent, troubles.seed) = (percent, seed);
    }
}
