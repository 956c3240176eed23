//! Silence, takeover and freeze.

use alloy::primitives::U256;

use super::{
    bed::{
        Bed, DELAY_S, FREEZE_S, GUARDIAN, OPERATOR, SILENCE_S, START_S, STRANGER, USER, WINDOW_S,
        account,
    },
    records::{Entry, deposit_call, force_call, forced_transfer, order, owner},
};
use crate::{batch::BatchData, contracts::Assay};

const SILENCE: u64 = SILENCE_S as u64;

fn taking(bed: &Bed, entries: &[Entry]) -> BatchData {
    BatchData {
        l1_operations: u16::try_from(entries.len()).unwrap(),
        full_records: entries.iter().map(|entry| entry.words).collect(),
        tails: entries.iter().map(|entry| entry.tail).collect(),
        ..bed.next_batch()
    }
}

fn attempt(bed: &Bed, from: usize, entries: &[Entry]) -> Result<(), String> {
    bed.submit_from(from, &[taking(bed, entries)]).map(|_| ())
}

fn freeze(bed: &Bed) -> Result<Vec<u8>, String> {
    let done = bed.send(USER, Assay::freezeCall {})?;
    let events = done.events::<Assay::Frozen>();
    Ok(events.iter().map(|event| event.reason).collect())
}

#[test]
fn quiet_is_not_silence() {
    let bed = Bed::new();
    bed.set_time(START_S + 100 * SILENCE);
    assert_eq!(attempt(&bed, STRANGER, &[]).unwrap_err(), "NotOperator");
    assert_eq!(freeze(&bed).unwrap_err(), "NothingOverdue");
    // Counted from queueing, not from the last proof long ago.
    let entry = bed.deposit(0, 5).unwrap();
    let begin = u64::from(bed.now());
    bed.set_time(begin + SILENCE);
    let sent = attempt(&bed, STRANGER, &[entry]);
    assert_eq!(sent.unwrap_err(), "NotOperator");
    bed.set_time(begin + SILENCE + 1);
    attempt(&bed, STRANGER, &[entry]).unwrap();
    // Nothing waits any more.
    bed.set_time(begin + 100 * SILENCE);
    assert_eq!(attempt(&bed, STRANGER, &[]).unwrap_err(), "NotOperator");
}

#[test]
fn proofs_break_the_silence() {
    let bed = Bed::new();
    let entry = bed.deposit(0, 5).unwrap();
    bed.set_time(START_S + SILENCE - 1);
    attempt(&bed, OPERATOR, &[]).unwrap();
    bed.set_time(START_S + 2 * SILENCE - 1);
    let sent = attempt(&bed, STRANGER, &[entry]);
    assert_eq!(sent.unwrap_err(), "NotOperator");
    bed.set_time(START_S + 2 * SILENCE);
    attempt(&bed, STRANGER, &[entry]).unwrap();
}

#[test]
fn once_others_did_they_may_go_on_for_a_window() {
    let bed = Bed::new();
    let entries: Vec<Entry> = (1..=9).map(|i| bed.deposit(0, i).unwrap()).collect();
    assert_eq!(bed.status().openUntil, 0);
    // The operator's own batches open nothing.
    let begin = START_S + SILENCE + 1;
    bed.set_time(begin);
    attempt(&bed, OPERATOR, &entries[..1]).unwrap();
    assert_eq!(bed.status().openUntil, 0);
    let begin = begin + SILENCE + 1;
    bed.set_time(begin);
    attempt(&bed, STRANGER, &entries[1..2]).unwrap();
    let until = begin + u64::from(WINDOW_S);
    assert_eq!(u64::from(bed.status().openUntil), until);
    // Anybody, the operator too, and the window is not made longer.
    attempt(&bed, USER, &entries[2..3]).unwrap();
    attempt(&bed, OPERATOR, &[]).unwrap();
    bed.set_time(until);
    attempt(&bed, USER, &entries[3..4]).unwrap();
    assert_eq!(u64::from(bed.status().openUntil), until);
    bed.set_time(until + 1);
    let sent = attempt(&bed, USER, &entries[4..5]);
    assert_eq!(sent.unwrap_err(), "NotOperator");
    // Silence again opens again.
    bed.set_time(until + SILENCE + 1);
    attempt(&bed, USER, &entries[4..5]).unwrap();
    let status = bed.status();
    assert_eq!(status.openUntil, status.lastProvedAt + WINDOW_S);
}

