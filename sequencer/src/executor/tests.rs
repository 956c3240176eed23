//! The order rule against the sealed state, nonces, expiry, bounds.

use std::collections::BTreeSet;

use assay_api::stage::Stage;
use assay_circuits::{
    address::L1Address,
    batch::State,
    forced::{ForcedOrder, ForcedPayee},
    ledger::Ledger,
    operation::{Deposit, Entry, Operation},
    order::{Order, Payee, TxHash},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
    transition::{FeeSlot, Rejection},
};
use proptest::{option, prelude::*};

use super::open_batch::{ClosingTerms, OpenBatch, Refusal};
use crate::{
    admission::error::AdmissionError,
    l1::memory::{MAX_LAG_S, domain},
    record::{OpenHeader, Word},
    rig::{EXPIRES, World, key, owner},
};

const USERS: u8 = 6;
const OPERATOR: u8 = 0;
const NOW: u32 = 1_800_000_000;

/// What the property test does next.
#[derive(Debug, Clone)]
enum Action {
    Deposit {
        user: u8,
        token: u16,
        amount: u64,
    },
    Transfer {
        from: u8,
        to: u8,
        token: u16,
        amount: u64,
        fee: u16,
    },
    Withdraw {
        from: u8,
        token: u16,
        amount: u64,
    },
    /// An order past the operator: to a user, or (`None`) to the layer 1; signed by `signer`.
    Force {
        from: u8,
        signer: u8,
        to: Option<u8>,
        token: u16,
        nonce_ahead: u32,
        amount: u64,
    },
    Close,
}

fn action() -> impl Strategy<Value = Action> {
    let user = 0..USERS;
    let token = 0..2u16;
    prop_oneof![
        2 => (user.clone(), token.clone(), 1..1_000u64)
            .prop_map(|(user, token, amount)| Action::Deposit { user, token, amount }),
        6 => (user.clone(), user.clone(), token.clone(), 0..400u64, 0..3u16).prop_map(
            |(from, to, token, amount, fee)| Action::Transfer { from, to, token, amount, fee }
        ),
        2 => (user.clone(), token.clone(), 0..400u64)
            .prop_map(|(from, token, amount)| Action::Withdraw { from, token, amount }),
        2 => (user.clone(), user.clone(), any::<bool>(), option::of(user), token, 0..3u32, 1..400u64)
            .prop_map(|(from, other, honest, to, token, nonce_ahead, amount)| Action::Force {
                from, signer: if honest { from } else { other }, to, token, nonce_ahead, amount,
            }),
        1 => Just(Action::Close),
    ]
}

/// The executor's soft side and the sealer's side by side.
struct Both {
    soft: Ledger,
    sealed: State,
    open: OpenBatch,
    shape: Shape,
}

fn header(number: u64, ledger: &Ledger) -> OpenHeader {
    let slots = (0..2).map(TokenId).filter_map(|token| {
        let account = ledger.find(&owner(OPERATOR), token)?;
        Some(FeeSlot { token, account })
    });
    OpenHeader {
        number: BatchNumber(number),
        timestamp: NOW,
        fee_slots: slots.take(Shape::Medium.fee_slots()).collect(),
        opened_ms: 0,
    }
}

impl Both {
    fn new() -> Self {
        let shape = Shape::Medium;
        let soft = Ledger::default();
        let open = OpenBatch::new(header(1, &soft), shape);
        Self {
            open,
            soft,
            sealed: State::default(),
            shape,
        }
    }

    /// Does it as the executor does; says whether it was executed.
    fn act(&mut self, action: &Action) -> bool {
        let entry = match *action {
            Action::Close => {
                self.close();
                return true;
            }
            Action::Transfer {
                from,
                to,
                token,
                amount,
                fee,
            } => {
                return self.order(from, Payee::Owner(owner(to)), token, amount, fee);
            }
            Action::Withdraw {
                from,
                token,
                amount,
            } => {
                let to = Payee::L1(L1Address([5; 20]));
                return self.order(from, to, token, amount, 0);
            }
            Action::Deposit {
                user,
                token,
                amount,
            } => Entry::Deposit(Deposit {
                token: TokenId(token),
                amount: Amount(amount.into()),
                owner: owner(user),
            }),
            Action::Force { .. } => self.forced(action),
        };
        match self
            .open
            .take(&mut self.soft, domain(), &entry, Word::default())
        {
            Ok(_) => true,
            Err(Refusal::Full | Refusal::NextBatch) => {
                self.close();
                self.act(action)
            }
            Err(other) => panic!("an entry was refused: {other:?}"),
        }
    }

