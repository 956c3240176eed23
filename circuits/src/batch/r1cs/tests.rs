//! The whole circuit: it accepts what native execution accepts and nothing else.

mod assignment;
mod forced;
mod groups;
mod hashes;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    rc::Rc,
    sync::OnceLock,
};

use ark_ff::{BigInteger, PrimeField};
use ark_r1cs_std::GR1CSVar;
use rayon::prelude::*;

use super::*;
use crate::{
    address::L1Address,
    babyjubjub::Scalar,
    batch::BatchInput,
    constraint::fault::{self, Groups},
    operation::Operation,
    order::{Order, Payee},
    quantity::{Amount, Fee, TokenId},
    scenario::World,
    slot::SlotWitness,
    statement::Statement,
};

fn groups() -> &'static Groups {
    static GROUPS: OnceLock<Groups> = OnceLock::new();
    GROUPS.get_or_init(|| {
        Groups::record(|cs| BatchCircuit::blank(Shape::Tiny).synthesise(cs)).unwrap()
    })
}

/// The groups that a prover breaks who has this witness, changes this hint (if any), and posts the
/// very words that its circuit then holds: the strongest that it can do.
fn violated(
    witness: &BatchWitness,
    changes: impl IntoIterator<Item = (usize, fault::Change)>,
) -> BTreeSet<String> {
    let changes: Vec<(usize, Rc<fault::Change>)> = changes
        .into_iter()
        .map(|(hint, change)| (hint, Rc::new(change)))
        .collect();
    let with_changes = || -> Vec<(usize, fault::Change)> {
        let again = |(hint, change): &(usize, Rc<fault::Change>)| {
            let change = change.clone();
            (*hint, Box::new(move |value| change(value)) as fault::Change)
        };
        changes.iter().map(again).collect()
    };
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let cs = Cs::values_only();
    let words = fault::with_overrides(with_changes(), || circuit.words(&cs)).unwrap();
    let words = words.iter().map(|word| word.value().unwrap()).collect();
    let public = Statement::new(witness.shape, words)
        .unwrap()
        .public_inputs();
    let circuit = BatchCircuit {
        known: Some((Arc::new(witness.clone()), public)),
        ..circuit
    };
    let synthesise = |cs: &Cs| circuit.synthesise(cs);
    fault::with_overrides(with_changes(), || groups().violated_by(synthesise)).unwrap()
}

fn execute(world: &World, full: Vec<Operation>, transfers: Vec<Operation>) -> BatchWitness {
    let batch = world.batch(Shape::Tiny, full, transfers);
    world.state.clone().execute(&batch).unwrap()
}

/// A batch that uses every slot.
fn busy(world: &World) -> BatchWitness {
    let full = vec![world.deposit(1, 50), world.withdrawal(2, 700)];
    execute(
        world,
        full,
        vec![world.transfer(3, 4, 1_000), world.transfer(4, 1, 70)],
    )
}

fn assert_accepts(witness: &BatchWitness) {
    assert_eq!(violated(witness, []), BTreeSet::new());
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let synthesise = |cs: &Cs| circuit.synthesise(cs);
    assert!(
        groups().violated_by(synthesise).unwrap().is_empty(),
        "its own statement"
    );
}

#[test]
fn accepts_every_kind_of_operation_and_the_odd_cases() {
    let mut world = World::new(4, 1);
    assert_accepts(&execute(&world, vec![], vec![]));
    assert_accepts(&busy(&world));
    // New accounts, by transfer and by deposit.
    let mut newcomer = world.transfer_to_new(1, 4_000);
    let deposit = world.deposit_to_new(2, 3, 5);
    if let Operation::Transfer { to, .. } = &mut newcomer {
        *to = to.next().unwrap();
    }
    assert_accepts(&execute(&world, vec![deposit, newcomer], vec![]));
    // An existing account in a full record; to itself; from and to the fee account; everything.
    let all = 10u128.pow(24) - 2_000;
    assert_accepts(&execute(
        &world,
        vec![world.transfer(1, 2, 5), world.withdrawal(2, 6)],
        vec![],
    ));
    assert_accepts(&execute(
        &world,
        vec![world.transfer(1, 1, 5)],
        vec![world.transfer(2, 2, 6)],
    ));
    assert_accepts(&execute(
        &world,
        vec![],
        vec![world.transfer(1, 0, 9 * 10u128.pow(23))],
    ));
    assert_accepts(&execute(
        &world,
        vec![world.deposit(0, 9_999)],
        vec![world.transfer(0, 0, 1)],
    ));
    let odd = order(&world, |order| {
        order.fee = Fee::ZERO;
        order.amount = Amount(0);
    });
    let twice = world.withdrawal(2, all);
    assert_accepts(&execute(&world, vec![twice], vec![odd]));
}

