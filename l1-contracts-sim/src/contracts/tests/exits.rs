//! Refunds and escapes once the rollup is frozen.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolCall as _,
};

use super::{
    bed::{Bed, OPERATOR, STRANGER, USER, account, code, root},
    hostile::{arm, outcome, token},
    proofs::escape_toy,
    records::{
        Entry, Head, deposit_call, forced_transfer, forced_withdrawal, order, owner, withdrawal,
    },
};
use crate::{
    batch::{BatchData, ProofWords, Word},
    contracts::{Assay, TestToken},
};

const FRESH: Address = Address::repeat_byte(0x77);

fn refund(link: &Word, entry: &Entry, to: Address) -> Assay::refundCall {
    Assay::refundCall {
        index: entry.index,
        previousLink: U256::from_be_bytes(*link),
        words: entry.words.map(U256::from_be_bytes),
        tail: U256::from_be_bytes(entry.tail),
        to,
    }
}

/// The links before each entry.
fn links(entries: &[Entry]) -> Vec<Word> {
    let mut link = [0; 32];
    let before = entries.iter().map(|entry| {
        let before = link;
        link = entry.link(&link);
        before
    });
    before.collect()
}

fn taking(bed: &Bed, entry: &Entry) -> BatchData {
    BatchData {
        l1_operations: 1,
        full_records: vec![entry.words],
        tails: vec![entry.tail],
        ..bed.next_batch()
    }
}

#[test]
fn entries_that_were_not_taken_are_paid_back_whole() {
    let bed = Bed::new();
    let (number, token) = token(&bed, "TestToken");
    let entries = [
        bed.deposit(0, 1000).unwrap(),
        bed.deposit(0, 70).unwrap(),
        bed.deposit(number, 50).unwrap(),
        bed.force(forced_transfer(order())).unwrap(),
        bed.force(forced_withdrawal(order(), FRESH)).unwrap(),
    ];
    let links = links(&entries);
    bed.submit(&taking(&bed, &entries[0])).unwrap();
    let call = |i: usize| refund(&links[i], &entries[i], account(USER));
    assert_eq!(bed.send(STRANGER, call(1)).unwrap_err(), "NotFrozen");
    bed.freeze();
    // What was taken is a balance of the state.
    assert_eq!(bed.send(STRANGER, call(0)).unwrap_err(), "WrongEntry");
    assert!(!bed.read(Assay::isRefundedCall { index: 1 }));
    for (i, ether) in [(4, 0), (1, 70), (2, 0), (3, 0)] {
        let before = bed.balance(account(USER));
        let done = bed.send(STRANGER, call(i)).unwrap();
        let events = done.events::<Assay::Refunded>();
        assert_eq!((events[0].index, events[0].to), (i as u64, account(USER)));
        let paid = bed.balance(account(USER)) - before;
        assert_eq!(paid, U256::from(ether + entries[i].fee()), "{i}");
        assert!(bed.read(Assay::isRefundedCall { index: i as u64 }));
        assert_eq!(bed.send(STRANGER, call(i)).unwrap_err(), "AlreadyPaid");
    }
    let balance = bed.read_from(token, TestToken::balanceOfCall(account(USER)));
    assert_eq!(balance, U256::from(1_000_000));
    // Left are the deposit in the state and the fee of its entry, less what was burned.
    assert_eq!((bed.held(0), bed.held(number)), (1000, 0));
    let left = U256::from(1000) + bed.credit(account(OPERATOR));
    assert_eq!(bed.balance(bed.rollup), left);
}

#[test]
fn only_the_queues_own_entries_are_paid_back() {
    let bed = Bed::new();
    let entries = [bed.deposit(0, 70).unwrap(), bed.deposit(0, 8).unwrap()];
    let links = links(&entries);
    bed.freeze();
    let call = |i: usize| refund(&links[i], &entries[i], account(USER));
    let wrong = |change: &dyn Fn(&mut Assay::refundCall)| {
        let mut call = call(1);
        change(&mut call);
        let sent = bed.send(STRANGER, call);
        assert_eq!(sent.unwrap_err(), "WrongEntry");
    };
    wrong(&|call| call.index = 0);
    wrong(&|call| call.index = 2);
    wrong(&|call| call.index = u64::MAX);
    wrong(&|call| call.previousLink += U256::from(1));
    for word in 0..6 {
        wrong(&|call| call.words[word] ^= U256::from(1) << 20);
    }
    wrong(&|call| call.tail += U256::from(1));
    // Elsewhere only by the one it names.
    let elsewhere = refund(&links[1], &entries[1], FRESH);
    let sent = bed.send(STRANGER, elsewhere.clone());
    assert_eq!(sent.unwrap_err(), "NotReceiver");
    bed.send(USER, elsewhere).unwrap();
    assert_eq!(bed.balance(FRESH), U256::from(8 + entries[1].fee()));
    bed.send(STRANGER, call(0)).unwrap();
}

