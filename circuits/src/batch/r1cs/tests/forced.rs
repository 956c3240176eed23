//! The layer 1's queue: whatever stands in it has one outcome, and that one can be proved.

use ark_ff::{AdditiveGroup, Field};
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::*;
use crate::{
    access::Access,
    babyjubjub::{A, Point},
    batch::{
        State,
        tests::forced::{invalid, with_last},
    },
    forced::{ForcedOrder, ForcedPayee},
    operation::{Deposit, Entry},
    quantity::AccountIndex,
    transition,
};

/// A batch of this one operation on a state.
fn alone(world: &World, state: &State, operation: Operation) -> BatchWitness {
    let batch = world.batch(Shape::Tiny, vec![operation], vec![]);
    state.clone().execute(&batch).unwrap()
}

/// The groups that a prover breaks who gives a forced order the other outcome.
fn with_other_outcome(mut witness: BatchWitness) -> BTreeSet<String> {
    let Some(Operation::Forced { order, paid }) = &mut witness.full[0].operation else {
        panic!("it is forced");
    };
    *paid = match paid {
        Some(_) => None,
        None => Some(order.amount),
    };
    violated(&witness, [])
}

const OUTCOME: &str = "full/sender/authorised/outcome";

#[test]
fn an_order_is_executed_exactly_when_it_is_valid() {
    let world = World::new(4, 51);
    let rich = 10u128.pow(24);
    let mut orders = invalid(&world);
    orders.extend([
        ("valid", world.forced_transfer(1, 2, 1_000)),
        ("to oneself", world.forced_transfer(1, 1, rich)),
        ("withdrawal", world.forced_withdrawal(1, rich)),
        ("withdrawal of more", world.forced_withdrawal(1, rich + 1)),
        ("withdrawal of most", world.forced_withdrawal(1, u128::MAX)),
    ]);
    orders.into_par_iter().for_each(|(what, order)| {
        let witness = alone(&world, &world.state, world.resolve(order));
        assert_eq!(violated(&witness, []), BTreeSet::new(), "{what}");
        let broken = with_other_outcome(witness);
        assert!(broken.contains(OUTCOME), "{what}: {broken:?}");
    });
}

/// What a withdrawal pays is in its record, and no prover can say more or less.
#[test]
fn a_withdrawal_pays_what_its_record_says() {
    let world = World::new(4, 52);
    let rich = 10u128.pow(24);
    for (asked, paid) in [(1_000, 1_000), (rich, rich), (2 * rich, rich)] {
        let order = world.forced_withdrawal(1, asked);
        let witness = alone(&world, &world.state, world.resolve(order));
        let words = witness.full[0].operation.unwrap().full_record();
        assert_eq!(words[2], Fr::from(paid));
        let paid_hints = &hints_of(&witness)["full/sender/paid"];
        for hint in &paid_hints[..2] {
            let change: fault::Change = Box::new(fault::another);
            assert!(!violated(&witness, [(*hint, change)]).is_empty());
        }
    }
}

/// Values that have broken things before, for every field of an entry.
struct Hostile {
    points: Vec<Point>,
    scalars: Vec<Fr>,
    indexes: Vec<Option<AccountIndex>>,
    amounts: Vec<u128>,
    nonces: Vec<u32>,
}

impl Hostile {
    fn new(world: &World) -> Self {
        let point = |x, y| Point { x, y };
        let (zero, one) = (Fr::ZERO, Fr::one());
        let fourth = A.sqrt().unwrap().inverse().unwrap();
        let l = Fr::from_bigint(Scalar::MODULUS).unwrap();
        let index = |index| AccountIndex::new(index).ok();
        let mut indexes: Vec<_> = (0..3).map(|user| Some(world.index(user))).collect();
        indexes.extend([0, 5, 9_000_000, AccountIndex::END - 1].map(index));
        let rich = 10u128.pow(24);
        Self {
            points: vec![
                point(zero, zero),
                Point::IDENTITY,
                point(zero, -one),
                point(fourth, zero),
                Point::BASE8,
                point(one, one),
                point(-one, -one),
                world.owner(1),
                world.owner(2),
            ],
            scalars: vec![
                zero,
                one,
                l - one,
                l,
                l + one,
                -one,
                -l,
                Fr::from(2u8).inverse().unwrap(),
            ],
            indexes,
            amounts: vec![0, 1, rich - 1, rich, rich + 1, u128::MAX],
            nonces: vec![0, 1, 0xffff, 0x1_0000, u32::MAX - 1, u32::MAX],
        }
    }

