//! What became of an operator's promise, by the batches of the layer 1 alone.

use assay_circuits::{
    address::L1Address,
    operation::{Deposit, Entry, Operation},
    order::{Domain, Order, Payee, Signed},
    quantity::{AccountIndex, Amount, Fee, TokenId},
};
use assay_l1::{
    batch::{BatchData, ProofWords, next_link},
    client::QueueEntry,
};
use assay_restore::{
    batches::{Batches, Checked},
    promise::{Broken, Now, Possible, Promise, Verdict, Void},
    queue::Queue,
};

use crate::operator::{Operator, entry, user};

/// The last second of what is promised.
const EXPIRES: u32 = 20;
const DUE: u32 = 1_000;
/// While batches that are in time may still come.
const SOON: Now = Now {
    timestamp: 15,
    max_lag_s: 3,
    frozen: false,
};
/// The first second at which none can come any more.
const LATE: Now = Now {
    timestamp: EXPIRES as u64 + 3 + 1,
    ..SOON
};
/// From the deposits on, and one batch since.
const SINCE_THE_FIRST: Possible = Possible {
    after_batch: 1,
    since: 10,
    batches: 1,
};

/// A rollup whose first batch, of second 10, gives users 1 and 2 a thousand each.
struct History {
    operator: Operator,
    batches: Vec<(BatchData, ProofWords)>,
    entries: Vec<QueueEntry>,
}

impl History {
    fn new() -> Self {
        let mut operator = Operator::new(Domain::new(31337, L1Address([7; 20])));
        let deposit = |number: u8| {
            let owner = user(number).public_key().0;
            let (token, amount) = (TokenId::ETHER, Amount(1_000));
            Entry::Deposit(Deposit {
                token,
                amount,
                owner,
            })
        };
        let entries = vec![entry(0, deposit(1), DUE), entry(1, deposit(2), DUE)];
        let batches = vec![operator.batch(10, &entries, Vec::new(), Vec::new())];
        Self {
            operator,
            batches,
            entries,
        }
    }

    /// A batch of this second.
    fn batch(&mut self, second: u32, full: Vec<Operation>, transfers: Vec<Operation>) {
        let batch = self.operator.batch(second, &[], full, transfers);
        self.batches.push(batch);
    }

    /// A batch of second 11 with an order that goes past the operator.
    fn force(&mut self, from: u8, nonce: u32) {
        let order = self.operator.forced(from, nonce, 40);
        let index = self.entries.len() as u64;
        let forced = entry(index, Entry::Forced(order), DUE);
        let batch = self
            .operator
            .batch(11, std::slice::from_ref(&forced), Vec::new(), Vec::new());
        self.entries.push(forced);
        self.batches.push(batch);
    }

    /// A transfer of the first user to the second, changed, in time until [`EXPIRES`].
    fn promised(&self, change: impl FnOnce(&mut Order)) -> Signed<Order> {
        let to = Payee::Owner(user(2).public_key().0);
        let mut order = self.operator.order(1, to, 5);
        order.expires = EXPIRES;
        change(&mut order);
        order.sign(self.operator.domain, &user(1))
    }

    fn transfer(&self, order: Signed<Order>) -> Operation {
        let to = self.operator.index(2);
        Operation::Transfer { order, to }
    }

    fn checked(&self) -> Vec<Checked> {
        let link = self.entries.iter().fold([0; 32], |link, entry| {
            next_link(&link, &entry.words, &entry.tail)
        });
        let queue = Queue::new(self.entries.clone(), self.entries.len() as u64, &link).unwrap();
        let mut batches = Batches::genesis(self.operator.domain, self.operator.keys());
        batches.take(&self.batches, &queue).unwrap()
    }

    fn verdict(&self, promised: Signed<Order>, now: &Now) -> Verdict {
        self.verdict_of(&self.checked(), promised, now)
    }

    fn verdict_of(&self, checked: &[Checked], promised: Signed<Order>, now: &Now) -> Verdict {
        let mut promise = Promise::new(self.operator.domain, promised);
        for batch in checked {
            promise.see(batch);
        }
        promise.verdict(now)
    }
}

#[test]
fn what_is_in_a_batch_was_kept() {
    let mut history = History::new();
    let promised = history.promised(|_| {});
    let transfer = history.transfer(promised);
    history.batch(11, Vec::new(), vec![transfer]);
    // What comes later changes nothing of it.
    let next = history.operator.transfer(1, 2, 1);
    history.batch(30, Vec::new(), vec![next]);
    for now in [SOON, LATE] {
        let verdict = history.verdict(promised, &now);
        assert_eq!(verdict, Verdict::Kept { batch: 2 });
    }
}

#[test]
fn what_is_in_no_batch_is_open_until_none_can_come_in_time_and_then_broken() {
    let mut history = History::new();
    let promised = history.promised(|_| {});
    let other = history.operator.transfer(2, 1, 1);
    history.batch(EXPIRES, Vec::new(), vec![other]);
    let possible = Some(SINCE_THE_FIRST);
    let just = Now {
        timestamp: LATE.timestamp - 1,
        ..LATE
    };
    for now in [SOON, just] {
        assert_eq!(history.verdict(promised, &now), Verdict::Open { possible });
    }
    let broken = Verdict::Broken(Broken::Expired(SINCE_THE_FIRST));
    assert_eq!(history.verdict(promised, &LATE), broken);
    // A later batch's time is not before its.
    history.batch(EXPIRES + 1, Vec::new(), Vec::new());
    assert_eq!(history.verdict(promised, &SOON), broken);
}