/// Silence begins before anything is due: a batch of nothing would only void others' proofs.
#[test]
fn each_batch_of_a_rescuer_takes_the_head() {
    let bed = Bed::new();
    let entries = [5, 6].map(|i| bed.deposit(0, i).unwrap());
    bed.set_time(START_S + SILENCE + 31);
    assert_eq!(attempt(&bed, STRANGER, &[]).unwrap_err(), "NothingTaken");
    let second = BatchData {
        batch: 2,
        ..bed.next_batch()
    };
    let both = [taking(&bed, &entries[..1]), second];
    let sent = bed.submit_from(STRANGER, &both);
    assert_eq!(sent.unwrap_err(), "NothingTaken");
    let mut taking_both = [taking(&bed, &entries[..1]), taking(&bed, &entries[1..])];
    taking_both[1].batch = 2;
    bed.submit_from(STRANGER, &taking_both).unwrap();
    // Within the window, too.
    assert_eq!(attempt(&bed, STRANGER, &[]).unwrap_err(), "NothingTaken");
    attempt(&bed, OPERATOR, &[]).unwrap();
}

/// Whoever settles is in the proof: nobody can take it over.
#[test]
fn a_rescuer_is_paid_and_cannot_be_robbed() {
    let bed = Bed::new();
    let entry = bed.deposit(0, 5).unwrap();
    bed.set_time(START_S + SILENCE + 1);
    let data = BatchData {
        settler: account(STRANGER).into(),
        ..taking(&bed, &[entry])
    };
    let mut stolen = bed.calldata(std::slice::from_ref(&data));
    let place = stolen
        .windows(20)
        .position(|window| window == account(STRANGER).as_slice())
        .unwrap();
    stolen[place..place + 20].copy_from_slice(account(USER).as_slice());
    assert_eq!(bed.submit_raw(USER, stolen).unwrap_err(), "ProofRejected");
    // Sent by another, it pays whom it names.
    bed.submit_from(USER, &[data]).unwrap();
    assert!(bed.credit(account(STRANGER)) > U256::ZERO);
    assert_eq!(bed.credit(account(USER)), U256::ZERO);
}

#[test]
fn an_overdue_entry_frees_everybody() {
    let bed = Bed::new();
    bed.deposit(0, 5).unwrap();
    let second = bed.deposit(0, 6).unwrap();
    let due = START_S + u64::from(DELAY_S);
    bed.set_time(due + u64::from(FREEZE_S));
    assert_eq!(freeze(&bed).unwrap_err(), "NothingOverdue");
    // Batches that take nothing do not help: the head is what counts.
    let late = BatchData {
        timestamp: bed.now() - 3600,
        ..bed.next_batch()
    };
    assert_eq!(bed.submit(&late).unwrap_err(), "DueEntryLeft");
    bed.set_time(due + u64::from(FREEZE_S) + 1);
    assert!(!bed.status().frozen);
    assert_eq!(freeze(&bed).unwrap(), [1]);
    assert!(bed.status().frozen);
    // Sticky, and once.
    assert_eq!(freeze(&bed).unwrap_err(), "IsFrozen");
    let sent = attempt(&bed, OPERATOR, &[second]);
    assert_eq!(sent.unwrap_err(), "IsFrozen");
    let fee = bed.fee();
    let sent = bed.pay(USER, fee + 5, deposit_call(0, 5, owner()));
    assert_eq!(sent.unwrap_err(), "IsFrozen");
    let sent = bed.pay(USER, fee, force_call(forced_transfer(order())));
    assert_eq!(sent.unwrap_err(), "IsFrozen");
    let sent = bed.send(GUARDIAN, Assay::freezeByGuardianCall {});
    assert_eq!(sent.unwrap_err(), "IsFrozen");
}

#[test]
fn the_head_moves_on_with_what_is_taken() {
    let bed = Bed::new();
    let entries = [5, 6].map(|i| bed.deposit(0, i).unwrap());
    let due = u64::from(entries[1].due);
    bed.set_time(due + u64::from(FREEZE_S));
    attempt(&bed, OPERATOR, &entries[..1]).unwrap_err();
    let early = BatchData {
        timestamp: bed.now(),
        ..taking(&bed, &entries)
    };
    bed.submit(&early).unwrap();
    bed.set_time(due + u64::from(FREEZE_S) + 1);
    assert_eq!(freeze(&bed).unwrap_err(), "NothingOverdue");
}