    /// An entry, whose signature is changed after it was made or not.
    fn entry(&self, world: &World, rng: &mut StdRng) -> ForcedOrder {
        fn one_of<T: Copy>(values: &[T], rng: &mut StdRng) -> T {
            values[rng.random_range(0..values.len())]
        }
        let mut order = if rng.random() {
            world.forced_transfer(1, 2, 1_000)
        } else {
            world.forced_withdrawal(1, 1_000)
        };
        let change = |order: &mut ForcedOrder, rng: &mut StdRng| match rng.random_range(0..9) {
            0 => order.from = one_of(&self.indexes, rng),
            1 => order.nonce = one_of(&self.nonces, rng),
            2 => order.token = TokenId(one_of(&[0, 1, u16::MAX], rng)),
            3 => order.amount = Amount(one_of(&self.amounts, rng)),
            4 => order.last = rng.random(),
            5 => order.r8 = one_of(&self.points, rng),
            6 => order.s = one_of(&self.scalars, rng),
            7 => order.s += one_of(&self.scalars, rng),
            _ => match &mut order.payee {
                ForcedPayee::Account { to, owner } => {
                    *to = one_of(&self.indexes, rng);
                    *owner = one_of(&self.points, rng);
                }
                ForcedPayee::L1(address) => *address = L1Address([rng.random(); 20]),
            },
        };
        if rng.random() {
            change(&mut order, rng);
            order = order.sign(world.domain, world.key(1));
        }
        for _ in 0..rng.random_range(0..3) {
            change(&mut order, rng);
        }
        order
    }
}

/// No content makes an entry unprovable.
#[test]
fn every_entry_can_be_answered() {
    let world = World::new(4, 53);
    let hostile = Hostile::new(&world);
    (0..120u64).into_par_iter().for_each(|seed| {
        let order = hostile.entry(&world, &mut StdRng::seed_from_u64(seed));
        let words = Entry::Forced(order).words();
        assert_eq!(
            Entry::from_words(&words),
            Ok(Entry::Forced(order)),
            "seed {seed}"
        );
        let witness = alone(&world, &world.state, world.resolve(order));
        assert_eq!(
            violated(&witness, []),
            BTreeSet::new(),
            "seed {seed}: {order:?}"
        );
        let broken = with_other_outcome(witness);
        assert!(broken.contains(OUTCOME), "seed {seed}: {broken:?}");
    });
}

#[test]
fn words_of_noise_can_be_answered() {
    let world = World::new(4, 54);
    (0..24u64).into_par_iter().for_each(|seed| {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut noise = || {
            let bytes: [u8; 32] = rng.random();
            Fr::from_be_bytes_mod_order(&bytes)
        };
        let mut words: [Fr; 6] = std::array::from_fn(|_| noise());
        let mut head = crate::word::to_bytes(words[0]);
        // Kind 4, status 0.
        head[0] = 0;
        head[1] = 0x40;
        words[0] = Fr::from_be_bytes_mod_order(&head);
        let Ok(Entry::Forced(order)) = Entry::from_words(&words) else {
            panic!("seed {seed}: it is a forced transfer");
        };
        let operation = world.resolve(order);
        assert_eq!(operation.sender(), None, "seed {seed}");
        let witness = alone(&world, &world.state, operation);
        assert_eq!(violated(&witness, []), BTreeSet::new(), "seed {seed}");
    });
}

/// A deposit of a token that nobody has.
fn deposit(world: &World) -> Deposit {
    Deposit {
        token: TokenId(9),
        amount: Amount(5),
        owner: world.owner(1),
    }
}

#[test]
fn a_deposit_bounces_when_the_tree_is_full_and_only_then() {
    let world = World::new(4, 55);
    let full = with_last(&world, AccountIndex::END - 1);
    let entry = Entry::Deposit(deposit(&world));
    let bounced: Operation = transition::resolve(full.ledger(), world.domain, entry);
    let witness = alone(&world, &full, bounced);
    assert_accepts(&witness);
    assert_eq!(witness.accounts_before, 1 << 24);
    // The last leaf is given out like the others.
    let one_left = with_last(&world, AccountIndex::END - 2);
    let credited: Operation = transition::resolve(one_left.ledger(), world.domain, entry);
    assert_accepts(&alone(&world, &one_left, credited));

    let empty = |state: &State| {
        let batch = world.batch(Shape::Tiny, vec![], vec![]);
        state.clone().execute(&batch).unwrap()
    };
    let mut with_room = empty(&world.state);
    with_room.full[0].operation = Some(bounced);
    assert_eq!(violated(&with_room, []), only("full/recipient/bounced"));
}

