//! What is announced at the contract, read as it stands and not from events: nothing is missed where a
//! layer 1 keeps no old ones.

use alloy::{
    eips::BlockId,
    primitives::{Address, Bytes, U256},
    sol_types::{SolConstructor as _, SolValue as _},
};

use super::{
    error::{Cause, L1Error},
    rollup::RollupClient,
    types::nonzero,
};
use crate::{
    address::EthAddress,
    batch::{ShapeSize, Word},
    contracts::{Announced as Question, Assay},
};

const CALL: &str = "eth_call";
/// Ids that shapes may have.
const SHAPE_IDS: u64 = 256;
/// Proposals in one answer (`contracts/src/Announced.sol`).
const PROPOSALS_MAX: usize = 16;
/// A proposal that was not used within this time after its delay is void, s.
const PROPOSAL_LIFE_S: u64 = 14 * 86_400;

/// What is announced at the contract, and who may announce it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announced {
    /// Who may announce shapes.
    pub governor: Option<EthAddress>,
    /// Who may freeze at once.
    pub guardian: Option<EthAddress>,
    /// Who may become the operator by accepting.
    pub next_operator: Option<EthAddress>,
    /// Shapes on their way in, by ascending id, and those that were not used in time.
    pub proposals: Vec<Proposal>,
}

/// A shape that was announced, with a verifier of its own, and is not in use. Times are Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Its size.
    pub size: ShapeSize,
    /// Its verifier contract.
    pub verifier: EthAddress,
    /// From when anybody may have the queue's length recorded.
    pub ready_at: u64,
    /// So many entries of the queue must be taken before it is used; nothing before that was recorded.
    pub after_entries: Option<u64>,
}

impl Proposal {
    /// After it the proposal is void, Unix seconds.
    #[must_use]
    pub fn void_at(&self) -> u64 {
        self.ready_at.saturating_add(PROPOSAL_LIFE_S)
    }
}

impl From<Assay::Proposal> for Proposal {
    fn from(proposal: Assay::Proposal) -> Self {
        let shape = proposal.shape;
        Self {
            size: ShapeSize {
                id: shape.shapeId,
                transfers: shape.transfers,
                full_records: shape.fullRecords,
                fee_slots: shape.feeSlots,
            },
            verifier: proposal.verifier.into(),
            ready_at: proposal.readyAt,
            after_entries: proposal.marked.then_some(proposal.queueLength),
        }
    }
}

/// An answer to one question: governor, guardian, next operator, the first id that was not looked at, and
/// the proposals before it.
type Answer = (Address, Address, Address, U256, Vec<Assay::Proposal>);

impl RollupClient {
    /// What was announced after the block of this hash. It takes one `eth_call`, and one more
    /// for each 16 shapes that are announced.
    ///
    /// # Errors
    /// Where the L1 does not answer, has no state of that block any more, or runs no creation in a call.
    pub async fn announced_at(&self, block: Word) -> Result<Announced, L1Error> {
        let mut announced = Announced::default();
        let mut from = 0;
        while from < SHAPE_IDS {
            let (governor, guardian, next_operator, next, found) =
                self.ask_from(from, block).await?;
            announced.governor = nonzero(governor);
            announced.guardian = nonzero(guardian);
            announced.next_operator = nonzero(next_operator);
            from = followed(from, next, &found)?;
            announced
                .proposals
                .extend(found.into_iter().map(Proposal::from));
        }
        Ok(announced)
    }

    async fn ask_from(&self, from: u64, block: Word) -> Result<Answer, L1Error> {
        let arguments = Question::constructorCall {
            rollup: self.contract.into(),
            shapeId: U256::from(from),
        };
        let code = [&Question::BYTECODE[..], &arguments.abi_encode()].concat();
        let at = BlockId::hash_canonical(block.into());
        let answer = self.wire.create(Bytes::from(code), at).await?;
        Answer::abi_decode_params(&answer).map_err(|error| wrong(error.into()))
    }
}

/// The id from which to ask on. An answer that does not end in itself, or tells of other shapes than it
/// was asked for, is none.
fn followed(from: u64, next: U256, found: &[Assay::Proposal]) -> Result<u64, L1Error> {
    let next = u64::try_from(next).unwrap_or(u64::MAX);
    let ids = || {
        found
            .iter()
            .map(|proposal| u64::from(proposal.shape.shapeId))
    };
    let ascend = ids().zip(ids().skip(1)).all(|(one, other)| one < other);
    let are_asked_for = ids().all(|id| (from..next).contains(&id));
    let is_full = found.len() == PROPOSALS_MAX && next > from;
    if ascend && are_asked_for && (next == SHAPE_IDS || next < SHAPE_IDS && is_full) {
        return Ok(next);
    }
    Err(wrong(
        "it does not tell of the shapes that were asked for".into(),
    ))
}

fn wrong(source: Cause) -> L1Error {
    L1Error::Answer { call: CALL, source }
}