/// A transfer from 1 to 2, changed before it is signed.
fn order(world: &World, change: impl Fn(&mut Order)) -> Operation {
    let mut order = world.order(1, Payee::Owner(world.owner(2)), 1_000);
    change(&mut order);
    Operation::Transfer {
        order: order.sign(world.domain, world.key(1)),
        to: world.index(2),
    }
}

#[test]
fn random_batches_are_accepted_by_both() {
    (0..12u64).into_par_iter().for_each(|seed| {
        let mut world = World::new(5, 100 + seed);
        let batch = world.varied_batch(Shape::Tiny);
        let witness = world.state.execute(&batch).unwrap();
        assert!(violated(&witness, []).is_empty(), "seed {seed}");
    });
}

/// The witness of a valid batch with another operation put in the place of one.
fn with_operation(mut witness: BatchWitness, operation: Operation) -> BatchWitness {
    let slot = witness.transfers.iter_mut().chain(&mut witness.full);
    let slot = slot
        .into_iter()
        .find(|slot: &&mut SlotWitness| slot.operation.is_some());
    slot.unwrap().operation = Some(operation);
    witness
}

/// Orders that native execution rejects, by the group of constraints that must reject them in a
/// transfer slot and in a full slot.
fn hostile_orders(world: &World) -> Vec<(&'static str, &'static str, Operation)> {
    let mut forged = order(world, |_| ());
    if let Operation::Transfer { order: signed, .. } = &mut forged {
        signed.order.amount = Amount(2_000);
    }
    let mut large_s = order(world, |_| ());
    if let Operation::Transfer { order: signed, .. } = &mut large_s {
        signed.signature.s.add_with_carry(&Scalar::MODULUS);
    }
    let to_another = order(world, |order| order.to = Payee::Owner(world.owner(3)));
    let to_l1 = order(world, |order| order.to = Payee::L1(L1Address([1; 20])));
    let of_another_token = order(world, |order| order.token = TokenId(5));
    let rich = 10u128.pow(24);
    let (signature, invalid) = ("sender/authorised", "sender/authorised/signed");
    vec![
        (signature, invalid, forged),
        (signature, invalid, large_s),
        (
            signature,
            "sender/authorised/next",
            order(world, |order| order.nonce += 1),
        ),
        (signature, "recipient/created-same", to_another),
        (signature, "unused-is-zero/recipient", to_l1),
        ("sender/top", invalid, of_another_token),
        (
            "sender/expiry",
            "sender/expiry",
            order(world, |order| order.expires -= 1),
        ),
        (
            "sender/sufficient",
            invalid,
            order(world, |o| o.amount = Amount(2 * rich)),
        ),
        (
            "sender/sufficient",
            invalid,
            order(world, |o| o.amount = Amount(rich)),
        ),
    ]
}

#[test]
fn what_native_execution_rejects_the_circuit_rejects() {
    let world = World::new(4, 2);
    let valid = order(&world, |_| ());
    let sections = |operation, in_full| {
        if in_full {
            (vec![operation], vec![])
        } else {
            (vec![], vec![operation])
        }
    };
    for (case, (in_transfer, in_full, operation)) in hostile_orders(&world).into_iter().enumerate()
    {
        for (full_slot, group) in [(false, in_transfer), (true, in_full)] {
            let (full, transfers) = sections(operation, full_slot);
            let batch = world.batch(Shape::Tiny, full, transfers);
            assert!(
                world.state.clone().execute(&batch).is_err(),
                "{case}: native"
            );
            let (full, transfers) = sections(valid, full_slot);
            let witness = with_operation(execute(&world, full, transfers), operation);
            let section = if full_slot { "full" } else { "transfer" };
            let group = format!("{section}/{group}");
            let violated = violated(&witness, []);
            assert!(
                violated.contains(&group),
                "{case}: {group} not in {violated:?}"
            );
        }
    }
}

/// The hints of a whole circuit by group.
fn hints_of(witness: &BatchWitness) -> BTreeMap<String, Vec<usize>> {
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let mut hints: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (hint, label) in fault::hints(|cs| circuit.words(cs).map(|_| ()))
        .unwrap()
        .iter()
        .enumerate()
    {
        hints.entry(label.clone()).or_default().push(hint);
    }
    hints
}

fn only(group: &str) -> BTreeSet<String> {
    BTreeSet::from([group.to_owned()])
}

#[test]
fn the_groups_around_the_slots_reject_hostile_witnesses_alone() {
    let world = World::new(4, 3);
    let witness = busy(&world);
    let hints = hints_of(&witness);
    for group in ["old-root", "new-root"] {
        let middle = hints[group][hints[group].len() / 2];
        let change: Vec<(usize, fault::Change)> = vec![(middle, Box::new(fault::another))];
        assert_eq!(violated(&witness, change), only(group));
    }
    // Bits that are none, and make the same number.
    for group in ["context/timestamp", "context/fee-tokens"] {
        let [first, second] = [hints[group][2], hints[group][3]];
        let change: Vec<(usize, fault::Change)> = vec![
            (first, Box::new(|bit| bit + Fr::from(2u8))),
            (second, Box::new(|bit| bit - Fr::one())),
        ];
        assert_eq!(violated(&witness, change), only(group));
    }
}

