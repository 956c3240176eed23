//! Batches that take entries of the queue.

use alloy::primitives::{Address, U256};

use super::{
    bed::{Bed, DELAY_S, LARGE, OPERATOR, account},
    records::{
        Entry, Head, Record, deposit_words, forced_transfer, forced_withdrawal, order, withdrawal,
    },
};
use crate::{
    batch::{BatchData, BatchHeader, Claim, Tail},
    contracts::Assay,
};

const FRESH: Address = Address::repeat_byte(0x77);
const GWEI: u128 = 1_000_000_000;

/// The next batch, taking entries as they are.
fn taking(bed: &Bed, entries: &[Entry]) -> BatchData {
    BatchData {
        l1_operations: u16::try_from(entries.len()).unwrap(),
        full_records: entries.iter().map(|entry| entry.words).collect(),
        tails: entries.iter().map(|entry| entry.tail).collect(),
        ..bed.next_batch()
    }
}

fn with_status(words: &Record, status: u8) -> Record {
    let mut record = *words;
    record[0][1] |= status;
    record
}

#[test]
fn l1_operations_are_the_next_of_the_queue() {
    let bed = Bed::new();
    let [a, b, c] = [11, 22, 33].map(|amount| bed.deposit(0, amount).unwrap());
    let attempt = |entries: &[Entry]| bed.submit(&taking(&bed, entries));
    // Swapped, skipped, twice.
    for wrong in [&[b, a][..], &[b], &[a, a], &[a, c]] {
        assert_eq!(attempt(wrong).unwrap_err(), "QueueMismatch");
    }
    // More operations than records, or another number of last words.
    let mut more = taking(&bed, &[a, b]);
    more.full_records.pop();
    assert_eq!(bed.submit(&more).unwrap_err(), "WrongOperationCount");
    let mut tails = taking(&bed, &[a, b]);
    tails.tails.pop();
    assert_eq!(bed.submit(&tails).unwrap_err(), "WrongOperationCount");
    tails.tails.extend([b.tail, c.tail]);
    assert_eq!(bed.submit(&tails).unwrap_err(), "WrongOperationCount");
    let mut spare = bed.next_batch();
    spare.tails = vec![a.tail];
    assert_eq!(bed.submit(&spare).unwrap_err(), "WrongOperationCount");
    // An L1 operation behind the others is none.
    let mut behind = taking(&bed, &[a, b]);
    behind.l1_operations = 1;
    behind.tails.pop();
    assert_eq!(bed.submit(&behind).unwrap_err(), "InvalidRecord");
    // Not one that is not of the queue.
    let mut foreign = taking(&bed, &[a]);
    foreign.full_records[0] = withdrawal(0, 11, FRESH);
    assert_eq!(bed.submit(&foreign).unwrap_err(), "QueueMismatch");

    assert_eq!(attempt(&[a, b]).unwrap().queue_end, 2);
    assert_eq!(bed.status().queueConsumed, 2);
    assert_eq!(bed.status().headDue, c.due);
    assert_eq!(attempt(&[a]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(&[c, c]).unwrap_err(), "QueueMismatch");
    assert_eq!(attempt(&[c]).unwrap().queue_end, 3);
    assert_eq!(bed.status().headDue, 0);
    // Beyond the end.
    assert_eq!(attempt(&[c]).unwrap_err(), "QueueMismatch");
}

/// Every byte of the record and of the last word that is not the prover's is the entry's.
#[test]
fn all_that_a_prover_may_not_choose_is_compared() {
    let bed = Bed::new();
    let entries = [
        bed.deposit(0, 1000).unwrap(),
        bed.force(forced_transfer(Head { to: 8, ..order() }))
            .unwrap(),
        bed.force(forced_withdrawal(order(), FRESH)).unwrap(),
    ];
    for entry in entries {
        let attempt = |change: &dyn Fn(&mut BatchData)| {
            let mut data = taking(&bed, &[entry]);
            change(&mut data);
            bed.submit(&data).map(|_| ())
        };
        let kind = entry.words[0][1] >> 4;
        for word in 0..6 {
            for byte in 0..32 {
                let chosen =
                    (word == 0 && kind == 3 && (5..8).contains(&byte)) || (word == 2 && kind == 5);
                if chosen {
                    continue;
                }
                // The status is the prover's.
                let bits = if (word, byte) == (0, 1) { 0x10 } else { 0x11 };
                let refused = attempt(&|data| data.full_records[0][word][byte] ^= bits);
                let error = refused.unwrap_err();
                // A forced transfer as a withdrawal has a second word that is none.
                let other_kind = (kind, word, byte) == (4, 0, 1) && error == "InvalidRecord";
                assert!(
                    error == "QueueMismatch" || other_kind,
                    "{word} {byte}: {error}"
                );
            }
        }
        for byte in 0..32 {
            let refused = attempt(&|data| data.tails[0][byte] ^= 1);
            assert_eq!(refused.unwrap_err(), "QueueMismatch");
        }
        // The status is 0 or 1.
        for status in 2..16 {
            let refused = attempt(&|data| data.full_records[0][0][1] |= status);
            assert_eq!(refused.unwrap_err(), "InvalidRecord");
        }
        if kind == 3 {
            // A deposit that bounced names no account.
            let refused = attempt(&|data| data.full_records[0][0][1] |= 1);
            refused.unwrap();
            continue;
        }
        if kind == 5 {
            // More than 128 bits, or paid and refused.
            let refused = attempt(&|data| data.full_records[0][2][15] = 1);
            assert_eq!(refused.unwrap_err(), "InvalidRecord");
            let refused = attempt(&|data| {
                data.full_records[0][0][1] |= 1;
                data.full_records[0][2][31] = 1;
            });
            assert_eq!(refused.unwrap_err(), "InvalidRecord");
        }
        attempt(&|_| {}).unwrap();
    }
}

#[test]
fn the_account_of_a_deposit_is_the_provers_choice() {
    let bed = Bed::new();
    let [a, b] = [1, 2].map(|amount| bed.deposit(0, amount).unwrap());
    let mut bounced = taking(&bed, &[a]);
    bounced.full_records[0] = with_status(&a.words, 1);
    bounced.full_records[0][0][5..8].copy_from_slice(&[0, 0, 9]);
    assert_eq!(bed.submit(&bounced).unwrap_err(), "InvalidRecord");
    let mut data = taking(&bed, &[a, b]);
    data.full_records[0][0][5..8].copy_from_slice(&[0xff, 0xff, 0xff]);
    data.full_records[1][0][5..8].copy_from_slice(&[0, 0, 9]);
    bed.submit(&data).unwrap();
}

/// Submits in the large shape and returns the header, whose hash was compared.
fn submit_large(bed: &Bed, mut data: BatchData) -> BatchHeader {
    data.shape = LARGE.id;
    let header = bed.submit(&data).unwrap();
    let batch = U256::from(data.batch - 1);
    let parent = bed.read(Assay::batchHashCall { batch }).0;
    assert_eq!(bed.status().lastBatchHash.0, header.hash(parent));
    header
}

/// In the order of the records: own withdrawals, forced ones that paid, deposits that bounced.
#[test]
fn claims_are_what_the_records_make() {
    let bed = Bed::new();
    let from = Head {
        from: 0xab_cdef,
        ..order()
    };
    let entries = [
        bed.deposit(0, 1000).unwrap(),
        bed.deposit(0, 2000).unwrap(),
        bed.force(forced_withdrawal(from, FRESH)).unwrap(),
        bed.force(forced_withdrawal(from, FRESH)).unwrap(),
        bed.force(forced_withdrawal(from, FRESH)).unwrap(),
        bed.force(forced_transfer(from)).unwrap(),
        bed.force(forced_transfer(from)).unwrap(),
    ];
    let mut data = taking(&bed, &entries);
    let records = &mut data.full_records;
    records[0] = with_status(&records[0], 1);
    records[1][0][7] = 9;
    // One pays less than was ordered, one nothing, one is refused.
    records[2][2][16..].fill(0xee);
    records[4] = with_status(&records[4], 1);
    records[6] = with_status(&records[6], 1);
    let to = Address::repeat_byte(0xfe);
    records.push(withdrawal(0xffee, u128::MAX - 1, to));
    records.push(withdrawal(0, 0, to));
    let claim = |token, amount, receiver: Address, from| Claim {
        token,
        amount,
        receiver: receiver.into(),
        from,
    };
    let expected = [
        claim(0, 1000, account(1), 0),
        claim(0, u128::from_be_bytes([0xee; 16]), FRESH, 0xab_cdef),
        claim(0xffee, u128::MAX - 1, to, 5),
        claim(0, 0, to, 5),
    ];
    assert_eq!(data.claims(), expected);
    submit_large(&bed, data);
}

/// 16 records, all of them claims, and none.
#[test]
fn full_and_empty_lists_fit() {
    let bed = Bed::new();
    let full = BatchData {
        full_records: vec![withdrawal(1, u128::MAX, FRESH); 16],
        ..bed.next_batch()
    };
    assert_ne!(submit_large(&bed, full).claims_hash, [0; 32]);
    let empty = submit_large(&bed, bed.next_batch());
    assert_eq!(empty.claims_hash, [0; 32]);
}

/// A batch with room leaves nothing that is due at its timestamp.
#[test]
fn due_entries_are_taken_while_there_is_room() {
    let bed = Bed::new();
    let entries: Vec<Entry> = (1..=4).map(|i| bed.deposit(0, i).unwrap()).collect();
    let attempt = |count: usize, timestamp: u32| {
        let begin = bed.status().queueConsumed as usize;
        bed.submit(&BatchData {
            timestamp,
            ..taking(&bed, &entries[begin..begin + count])
        })
        .map(|_| ())
    };
    let due = entries[0].due;
    bed.set_time((due + 10).into());
    // Judged at the batch's timestamp, not at the block's.
    attempt(0, due - 1).unwrap();
    assert_eq!(attempt(0, due).unwrap_err(), "DueEntryLeft");
    attempt(1, due).unwrap();
    attempt(0, due + 1).unwrap();
    // All three are due, two have room: nothing is left that had room.
    bed.set_time((entries[3].due + 1).into());
    let now = bed.now();
    assert_eq!(attempt(0, now).unwrap_err(), "DueEntryLeft");
    assert_eq!(attempt(1, now).unwrap_err(), "DueEntryLeft");
    attempt(2, now).unwrap();
    assert_eq!(attempt(0, now).unwrap_err(), "DueEntryLeft");
    attempt(1, now).unwrap();
    attempt(0, now).unwrap();
    // Earlier than due is always allowed.
    let early = bed.deposit(0, 9).unwrap();
    assert!(early.due > bed.now());
    bed.submit(&taking(&bed, &[early])).unwrap();
}

/// The base fee goes to the settler of the batch that takes the entry, the surcharge to nobody.
#[test]
fn fees_are_credited_and_burned_when_entries_are_taken() {
    let bed = Bed::new();
    let entries: Vec<Entry> = (1..=5).map(|i| bed.deposit(0, i).unwrap()).collect();
    let tails: Vec<Tail> = entries.iter().map(|e| Tail::from_word(&e.tail)).collect();
    let gwei = |amount: u64| U256::from(u128::from(amount) * GWEI);
    assert!(tails[4].surcharge_gwei > tails[1].surcharge_gwei);
    let batch = |number: u64, settler: usize, entries: &[Entry]| BatchData {
        batch: number,
        settler: account(settler).into(),
        ..taking(&bed, entries)
    };
    let batches = [
        batch(1, 4, &entries[..2]),
        batch(2, 5, &entries[2..3]),
        batch(3, 4, &entries[3..]),
    ];
    let [burned, balance] = [Address::ZERO, bed.rollup].map(|a| bed.balance(a));
    let done = bed.submit_from(OPERATOR, &batches).unwrap();
    let base =
        |range: std::ops::Range<usize>| gwei(tails[range].iter().map(|tail| tail.base_gwei).sum());
    assert_eq!(bed.credit(account(4)), base(0..2) + base(3..5));
    assert_eq!(bed.credit(account(5)), base(2..3));
    assert_eq!(done.events::<Assay::Credited>().len(), 3);
    let surcharge = gwei(tails.iter().map(|tail| tail.surcharge_gwei).sum());
    assert_eq!(bed.balance(Address::ZERO) - burned, surcharge);
    assert_eq!(balance - bed.balance(bed.rollup), surcharge);
    // The rest is what is held and owed.
    let owed = base(0..5) + U256::from(bed.held(0));
    assert_eq!(bed.balance(bed.rollup), owed);
}

#[test]
fn an_entry_is_not_due_before_its_delay() {
    let bed = Bed::new();
    bed.deposit(0, 5).unwrap();
    bed.set_time(u64::from(bed.now()) + u64::from(DELAY_S) - 1);
    bed.submit(&bed.next_batch()).unwrap();
    let words = deposit_words(0, 5);
    assert_eq!(words[0][1], 0x30);
}
