//! The circuit accepts what the native rule accepts and nothing else.

mod attacks;

use std::collections::{BTreeMap, BTreeSet};

use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_relations::gr1cs::ConstraintSystem;

use super::*;
use crate::{
    address::L1Address,
    constraint::fault::{self, Change, Groups},
    eddsa::{SecretKey, SignatureError},
    escape::{ClaimReference, ExitError, ExitOrder},
    order::{Domain, Signed},
    poseidon,
    quantity::{AccountIndex, Amount, BatchNumber, StateRoot, TokenId},
    tree::{DEPTH, StateTree},
};
use attacks::{Attack, false_statements, weak_owners, wrong_witnesses};

/// A state of a few accounts, some of them beside each other.
struct Scene {
    tree: StateTree,
    keys: Vec<SecretKey>,
    accounts: Vec<(AccountIndex, Account)>,
    domain: Domain,
}

const TO: L1Address = L1Address([0xab; 20]);
/// The account that leaves.
const ALICE: usize = 1;
const BOB: usize = 2;

impl Scene {
    fn new() -> Self {
        let keys: Vec<_> = (0..5)
            .map(|seed| SecretKey::from_seed([seed; 32]))
            .collect();
        let places = [1, 0xc0_ffee, 0xc0_ffef, 0xc0_ffec, (1 << 24) - 1];
        let account = |(key, place): (&SecretKey, u32)| {
            let mut account = Account::new(key.public_key().0, TokenId(0x1234));
            account.balance = Amount(u128::MAX - u128::from(place));
            account.nonce = place / 3;
            (AccountIndex::new(place).unwrap(), account)
        };
        let accounts: Vec<_> = keys.iter().zip(places).map(account).collect();
        let mut tree = StateTree::default();
        tree.set_many(
            accounts
                .iter()
                .map(|(at, account)| (at.get(), account.leaf())),
        );
        Self {
            tree,
            keys,
            accounts,
            domain: Domain::new(31337, L1Address([7; 20])),
        }
    }

    fn root(&self) -> StateRoot {
        StateRoot(self.tree.root())
    }

    /// The order by which a user takes all out.
    fn escape(&self, user: usize) -> ExitOrder {
        let (from, Account { token, balance, .. }) = self.accounts[user];
        ExitOrder {
            from,
            exit: Exit::Balance { token, balance },
            to: TO,
        }
    }

    fn redirect(&self, user: usize) -> ExitOrder {
        let claim = ClaimReference::new(BatchNumber((1 << 48) - 2), 0xfffe).unwrap();
        ExitOrder {
            exit: Exit::Claim(claim),
            ..self.escape(user)
        }
    }

    /// What a user has to prove this order with.
    fn witness(&self, user: usize, order: ExitOrder) -> EscapeWitness {
        let (at, account) = self.accounts[user];
        EscapeWitness {
            root: self.root(),
            domain: self.domain,
            account,
            proof: self.tree.proof(at.get()),
            signed: order.sign(self.domain, &self.keys[user]),
        }
    }
}

fn groups() -> Groups {
    Groups::record(|cs| EscapeCircuit::blank().synthesise(cs)).unwrap()
}

/// The groups that a prover breaks who claims this statement with this witness and changes hints.
fn violated(
    groups: &Groups,
    statement: ExitStatement,
    witness: EscapeWitness,
    changes: Vec<(usize, Change)>,
) -> BTreeSet<String> {
    let circuit = EscapeCircuit {
        known: Some((witness, statement)),
    };
    let synthesise = |cs: &Cs| circuit.synthesise(cs);
    fault::with_overrides(changes, || groups.violated_by(synthesise)).unwrap()
}

fn only(group: &str) -> BTreeSet<String> {
    BTreeSet::from([group.to_owned()])
}