    fn forced(&self, action: &Action) -> Entry {
        let Action::Force {
            from,
            signer,
            to,
            token,
            nonce_ahead,
            amount,
        } = *action
        else {
            panic!("{action:?} is no forced order");
        };
        let token = TokenId(token);
        let from = self.soft.find(&owner(from), token);
        let sender = from.and_then(|from| self.soft.account(from));
        let order = ForcedOrder {
            from,
            nonce: sender.map_or(0, |account| account.nonce) + nonce_ahead,
            token,
            payee: to.map_or(ForcedPayee::L1(L1Address([5; 20])), |user| {
                ForcedPayee::Account {
                    to: self.soft.find(&owner(user), token),
                    owner: owner(user),
                }
            }),
            amount: Amount(amount.into()),
            last: u16::MAX,
            r8: owner(signer),
            s: 0u8.into(),
        };
        Entry::Forced(order.sign(domain(), &key(signer)))
    }

    fn order(&mut self, from: u8, to: Payee, token: u16, amount: u64, fee: u16) -> bool {
        let token = TokenId(token);
        let Some(index) = self.soft.find(&owner(from), token) else {
            return false;
        };
        let nonce = self.soft.account(index).unwrap().nonce;
        let order = Order {
            from: index,
            nonce,
            token,
            to,
            amount: Amount(amount.into()),
            fee: Fee::from_value(fee.into()).unwrap(),
            expires: EXPIRES,
        };
        let signed = order.sign(domain(), &key(from));
        for _ in 0..2 {
            match self.open.execute(&mut self.soft, &signed) {
                Ok(_) => return true,
                Err(Refusal::Rule(_)) => return false,
                Err(Refusal::Full | Refusal::NextBatch) => self.close(),
            }
        }
        panic!("an empty batch has room for everything");
    }

    /// Closes the batch and executes it in its final order: nothing may fail, and every account
    /// must be the same.
    fn close(&mut self) {
        if self.open.len() == 0 {
            return;
        }
        let number = self.open.number();
        let next = OpenBatch::new(header(number.0 + 1, &self.soft), self.shape);
        let open = std::mem::replace(&mut self.open, next);
        let terms = ClosingTerms {
            shapes: &[Shape::Medium],
            domain: domain(),
            settler: L1Address([6; 20]),
            closed_ms: 0,
            queue_end: 0,
        };
        let (work, _) = open.close(&mut self.soft, &terms).unwrap();
        self.sealed
            .execute(&work.closed.input)
            .expect("what was confirmed can be sealed");
        let by_index = |ledger: &Ledger| -> BTreeSet<String> {
            ledger
                .iter()
                .map(|account| format!("{account:?}"))
                .collect()
        };
        assert_eq!(by_index(&self.soft), by_index(self.sealed.ledger()));
        for (index, account) in &work.expected {
            assert_eq!(self.sealed.ledger().account(*index), Some(account));
        }
        // The header's slots were chosen before the fees were credited: choose again.
        self.open = OpenBatch::new(header(number.0 + 1, &self.soft), self.shape);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The oracle is `State::execute`, which knows nothing of the order in which things came.
    #[test]
    fn whatever_was_confirmed_holds_in_the_final_order(
        actions in proptest::collection::vec(action(), 1..60),
    ) {
        let mut both = Both::new();
        for token in 0..2 {
            for user in 0..USERS / 2 {
                both.act(&Action::Deposit { user, token, amount: 1_000 });
            }
        }
        for action in &actions {
            both.act(action);
        }
        both.close();
    }
}

#[test]
fn a_full_record_waits_when_a_transfer_has_touched_its_sender() {
    let mut both = Both::new();
    for user in 0..3 {
        both.act(&Action::Deposit {
            user,
            token: 0,
            amount: 1_000,
        });
    }
    both.act(&Action::Transfer {
        from: 1,
        to: 2,
        token: 0,
        amount: 10,
        fee: 0,
    });
    let order = |user: u8, nonce| Order {
        from: both.soft.find(&owner(user), TokenId::ETHER).unwrap(),
        nonce,
        token: TokenId::ETHER,
        to: Payee::L1(L1Address([5; 20])),
        amount: Amount(1),
        fee: Fee::ZERO,
        expires: EXPIRES,
    };
    let [paid, payee, other] = [order(1, 1), order(2, 0), order(0, 0)];
    let mut withdraw = |order: Order, user| {
        let signed = order.sign(domain(), &key(user));
        both.open.execute(&mut both.soft, &signed)
    };
    assert_eq!(withdraw(paid, 1), Err(Refusal::NextBatch));
    assert_eq!(withdraw(payee, 2), Err(Refusal::NextBatch));
    assert!(matches!(
        withdraw(other, 0),
        Ok(Operation::Withdrawal { .. })
    ));
}

#[test]
fn a_batch_gets_the_smallest_shape_that_holds_it() {
    let shapes = [Shape::Large, Shape::Tiny, Shape::Small];
    let holds = |shape: Shape| u32::try_from(shape.transfers()).unwrap();
    for (transfers, expected) in [
        (holds(Shape::Tiny), Shape::Tiny),
        (holds(Shape::Tiny) + 1, Shape::Small),
        (holds(Shape::Small) + 1, Shape::Large),
    ] {
        let mut ledger = Ledger::from_accounts([(1u8, 1u32), (2, 2)].map(|(user, index)| {
            let mut account = assay_circuits::account::Account::new(owner(user), TokenId::ETHER);
            account.balance = Amount(1_000);
            (AccountIndex::new(index).unwrap(), account)
        }));
        let mut open = OpenBatch::new(header(1, &ledger), Shape::Large);
        for nonce in 0..transfers {
            let order = Order {
                from: AccountIndex::FIRST,
                nonce,
                token: TokenId::ETHER,
                to: Payee::Owner(owner(2)),
                amount: Amount(1),
                fee: Fee::ZERO,
                expires: EXPIRES,
            };
            open.execute(&mut ledger, &order.sign(domain(), &key(1)))
                .unwrap();
        }
        let terms = ClosingTerms {
            shapes: &shapes,
            domain: domain(),
            settler: L1Address([6; 20]),
            closed_ms: 0,
            queue_end: 0,
        };
        let (work, _) = open.close(&mut ledger, &terms).unwrap();
        assert_eq!(work.closed.input.shape, expected);
    }
}

#[tokio::test]
async fn nonces_are_executed_in_their_order_whatever_the_order_of_arrival() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let orders: Vec<_> = (0..3)
        .map(|nonce| rig.order(1, nonce, Some(2), 10))
        .collect();
    for late in [2, 1] {
        rig.admission.submit(orders[late]).await.unwrap();
        assert_eq!(rig.stage(&orders[late]), Some(Stage::Received));
    }
    rig.admission.submit(orders[0]).await.unwrap();
    // Tiny holds two transfers: the first batch is closed by the third.
    for order in &orders {
        assert!(rig.stage(order) >= Some(Stage::Executed));
    }
    assert_eq!((rig.nonce(1), rig.balance(2)), (3, 1_000_030));
    rig.stop().await;
}

