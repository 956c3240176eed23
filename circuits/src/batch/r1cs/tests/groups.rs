//! For each group of constraints, a hostile witness that it rejects.
//!
//! A case is a valid slot and a few hints that the prover changes; everything computed from them
//! follows, so that as little else as possible breaks. A group that is broken by some case *alone*
//! would, if it were deleted, let that case pass.

use std::collections::{BTreeMap, BTreeSet};

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use ark_r1cs_std::fields::{FieldVar, fp::FpVar};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use super::super::{Carry, Conditions, full_slot, settle, transfer_slot};
use crate::batch::tests::forced::{invalid, with_last};
use crate::{
    account::Account,
    batch::{BatchWitness, State},
    constraint::{
        Cs, Hint, Result,
        fault::{self, Change, Groups},
        group, witness,
    },
    operation::Operation,
    quantity::{AccountIndex, Fee, TokenId},
    scenario::{FEE_ACCOUNT, World},
    shape::Shape,
    transition::FeeSlot,
    tree::r1cs::TopNodes,
};

/// One slot of a circuit by itself: what it finds in the tree and leaves there is not compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Section {
    Full,
    Transfer,
    Fee,
}

/// Two fee slots, so that choosing between them matters.
const SHAPE: Shape = Shape::Small;

fn synthesise(section: Section, known: Option<&BatchWitness>, cs: &Cs) -> Result<()> {
    let token = |at: usize| {
        let token = known.map(|w| w.fee_slots.get(at).map_or(Fr::zero(), |s| s.token.0.into()));
        group(cs, "given", || witness(cs, || Hint(token).get()))
    };
    let conditions = Conditions {
        domain: witness(cs, || Hint(known.map(|w| w.domain.0)).get())?,
        timestamp: witness(cs, || Hint(known.map(|w| w.timestamp.into())).get())?,
        fee_tokens: vec![token(0)?, token(1)?],
    };
    let top = TopNodes::new(cs, known.and_then(BatchWitness::top_nodes).as_ref())?;
    let mut carry = Carry {
        top,
        fees: vec![FpVar::zero(); 2],
    };
    match section {
        Section::Full => {
            let accounts = group(cs, "given", || {
                let accounts = known.map(|w| Fr::from(w.accounts_before));
                witness(cs, || Hint(accounts).get())
            })?;
            let known = known.map(|w| &w.full[0]);
            full_slot(cs, &conditions, &mut carry, &accounts, known).map(|_| ())
        }
        Section::Transfer => {
            transfer_slot(cs, &conditions, &mut carry, known.map(|w| &w.transfers[0])).map(|_| ())
        }
        Section::Fee => {
            let collected = group(cs, "collected", || {
                witness(cs, || Hint(known.map(collected)).get())
            })?;
            let slot = Hint(known.map(|w| w.fee_slots.first().copied()));
            let access = known.map(|w| &w.fees[0]);
            let token = &conditions.fee_tokens[0];
            settle(cs, &mut carry, token, &collected, slot, access).map(|_| ())
        }
    }
}

fn collected(witness: &BatchWitness) -> Fr {
    if witness.fee_slots.is_empty() {
        Fr::zero()
    } else {
        Fr::from(7u8)
    }
}

/// A valid slot.
struct Scene {
    name: &'static str,
    section: Section,
    witness: BatchWitness,
}

fn scene(
    name: &'static str,
    section: Section,
    mut state: State,
    world: &World,
    operation: Option<Operation>,
    fee_slots: &[FeeSlot],
) -> Scene {
    let (full, transfers) = match section {
        Section::Full => (operation.into_iter().collect(), vec![]),
        _ => (vec![], operation.into_iter().collect()),
    };
    let mut batch = world.batch(SHAPE, full, transfers);
    batch.fee_slots = fee_slots.to_vec();
    batch.fee_slots.dedup_by_key(|slot| slot.token);
    let mut witness = state.execute(&batch).unwrap();
    // Two of a token are refused outside the circuit.
    witness.fee_slots = fee_slots.to_vec();
    Scene {
        name,
        section,
        witness,
    }
}

/// A state in which users 1 and 2 and the operator each hold four equal accounts at indexes that
/// differ in bits 1 and 2 only, so that paths through any of them look the same.
fn twins(world: &World) -> State {
    let mut accounts = Vec::new();
    for (user, first) in [(0, 0x40), (1, 0x80), (2, 0xc0)] {
        let account = *world.state.ledger().account(world.index(user)).unwrap();
        accounts.extend([0, 2, 4, 6].map(|at| (AccountIndex::new(first + at).unwrap(), account)));
    }
    State::from_accounts(accounts)
}

/// The world's accounts, each below a top node of its own: what one access changes is on no other's
/// path.
fn far_apart(world: &World) -> State {
    State::from_accounts((0..=4u32).map(|user| {
        let index = AccountIndex::new(FEE_ACCOUNT + 1_000_000 * user).unwrap();
        let account = world.state.ledger().account(world.index(user as usize));
        (index, *account.unwrap())
    }))
}