#[test]
fn escapes_and_redirects_are_accepted() {
    let scene = Scene::new();
    let groups = groups();
    for user in 0..scene.keys.len() {
        for order in [scene.escape(user), scene.redirect(user)] {
            let witness = scene.witness(user, order);
            assert_eq!(witness.check(), Ok(()));
            let found = violated(&groups, witness.statement(), witness, vec![]);
            assert_eq!(found, BTreeSet::new());
        }
    }
    let mut nothing = Scene::new();
    let (at, account) = &mut nothing.accounts[ALICE];
    *account = Account::new(account.owner, TokenId::ETHER);
    nothing.tree.set(at.get(), account.leaf());
    let witness = nothing.witness(ALICE, nothing.escape(ALICE));
    let cs = Cs::from(ConstraintSystem::new_ref());
    EscapeCircuit::new(witness).synthesise(&cs).unwrap();
    assert!(cs.ark().is_satisfied().unwrap(), "with matrices");
    let inputs = cs.ark().instance_assignment().unwrap();
    assert_eq!(inputs[1..], witness.statement().public_inputs());
}

/// The words of a message by their places in `docs/spec/operations.md`.
#[test]
fn words_are_as_specified() {
    let scene = Scene::new();
    let escape = scene.escape(ALICE);
    let packed = |order: &ExitOrder| order.packed().into_bigint().to_bytes_be();
    let mut expected = hex::decode("06c0ffee000000001234").unwrap();
    expected.extend((u128::MAX - 0xc0_ffee).to_be_bytes());
    expected.extend([0; 6]);
    assert_eq!(packed(&escape), expected);
    let redirect = scene.redirect(ALICE);
    let mut expected = hex::decode("07c0ffee").unwrap();
    expected.extend([0; 28]);
    assert_eq!(packed(&redirect), expected);

    let destination = |order: &ExitOrder| order.destination().into_bigint().to_bytes_be();
    let mut expected = vec![0; 12];
    expected.extend(TO.0);
    assert_eq!(destination(&escape), expected);
    expected[4..12].copy_from_slice(&hex::decode("fffffffffffefffe").unwrap());
    assert_eq!(destination(&redirect), expected);
    assert!(ClaimReference::new(BatchNumber(1 << 48), 0).is_err());
}

#[test]
fn every_attack_is_stopped_by_one_group_and_by_the_native_rule() {
    let scene = Scene::new();
    let groups = groups();
    let escape = scene.witness(ALICE, scene.escape(ALICE));
    let redirect = scene.witness(ALICE, scene.redirect(ALICE));
    let mut attacks = weak_owners();
    for good in [escape, redirect] {
        attacks.extend(false_statements(&scene, good));
        attacks.extend(wrong_witnesses(&scene, good));
    }
    for Attack {
        name,
        witness,
        statement,
        group,
    } in attacks
    {
        let found = violated(&groups, statement, witness, vec![]);
        assert_eq!(found, only(group), "{name}");
        let refused = witness.check().is_err();
        assert_eq!(refused, statement == witness.statement(), "{name}");
    }
}

#[test]
fn an_escape_takes_what_the_leaf_holds() {
    let scene = Scene::new();
    let groups = groups();
    let (_, Account { token, balance, .. }) = scene.accounts[ALICE];
    let less = Amount(balance.0 - 1);
    for (token, balance) in [(token, less), (TokenId(token.0 + 1), balance)] {
        let mut order = scene.escape(ALICE);
        order.exit = Exit::Balance { token, balance };
        let witness = scene.witness(ALICE, order);
        assert!(matches!(
            witness.check(),
            Err(ExitError::OtherBalance { .. })
        ));
        let found = violated(&groups, witness.statement(), witness, vec![]);
        assert_eq!(found, only("packed"));
    }
    // The sum of token and balance is the same, but not their readings.
    let witness = scene.witness(ALICE, scene.escape(ALICE));
    let hints = hints(witness);
    let shifted = |hint, delta: Fr| -> (usize, Change) { (hint, Box::new(move |x| x + delta)) };
    let carried = vec![
        shifted(hints["token"][0], -Fr::ONE),
        shifted(hints["balance"][127], Fr::from(2u8)),
    ];
    let found = violated(&groups, witness.statement(), witness, carried);
    assert!(found.contains("balance"), "{found:?}");
}

