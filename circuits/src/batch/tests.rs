pub(crate) mod forced;

use std::collections::BTreeMap;

use super::*;
use crate::{
    address::L1Address,
    operation::{Deposit, Operation},
    order::{Order, Payee, Signed},
    quantity::{Amount, Nonce, TokenId},
    scenario::{FEE_ACCOUNT, NOW, World},
};

fn fee_account() -> AccountIndex {
    AccountIndex::new(FEE_ACCOUNT).unwrap()
}

fn balance(state: &State, index: AccountIndex) -> u128 {
    state.ledger().account(index).unwrap().balance.0
}

/// Sum of all balances of ether, as a wide number that cannot overflow here.
fn total(state: &State) -> u128 {
    let ether = state
        .ledger()
        .iter()
        .filter(|(_, account)| account.token == TokenId::ETHER);
    ether.map(|(_, account)| account.balance.0).sum()
}

#[test]
fn a_batch_moves_money_and_nothing_is_lost() {
    let mut world = World::new(5, 1);
    let before = world.state.clone();
    let full = vec![world.deposit(1, 50), world.withdrawal(2, 700)];
    let transfers = vec![world.transfer(3, 4, 1_000), world.transfer(4, 4, 10)];
    let batch = world.batch(Shape::Tiny, full, transfers);
    let witness = world.state.execute(&batch).unwrap();

    assert_eq!(witness.old_root, before.root());
    assert_eq!(witness.new_root, world.state.root());
    assert_eq!(total(&world.state), total(&before) + 50 - 700);
    let fee = 2_000;
    let gained = |user: usize| {
        balance(&world.state, world.index(user)) as i128
            - balance(&before, world.index(user)) as i128
    };
    assert_eq!(
        [1, 2, 3, 4].map(gained),
        [50, -700 - fee, -1_000 - fee, 1_000 - fee]
    );
    assert_eq!(balance(&world.state, fee_account()), 5 + 3 * fee as u128);
    let rebuilt = State::from_accounts(world.state.ledger().iter());
    assert_eq!(rebuilt.root(), world.state.root());
}

#[test]
fn new_accounts_are_made_by_transfers_and_deposits_in_full_records() {
    let mut world = World::new(3, 2);
    let full = vec![world.deposit_to_new(1, 3, 77)];
    let batch = world.batch(Shape::Tiny, full, vec![]);
    world.state.execute(&batch).unwrap();
    let index = world
        .state
        .ledger()
        .find(&world.owner(1), TokenId(3))
        .unwrap();
    assert_eq!(balance(&world.state, index), 77);

    let newcomer = world.transfer_to_new(2, 4_000);
    let batch = world.batch(Shape::Tiny, vec![newcomer], vec![]);
    world.state.execute(&batch).unwrap();
    assert_eq!(balance(&world.state, newcomer.recipient().unwrap()), 4_000);
}

/// Each attack, and a word of the rejection that it must meet.
fn attacks(world: &World) -> Vec<(&'static str, BatchInput)> {
    let order = |change: fn(&mut crate::order::Order)| {
        let mut order = world.order(1, Payee::Owner(world.owner(2)), 1_000);
        change(&mut order);
        let signed = order.sign(world.domain, world.key(1));
        Operation::Transfer {
            order: signed,
            to: world.index(2),
        }
    };
    let rich = 10u128.pow(24);
    let mut attacks: Vec<(&'static str, Operation)> = vec![
        ("next nonce", order(|order| order.nonce += 1)),
        ("expired", order(|order| order.expires = NOW - 1)),
        ("holds token", order(|order| order.token = TokenId(1))),
        (
            "no account",
            order(|order| order.from = AccountIndex::new(9_000_000).unwrap()),
        ),
        ("take", world.transfer(1, 2, rich)),
    ];
    let mut forged = order(|_| ());
    if let Operation::Transfer { order: signed, .. } = &mut forged {
        signed.order.amount = Amount(2_000);
    }
    attacks.push(("signature", forged));
    let signed = *order(|_| ()).signed().unwrap();
    let elsewhere = |to| Operation::Transfer { order: signed, to };
    attacks.push(("another owner", elsewhere(world.index(3))));
    attacks.push((
        "no account",
        elsewhere(AccountIndex::new(9_000_000).unwrap()),
    ));
    let mut batches: Vec<_> = attacks
        .into_iter()
        .map(|(why, operation)| (why, world.batch(Shape::Tiny, vec![], vec![operation])))
        .collect();
    let valid = world.transfer(1, 2, 1_000);
    batches.push((
        "next nonce",
        world.batch(Shape::Tiny, vec![], vec![valid, valid]),
    ));
    let late_deposit = vec![world.withdrawal(1, 5), world.deposit(2, 5)];
    batches.push((
        "comes after",
        world.batch(Shape::Tiny, late_deposit, vec![]),
    ));
    batches.push((
        "do not fit",
        world.batch(Shape::Tiny, vec![], vec![valid; 3]),
    ));
    let withdrawal = world.withdrawal(1, 5);
    batches.push((
        "no transfer record",
        world.batch(Shape::Tiny, vec![], vec![withdrawal]),
    ));
    let mut no_slot = world.batch(Shape::Tiny, vec![], vec![valid]);
    no_slot.fee_slots.clear();
    batches.push(("not taken", no_slot));
    let mut foreign = world.batch(Shape::Tiny, vec![], vec![valid]);
    foreign.domain = Domain::new(1, L1Address([7; 20]));
    batches.push(("signature", foreign));
    let mut twice = world.batch(Shape::Small, vec![], vec![valid]);
    twice.fee_slots.push(twice.fee_slots[0]);
    batches.push(("higher token", twice));
    let mut elsewhere = world.deposit_to_new(1, 3, 77);
    if let Operation::Deposit { to, .. } = &mut elsewhere {
        *to = to.unwrap().next();
    }
    batches.push((
        "gets index",
        world.batch(Shape::Tiny, vec![elsewhere], vec![]),
    ));
    if let Operation::Deposit { to, .. } = &mut elsewhere {
        *to = None;
    }
    batches.push((
        "has room",
        world.batch(Shape::Tiny, vec![elsewhere], vec![]),
    ));
    let mut wrong_slot = world.batch(Shape::Tiny, vec![], vec![]);
    wrong_slot.fee_slots[0].token = TokenId(4);
    batches.push(("holds token", wrong_slot));
    batches
}

