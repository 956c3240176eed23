//! The whole circuit: it accepts what native execution accepts and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use ark_ff::{BigInteger, PrimeField};
use ark_r1cs_std::GR1CSVar;
use rand::{Rng, SeedableRng, rngs::StdRng};
use rayon::prelude::*;

use super::*;
use crate::{
    address::L1Address,
    babyjubjub::Scalar,
    batch::{BatchInput, SlotWitness, State},
    constraint::fault::{self, Groups},
    operation::Operation,
    quantity::{AccountIndex, Amount, Fee, TokenId},
    scenario::World,
    statement::Statement,
    transaction::{Payee, Transaction},
};

fn groups() -> &'static Groups {
    static GROUPS: OnceLock<Groups> = OnceLock::new();
    GROUPS.get_or_init(|| {
        Groups::record(|cs| BatchCircuit::blank(Shape::Tiny).generate_constraints(cs.clone()))
            .unwrap()
    })
}

/// The groups that a prover breaks who has this witness, changes this hint (if any), and posts the
/// very words that its circuit then holds: the strongest that it can do.
fn violated(witness: &BatchWitness, change: Option<(usize, Fr)>) -> BTreeSet<String> {
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let run = |circuit: BatchCircuit| {
        let synthesise = |cs: &Cs| circuit.clone().generate_constraints(cs.clone());
        with_change(change, || groups().violated_by(synthesise)).unwrap()
    };
    let cs = fault::values_only();
    let words = with_change(change, || circuit.words(&cs)).unwrap();
    let words = words.iter().map(|word| word.value().unwrap()).collect();
    let public = Statement::new(witness.shape, words)
        .unwrap()
        .public_inputs();
    run(BatchCircuit {
        known: Some((Arc::new(witness.clone()), public)),
        ..circuit
    })
}

fn with_change<T>(change: Option<(usize, Fr)>, body: impl FnOnce() -> T) -> T {
    match change {
        Some((hint, value)) => fault::with_override(hint, move |old| old + value, body),
        None => body(),
    }
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
    assert_eq!(violated(witness, None), BTreeSet::new());
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let synthesise = |cs: &Cs| circuit.clone().generate_constraints(cs.clone());
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
    let newcomer = world.transfer_to_new(1, 4_000);
    let mut deposit = world.deposit_to_new(2, 3, 5);
    if let (Operation::Deposit { to, .. }, Some(next)) =
        (&mut deposit, newcomer.recipient().unwrap().next())
    {
        *to = next;
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
fn order(world: &World, change: impl Fn(&mut Transaction)) -> Operation {
    let mut order = world.order(1, Payee::Owner(world.owner(2)), 1_000);
    change(&mut order);
    Operation::Transfer {
        signed: order.sign(world.domain, world.key(1)),
        to: world.index(2),
    }
}

#[test]
fn random_batches_are_accepted_by_both() {
    (0..12u64).into_par_iter().for_each(|seed| {
        let mut world = World::new(5, 100 + seed);
        let batch = world.random_batch(Shape::Tiny);
        let witness = world.state.execute(&batch).unwrap();
        assert!(violated(&witness, None).is_empty(), "seed {seed}");
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
    if let Operation::Transfer { signed, .. } = &mut forged {
        signed.transaction.amount = Amount(2_000);
    }
    let mut large_s = order(world, |_| ());
    if let Operation::Transfer { signed, .. } = &mut large_s {
        signed.signature.s.add_with_carry(&Scalar::MODULUS);
    }
    let to_another = order(world, |order| order.to = Payee::Owner(world.owner(3)));
    let to_l1 = order(world, |order| order.to = Payee::L1(L1Address([1; 20])));
    let of_another_token = order(world, |order| order.token = TokenId(5));
    let rich = 10u128.pow(24);
    let signature = "sender/authorised";
    let (top, recipient) = ("sender/top", "recipient/top");
    vec![
        (signature, signature, forged),
        (signature, signature, large_s),
        (signature, signature, order(world, |order| order.nonce += 1)),
        (signature, recipient, to_another),
        (signature, signature, to_l1),
        (top, top, of_another_token),
        (
            "sender/expiry",
            "sender/expiry",
            order(world, |order| order.expires -= 1),
        ),
        (
            "sender/sufficient",
            "sender/sufficient",
            order(world, |o| o.amount = Amount(2 * rich)),
        ),
        (
            "sender/sufficient",
            "sender/sufficient",
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
            let violated = violated(&witness, None);
            assert!(
                violated.contains(&group),
                "{case}: {group} not in {violated:?}"
            );
        }
    }
}

#[test]
fn print_counts() {
    for (name, count) in groups().counts() {
        println!("{count:7} {name}");
    }
    let small =
        Groups::record(|cs| BatchCircuit::blank(Shape::Small).generate_constraints(cs.clone()))
            .unwrap();
    println!(
        "tiny {} small {}",
        groups().labels().len(),
        small.labels().len()
    );
    let mut sections: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, count) in small.counts() {
        *sections.entry(name.split('/').next().unwrap()).or_default() += count;
    }
    println!("{sections:?}");
}