/// Whoever signs for more than the leaf holds and says that this is what is taken, is stopped by the row
/// that makes what is taken.
#[test]
fn what_is_taken_is_the_leaf_s_or_nothing() {
    let scene = Scene::new();
    let groups = groups();
    let kind = |order: &ExitOrder| Fr::from(order.kind() as u8) * power_of_two(248);
    let place = |order: &ExitOrder| Fr::from(order.from.get()) * power_of_two(224);
    for order in [scene.escape(ALICE), scene.redirect(ALICE)] {
        let more = Fr::from(7u8) * power_of_two(48);
        let mut witness = scene.witness(ALICE, order);
        let packed = witness.statement().packed + more;
        let to = witness.statement().destination;
        let message = poseidon::hash(&[scene.domain.0, packed, to, Fr::ZERO]);
        witness.signed.signature = scene.keys[ALICE].sign(message);
        let statement = ExitStatement {
            packed,
            ..witness.statement()
        };
        let taken = packed - kind(&order) - place(&order);
        let at = hints(witness)["packed/taken"][0];
        let change: Vec<(usize, Change)> = vec![(at, Box::new(move |_| taken))];
        let found = violated(&groups, statement, witness, change);
        assert_eq!(found, only("packed/taken"));
    }
}

/// A leaf that is not there, below a true path: the prover shows the true node where its own should
/// stand, at every level in turn.
#[test]
fn a_leaf_is_under_the_root_only_by_its_own_path() {
    let scene = Scene::new();
    let groups = groups();
    let good = scene.witness(ALICE, scene.escape(ALICE));
    let mut richer = good;
    richer.account.balance = Amount(u128::MAX);
    let mut order = good.signed.order;
    order.exit = Exit::Balance {
        token: richer.account.token,
        balance: richer.account.balance,
    };
    richer.signed = order.sign(scene.domain, &scene.keys[ALICE]);
    let hints = hints(richer);
    let path = &hints["path"];
    let per_level = path.len() / DEPTH;
    let index = order.from.get();
    let mut node = good.account.leaf();
    for (height, triple) in good.proof.iter().enumerate() {
        let position = index >> (2 * height) & 3;
        let at = path[height * per_level + position as usize];
        let true_node = node;
        let change: Vec<(usize, Change)> = vec![(at, Box::new(move |_| true_node))];
        let found = violated(&groups, richer.statement(), richer, change);
        assert_eq!(found, only("path"), "level {height}");
        node = poseidon::hash(&triple.children_with(position, node));
    }
}

/// A signed redirect proves nothing as an escape, nor the reverse, nor either as something else.
#[test]
fn the_kind_is_one_of_two() {
    let scene = Scene::new();
    let groups = groups();
    let message_of = |packed: Fr, to: Fr| poseidon::hash(&[scene.domain.0, packed, to, Fr::ZERO]);
    let escape = scene.witness(ALICE, scene.escape(ALICE));
    for kind in [0u8, 1, 2, 4, 5, 8, 15] {
        // Signed for with this very kind, and the bit of the kind made to fit: what is taken is
        // then a multiple of what the leaf holds, and goes into the word as well.
        let bit = Fr::from(kind) - Fr::from(Kind::Escape as u8);
        let Account { token, balance, .. } = escape.account;
        let held = Fr::from(token.0) * power_of_two(176) + Fr::from(balance.0) * power_of_two(48);
        let packed = escape.statement().packed + bit * power_of_two(248) - bit * held;
        let mut witness = escape;
        let to = escape.statement().destination;
        witness.signed.signature = scene.keys[ALICE].sign(message_of(packed, to));
        let statement = ExitStatement {
            packed,
            ..escape.statement()
        };
        let at = hints(witness)["packed/kind"][0];
        let change: Vec<(usize, Change)> = vec![(at, Box::new(move |_| bit))];
        let found = violated(&groups, statement, witness, change);
        assert_eq!(found, only("packed/kind"), "{kind}");
    }
    // A redirect's word with the holdings of an escape, and an escape's with none.
    for (good, other) in [
        (escape, scene.redirect(ALICE)),
        (
            scene.witness(ALICE, scene.redirect(ALICE)),
            scene.escape(ALICE),
        ),
    ] {
        let step = Fr::from(other.kind() as u8) - Fr::from(good.signed.order.kind() as u8);
        let packed = good.statement().packed + step * power_of_two(248);
        let to = good.statement().destination;
        let mut witness = good;
        witness.signed = Signed {
            order: other,
            signature: scene.keys[ALICE].sign(message_of(packed, to)),
        };
        let statement = ExitStatement {
            packed,
            ..good.statement()
        };
        assert_eq!(
            violated(&groups, statement, witness, vec![]),
            only("packed")
        );
    }
}