#[tokio::test]
async fn nonces_have_a_window_and_a_place_is_taken_once() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_per_account = 4;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let far = rig.order(1, 4, Some(2), 1);
    assert!(matches!(
        rig.admission.submit(far).await,
        Err(AdmissionError::NonceTooFar {
            given: 4,
            next: 0,
            window: 4
        })
    ));
    let first = rig.order(1, 3, Some(2), 1);
    rig.admission.submit(first).await.unwrap();
    let second = rig.order(1, 3, Some(2), 2);
    let taken = AdmissionError::NonceTaken {
        given: 3,
        by: first.hash(domain()),
    };
    assert_eq!(rig.admission.submit(second).await, Err(taken));
    rig.stop().await;
}

#[tokio::test]
async fn a_flood_of_future_nonces_fills_the_pool_and_no_more() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_transactions = 5;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 1..6 {
        let order = rig.order(1, nonce, Some(2), 1);
        rig.admission.submit(order).await.unwrap();
    }
    let one_more = rig.order(1, 6, Some(2), 1);
    assert!(matches!(
        rig.admission.submit(one_more).await,
        Err(AdmissionError::Busy { .. })
    ));
    rig.stop().await;
}

#[tokio::test]
async fn what_waits_is_given_up_when_it_expires_and_says_so() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let now_s = rig.clock.now_s();
    let mut waiting = rig.order(1, 1, Some(2), 1).order;
    let lag_s = u32::try_from(MAX_LAG_S).unwrap();
    waiting.expires = now_s + lag_s + 59;
    let soon = Order {
        expires: now_s + lag_s - 1,
        ..waiting
    };
    let refused = rig.admission.submit(soon.sign(domain(), &key(1))).await;
    assert_eq!(refused.unwrap_err().code(), "expires_too_soon");
    let waiting = waiting.sign(domain(), &key(1));
    rig.admission.submit(waiting).await.unwrap();
    world.advance_ms((MAX_LAG_S + 59) * 1_000);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Received));
    world.advance_ms(1_000);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&waiting), Some(Stage::Rejected));
    let hash: TxHash = waiting.hash(domain());
    let (_, view) = rig.get(&format!("/v1/transactions/{hash}")).await;
    assert_eq!(view["rejection"]["code"], "expired");
    assert_eq!(
        view["rejection"]["details"]["expires"],
        waiting.order.expires
    );
    assert!(view["times_ms"]["rejected"].is_u64());
    rig.stop().await;
}

