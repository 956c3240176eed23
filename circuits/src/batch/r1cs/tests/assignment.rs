//! The assignment that is made in parts is the one of the whole synthesis, wire by wire.

use ark_relations::gr1cs::{ConstraintSystem, SynthesisError};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rayon::ThreadPoolBuilder;

use super::*;
use crate::{access::Access, account::Account, quantity::AccountIndex, transition::FeeSlot};

/// The assignment by one synthesis of the whole circuit in a system of one's choice.
fn synthesised(witness: &BatchWitness, cs: &Cs) -> Vec<Fr> {
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    circuit.synthesise(cs).unwrap();
    let mut wires = cs.ark().instance_assignment().unwrap();
    wires.extend(cs.ark().witness_assignment().unwrap());
    wires
}

/// The assignment in parts, on so many threads.
fn in_parts(witness: &BatchWitness, threads: usize) -> Vec<Fr> {
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    pool.install(|| circuit.assignment()).unwrap()
}

#[track_caller]
fn assert_same(expected: &[Fr], found: &[Fr], what: &str) {
    let mut pairs = expected.iter().zip(found);
    assert_eq!(
        pairs.position(|(expected, found)| expected != found),
        None,
        "{what}: the first wire that differs"
    );
    assert_eq!(expected.len(), found.len(), "{what}: wires");
}

#[track_caller]
fn assert_equal(witness: &BatchWitness, what: &str) {
    let expected = synthesised(witness, &Cs::values_only());
    for threads in [1, 2] {
        assert_same(&expected, &in_parts(witness, threads), what);
    }
}

/// With rows and combinations as well, where no gadget takes a short cut.
#[track_caller]
fn assert_equal_and_constrained(witness: &BatchWitness, what: &str) {
    let expected = synthesised(witness, &Cs::from(ConstraintSystem::new_ref()));
    assert_same(&expected, &synthesised(witness, &Cs::values_only()), what);
    assert_equal(witness, what);
}

#[test]
fn random_batches() {
    for seed in 0..6 {
        let mut world = World::new(5, 500 + seed);
        let batch = world.varied_batch(Shape::Tiny);
        let witness = world.state.execute(&batch).unwrap();
        assert_equal_and_constrained(&witness, &format!("seed {seed}"));
    }
    for (seed, users) in [(1, 20), (2, 20), (3, 4)] {
        let mut world = World::new(users, 600 + seed);
        let batch = world.varied_batch(Shape::Small);
        let witness = world.state.execute(&batch).unwrap();
        assert_equal(&witness, &format!("{users} users"));
    }
}

#[test]
fn empty_and_partly_full_batches() {
    let mut world = World::new(4, 1);
    for shape in [Shape::Tiny, Shape::Small] {
        let batch = world.batch(shape, vec![], vec![]);
        let witness = world.state.clone().execute(&batch).unwrap();
        assert_equal_and_constrained(&witness, "empty");
        let without_fees = BatchInput {
            fee_slots: vec![],
            ..batch
        };
        let witness = world.state.clone().execute(&without_fees).unwrap();
        assert_equal(&witness, "empty, without fee slots");
    }
    let transfers = vec![world.transfer(3, 4, 1_000)];
    assert_equal_and_constrained(&execute(&world, vec![], transfers), "one transfer");
    let newcomer = world.transfer_to_new(1, 4_000);
    let full = vec![newcomer, world.withdrawal(2, 30)];
    assert_equal_and_constrained(&execute(&world, full, vec![]), "a new account");
    let full = vec![world.deposit_to_new(2, 3, 5), world.deposit(0, 9_999)];
    let transfers = vec![world.transfer(0, 0, 1), world.transfer(1, 0, 5)];
    assert_equal_and_constrained(&execute(&world, full, transfers), "deposits");
}

#[test]
fn orders_that_native_execution_rejects() {
    let world = World::new(4, 2);
    let valid = order(&world, |_| ());
    for (case, (_, _, operation)) in hostile_orders(&world).into_iter().enumerate() {
        for (full, transfers) in [(vec![valid], vec![]), (vec![], vec![valid])] {
            let witness = with_operation(execute(&world, full, transfers), operation);
            assert_equal_and_constrained(&witness, &format!("case {case}"));
        }
    }
}

