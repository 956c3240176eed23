//! The order rule against the sealed state.

use std::collections::BTreeSet;

use assay_circuits::{
    address::L1Address,
    batch::State,
    forced::{ForcedOrder, ForcedPayee},
    ledger::Ledger,
    operation::{Deposit, Entry, Operation},
    order::{Order, Payee},
    quantity::{AccountIndex, Amount, BatchNumber, Fee, TokenId},
    shape::Shape,
    transition::FeeSlot,
};
use proptest::{option, prelude::*};

use crate::{
    clock::Moment,
    executor::open_batch::{ClosingTerms, OpenBatch, Refusal},
    l1::memory::domain,
    record::{OpenHeader, Word},
    rig::{EXPIRES, key, owner},
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
        let open = OpenBatch::new(header(1, &soft), Moment::default(), shape);
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
        let next = OpenBatch::new(
            header(number.0 + 1, &self.soft),
            Moment::default(),
            self.shape,
        );
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
        self.open = OpenBatch::new(
            header(number.0 + 1, &self.soft),
            Moment::default(),
            self.shape,
        );
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
        let mut open = OpenBatch::new(header(1, &ledger), Moment::default(), Shape::Large);
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