#[tokio::test]
async fn a_withdrawal_after_a_transfer_of_its_sender_goes_into_the_next_batch() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let transfer = rig.order(1, 0, Some(2), 10);
    let withdrawal = rig.order(1, 1, None, 20);
    rig.admission.submit(transfer).await.unwrap();
    rig.admission.submit(withdrawal).await.unwrap();
    assert_eq!(rig.stage(&transfer), Some(Stage::Executed));
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Received));
    rig.seal().await.unwrap();
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&withdrawal), Some(Stage::Executed));
    rig.stop().await;
}

#[tokio::test]
async fn a_batch_is_closed_when_it_is_old_enough() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let before = rig.standing.heights().sealed;
    let order = rig.order(1, 0, Some(2), 10);
    rig.admission.submit(order).await.unwrap();
    world.advance_ms(rig.config.batch_time_ms - 1);
    rig.handle.entries(Vec::new()).await;
    assert_eq!(rig.stage(&order), Some(Stage::Executed));
    assert!(rig.storage.open_batch().unwrap().is_some());
    world.advance_ms(1);
    rig.handle.entries(Vec::new()).await;
    assert!(rig.storage.open_batch().unwrap().is_none());
    assert!(rig.standing.heights().executed > before);
    rig.stop().await;
}

#[tokio::test]
async fn too_many_batches_in_flight_stop_execution_and_not_admission() {
    let world = World::new();
    let mut config = world.config();
    config.limits.batches_in_flight = 2;
    let mut rig = world.start_with(config, Default::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut orders = Vec::new();
    for nonce in 0..3 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        orders.push(order);
        rig.seal().await;
    }
    assert_eq!(rig.stage(&orders[0]), Some(Stage::Sealed));
    assert_eq!(rig.stage(&orders[2]), Some(Stage::Received));
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&orders[2]), Some(Stage::Final));
    rig.stop().await;
}

#[tokio::test]
async fn fees_go_to_the_operators_account_when_the_batch_is_closed() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let order = rig.order_with_fee(1, 0, Some(2), 10, 7);
    rig.admission.submit(order).await.unwrap();
    assert_eq!((rig.balance(0), rig.balance(1)), (1_000_000, 999_983));
    rig.seal().await.unwrap();
    assert_eq!(rig.balance(0), 1_000_007);
    rig.stop().await;
}

#[tokio::test]
async fn a_rejection_names_its_rule() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order_with_fee(1, 0, Some(2), 10, 7);
    let refused = rig.admission.submit(order).await;
    let rule = Rejection::FeeTokenNotAccepted(TokenId::ETHER);
    assert_eq!(refused, Err(AdmissionError::Rule(rule)));
    rig.stop().await;
}

#[tokio::test]
async fn a_forced_order_closes_the_open_batch_and_uses_nonces_up() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let paid = rig.order(1, 0, Some(2), 10);
    // It waits for nonce 1, which the forced order takes away with its own, nonce 3.
    let waits = rig.order(1, 2, Some(2), 20);
    let later = rig.order(1, 4, Some(2), 30);
    for order in [paid, waits, later] {
        rig.admission.submit(order).await.unwrap();
    }
    let open = rig.storage.open_batch().unwrap().unwrap().0.number;
    world.l1.force(rig.forced(1, 3, Some(2), 100));
    rig.look().await;
    let (header, rows) = rig.storage.open_batch().unwrap().unwrap();
    assert_eq!(header.number, open.next());
    assert!(rows[0].operation.is_from_l1());
    assert_eq!(rig.stage(&waits), Some(Stage::Rejected));
    assert_eq!(rig.stage(&later), Some(Stage::Executed));
    assert_eq!(rig.balance(1), 1_000_000 - 10 - 100 - 30);
    rig.finish(&world.l1).await;
    assert_eq!(rig.stage(&later), Some(Stage::Final));
    assert_eq!(world.l1.failed(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_quiet_rollup_seals_a_batch_for_what_the_queue_holds() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    rig.finish(&world.l1).await;
    let nobody = ForcedOrder {
        from: None,
        ..rig.forced(1, 0, Some(2), 100)
    };
    world.l1.force(nobody);
    rig.finish(&world.l1).await;
    assert_eq!(rig.standing.look().queue_consumed, 3);
    assert_eq!(rig.balance(1), 1_000_000);
    rig.stop().await;
}

/// A batch that leaves a due entry out is refused; the oracle is the test contract.
#[tokio::test]
async fn a_batch_takes_every_confirmed_entry_that_fits() {
    let world = World::new();
    let mut rig = world.start().await;
    for _ in 0..5 {
        world.l1.deposit(&owner(1), 0, 10);
    }
    // So long without a node: all of them are due.
    world.advance_ms(4 * 24 * 3600 * 1_000);
    world.l1.mine(1);
    rig.finish(&world.l1).await;
    assert_eq!(rig.standing.look().queue_consumed, 5);
    assert_eq!((world.l1.batches(), world.l1.failed()), (3, 0));
    assert_eq!(rig.health.faults(), []);
    rig.stop().await;
}
