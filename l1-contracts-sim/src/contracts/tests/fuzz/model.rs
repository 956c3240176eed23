//! The contract once more, from the text of `docs/spec/contracts.md`.
//!
//! The specification does not say in which order conditions are looked at. So a call is refused
//! with the names of all that it breaks, and the contract must answer with one of them.

pub(super) mod curve;
pub(super) mod deployment;
mod exits;
pub(super) mod governance;
mod payments;
mod queue;
pub(super) mod records;
mod submit;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use alloy::primitives::{Address, B256, U256};
use sha2::{Digest as _, Sha256};

use super::{super::bed::empty_root, outside::Outside, trapdoor};
use crate::{
    batch::{BatchHeader, Claim, ShapeSize, Word},
    contracts::Assay::{self, AssayCalls, AssayEvents},
};

/// Why a call is refused: names of the contract's errors.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Refusals(pub(super) BTreeSet<&'static str>);

impl Refusals {
    pub(super) fn when(&mut self, condition: bool, name: &'static str) {
        if condition {
            self.0.insert(name);
        }
    }

    fn or(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

pub(super) type Outcome = Result<Vec<AssayEvents>, Refusals>;

/// How a call comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) now: u64,
    pub(super) base_fee: u64,
    pub(super) caller: Address,
    pub(super) value: U256,
    /// The caller is the transaction's origin and has no code.
    pub(super) direct: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) size: ShapeSize,
    pub(super) verifier_type: u8,
    pub(super) key: Option<usize>,
    pub(super) verifier: Address,
    pub(super) retired: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Proposal {
    pub(super) shape: Shape,
    pub(super) ready: u64,
    pub(super) marked: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) words: [Word; 6],
    pub(super) tail: Word,
    pub(super) due: u64,
    /// The link before it.
    pub(super) before: Word,
    pub(super) refunded: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) header: BatchHeader,
    pub(super) hash: Word,
    pub(super) claims: Vec<Claim>,
    pub(super) paid: BTreeSet<u16>,
}

pub(super) struct Model {
    pub(super) rollup: Address,
    pub(super) domain: Word,
    pub(super) config: Assay::Config,
    pub(super) shapes: BTreeMap<u8, Shape>,
    pub(super) proposals: BTreeMap<u8, Proposal>,
    pub(super) next_operator: Address,
    pub(super) batches: Vec<Batch>,
    pub(super) last_proved_at: u64,
    pub(super) entries: Vec<Entry>,
    pub(super) taken: usize,
    pub(super) link: Word,
    pub(super) open_until: u64,
    pub(super) frozen: bool,
    pub(super) closing: u64,
    pub(super) tokens: Vec<Address>,
    pub(super) held: Vec<u128>,
    pub(super) credits: BTreeMap<Address, U256>,
    pub(super) escaped: BTreeSet<u32>,
    /// Proofs that prove something: under which key, and what.
    pub(super) proofs: HashMap<Vec<u8>, (usize, Vec<Word>)>,
    /// Its verifiers are none.
    pub(super) deaf: bool,
    /// On a chain for development.
    pub(super) development: bool,
}

impl Model {
    pub(super) fn new(
        chain_id: u64,
        now: u64,
        rollup: Address,
        config: Assay::Config,
        shapes: BTreeMap<u8, Shape>,
    ) -> Self {
        let chain: Word = U256::from(chain_id).to_be_bytes();
        let preimage = [&b"assay/2"[..], &chain, rollup.as_slice()].concat();
        let mut domain: Word = Sha256::digest(preimage).into();
        domain[0] = 0;
        let header = BatchHeader {
            new_root: empty_root(),
            accounts: 1,
            ..BatchHeader::default()
        };
        let genesis = Batch {
            header,
            hash: records::batch_hash(&[0; 32], &header),
            claims: Vec::new(),
            paid: BTreeSet::new(),
        };
        Self {
            rollup,
            domain,
            config,
            shapes,
            proposals: BTreeMap::new(),
            next_operator: Address::ZERO,
            batches: vec![genesis],
            last_proved_at: now,
            entries: Vec::new(),
            taken: 0,
            link: [0; 32],
            open_until: 0,
            frozen: false,
            closing: 0,
            tokens: Vec::new(),
            held: vec![0],
            credits: BTreeMap::new(),
            escaped: BTreeSet::new(),
            proofs: HashMap::new(),
            deaf: false,
            development: deployment::is_development(chain_id),
        }
    }