#[test]
fn what_a_freeze_left_out_was_broken() {
    let mut history = History::new();
    let promised = history.promised(|_| {});
    history.batch(11, Vec::new(), Vec::new());
    let frozen = Now {
        frozen: true,
        ..SOON
    };
    let broken = Verdict::Broken(Broken::Frozen(SINCE_THE_FIRST));
    assert_eq!(history.verdict(promised, &frozen), broken);
}

#[test]
fn another_order_with_the_nonce_breaks_it_unless_its_fee_was_enough() {
    let mut history = History::new();
    let promised = history.promised(|_| {});
    let other = history.promised(|order| order.amount = Amount(6));
    let other = history.transfer(other);
    history.batch(11, Vec::new(), vec![other]);
    let verdict_at = |fee: u128| {
        let mut checked = history.checked();
        match &mut checked[1].replayed.operations[0] {
            Operation::Transfer { order, .. } => order.fee = Fee::from_value(fee).unwrap(),
            other => panic!("{other:?}"),
        }
        history.verdict_of(&checked, promised, &SOON)
    };
    let broken = Broken::OtherOrder {
        batch: 2,
        fee: Amount(0),
        replace_fee: Amount(1),
    };
    assert_eq!(verdict_at(0), Verdict::Broken(broken));
    let replaced = Void::Replaced {
        batch: 2,
        fee: Amount(1),
    };
    assert_eq!(verdict_at(1), Verdict::Void(replaced));
}

/// By its content alone: the payee, too, is a part of what was promised.
#[test]
fn a_withdrawal_is_no_transfer_of_the_same_amount() {
    let mut history = History::new();
    let promised = history.promised(|_| {});
    let withdrawal = history.operator.withdrawal(1, 5);
    history.batch(11, vec![withdrawal], Vec::new());
    let verdict = history.verdict(promised, &SOON);
    assert!(matches!(
        verdict,
        Verdict::Broken(Broken::OtherOrder { .. })
    ));
}

#[test]
fn a_sender_who_goes_past_the_operator_takes_it_back() {
    let mut history = History::new();
    let promised = |nonce| history.promised(|order| order.nonce = nonce);
    let [used, passed_over, next] = [3, 1, 4].map(promised);
    history.force(1, 3);
    let forced = Verdict::Void(Void::Forced { batch: 2 });
    assert_eq!(history.verdict(used, &SOON), forced);
    assert_eq!(history.verdict(passed_over, &SOON), forced);
    let possible = Some(Possible {
        after_batch: 2,
        since: 11,
        batches: 0,
    });
    assert_eq!(history.verdict(next, &SOON), Verdict::Open { possible });
}

#[test]
fn what_could_not_be_executed_was_not_promised() {
    let history = History::new();
    let void = |promised| match history.verdict(promised, &LATE) {
        Verdict::Void(void) => void,
        other => panic!("{other:?}"),
    };
    let early = history.promised(|order| order.nonce = 1);
    assert_eq!(void(early), Void::EarlierNonce { next: 0 });
    let poor = history.promised(|order| order.amount = Amount(1_001));
    let (balance, needed) = (Amount(1_000), Amount(1_001));
    assert_eq!(void(poor), Void::Balance { balance, needed });
    let nobodys = history.promised(|order| order.from = AccountIndex::new(77).unwrap());
    assert_eq!(void(nobodys), Void::NotTheSenders);
    let mut forged = history.promised(|_| {});
    forged.signature.s.0[0] ^= 1;
    assert_eq!(void(forged), Void::NotTheSenders);
}

#[test]
fn it_could_be_executed_from_the_batch_on_that_made_it_the_next() {
    let mut history = History::new();
    let second = history.promised(|order| order.nonce = 1);
    let first = history.operator.transfer(1, 2, 1);
    let poor = history.promised(|order| (order.nonce, order.amount) = (1, Amount(1_500)));
    history.batch(11, Vec::new(), vec![first]);
    history.batch(12, Vec::new(), Vec::new());
    let pays = history.operator.transfer(2, 1, 900);
    history.batch(13, Vec::new(), vec![pays]);
    let expired = |after_batch, since, batches| {
        Verdict::Broken(Broken::Expired(Possible {
            after_batch,
            since,
            batches,
        }))
    };
    assert_eq!(history.verdict(second, &LATE), expired(2, 11, 2));
    assert_eq!(history.verdict(poor, &LATE), expired(4, 13, 0));
}

/// Money that comes when it is too late makes nobody break a promise.
#[test]
fn what_came_after_its_last_second_is_of_no_account() {
    let mut history = History::new();
    let poor = history.promised(|order| order.amount = Amount(1_500));
    let pays = history.operator.transfer(2, 1, 900);
    history.batch(EXPIRES + 1, Vec::new(), vec![pays]);
    let verdict = history.verdict(poor, &LATE);
    assert!(matches!(verdict, Verdict::Void(Void::Balance { .. })));
}
