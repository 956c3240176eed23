//! Checking batches, one upon the other.

use assay_circuits::{
    address::L1Address,
    batch::{Replayed, State},
    order::Domain,
    posted::{self, PostedBatch},
    quantity::{AccountIndex, BatchNumber, StateRoot, TokenId},
    shape::Shape,
    statement::PublicInputs,
    transition::FeeSlot,
    word,
};
use assay_l1::batch::{BatchData, BatchHeader, Claim, ProofWords, Word};
use assay_prover::groth16::{proof::Proof, verify::verify};
use rayon::prelude::*;

use crate::{
    fault::{BatchFault, Fault},
    keys::VerifyingKeys,
    queue::Queue,
};

/// Where a batch left the rollup: what the next one stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its number.
    pub number: u64,
    /// Its header.
    pub header: BatchHeader,
    /// Hash of its header and of all before it.
    pub hash: Word,
}

/// What a batch lets be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchClaims {
    /// The batch.
    pub batch: u64,
    /// Its claims, in their order.
    pub claims: Vec<Claim>,
}

/// A batch that was checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What was posted of it.
    pub posted: PostedBatch,
    /// The root before it.
    pub old_root: StateRoot,
    /// Leaves that were given out before it.
    pub accounts_before: u32,
    /// What its proof is of.
    pub inputs: PublicInputs,
    /// What it did.
    pub replayed: Replayed,
    /// Where it left the rollup.
    pub tip: Tip,
}

/// The rollup after the batches that were checked.
#[derive(Debug, Clone)]
pub struct Batches {
    domain: Domain,
    keys: VerifyingKeys,
    state: State,
    tip: Tip,
    headers: Vec<BatchHeader>,
    claims: Vec<BatchClaims>,
}

impl Tip {
    /// Where every rollup begins.
    #[must_use]
    pub fn genesis() -> Self {
        let header = BatchHeader::genesis(word::to_bytes(State::default().root().0));
        Self {
            number: 0,
            header,
            hash: header.hash([0; 32]),
        }
    }
}

/// A batch that was read, and what it stands on.
struct Read<'a> {
    number: u64,
    data: &'a BatchData,
    proof: &'a ProofWords,
    posted: PostedBatch,
    old_root: StateRoot,
    accounts_before: u32,
}

impl Batches {
    /// None yet.
    #[must_use]
    pub fn genesis(domain: Domain, keys: VerifyingKeys) -> Self {
        Self::since(domain, keys, State::default(), Tip::genesis())
    }

    /// Those that follow one whose state is known.
    #[must_use]
    pub fn since(domain: Domain, keys: VerifyingKeys, state: State, tip: Tip) -> Self {
        Self {
            domain,
            keys,
            state,
            tip,
            headers: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// Where the last one left the rollup.
    #[must_use]
    pub fn tip(&self) -> &Tip {
        &self.tip
    }

    /// The state after the last one.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The headers of those that were taken.
    #[must_use]
    pub fn headers(&self) -> &[BatchHeader] {
        &self.headers
    }

    /// The state, the headers and the claims of those that were taken.
    #[must_use]
    pub fn into_parts(self) -> (State, Vec<BatchHeader>, Vec<BatchClaims>) {
        (self.state, self.headers, self.claims)
    }

    /// Keeps nothing of those that were taken but the state after the last one.
    pub fn forget_taken(&mut self) {
        self.headers.clear();
        self.claims.clear();
    }

    /// Takes the batches that follow, and says what each did. Proofs are verified beside the replay,
    /// which must be in order.
    ///
    /// # Errors
    /// The first batch that does not fit, and why; the state is then that of some batch before it.
    pub fn take(
        &mut self,
        batches: &[(BatchData, ProofWords)],
        queue: &Queue,
    ) -> Result<Vec<Checked>, BatchFault> {
        let starts = self.starts(batches);
        let reads: Vec<_> = batches
            .par_iter()
            .zip(&starts)
            .map(|((data, proof), start)| self.read(start, data, proof, queue))
            .collect();
        let mut unread = None;
        let mut read = Vec::with_capacity(reads.len());
        for found in reads {
            match found {
                Ok(found) => read.push(found),
                Err(fault) => {
                    unread = Some(fault);
                    break;
                }
            }
        }
        let Self {
            domain,
            keys,
            state,
            ..
        } = &mut *self;
        let (proved, played) = rayon::join(
            || check_proofs(*domain, keys, &read),
            || replay(state, *domain, &read),
        );
        let (proved, played) = match (proved, played) {
            (Ok(proved), Ok(played)) => (proved, played),
            (proved, played) => {
                let found = [proved.err(), played.err()].into_iter().flatten();
                let earliest = found.min_by_key(|fault| fault.batch);
                return Err(earliest.expect("one of them is a fault"));
            }
        };
        if let Some(fault) = unread {
            return Err(fault);
        }
        let done = read.into_iter().zip(proved).zip(played).zip(&starts);
        let done = done.map(|(((read, inputs), replayed), start)| {
            let data = read.data;
            self.append(start.number, data, data.header(start.queue_begin));
            Checked {
                posted: read.posted,
                old_root: read.old_root,
                accounts_before: read.accounts_before,
                inputs,
                replayed,
                tip: self.tip,
            }
        });
        Ok(done.collect())
    }

    /// Keeps what is needed of a batch that was checked.
    fn append(&mut self, number: u64, data: &BatchData, header: BatchHeader) {
        self.headers.push(header);
        let claims = data.claims();
        if !claims.is_empty() {
            self.claims.push(BatchClaims {
                batch: number,
                claims,
            });
        }
        self.tip = Tip {
            number,
            header,
            hash: header.hash(self.tip.hash),
        };
    }

    /// What each of these batches begins with, if all before it are as they say.
    fn starts(&self, batches: &[(BatchData, ProofWords)]) -> Vec<Start> {
        let tip = &self.tip;
        let mut start = Start {
            number: tip.number + 1,
            old_root: tip.header.new_root,
            accounts: tip.header.accounts,
            timestamp: tip.header.timestamp,
            queue_begin: tip.header.queue_end,
        };
        let following = batches.iter().map(|(data, _)| {
            let next = Start {
                number: start.number + 1,
                old_root: data.new_root,
                accounts: data.accounts,
                timestamp: data.timestamp,
                queue_begin: start.queue_begin + u64::from(data.l1_operations),
            };
            std::mem::replace(&mut start, next)
        });
        following.collect()
    }

    fn read<'a>(
        &self,
        start: &Start,
        data: &'a BatchData,
        proof: &'a ProofWords,
        queue: &Queue,
    ) -> Result<Read<'a>, BatchFault> {
        let number = start.number;
        let read = || {
            if data.batch != number {
                return Err(Fault::Number { found: data.batch });
            }
            if data.timestamp < start.timestamp {
                return Err(Fault::Timestamp {
                    found: data.timestamp,
                    before: start.timestamp,
                });
            }
            let posted = read_posted(data)?;
            let room = posted.shape.full_records();
            queue.check(start.queue_begin, data, &posted.full, room)?;
            Ok(Read {
                number,
                data,
                proof,
                posted,
                old_root: StateRoot(word::from_bytes(&start.old_root)?),
                accounts_before: start.accounts,
            })
        };
        read().map_err(|fault: Fault| fault.of(number))
    }
}

