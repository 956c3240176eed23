//! What goes wrong, and for how long: everything follows from the scenario's seed.

use std::time::Duration;

use assay_faults::{Call, Fault};
use assay_l1::chain::Removed;
use rand::{Rng as _, RngCore, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

use crate::layer1::REORG_MAX;

/// Something that goes wrong at one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The layer 1 answers badly for so many steps.
    Layer1(Answers, u32),
    /// The last blocks are replaced.
    Reorganisation(u64, Removed),
    /// Every so many writes fail for so many steps.
    Disk(u64, u32),
    /// The node's time of day is ahead by so many seconds for so many steps.
    Clock(i64, u32),
    /// The node is killed.
    Kill,
    /// The node is stopped in order and started again.
    Restart,
}

/// How the layer 1 answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Not at all: each connection breaks.
    Cut,
    /// No call is ever answered.
    Never,
    /// "Too many requests", in the words of JSON-RPC or of HTTP.
    TooMany,
    /// It has lost old state.
    NoState,
    /// So many of a hundred calls fail, each in its own way.
    Failing(u8),
    /// What is sent arrives, and nobody hears of it.
    Unheard,
    /// From a node that is so many blocks behind.
    Behind(u64),
    /// Now from one node and now from another, which is behind.
    Torn(u64),
    /// Late.
    Slow,
}

/// Something, or nothing, for one step.
pub(crate) fn draw(random: &mut (impl RngCore + Send)) -> Option<Trouble> {
    let steps = random.random_range(3..25);
    Some(match random.random_range(0..100) {
        0..6 => Trouble::Layer1(answers(random), steps),
        6..9 => {
            let removed = match random.random_bool(0.5) {
                true => Removed::Forgotten,
                false => Removed::WaitAgain,
            };
            Trouble::Reorganisation(random.random_range(1..=REORG_MAX), removed)
        }
        9..11 => Trouble::Disk(random.random_range(1..12), steps),
        11..13 => Trouble::Clock(random.random_range(-7200..7200), steps),
        13 => Trouble::Kill,
        14 => Trouble::Restart,
        _ => return None,
    })
}

fn answers(random: &mut (impl RngCore + Send)) -> Answers {
    match random.random_range(0..9) {
        0 => Answers::Cut,
        1 => Answers::Never,
        2 => Answers::TooMany,
        3 => Answers::NoState,
        4 => Answers::Failing(random.random_range(20..80)),
        5 => Answers::Unheard,
        6 => Answers::Behind(random.random_range(1..4)),
        7 => Answers::Torn(random.random_range(1..4)),
        _ => Answers::Slow,
    }
}

/// The rule by which the proxy answers so.
pub(crate) fn rule(
    answers: Answers,
    seed: u64,
) -> impl FnMut(&Call) -> Option<Fault> + Send + 'static {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let refuse = |code: i64, message: &str| Fault::Refuse {
        code,
        message: message.to_owned(),
    };
    move |call| {
        Some(match answers {
            Answers::Cut => Fault::Cut,
            Answers::Never => Fault::Hang,
            Answers::TooMany if random.random_bool(0.5) => refuse(-32005, "limit exceeded"),
            Answers::TooMany => Fault::Status(429, "<html>slower</html>".to_owned()),
            Answers::NoState if call.method == "eth_call" => refuse(-32000, "missing trie node"),
            Answers::Failing(percent) if random.random_range(0..100) < percent => {
                match random.random_range(0..5) {
                    0 => Fault::Cut,
                    1 => Fault::LoseAnswer,
                    2 => Fault::Status(502, "<html>bad gateway</html>".to_owned()),
                    3 => refuse(-32603, "internal error"),
                    _ => refuse(-32005, "limit exceeded"),
                }
            }
            Answers::Unheard if call.method == "eth_sendRawTransaction" => Fault::LoseAnswer,
            Answers::Behind(blocks) => Fault::Behind(blocks),
            Answers::Torn(blocks) if random.random_bool(0.5) => Fault::Behind(blocks),
            Answers::Slow => Fault::Slow(Duration::from_millis(random.random_range(1..40))),
            _ => return None,
        })
    }
}