fn hints(witness: EscapeWitness) -> BTreeMap<String, Vec<usize>> {
    let circuit = EscapeCircuit::new(witness);
    let labels = fault::hints(|cs| circuit.synthesise(cs)).unwrap();
    let mut hints: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (hint, label) in labels.into_iter().enumerate() {
        hints.entry(label).or_default().push(hint);
    }
    hints
}

/// Bits that are none but make the same number are stopped by their own group alone: without it,
/// numbers would have several readings.
#[test]
fn numbers_are_made_of_bits() {
    let scene = Scene::new();
    let groups = groups();
    for order in [scene.escape(ALICE), scene.redirect(ALICE)] {
        let witness = scene.witness(ALICE, order);
        let hints = hints(witness);
        for (name, width) in [
            ("index", 24),
            ("nonce", 32),
            ("token", 16),
            ("balance", 128),
        ] {
            let bits = &hints[name];
            assert_eq!(bits.len(), width);
            if name == "index" {
                continue;
            }
            for at in 0..width - 1 {
                let change: Vec<(usize, Change)> = vec![
                    (bits[at], Box::new(|bit| bit + Fr::from(2u8))),
                    (bits[at + 1], Box::new(|bit| bit - Fr::ONE)),
                ];
                let found = violated(&groups, witness.statement(), witness, change);
                assert_eq!(found, only(name), "{at}");
            }
        }
        // The bits of an index choose in the path as well.
        for (at, bit) in hints["index"].iter().take(24).enumerate() {
            let change: Vec<(usize, Change)> = vec![(*bit, Box::new(|bit| bit + Fr::from(2u8)))];
            let found = violated(&groups, witness.statement(), witness, change);
            assert!(found.contains("index"), "{at}: {found:?}");
        }
    }
}

/// Each row of the path pins what it makes: a child or a hash that is changed, with all that
/// follows it, is stopped there or, where it leads to another root, at the root.
#[test]
fn a_path_has_no_freedom() {
    let scene = Scene::new();
    let groups = groups();
    let witness = scene.witness(ALICE, scene.escape(ALICE));
    let hints = hints(witness);
    let path = &hints["path"];
    for hint in path.iter().step_by(7) {
        let change: Vec<(usize, Change)> = vec![(*hint, Box::new(fault::another))];
        let found = violated(&groups, witness.statement(), witness, change);
        assert!(!found.is_empty(), "hint {hint} is free");
        let path_or_root = |group: &String| group == "path" || group == "root";
        assert!(found.iter().all(path_or_root), "{found:?}");
    }
}

#[test]
fn rows_are_as_many_as_documented() {
    let groups = groups();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, rows) in groups.counts() {
        let outer = path.split('/').next().unwrap();
        *counts.entry(outer).or_default() += rows;
    }
    let expected = BTreeMap::from([
        ("authorised", 1),
        ("balance", 128),
        ("index", 24),
        ("leaf", 297),
        ("message", 294),
        ("nonce", 32),
        ("packed", 3),
        ("path", 3600),
        ("root", 1),
        ("signature", 3102),
        ("token", 16),
    ]);
    assert_eq!(counts, expected);
    let rows = groups.labels().len();
    let inputs = 5;
    assert_eq!((rows + inputs).next_power_of_two(), 1 << 13);
    let error = ExitError::from(SignatureError::EquationFails);
    assert!(error.to_string().contains("does not fit"));
}