/// What a batch begins with.
struct Start {
    number: u64,
    old_root: Word,
    accounts: u32,
    timestamp: u32,
    queue_begin: u64,
}

/// Reads what was posted of a batch.
///
/// # Errors
/// [`Fault`]: what cannot be read of it.
pub fn read_posted(data: &BatchData) -> Result<PostedBatch, Fault> {
    let shape = Shape::from_id(data.shape).ok_or(Fault::Shape(data.shape))?;
    posted::check_room(
        shape,
        data.fee_slots.len(),
        data.full_records.len(),
        data.transfers.len(),
    )?;
    let mut records = Vec::with_capacity(data.full_records.len());
    for record in &data.full_records {
        let mut words = [Default::default(); Shape::FULL_RECORD_WORDS];
        for (word, bytes) in words.iter_mut().zip(record) {
            *word = word::from_bytes(bytes)?;
        }
        records.push(words);
    }
    let full = posted::read_full(&records)?;
    let found = full
        .iter()
        .filter(|operation| operation.is_from_l1())
        .count();
    let (said, tails) = (data.l1_operations, data.tails.len());
    if usize::from(said) != found || tails != found {
        return Err(Fault::OperationCount { said, found, tails });
    }
    let slot = |slot: &assay_l1::batch::PostedFeeSlot| {
        let account = AccountIndex::new(slot.account).map_err(Fault::FeeSlot)?;
        let token = TokenId(slot.token);
        Ok(FeeSlot { token, account })
    };
    Ok(PostedBatch {
        shape,
        number: BatchNumber(data.batch),
        timestamp: data.timestamp,
        settler: L1Address(data.settler.0),
        new_root: StateRoot(word::from_bytes(&data.new_root)?),
        accounts: data.accounts,
        fee_slots: data
            .fee_slots
            .iter()
            .map(slot)
            .collect::<Result<_, Fault>>()?,
        full,
        transfers: posted::read_transfers(&data.transfers)?,
    })
}

/// Checks that the words that were posted are those that were proved, and returns what the proof is of.
fn check_proof(
    domain: Domain,
    keys: &VerifyingKeys,
    read: &Read<'_>,
) -> Result<PublicInputs, Fault> {
    let posted = &read.posted;
    let statement = posted.statement(domain, read.old_root, read.accounts_before);
    let inputs = statement.public_inputs();
    if word::to_bytes(inputs.c) != read.data.commitment {
        return Err(Fault::Commitment);
    }
    let key = keys.get(posted.shape).ok_or(Fault::NoKey(posted.shape))?;
    let proof = Proof::from_words(&read.proof.0)?;
    verify(key, &inputs.to_array(), &proof)?;
    Ok(inputs)
}

/// Executes batches in order, and compares where each leads.
fn replay(
    state: &mut State,
    domain: Domain,
    batches: &[Read<'_>],
) -> Result<Vec<Replayed>, BatchFault> {
    let replay = |read: &Read<'_>| {
        let posted = &read.posted;
        let mut replay = || {
            let replayed = state.replay(domain, posted)?;
            let found = state.root();
            if found != posted.new_root {
                return Err(Fault::Root {
                    expected: posted.new_root,
                    found,
                });
            }
            let found = state.ledger().leaves_given_out();
            if found != posted.accounts {
                return Err(Fault::Accounts {
                    expected: posted.accounts,
                    found,
                });
            }
            Ok(replayed)
        };
        replay().map_err(|fault: Fault| fault.of(read.number))
    };
    batches.iter().map(replay).collect()
}

/// What the proofs of these batches are of, or the first that does not prove its batch.
fn check_proofs(
    domain: Domain,
    keys: &VerifyingKeys,
    batches: &[Read<'_>],
) -> Result<Vec<PublicInputs>, BatchFault> {
    let check =
        |read: &Read<'_>| check_proof(domain, keys, read).map_err(|fault| fault.of(read.number));
    let checked: Vec<_> = batches.par_iter().map(check).collect();
    checked.into_iter().collect()
}
