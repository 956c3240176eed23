//! Forced orders: valid ones are executed, others do nothing, and nobody can say otherwise.

use ark_ff::PrimeField;

use super::*;
use crate::{
    babyjubjub::Scalar,
    forced::{ForcedOrder, ForcedPayee, NONCE_WINDOW},
    operation::Entry,
    quantity::Fee,
};

/// The world's state with the account of a user changed.
fn with_account(world: &World, user: usize, change: impl Fn(&mut Account)) -> State {
    let changed = world.index(user);
    State::from_accounts(world.state.ledger().iter().map(|(index, mut account)| {
        if index == changed {
            change(&mut account);
        }
        (index, account)
    }))
}

/// Orders of user 1 that break one rule each.
pub(crate) fn invalid(world: &World) -> Vec<(&'static str, ForcedOrder)> {
    let rich = 10u128.pow(24);
    let signed = |change: &dyn Fn(&mut ForcedOrder)| {
        let mut order = world.forced_transfer(1, 2, 1_000);
        change(&mut order);
        order.sign(world.domain, world.key(1))
    };
    let account = |to, owner| ForcedPayee::Account { to, owner };
    let (second, third) = (world.index(2), world.owner(3));
    let nowhere = AccountIndex::new(9_000_000).unwrap();
    let valid = world.forced_transfer(1, 2, 1_000);
    let mut forged = valid;
    forged.amount.0 += 1;
    let mut plain = valid;
    let free = Order {
        fee: Fee::ZERO,
        expires: plain.expires(),
        ..world.order(1, Payee::Owner(world.owner(2)), 1_000)
    };
    let signature = free.sign(world.domain, world.key(1)).signature;
    (plain.r8, plain.s) = (signature.r8, Fr::from_bigint(signature.s).unwrap());
    let mut other_leaf = valid;
    other_leaf.payee = account(Some(world.index(3)), world.owner(2));
    let mut large_s = valid;
    large_s.s += Fr::from_bigint(Scalar::MODULUS).unwrap();
    let mut off_curve = valid;
    off_curve.r8.x += Fr::from(1u8);
    vec![
        ("leaf 0", signed(&|order| order.from = None)),
        ("nobody's", signed(&|order| order.from = Some(nowhere))),
        ("another's", signed(&|order| order.from = Some(second))),
        ("token", signed(&|order| order.token = TokenId(1))),
        ("nonce", signed(&|order| order.nonce = NONCE_WINDOW + 1)),
        ("last nonce", signed(&|order| order.nonce = Nonce::MAX)),
        ("forged", forged),
        ("signed as a plain transfer", plain),
        ("S", large_s),
        ("R8", off_curve),
        ("balance", signed(&|order| order.amount = Amount(rich + 1))),
        (
            "to leaf 0",
            signed(&|order| order.payee = account(None, world.owner(2))),
        ),
        (
            "to nobody",
            signed(&|order| order.payee = account(Some(nowhere), world.owner(2))),
        ),
        (
            "to another owner",
            signed(&|order| order.payee = account(Some(second), third)),
        ),
        ("to another leaf", other_leaf),
    ]
}

#[test]
fn an_order_that_breaks_a_rule_does_nothing() {
    let world = World::new(4, 31);
    let valid = world.forced_transfer(1, 2, 1_000);
    let outcome = |order: &ForcedOrder| order.outcome(world.state.ledger(), world.domain);
    assert_eq!(outcome(&valid), Some(Amount(1_000)));
    for (why, order) in invalid(&world) {
        assert_eq!(outcome(&order), None, "{why}");
        let batch = world.batch(Shape::Tiny, vec![world.resolve(order)], vec![]);
        let witness = world.state.clone().execute(&batch).unwrap();
        assert_eq!(witness.old_root, witness.new_root, "{why}");
        assert_eq!(witness.statement().words()[6], Fr::from(1u8), "{why}");
    }
}

#[test]
fn an_order_pays_takes_the_nonce_and_no_fee() {
    let mut world = World::new(4, 32);
    let before = world.state.clone();
    let mut ahead = world.forced_withdrawal(2, 700);
    ahead.nonce = NONCE_WINDOW;
    let ahead = ahead.sign(world.domain, world.key(2));
    let full = [world.forced_transfer(1, 2, 1_000), ahead];
    let full = full.map(|order| world.resolve(order)).to_vec();
    let batch = world.batch(Shape::Tiny, full, vec![]);
    world.state.execute(&batch).unwrap();
    let change = |user: usize| {
        let index = world.index(user);
        balance(&world.state, index) as i128 - balance(&before, index) as i128
    };
    assert_eq!([0, 1, 2, 3].map(change), [0, -1_000, 1_000 - 700, 0]);
    let account = |user: usize| world.state.ledger().account(world.index(user)).unwrap();
    let nonces = [1, 2, 3].map(|user| account(user).nonce);
    assert_eq!(nonces, [1, NONCE_WINDOW + 1, 0]);
}