#[test]
fn public_inputs_are_bound() {
    let world = World::new(4, 3);
    let witness = Arc::new(busy(&world));
    let honest = witness.statement().public_inputs();
    let run = |public: PublicInputs| {
        let circuit = BatchCircuit {
            shape: Shape::Tiny,
            known: Some((witness.clone(), public)),
        };
        groups().violated_by(|cs| circuit.synthesise(cs)).unwrap()
    };
    assert_eq!(run(honest), BTreeSet::new());
    assert_eq!(
        run(PublicInputs {
            c: honest.c + Fr::one(),
            ..honest
        }),
        only("statement/chain")
    );
    for wrong in [
        PublicInputs {
            y: honest.y + Fr::one(),
            ..honest
        },
        PublicInputs {
            z: honest.z + Fr::one(),
            ..honest
        },
    ] {
        assert_eq!(run(wrong), only("statement/evaluation"));
    }
}

#[test]
fn a_deposit_after_another_operation_is_rejected() {
    let world = World::new(4, 6);
    let mut order = world.order(1, Payee::L1(L1Address([3; 20])), 40);
    order.fee = Fee::ZERO;
    let withdrawal = Operation::Withdrawal {
        order: order.sign(world.domain, world.key(1)),
    };
    let mut state = world.state.clone();
    let mut alone = |operation| {
        let batch = BatchInput {
            fee_slots: vec![],
            ..world.batch(Shape::Tiny, vec![operation], vec![])
        };
        state.execute(&batch).unwrap()
    };
    let (first, second) = (alone(withdrawal), alone(world.deposit(2, 9)));
    let full = vec![first.full[0], second.full[0]];
    let witness = BatchWitness {
        full,
        top: first.top,
        old_root: first.old_root,
        ..second
    };
    assert_eq!(violated(&witness, []), only("l1-first"));
}

/// Rows and wires of every shape, and rows of each group of `tiny`: a change of these numbers is
/// a change of every key. `ASSAY_UPDATE_SNAPSHOTS=1 cargo test --release -p assay-circuits counts`
/// writes the file anew.
#[test]
fn constraint_counts_are_as_committed() {
    let mut shapes = serde_json::Map::new();
    for shape in Shape::ALL {
        let mut world = World::new(1, 1);
        let batch = world.batch(shape, vec![], vec![]);
        let witness = Arc::new(world.state.execute(&batch).unwrap());
        let circuit = BatchCircuit::new(witness).unwrap();
        let mut wires = 0;
        let constraints = fault::count_rows(|cs| {
            circuit.synthesise(cs)?;
            wires = cs.ark().num_instance_variables() + cs.ark().num_witness_variables();
            Ok(())
        });
        let constraints = constraints.unwrap();
        // One more row for each instance variable: 1 and the public inputs.
        let domain = (constraints + 4).next_power_of_two();
        let counts = serde_json::json!({
            "constraints": constraints,
            "wires": wires,
            "domain": domain,
            "transfers": shape.transfers(),
            "domain_rows_per_transfer": domain / shape.transfers(),
        });
        shapes.insert(shape.to_string(), counts);
    }
    let slot = |name: &str, slots: usize| {
        let rows = groups()
            .labels()
            .iter()
            .filter(|label| label.starts_with(name))
            .count();
        rows / slots
    };
    assert_eq!(shapes["tiny"]["constraints"], groups().labels().len());
    let tiny = Shape::Tiny;
    let slots = serde_json::json!({
        "transfer": slot("transfer/", tiny.transfers()),
        "full": slot("full/", tiny.full_records()),
        "fee": slot("fee-slot/", tiny.fee_slots()),
    });
    let most = |what: &str| slots[what].as_u64().unwrap();
    assert!(
        most("transfer") <= 16_200 && most("full") <= 17_000,
        "{slots}"
    );
    assert_eq!(shapes["small"]["domain"], 1 << 18);
    assert_eq!(shapes["medium"]["domain"], 1 << 20);
    assert_eq!(shapes["large"]["domain"], 1 << 22);
    let counts = serde_json::json!({
        "remake": "ASSAY_UPDATE_SNAPSHOTS=1 cargo test --release -p assay-circuits counts",
        "shapes": shapes,
        "slots": slots,
        "groups_of_tiny": groups().counts(),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots/constraints.json");
    if std::env::var_os("ASSAY_UPDATE_SNAPSHOTS").is_some() {
        let text = serde_json::to_string_pretty(&counts).unwrap() + "\n";
        std::fs::write(path, text).unwrap();
    }
    let committed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(committed, counts);
}
