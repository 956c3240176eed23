use super::*;
use crate::{
    batch::{BatchInput, BatchWitness},
    forced::{ForcedOrder, ForcedPayee},
    operation::Deposit,
    quantity::{Amount, TokenId},
    scenario::{FEE_ACCOUNT, World},
    shape::Shape,
    transition::FeeSlot,
};

/// What the operator of a batch posts of it.
fn posted(input: &BatchInput, witness: &BatchWitness) -> PostedBatch {
    let unsigned =
        |operation: &Operation| Operation::from_full_record(&operation.full_record()).unwrap();
    let transfer = |operation: &Operation| {
        let record = operation.transfer_record().unwrap();
        TransferRecord::from_bytes(&record).unwrap().unwrap()
    };
    PostedBatch {
        shape: input.shape,
        number: input.number,
        timestamp: input.timestamp,
        settler: input.settler,
        new_root: witness.new_root,
        accounts: witness.accounts_after,
        fee_slots: input.fee_slots.clone(),
        full: input.full.iter().map(unsigned).collect(),
        transfers: input.transfers.iter().map(transfer).collect(),
    }
}

fn forced_withdrawal(world: &World, user: usize, amount: u128) -> ForcedOrder {
    let order = ForcedOrder {
        from: Some(world.index(user)),
        nonce: 3,
        token: TokenId::ETHER,
        payee: ForcedPayee::L1(crate::address::L1Address([9; 20])),
        amount: Amount(amount),
        last: u16::MAX,
        r8: world.owner(user),
        s: ark_bn254::Fr::from(1u8),
    };
    order.sign(world.domain, world.key(user))
}

/// A batch of the medium shape with operations of every kind, executed on `world`'s state.
fn batch(world: &mut World) -> (BatchInput, BatchWitness, PostedBatch) {
    let mut input = world.random_batch(Shape::Medium);
    let valid = forced_withdrawal(world, 1, u128::MAX);
    let paid = valid.outcome(world.state.ledger(), world.domain);
    assert!(paid.is_some());
    let forged = ForcedOrder {
        nonce: 4,
        ..forced_withdrawal(world, 2, 5)
    };
    input
        .transfers
        .retain(|op| op.sender() != Some(world.index(1)));
    input.full.truncate(3);
    input.full.retain(|op| op.sender() != Some(world.index(1)));
    let order = valid;
    input.full.insert(0, Operation::Forced { order, paid });
    let order = forged;
    input
        .full
        .insert(1, Operation::Forced { order, paid: None });
    let witness = world.state.execute(&input).unwrap();
    let posted = posted(&input, &witness);
    (input, witness, posted)
}

#[test]
fn what_was_posted_leads_to_the_same_state() {
    let mut world = World::new(70, 1);
    let mut replayed = world.state.clone();
    for _ in 0..2 {
        let old_root = world.state.root();
        let accounts_before = world.state.ledger().leaves_given_out();
        let mut input = world.varied_batch(Shape::Medium);
        input.number = crate::quantity::BatchNumber(3);
        let witness = world.state.execute(&input).unwrap();
        let posted = posted(&input, &witness);
        let found = replayed.replay(world.domain, &posted).unwrap();
        let operations = input.full.iter().chain(&input.transfers);
        assert!(operations.map(Operation::posted).eq(found.operations));
        assert_eq!(replayed.root(), witness.new_root);
        assert_eq!(replayed.ledger().leaves_given_out(), witness.accounts_after);
        let statement = posted.statement(world.domain, old_root, accounts_before);
        assert_eq!(statement, witness.statement());
    }
}

/// Everything that a prover might choose otherwise is refused, or leads to the same root.
#[test]
fn what_a_prover_chooses_otherwise_is_refused_and_changes_nothing() {
    let mut world = World::new(70, 2);
    let before = world.state.clone();
    let (_, witness, posted) = batch(&mut world);
    let domain = world.domain;
    let mut honest = before.clone();
    honest.replay(domain, &posted).unwrap();
    assert_eq!(honest.root(), witness.new_root);

    let refused = |change: &dyn Fn(&mut PostedBatch)| {
        let mut other = posted.clone();
        change(&mut other);
        assert_ne!(other, posted);
        let mut state = before.clone();
        assert!(state.replay(domain, &other).is_err());
        assert_eq!(state.root(), before.root());
        let accounts = |state: &State| {
            let mut accounts: Vec<_> = state.ledger().iter().collect();
            accounts.sort_unstable_by_key(|(index, _)| *index);
            accounts
        };
        assert_eq!(accounts(&state), accounts(&before));
        assert_eq!(
            state.ledger().leaves_given_out(),
            before.ledger().leaves_given_out()
        );
    };
    let outcome = |at: usize, other: Option<Amount>| {
        move |batch: &mut PostedBatch| match &mut batch.full[at] {
            Operation::Forced { paid, .. } => *paid = other,
            _ => panic!("full record {at} is not forced"),
        }
    };
    refused(&outcome(0, None));
    refused(&outcome(0, Some(Amount(1))));
    refused(&outcome(1, Some(Amount(5))));
    let deposit_to = |to: Option<AccountIndex>| {
        move |batch: &mut PostedBatch| {
            let found = batch.full.iter_mut().find_map(|operation| match operation {
                Operation::Deposit { to, .. } => Some(to),
                _ => None,
            });
            *found.unwrap() = to;
        }
    };
    let next = before.ledger().next_free().unwrap();
    refused(&deposit_to(None));
    refused(&deposit_to(next.next()));
    refused(&deposit_to(Some(AccountIndex::new(FEE_ACCOUNT).unwrap())));
    refused(&|batch| batch.transfers[0].to = next.next().unwrap());
    refused(&|batch| batch.transfers[0].from = next.next().unwrap());
    refused(&|batch| batch.fee_slots.clear());
    refused(&|batch| batch.fee_slots.push(batch.fee_slots[0]));
    refused(&|batch| {
        let account = batch.fee_slots[0].account;
        batch.fee_slots.push(FeeSlot {
            token: TokenId(1),
            account,
        });
    });
    refused(&|batch| batch.full.reverse());
    refused(&|batch| {
        let order = batch.full.iter_mut().find_map(|operation| match operation {
            Operation::Withdrawal { order } => Some(order),
            _ => None,
        });
        order.unwrap().nonce += 1;
    });
}

#[test]
fn a_deposit_goes_to_any_account_of_its_owner_and_token() {
    let world = World::new(3, 3);
    let deposit = Deposit {
        token: TokenId::ETHER,
        amount: Amount(5),
        owner: world.owner(2),
    };
    let mut state = world.state.clone();
    let batch = PostedBatch {
        shape: Shape::Small,
        number: crate::quantity::BatchNumber(1),
        timestamp: 0,
        settler: crate::address::L1Address([0; 20]),
        new_root: state.root(),
        accounts: 0,
        fee_slots: Vec::new(),
        full: [world.index(2), state.ledger().next_free().unwrap()]
            .map(|to| Operation::Deposit {
                deposit,
                to: Some(to),
            })
            .to_vec(),
        transfers: Vec::new(),
    };
    let replayed = state.replay(world.domain, &batch).unwrap();
    assert_eq!(replayed.changes.len(), 2);
    assert_eq!(state.ledger().of_owner(&world.owner(2)).len(), 2);
    assert_eq!(
        state.root(),
        State::from_accounts(state.ledger().iter()).root()
    );
}