#[test]
fn a_withdrawal_pays_what_there_is() {
    let world = World::new(2, 33);
    for (has, asked) in [(5, 9), (9, 5), (0, 7), (7, 7), (u128::MAX, u128::MAX)] {
        let state = with_account(&world, 1, |account| account.balance = Amount(has));
        let order = world.forced_withdrawal(1, asked);
        let paid = Amount(has.min(asked));
        assert_eq!(order.outcome(state.ledger(), world.domain), Some(paid));
    }
}

#[test]
fn the_window_of_nonces_begins_at_the_accounts_own() {
    let world = World::new(2, 34);
    for (own, given, valid) in [
        (5, 5, true),
        (5, 4, false),
        (5, 5 + NONCE_WINDOW, true),
        (5, 6 + NONCE_WINDOW, false),
        (Nonce::MAX - 1, Nonce::MAX - 1, true),
        (Nonce::MAX - 1, Nonce::MAX, false),
        (Nonce::MAX, Nonce::MAX, false),
        (Nonce::MAX, 0, false),
    ] {
        let state = with_account(&world, 1, |account| account.nonce = own);
        let mut order = world.forced_withdrawal(1, 3);
        order.nonce = given;
        let order = order.sign(world.domain, world.key(1));
        let outcome = order.outcome(state.ledger(), world.domain);
        assert_eq!(outcome.is_some(), valid, "{own} {given}");
    }
}

#[test]
fn a_transfer_to_oneself_works() {
    let mut world = World::new(2, 35);
    let before = balance(&world.state, world.index(1));
    let operation = world.resolve(world.forced_transfer(1, 1, before));
    let batch = world.batch(Shape::Tiny, vec![operation], vec![]);
    world.state.execute(&batch).unwrap();
    let account = world.state.ledger().account(world.index(1)).unwrap();
    assert_eq!((account.balance.0, account.nonce), (before, 1));
}

#[test]
fn another_outcome_is_refused() {
    let world = World::new(4, 36);
    let valid = world.forced_transfer(1, 2, 1_000);
    let withdrawal = world.forced_withdrawal(1, 1_000);
    let mut cases = vec![
        (valid, None),
        (valid, Some(Amount(999))),
        (withdrawal, None),
        (withdrawal, Some(Amount(999))),
    ];
    let invalid = invalid(&world).into_iter();
    cases.extend(invalid.map(|(_, order)| (order, Some(order.amount))));
    for (order, paid) in cases {
        let operation = Operation::Forced { order, paid };
        let batch = world.batch(Shape::Tiny, vec![operation], vec![]);
        let mut state = world.state.clone();
        let error = state.execute(&batch).unwrap_err();
        let ExecutionError::Rejected { rejection, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(rejection.code(), "wrong_outcome");
        assert_eq!(state.root(), world.state.root());
    }
}

/// The world's state with one account more, so that all below it count as given out.
pub(crate) fn with_last(world: &World, last: u32) -> State {
    let index = AccountIndex::new(last).unwrap();
    let last = (index, Account::new(world.owner(2), TokenId(3)));
    State::from_accounts(world.state.ledger().iter().chain([last]))
}

#[test]
fn a_deposit_bounces_only_when_the_tree_is_full() {
    let world = World::new(2, 37);
    let deposit = Deposit {
        token: TokenId(7),
        amount: Amount(5),
        owner: world.owner(1),
    };
    let resolve = |state: &State| -> Operation {
        transition::resolve(state.ledger(), world.domain, Entry::Deposit(deposit))
    };
    let next = world.state.ledger().next_free();
    assert_eq!(resolve(&world.state).recipient(), next);
    let one_left = with_last(&world, AccountIndex::END - 2);
    let last = AccountIndex::new(AccountIndex::END - 1).unwrap();
    assert_eq!(resolve(&one_left).recipient(), Some(last));
    let mut full = with_last(&world, AccountIndex::END - 1);
    let bounced = resolve(&full);
    assert_eq!(bounced.recipient(), None);
    let root = full.root();
    let batch = world.batch(Shape::Tiny, vec![bounced], vec![]);
    let witness = full.execute(&batch).unwrap();
    assert_eq!((witness.old_root, witness.new_root), (root, root));
    // What has an account is credited all the same.
    let again = world.batch(Shape::Tiny, vec![world.deposit(1, 5)], vec![]);
    assert!(full.execute(&again).is_ok());
}