    /// What the call does, or why it is refused; then nothing is changed.
    pub(super) fn run(&mut self, call: &AssayCalls, at: &At, outside: &mut Outside) -> Outcome {
        let payable = matches!(
            call,
            AssayCalls::deposit(_) | AssayCalls::force(_) | AssayCalls::registerToken(_)
        );
        if !payable && !at.value.is_zero() {
            return Err(Refusals([""].into()));
        }
        match call {
            AssayCalls::deposit(call) => self.deposit(call, at, outside),
            AssayCalls::force(call) => self.force(call, at),
            AssayCalls::registerToken(call) => self.register_token(call, at, outside),
            AssayCalls::submit(call) => self.submit(call, at, outside),
            AssayCalls::claim(call) => self.claim(call, at, outside),
            AssayCalls::redirect(call) => self.redirect(call, outside),
            AssayCalls::withdrawCredit(call) => self.withdraw_credit(call, at, outside),
            AssayCalls::freeze(_) => self.freeze(at),
            AssayCalls::refund(call) => self.refund(call, at, outside),
            AssayCalls::escape(call) => self.escape(call, outside),
            AssayCalls::freezeByGuardian(_) => self.freeze_by_guardian(at),
            AssayCalls::propose(call) => self.propose(call, at),
            AssayCalls::markProposal(call) => self.mark_proposal(call.shapeId, at),
            AssayCalls::activate(call) => self.activate(call.shapeId, at),
            AssayCalls::retireShape(call) => self.retire_shape(call.shapeId, at),
            AssayCalls::announceClosing(_) => self.announce_closing(at),
            AssayCalls::proposeOperator(call) => self.propose_operator(call.next, at),
            AssayCalls::acceptOperator(_) => self.accept_operator(at),
            other => panic!("{other:?} changes nothing"),
        }
    }

    pub(super) fn last(&self) -> &Batch {
        self.batches.last().unwrap()
    }

    /// The first entry that no batch took.
    pub(super) fn head(&self) -> Option<&Entry> {
        self.entries.get(self.taken)
    }

    /// Silence, in which others than the operator may submit.
    pub(super) fn is_silent(&self, now: u64) -> bool {
        let since = |begin: u64| now > begin + u64::from(self.config.silenceS);
        let delay = u64::from(self.config.queueDelayS);
        self.head()
            .is_some_and(|head| since(head.due - delay) && since(self.last_proved_at))
    }

    /// Proves anything under a key, and remembers what.
    pub(super) fn prove(&mut self, key: usize, inputs: &[Word], half: usize) -> Vec<u8> {
        let proof = trapdoor::key(key).prove(inputs, half);
        self.proofs.insert(proof.clone(), (key, inputs.to_vec()));
        proof
    }

    /// Adds what is wrong with a proof of the inputs.
    pub(super) fn check_proof(
        &self,
        refusals: &mut Refusals,
        proof: &[u8],
        key: usize,
        inputs: &[Word],
    ) {
        if proof.len() != 256 {
            refusals.when(true, "WrongProofLength");
            return;
        }
        let known = self.proofs.get(proof);
        if known.is_some_and(|known| known.0 == key && known.1 == inputs) {
            return;
        }
        refusals.0.extend(["ProofRejected", "InvalidPoint"]);
        let q = curve::q();
        let words = proof.chunks_exact(32).map(U256::from_be_slice);
        refusals.when(
            words.into_iter().any(|word| word >= q),
            "CoordinateNotCanonical",
        );
    }

    pub(super) fn status(&self) -> Assay::Status {
        let last = &self.last();
        Assay::Status {
            lastProved: self.batches.len() as u64 - 1,
            lastTimestamp: last.header.timestamp,
            lastProvedAt: u32::try_from(self.last_proved_at).unwrap(),
            accounts: last.header.accounts,
            provedRoot: last.header.new_root.into(),
            lastBatchHash: last.hash.into(),
            queueConsumed: self.taken as u64,
            queueLength: self.entries.len() as u64,
            headDue: self.head().map_or(0, |head| head.due as u32),
            openUntil: u32::try_from(self.open_until).unwrap(),
            frozen: self.frozen,
            closingAt: self.closing,
            tokens: self.tokens.len() as u16,
            operator: self.config.operator,
        }
    }

    pub(super) fn batch_hash(&self, batch: usize) -> B256 {
        let batch = self.batches.get(batch);
        batch.map_or(B256::ZERO, |batch| batch.hash.into())
    }
}