#[test]
fn every_attack_is_rejected_by_its_rule_and_leaves_the_state_alone() {
    let mut world = World::new(4, 3);
    let root = world.state.root();
    let accounts = world.state.ledger().len();
    for (why, batch) in attacks(&world) {
        let error = world.state.execute(&batch).unwrap_err();
        let text = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), |source| source.to_string());
        assert!(text.contains(why), "`{why}` expected: {text}");
        assert_eq!(world.state.root(), root, "{why}");
        assert_eq!(world.state.ledger().len(), accounts, "{why}");
    }
}

#[test]
fn a_failure_late_in_a_batch_takes_back_what_came_before() {
    let mut world = World::new(4, 4);
    let root = world.state.root();
    let newcomer = world.transfer_to_new(1, 50);
    let bad = world.transfer(2, 3, 10u128.pow(25));
    let batch = world.batch(
        Shape::Tiny,
        vec![newcomer],
        vec![world.transfer(3, 2, 5), bad],
    );
    assert!(world.state.execute(&batch).is_err());
    assert_eq!(world.state.root(), root);
    assert_eq!(
        world.state.ledger().account(newcomer.recipient().unwrap()),
        None
    );
    assert_eq!(world.state.ledger().next_free(), newcomer.recipient());
}

#[test]
fn the_last_nonce_and_the_largest_balance_are_walls() {
    let world = World::new(2, 5);
    let mut account = *world.state.ledger().account(world.index(1)).unwrap();
    account.nonce = Nonce::MAX;
    let mut other = *world.state.ledger().account(world.index(2)).unwrap();
    other.balance = Amount(u128::MAX);
    let accounts = [
        (
            fee_account(),
            *world.state.ledger().account(fee_account()).unwrap(),
        ),
        (world.index(1), account),
        (world.index(2), other),
    ];
    let mut order = world.order(1, Payee::Owner(world.owner(2)), 5);
    order.nonce = Nonce::MAX;
    let signed = order.sign(world.domain, world.key(1));
    let last = Operation::Transfer {
        order: signed,
        to: world.index(2),
    };
    let owner = world.owner(2);
    let deposit = Deposit {
        token: TokenId::ETHER,
        amount: Amount(1),
        owner,
    };
    let overflow = Operation::Deposit {
        deposit,
        to: Some(world.index(2)),
    };
    for (full, why) in [
        (last, Rejection::NonceExhausted(world.index(1))),
        (overflow, Rejection::BalanceOverflow),
    ] {
        let mut state = State::from_accounts(accounts);
        let error = state
            .execute(&world.batch(Shape::Tiny, vec![full], vec![]))
            .unwrap_err();
        let expected = ExecutionError::Rejected {
            section: Section::Full,
            position: 0,
            rejection: why,
        };
        assert_eq!(error, expected);
    }
}

#[test]
fn a_witness_survives_its_encoding() {
    let mut world = World::new(6, 6);
    let batch = world.varied_batch(Shape::Small);
    let witness = world.state.execute(&batch).unwrap();
    let bytes = postcard::to_stdvec(&witness).unwrap();
    assert_eq!(
        postcard::from_bytes::<BatchWitness>(&bytes).unwrap(),
        witness
    );
    let text = serde_json::to_string(&witness).unwrap();
    assert_eq!(
        serde_json::from_str::<BatchWitness>(&text).unwrap(),
        witness
    );
}

/// An operation as its posted record has it: neither signed nor with an expiry.
fn as_posted(operation: &Operation) -> Operation<Order> {
    let posted = |signed: &Signed<Order>| Order {
        expires: 0,
        ..signed.order
    };
    match operation {
        Operation::Transfer { order, to } => Operation::Transfer {
            order: posted(order),
            to: *to,
        },
        Operation::Withdrawal { order } => Operation::Withdrawal {
            order: posted(order),
        },
        Operation::Deposit { deposit, to } => Operation::Deposit {
            deposit: *deposit,
            to: *to,
        },
        Operation::Forced { order, paid } => Operation::Forced {
            order: *order,
            paid: *paid,
        },
    }
}

#[test]
fn operations_without_signature_and_expiry_lead_to_the_same_accounts() {
    let mut world = World::new(5, 7);
    let newcomer = world.transfer_to_new(3, 4_000);
    let full = vec![world.deposit(1, 50), world.withdrawal(2, 700), newcomer];
    let transfers = vec![world.transfer(4, 1, 1_000), world.transfer(5, 5, 10)];
    let batch = world.batch(Shape::Medium, full, transfers);

    let mut ledger = world.state.ledger().clone();
    let mut fees = FeePot::new(&batch.fee_slots);
    for operation in batch.full.iter().chain(&batch.transfers) {
        transition::apply(&mut ledger, &mut fees, &as_posted(operation)).unwrap();
    }
    transition::settle_fees(&mut ledger, &fees).unwrap();

    world.state.execute(&batch).unwrap();
    let by_index = |ledger: &Ledger| ledger.iter().collect::<BTreeMap<_, _>>();
    assert_eq!(by_index(&ledger), by_index(world.state.ledger()));
}