fn scenes(world: &mut World) -> Vec<Scene> {
    let ether = |account| FeeSlot {
        token: TokenId::ETHER,
        account,
    };
    let fee_account = AccountIndex::new(FEE_ACCOUNT).unwrap();
    let slots = [ether(fee_account), ether(fee_account)];
    let mut nine = Account::new(world.owner(0), TokenId(9));
    nine.balance = crate::quantity::Amount(3);
    let nine_at = AccountIndex::new(3_000_000).unwrap();
    let two_tokens = State::from_accounts(world.state.ledger().iter().chain([(nine_at, nine)]));
    let two_slots = [
        slots[0],
        FeeSlot {
            token: TokenId(9),
            account: nine_at,
        },
    ];
    let newcomer = world.transfer_to_new(1, 4_000);
    let transfer = world.transfer(1, 2, 1_000);
    let mut twin = transfer;
    let mut fee_free = transfer;
    for (operation, change) in [(&mut twin, true), (&mut fee_free, false)] {
        let Operation::Transfer { order: signed, to } = operation else {
            unreachable!()
        };
        let mut order = signed.order;
        if change {
            order.from = AccountIndex::new(0x80).unwrap();
            *to = AccountIndex::new(0xc0).unwrap();
        } else {
            order.fee = Fee::ZERO;
        }
        *signed = order.sign(world.domain, world.key(1));
    }
    let twin_slots = [ether(AccountIndex::new(0x40).unwrap())];
    let mut scenes = Vec::new();
    let mut add = |name, section, state: &State, operation, slots: &[FeeSlot]| {
        scenes.push(scene(name, section, state.clone(), world, operation, slots));
    };
    let state = &world.state.clone();
    let twins = &twins(world);
    // These first: a new account is held to more than what is covered elsewhere.
    add("new account", Section::Full, state, Some(newcomer), &slots);
    let new_token = Some(world.deposit_to_new(1, 9, 5));
    add("new token", Section::Full, state, new_token, &slots);
    for section in [Section::Full, Section::Transfer] {
        add("transfer", section, state, Some(transfer), &slots);
        add(
            "two tokens",
            section,
            &two_tokens,
            Some(transfer),
            &two_slots,
        );
        add("twins", section, twins, Some(twin), &twin_slots);
        add("no fee", section, state, Some(fee_free), &slots);
        add("noop", section, state, None, &[]);
    }
    add(
        "withdrawal",
        Section::Full,
        state,
        Some(world.withdrawal(1, 5)),
        &slots,
    );
    add(
        "deposit",
        Section::Full,
        state,
        Some(world.deposit(1, 5)),
        &slots,
    );
    let full_state = with_last(world, AccountIndex::END - 1);
    let mut bounced = world.deposit_to_new(1, 9, 5);
    if let Operation::Deposit { to, .. } = &mut bounced {
        *to = None;
    }
    add("bounced", Section::Full, &full_state, Some(bounced), &slots);
    let rich = 10u128.pow(24);
    let mut forged = world.forced_withdrawal(1, 1_000);
    forged.amount.0 += 1;
    for (name, order) in [
        ("forced transfer", world.forced_transfer(1, 2, 1_000)),
        ("forced withdrawal", world.forced_withdrawal(1, 1_000)),
        (
            "forced withdrawal of all",
            world.forced_withdrawal(1, 2 * rich),
        ),
        ("forged withdrawal", forged),
    ] {
        add(
            name,
            Section::Full,
            state,
            Some(world.resolve(order)),
            &slots,
        );
    }
    let chosen = [
        "leaf 0",
        "another's",
        "token",
        "nonce",
        "last nonce",
        "forged",
        "balance",
        "to another leaf",
    ];
    let invalid = invalid(world).into_iter();
    for (name, order) in invalid.filter(|(name, _)| chosen.contains(name)) {
        add(
            name,
            Section::Full,
            state,
            Some(world.resolve(order)),
            &slots,
        );
    }
    add("fee", Section::Fee, state, None, &slots);
    add("fee twins", Section::Fee, twins, None, &twin_slots);
    add("no fee slot", Section::Fee, state, None, &[]);
    scenes
}

fn plus(delta: Fr) -> Change {
    Box::new(move |value| value + delta)
}

/// Which hints a hostile prover changes, and how.
#[derive(Clone, Copy, Debug)]
enum Case {
    /// To another value; a bit to the other bit.
    One(usize),
    /// Two in a row, the first by 2 and the second by -1: bits whose number stays what it was.
    Pair(usize),
    /// Two bits, each to the other.
    Swap(usize, usize),
    /// A flag that is neither 0 nor 1.
    Half(usize),
}

impl Case {
    fn changes(self) -> Vec<(usize, Change)> {
        match self {
            Self::One(hint) => vec![(hint, Box::new(fault::another))],
            Self::Pair(hint) => {
                vec![(hint, plus(Fr::from(2u8))), (hint + 1, plus(-Fr::one()))]
            }
            Self::Swap(first, second) => vec![
                (first, Box::new(fault::another)),
                (second, Box::new(fault::another)),
            ],
            Self::Half(hint) => vec![(hint, plus(Fr::from(5u8)))],
        }
    }
}