/// A new account gets the next index and no other.
#[test]
fn new_accounts_take_their_indexes_in_order() {
    let mut world = World::new(4, 56);
    let first = world.deposit_to_new(2, 3, 5);
    let mut second = world.transfer_to_new(1, 4_000);
    if let Operation::Transfer { to, .. } = &mut second {
        *to = to.next().unwrap();
    }
    let witness = execute(&world, vec![first, second], vec![]);
    assert_accepts(&witness);
    let [before, after] = [witness.accounts_before, witness.accounts_after];
    assert_eq!(after, before + 2);
    for change in [-1i64, 1] {
        let mut other = witness.clone();
        other.accounts_before = u32::try_from(i64::from(before) + change).unwrap();
        assert_eq!(violated(&other, []), only("full/recipient/next-index"));
    }
    // The word is the sum, whatever the witness says of it.
    let mut other = witness;
    other.accounts_after += 1;
    assert_eq!(violated(&other, []), BTreeSet::new());
    let circuit = BatchCircuit::new(Arc::new(other)).unwrap();
    let broken = groups().violated_by(|cs| circuit.synthesise(cs)).unwrap();
    let statement = ["statement/chain", "statement/evaluation"].map(str::to_owned);
    assert_eq!(broken, BTreeSet::from(statement));
}

#[test]
fn unused_slots_come_last() {
    let world = World::new(4, 57);
    let siblings = world.state.tree().siblings(0);
    let swap = |slots: &mut [SlotWitness]| {
        slots.swap(0, 1);
        slots[0].sender.siblings = siblings;
        slots[0].recipient.siblings = siblings;
    };
    let mut witness = execute(&world, vec![], vec![world.transfer(1, 2, 5)]);
    swap(&mut witness.transfers);
    assert_eq!(violated(&witness, []), only("unused-last"));
    let mut witness = execute(&world, vec![world.withdrawal(1, 5)], vec![]);
    swap(&mut witness.full);
    assert_eq!(violated(&witness, []), only("unused-last"));
}

/// The settler is bound to the proof and moves nothing.
#[test]
fn the_settler_is_a_word_like_any_other() {
    let world = World::new(4, 58);
    let mut witness = busy(&world);
    let public = witness.statement().public_inputs();
    witness.settler = L1Address([0x77; 20]);
    assert_eq!(violated(&witness, []), BTreeSet::new());
    assert_ne!(witness.statement().public_inputs(), public);
}

/// A batch that says of this order that it is not valid.
fn refused(world: &World, order: ForcedOrder) -> BatchWitness {
    let batch = world.batch(Shape::Tiny, vec![], vec![]);
    let mut witness = world.state.clone().execute(&batch).unwrap();
    let access = |index: Option<AccountIndex>| {
        let index = index.unwrap();
        Access {
            index: index.get(),
            before: world.state.ledger().account(index).copied(),
            siblings: world.state.tree().siblings(index.get()),
        }
    };
    witness.full[0] = SlotWitness {
        operation: Some(Operation::Forced { order, paid: None }),
        sender: access(order.from),
        recipient: access(order.to()),
    };
    witness
}

/// A leaf that is another account's times a number is no account, else whoever proves could say of
/// a valid order that its account does not exist.
#[test]
fn there_is_an_account_or_there_is_none() {
    let world = World::new(4, 59);
    let order = world.forced_transfer(1, 2, 1_000);
    let honest = refused(&world, order);
    assert_eq!(violated(&honest, []), only(OUTCOME));
    type AccessOf = fn(&mut SlotWitness) -> &mut Access;
    let accesses: [(&str, AccessOf); 2] = [
        ("full/sender/there", |slot| &mut slot.sender),
        ("full/recipient/there", |slot| &mut slot.recipient),
    ];
    for (group, access) in accesses {
        let mut slot = honest.full[0];
        let account = access(&mut slot).before.as_mut().unwrap();
        let leaf = account.leaf();
        account.balance.0 += 1;
        let ratio = leaf * account.leaf().inverse().unwrap();
        let mut witness = honest.clone();
        witness.full[0] = slot;
        let hint = hints_of(&witness)[group][0];
        let change: fault::Change = Box::new(move |_| ratio);
        assert_eq!(violated(&witness, [(hint, change)]), only(group));
    }
}

/// A user's order is not executed before its turn, though its signature is valid.
#[test]
fn the_window_of_nonces_is_for_forced_orders() {
    let mut world = World::new(2, 60);
    let accounts = [(0, 1), (1, 1_000_000), (2, 2_000_000)].map(|(user, index)| {
        let account = world.state.ledger().account(world.index(user)).unwrap();
        (AccountIndex::new(index).unwrap(), *account)
    });
    world.state = State::from_accounts(accounts);
    let mut order = world.order(1, Payee::L1(L1Address([1; 20])), 5);
    order.fee = Fee::ZERO;
    let withdrawal = |order: Order| Operation::Withdrawal {
        order: order.sign(world.domain, world.key(1)),
    };
    let witness = execute(&world, vec![withdrawal(order)], vec![]);
    order.nonce += 1;
    let early = with_operation(witness, withdrawal(order));
    assert_eq!(violated(&early, []), only("full/sender/authorised/next"));
}