/// Witnesses that lie in one place, and what about.
fn lies(world: &World) -> Vec<(&'static str, BatchWitness)> {
    let one = Fr::one();
    let mut lies = Vec::new();
    let mut lie = |about, change: &dyn Fn(&mut BatchWitness)| {
        let mut witness = busy(world);
        change(&mut witness);
        lies.push((about, witness));
    };
    fn account(access: &mut Access) -> &mut Account {
        access.before.as_mut().unwrap()
    }
    lie("balance", &|w| {
        account(&mut w.transfers[0].sender).balance = Amount(3);
    });
    lie("balance of a recipient", &|w| {
        account(&mut w.transfers[1].recipient).balance = Amount(u128::MAX);
    });
    lie("owner", &|w| {
        account(&mut w.full[1].sender).owner.x += one;
    });
    lie("nonce", &|w| {
        account(&mut w.transfers[1].sender).nonce = u32::MAX;
    });
    lie("signature", &|w| {
        if let Some(Operation::Transfer { order: signed, .. }) = &mut w.transfers[0].operation {
            signed.signature.r8.y += one;
        }
    });
    lie("sibling", &|w| w.transfers[0].sender.siblings.0[8].1 += one);
    lie("leaf's sibling", &|w| {
        w.full[0].recipient.siblings.0[0].2 += one;
    });
    lie("sibling of a fee slot", &|w| {
        w.fees[0].siblings.0[4].0 += one;
    });
    lie("top", &|w| w.top[17] += one);
    lie("roots", &|w| mem::swap(&mut w.old_root, &mut w.new_root));
    lie("fee token", &|w| w.fee_slots[0].token = TokenId(9));
    lie("fee account", &|w| {
        w.fee_slots[0].account = AccountIndex::new(0xff_ffff).unwrap();
    });
    lie("no fee slots", &|w| w.fee_slots.clear());
    lie("occupied leaf", &|w| w.full[0].recipient.before = None);
    lie("no sender", &|w| w.transfers[0].sender.before = None);
    lie("leaf 0", &|w| w.transfers[1].recipient.index = 0);
    lie("unused slot", &|w| w.transfers[0].operation = None);
    lie("order of slots", &|w| w.transfers.swap(0, 1));
    lie("sections", &|w| {
        mem::swap(&mut w.transfers[0], &mut w.full[1]);
    });
    lie("accesses", &|w| {
        mem::swap(&mut w.fees[0], &mut w.transfers[0].sender);
    });
    lie("time", &|w| w.timestamp = u32::MAX);
    lie("network", &|w| w.domain.0 += one);
    lies
}

#[test]
fn witnesses_that_lie() {
    let world = World::new(4, 3);
    lies(&world).into_par_iter().for_each(|(about, witness)| {
        assert_equal_and_constrained(&witness, about);
    });
}

#[test]
fn witnesses_of_nonsense() {
    let world = World::new(4, 4);
    let mut rng = StdRng::seed_from_u64(4);
    for case in 0..6 {
        let mut witness = busy(&world);
        let mut any = || Fr::from(rng.random::<u128>()) * Fr::from(rng.random::<u128>());
        witness.top.iter_mut().for_each(|node| *node = any());
        let slots = witness.full.iter_mut().chain(&mut witness.transfers);
        let accesses = slots.flat_map(|slot| [&mut slot.sender, &mut slot.recipient]);
        for access in accesses.chain(&mut witness.fees) {
            access.index = rng.random_range(0..1 << 24);
            let siblings = &mut access.siblings.0;
            siblings[rng.random_range(0..siblings.len())].1 = Fr::from(rng.random::<u128>());
            if let Some(account) = &mut access.before {
                account.balance = Amount(rng.random());
                account.nonce = rng.random();
                account.owner.y = Fr::from(rng.random::<u128>());
            }
        }
        witness.fee_slots = vec![FeeSlot {
            token: TokenId(rng.random_range(0..2)),
            account: AccountIndex::new(rng.random_range(0..1 << 24)).unwrap(),
        }];
        assert_equal_and_constrained(&witness, &format!("case {case}"));
    }
}

/// The comparisons above would not see slots that changed places, if those had the same wires.
#[test]
fn no_two_slots_are_alike() {
    let world = World::new(4, 3);
    let witness = busy(&world);
    let wires = synthesised(&witness, &Cs::values_only());
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let paths = fault::hints(|cs| circuit.words(cs).map(|_| ())).unwrap();
    for (section, slots) in [("full/", 2), ("transfer/", 2)] {
        // Behind the constant one and the public inputs, every wire is a hint.
        let of_section = |path: &String| path.starts_with(section);
        let start = 4 + paths.iter().position(of_section).unwrap();
        let length = paths.iter().filter(|path| of_section(path)).count() / slots;
        let mut swapped = wires.clone();
        swapped[start..start + slots * length].rotate_left(length);
        assert_ne!(swapped, wires, "{section}");
        let mut changed_places = witness.clone();
        match section {
            "full/" => changed_places.full.swap(0, 1),
            _ => changed_places.transfers.swap(0, 1),
        }
        assert_ne!(in_parts(&changed_places, 2), wires, "{section}");
    }
}

#[test]
fn a_blank_circuit_has_no_assignment() {
    let blank = BatchCircuit::blank(Shape::Tiny).assignment();
    assert!(matches!(blank, Err(SynthesisError::AssignmentMissing)));
}

/// Hints are counted in the order of the synthesis, whatever hint is changed.
#[test]
fn changed_hints_change_the_assignment_as_they_change_the_synthesis() {
    let world = World::new(4, 3);
    let witness = busy(&world);
    let circuit = BatchCircuit::new(Arc::new(witness.clone())).unwrap();
    let honest = circuit.assignment().unwrap();
    for hint in [3, 500, 20_000, honest.len() - 500] {
        let expected = fault::with_override(hint, fault::another, || {
            synthesised(&witness, &Cs::values_only())
        });
        let found = fault::with_override(hint, fault::another, || circuit.assignment()).unwrap();
        assert_same(&expected, &found, "changed");
        assert_ne!(found, honest, "hint {hint}");
    }
}