/// Tokens go back even to one who takes no ether; its fee is a credit then.
#[test]
fn a_fee_that_is_refused_becomes_a_credit() {
    let bed = Bed::new();
    let (number, token) = token(&bed, "TestToken");
    let refuser = bed.create(code("Refuser")).unwrap();
    let mut call = deposit_call(number, 50, owner());
    call.refundTo = refuser;
    let entry = Entry::of(&bed.pay(USER, bed.fee(), call).unwrap());
    let mut call = deposit_call(0, 60, owner());
    call.refundTo = refuser;
    let ether = Entry::of(&bed.pay(USER, bed.fee() + 60, call).unwrap());
    let links = links(&[entry, ether]);
    bed.freeze();
    bed.send(STRANGER, refund(&links[0], &entry, refuser))
        .unwrap();
    let balance = bed.read_from(token, TestToken::balanceOfCall(refuser));
    assert_eq!(balance, U256::from(50));
    assert_eq!(bed.credit(refuser), U256::from(entry.fee()));
    // The deposit itself is paid, or the call fails.
    let sent = bed.send(STRANGER, refund(&links[1], &ether, refuser));
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    assert!(!bed.read(Assay::isRefundedCall { index: 1 }));
    assert_eq!(bed.held(0), 60);
}

struct Escape {
    account: u32,
    token: u16,
    balance: u128,
    to: Address,
}

impl Escape {
    fn inputs(&self, bed: &Bed) -> [Word; 4] {
        let packed: U256 = U256::from(6) << 248
            | U256::from(self.account) << 224
            | U256::from(self.token) << 176
            | U256::from(self.balance) << 48;
        let root = bed.status().provedRoot.0;
        let to = self.to.into_word().0;
        [root, bed.domain, packed.to_be_bytes(), to]
    }

    fn call(&self, proof: ProofWords) -> Assay::escapeCall {
        Assay::escapeCall {
            account: self.account,
            token: self.token,
            balance: self.balance,
            to: self.to,
            proof: proof.to_bytes().into(),
        }
    }

    fn proved(&self, bed: &Bed) -> Assay::escapeCall {
        self.call(escape_toy().prove(&self.inputs(bed)))
    }
}

/// A hundred wei and as many tokens in the proved state.
fn state() -> (Bed, u16, Address) {
    let bed = Bed::new();
    let (number, token) = token(&bed, "TestToken");
    for entry in [
        bed.deposit(0, 100).unwrap(),
        bed.deposit(number, 100).unwrap(),
    ] {
        bed.submit(&taking(&bed, &entry)).unwrap();
    }
    (bed, number, token)
}

#[test]
fn every_account_escapes_once() {
    let (bed, number, token) = state();
    let ether = Escape {
        account: 1,
        token: 0,
        balance: 60,
        to: FRESH,
    };
    let tokens = Escape {
        account: 0xff_ffff,
        token: number,
        balance: 100,
        to: FRESH,
    };
    let sent = bed.send(STRANGER, ether.proved(&bed));
    assert_eq!(sent.unwrap_err(), "NotFrozen");
    bed.freeze();
    let escaped = |account| bed.read(Assay::isEscapedCall { account });
    assert!(!escaped(1));
    let done = bed.send(STRANGER, ether.proved(&bed)).unwrap();
    let events = done.events::<Assay::Escaped>();
    assert_eq!((events[0].account, events[0].token), (1, 0));
    assert_eq!((events[0].amount, events[0].to), (60, FRESH));
    assert_eq!(bed.balance(FRESH), U256::from(60));
    assert!(escaped(1) && !escaped(0) && !escaped(2) && !escaped(257));
    bed.send(STRANGER, tokens.proved(&bed)).unwrap();
    let balance = bed.read_from(token, TestToken::balanceOfCall(FRESH));
    assert_eq!(balance, U256::from(100));
    assert_eq!((bed.held(0), bed.held(number)), (40, 0));
    for escape in [ether, tokens] {
        let again = bed.send(STRANGER, escape.proved(&bed));
        assert_eq!(again.unwrap_err(), "AlreadyPaid");
    }
}