/// Groups of at most so many hints are flags, whose every change is tried in every scene.
const FLAGS: usize = 6;

/// Cases for each group's hints: the first two, the last and one in between; of groups that are
/// not flags only the first, once they are known to be `covered`.
fn cases(labels: &[String], covered: &dyn Fn(&str) -> bool, rng: &mut StdRng) -> Vec<Case> {
    let mut of_group: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (hint, label) in labels.iter().enumerate() {
        of_group.entry(label).or_default().push(hint);
    }
    let mut cases = Vec::new();
    for (label, hints) in of_group {
        let is_flag = hints.len() <= FLAGS;
        if !is_flag && covered(label) {
            cases.push(Case::One(hints[0]));
            continue;
        }
        let chosen = BTreeSet::from([0, 1, hints.len() - 1, rng.random_range(0..hints.len())]);
        for at in chosen {
            let Some(hint) = hints.get(at) else { continue };
            cases.push(Case::One(*hint));
            if is_flag {
                cases.push(Case::Half(*hint));
            }
            if let Some(next) = hints.get(at + 1) {
                cases.push(if *next == hint + 1 {
                    Case::Pair(*hint)
                } else {
                    Case::Swap(*hint, *next)
                });
            }
        }
    }
    cases
}

/// Groups that some case breaks, and those of them that one breaks alone.
#[derive(Default)]
struct Coverage {
    all: BTreeSet<String>,
    alone: BTreeSet<String>,
    broken: BTreeSet<String>,
}

impl Coverage {
    fn add(&mut self, groups: &Groups, scene: &Scene, seed: u64) {
        let section = scene.section;
        let name = |label: &str| format!("{section:?}/{label}");
        self.all
            .extend(groups.counts().keys().map(|label| name(label)));
        let run = |cs: &Cs| synthesise(section, Some(&scene.witness), cs);
        assert_eq!(
            groups.violated_by(run).unwrap(),
            BTreeSet::new(),
            "{}",
            scene.name
        );
        let labels = fault::hints(run).unwrap();
        let covered = |label: &str| self.alone.contains(&name(label));
        let cases = cases(&labels, &covered, &mut StdRng::seed_from_u64(seed));
        let results: Vec<BTreeSet<String>> = cases
            .par_iter()
            .map(|case| fault::with_overrides(case.changes(), || groups.violated_by(run)).unwrap())
            .collect();
        for broken in results {
            let names = broken.iter().map(|label| name(label));
            if broken.len() == 1 {
                self.alone.extend(names.clone());
            }
            self.broken.extend(names);
        }
    }
}

/// Groups that no case breaks alone, because a lie that they catch shows elsewhere too: in the
/// path to a leaf that is not there, or in another unused field. They are broken together with
/// others, so deleting one fails this test all the same.
const SHARED: [&str; 14] = [
    "Fee/used",
    "Full/fee/value",
    "Full/from",
    "Full/kind",
    "Full/sender/path",
    "Full/unused-is-zero/padding",
    "Full/unused-is-zero/recipient",
    "Full/unused-is-zero/sender",
    "Transfer/active",
    "Transfer/amount/value",
    "Transfer/fee/value",
    "Transfer/from",
    "Transfer/sender/path",
    "Transfer/unused-is-zero",
];

/// Groups that [`super::forced`] breaks alone, because the lie has to be made up in several places.
const BY_NAME: [&str; 3] = [
    "Full/recipient/there",
    "Full/sender/authorised/next",
    "Full/sender/there",
];

#[test]
fn every_group_rejects_a_hostile_witness() {
    /// Fixes the hints that are chosen; any other works too, given more cases.
    const SEED: u64 = 77;
    let mut world = World::new(4, 5);
    world.state = far_apart(&world);
    let scenes = scenes(&mut world);
    let mut coverage = Coverage::default();
    for section in [Section::Full, Section::Transfer, Section::Fee] {
        let groups = Groups::record(|cs| synthesise(section, None, cs)).unwrap();
        for scene in scenes.iter().filter(|scene| scene.section == section) {
            coverage.add(&groups, scene, SEED);
        }
    }
    let never: Vec<_> = coverage.all.difference(&coverage.broken).collect();
    assert_eq!(
        never,
        Vec::<&String>::new(),
        "no hostile witness for these groups"
    );
    let not_alone = coverage.all.difference(&coverage.alone);
    let unexpected: Vec<_> = not_alone
        .filter(|group| !SHARED.contains(&group.as_str()) && !BY_NAME.contains(&group.as_str()))
        .collect();
    assert_eq!(
        unexpected,
        Vec::<&String>::new(),
        "only broken together with others"
    );
    let mut named = SHARED.iter().chain(&BY_NAME);
    let gone = named.find(|group| !coverage.all.contains(**group));
    assert_eq!(gone, None, "no such group");
}