#[test]
fn an_escape_is_of_one_leaf_and_receiver() {
    let (bed, _, _) = state();
    bed.freeze();
    let escape = Escape {
        account: 1,
        token: 0,
        balance: 60,
        to: FRESH,
    };
    let right = escape.inputs(&bed);
    for input in 0..4 {
        let mut other = right;
        other[input] = root(9);
        let call = escape.call(escape_toy().prove(&other));
        assert_eq!(bed.send(STRANGER, call).unwrap_err(), "ProofRejected");
    }
    let send = |change: &dyn Fn(&mut Assay::escapeCall)| {
        let mut call = escape.proved(&bed);
        change(&mut call);
        bed.send(STRANGER, call).map(|_| ()).unwrap_err()
    };
    assert_eq!(send(&|call| call.account = 2), "ProofRejected");
    assert_eq!(send(&|call| call.token = 1), "ProofRejected");
    assert_eq!(send(&|call| call.balance = 61), "ProofRejected");
    assert_eq!(send(&|call| call.to = account(3)), "ProofRejected");
    assert_eq!(send(&|call| call.account = 1 << 24), "UnknownAccount");
    assert_eq!(send(&|call| call.account = (1 << 24) + 1), "UnknownAccount");
    let short = |call: &mut Assay::escapeCall| call.proof = vec![0; 224].into();
    assert_eq!(send(&short), "WrongProofLength");
    // A redirect's message does not escape.
    let mut other = right;
    other[2][0] = 7;
    let call = escape.call(escape_toy().prove(&other));
    assert_eq!(bed.send(STRANGER, call).unwrap_err(), "ProofRejected");
    bed.send(STRANGER, escape.proved(&bed)).unwrap();
}

#[test]
fn an_escape_that_cannot_be_paid_stays_open() {
    let (bed, _, _) = state();
    bed.freeze();
    let refuser = bed.create(code("Refuser")).unwrap();
    let escape = |balance, to| Escape {
        account: 1,
        token: 0,
        balance,
        to,
    };
    let sent = bed.send(STRANGER, escape(60, refuser).proved(&bed));
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    let sent = bed.send(STRANGER, escape(60, bed.rollup).proved(&bed));
    assert_eq!(sent.unwrap_err(), "EtherRefused");
    let sent = bed.send(STRANGER, escape(101, FRESH).proved(&bed));
    assert_eq!(sent.unwrap_err(), "Panic");
    assert!(!bed.read(Assay::isEscapedCall { account: 1 }));
    bed.send(STRANGER, escape(60, FRESH).proved(&bed)).unwrap();
}

/// Refunds and escapes, from within a payment.
#[test]
fn exits_from_within_a_payment_are_stopped() {
    let bed = Bed::new();
    let entries = [1000, 50].map(|amount| bed.deposit(0, amount).unwrap());
    let links = links(&entries);
    bed.freeze();
    let receiver = bed.create(code("ReentrantReceiver")).unwrap();
    let escape = |account| {
        let escape = Escape {
            account,
            token: 0,
            balance: 10,
            to: receiver,
        };
        escape.proved(&bed)
    };
    let again = [
        escape(2).abi_encode(),
        refund(&links[0], &entries[0], account(USER)).abi_encode(),
    ];
    for (number, again) in (3..).zip(again) {
        arm(&bed, receiver, 0, again);
        bed.send(STRANGER, escape(number)).unwrap();
        assert_eq!(outcome(&bed, receiver), "Reentered");
    }
    // Paid back to a contract that calls again.
    arm(&bed, receiver, 0, escape(2).abi_encode());
    let back = refund(&links[1], &entries[1], receiver);
    bed.send(USER, back).unwrap();
    assert_eq!(outcome(&bed, receiver), "Reentered");
}

/// Claims and credits go on, and what waits in the queue is not part of the state.
#[test]
fn claims_and_credits_go_on_after_a_freeze() {
    let bed = Bed::new();
    let entry = bed.deposit(0, 100).unwrap();
    let mut data = taking(&bed, &entry);
    data.full_records.push(withdrawal(0, 30, FRESH));
    let header = bed.submit(&data).unwrap();
    bed.freeze();
    bed.claim(STRANGER, (1, header), &data.claims(), 0, FRESH)
        .unwrap();
    bed.send(OPERATOR, Assay::withdrawCreditCall { to: FRESH })
        .unwrap();
    assert!(bed.balance(FRESH) > U256::from(30));
    let head = Head::default();
    assert_eq!(head.word(), [0; 32]);
}
