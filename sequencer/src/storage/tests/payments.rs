//! The index of payments against one that is made of batches and transactions here, and what of it is left
//! where the store is lost, old, rolled back or pruned.

use std::collections::{BTreeMap, BTreeSet};

use assay_circuits::{
    order::TxHash,
    quantity::{AccountIndex, BatchNumber},
};

use super::{Disk, Storage, claims, damage};
use crate::{
    l1::memory::{MAX_LAG_S, domain},
    record::{DropCause, Outcome, RollBack, TransactionRecord},
    rig::{Rig, World, key},
    storage::{
        Payment, PaymentsBefore, PaymentsPage,
        payment_page::Filling,
        payments::{Paid, Unsettled as Place},
        rows::{RowWriter, Rows},
        table::{self, FEES, FORMAT, INDEXES, PAYMENTS, TRANSACTIONS, UNSETTLED, encode},
    },
};

/// Account, batch, place in it, and the hash of what was signed.
type Sealed = (u32, u64, u32, Option<TxHash>);

/// Account, when it was rejected if it was, place in the order of acknowledgement, hash.
type Unsettled = (u32, Option<u64>, u64, TxHash);

/// A table's keys without its number, and its rows.
pub(super) fn dump(rows: &Rows, prefix: [u8; 1]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let found = rows.database().scan_prefix(prefix);
    let found = found.map(Result::unwrap);
    found
        .map(|(key, row)| (key[1..].to_vec(), row.to_vec()))
        .collect()
}

pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// What sealed batches did, by what they hold; without those that hold nothing any more.
fn sealed_by_contents(storage: &Storage) -> (BTreeSet<Sealed>, BTreeSet<u64>) {
    let (base, tip) = (storage.base().unwrap(), storage.last_tip().unwrap());
    let (mut found, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for number in (base.number.0 + 1..=tip.number.0).map(BatchNumber) {
        let batch = storage.batch(number).unwrap().unwrap();
        let Ok(contents) = storage.contents(&batch) else {
            gone.insert(number.0);
            continue;
        };
        for (place, operation) in (0..).zip(contents.operations()) {
            let signed = contents.signed.get(&place);
            let hash = signed.map(|signed| signed.hash(domain()));
            for account in [operation.sender(), operation.recipient()] {
                found.extend(account.map(|account| (account.get(), number.0, place, hash)));
            }
        }
    }
    (found, gone)
}

fn sealed_by_index(rows: &Rows) -> BTreeSet<Sealed> {
    let mut found = BTreeSet::new();
    for (key, row) in dump(rows, PAYMENTS.prefix()) {
        let (batch, entries) = PAYMENTS.decode(&row).unwrap();
        assert_eq!(number(&key[4..]), batch.0);
        assert!(!entries.is_empty());
        assert!(entries.is_sorted_by_key(|entry| entry.place));
        for entry in entries {
            let hash = match entry.what {
                Paid::Signed(hash) => Some(hash),
                Paid::Posted(..) => None,
            };
            let account = u32::try_from(number(&key[..4])).unwrap();
            assert!(found.insert((account, batch.0, entry.place, hash)));
        }
    }
    found
}

/// Account, batch, base units.
type Fees = (u32, u64, u128);

/// The fees that sealed batches credited, by what they hold.
fn fees_by_contents(storage: &Storage) -> BTreeSet<Fees> {
    let (base, tip) = (storage.base().unwrap(), storage.last_tip().unwrap());
    let mut found = BTreeSet::new();
    for number in (base.number.0 + 1..=tip.number.0).map(BatchNumber) {
        let batch = storage.batch(number).unwrap().unwrap();
        let Ok(contents) = storage.contents(&batch) else {
            continue;
        };
        for slot in &contents.fee_slots {
            let orders = contents
                .operations()
                .filter_map(|operation| operation.order());
            let orders = orders.filter(|order| order.token == slot.token);
            let sum = orders.map(|order| order.fee.value().0).sum();
            if sum > 0 {
                found.insert((slot.account.get(), number.0, sum));
            }
        }
    }
    found
}

fn fees_by_index(rows: &Rows) -> BTreeSet<Fees> {
    let read = |(key, row): (Vec<u8>, Vec<u8>)| {
        let (batch, amount) = FEES.decode(&row).unwrap();
        assert_eq!(number(&key[4..]), batch.0);
        let account = u32::try_from(number(&key[..4])).unwrap();
        (account, batch.0, amount.0)
    };
    dump(rows, FEES.prefix()).into_iter().map(read).collect()
}

fn unsettled_by_transactions(storage: &Storage) -> BTreeSet<Unsettled> {
    let sealed = storage.last_tip().unwrap().number;
    let mut found = BTreeSet::new();
    for (key, row) in dump(&storage.rows, TRANSACTIONS.prefix()) {
        let hash = TxHash(key.try_into().unwrap());
        let record: TransactionRecord = TRANSACTIONS.decode(&row).unwrap();
        let from = record.signed.order.from.get();
        let sequence = record.sequence;
        match record.outcome {
            Outcome::Waiting => drop(found.insert((from, None, sequence, hash))),
            Outcome::Rejected { at_ms, .. } => {
                found.insert((from, Some(at_ms), sequence, hash));
            }
            Outcome::Executed { batch, to, .. } if batch > sealed => {
                found.insert((from, None, sequence, hash));
                found.extend(to.map(|to| (to.get(), None, sequence, hash)));
            }
            Outcome::Executed { .. } => {}
        }
    }
    found
}

fn unsettled_by_index(rows: &Rows) -> BTreeSet<Unsettled> {
    let read = |(key, row): (Vec<u8>, Vec<u8>)| {
        let (_, hash) = UNSETTLED.decode(&row).unwrap();
        let account = u32::try_from(number(&key[..4])).unwrap();
        let (first, second) = (number(&key[5..13]), number(&key[13..]));
        match key[4] {
            0 => (account, None, first, hash),
            _ => (account, Some(first), second, hash),
        }
    };
    dump(rows, UNSETTLED.prefix())
        .into_iter()
        .map(read)
        .collect()
}

/// The indexes are those that follow from batches and transactions.
pub(super) fn check(storage: &Storage, what: &str) {
    let (expected, gone) = sealed_by_contents(storage);
    let mut found = sealed_by_index(&storage.rows);
    found.retain(|(_, batch, ..)| !gone.contains(batch));
    assert_eq!(found, expected, "{what}");
    let expected = unsettled_by_transactions(storage);
    assert_eq!(unsettled_by_index(&storage.rows), expected, "{what}");
    let mut found = fees_by_index(&storage.rows);
    found.retain(|(_, batch, _)| !gone.contains(batch));
    assert_eq!(found, fees_by_contents(storage), "{what}");
    claims::check(storage, what);
}

pub(super) fn open(world: &World) -> Storage {
    let opened = Storage::open(world.data_dir(), domain(), 0, Disk::default());
    opened.unwrap().0
}

#[tokio::test]
async fn a_rebuild_and_a_roll_back_leave_the_index_that_there_was() {
    let world = World::new();
    let acknowledged = damage::directory(&world).await;
    let storage = open(&world);
    check(&storage, "as it was left");
    let before = dump(&storage.rows, PAYMENTS.prefix());
    assert!(storage.last_tip().unwrap().number > BatchNumber(2));
    // The one that waits, and both sides of those in the open batch.
    assert_eq!(unsettled_by_index(&storage.rows).len(), 5);
    drop(storage);
    std::fs::remove_dir_all(world.data_dir().join("store")).unwrap();
    let storage = open(&world);
    check(&storage, "rebuilt");
    assert_eq!(dump(&storage.rows, PAYMENTS.prefix()), before);
    let to = BatchNumber(2);
    let wanted = RollBack {
        to,
        cause: DropCause::TooOld,
        at_ms: 5,
    };
    storage.roll_back(wanted, domain()).await.unwrap();
    check(&storage, "rolled back");
    let mut kept = before;
    kept.retain(|key, _| number(&key[4..]) <= to.0);
    assert_eq!(dump(&storage.rows, PAYMENTS.prefix()), kept);
    let waiting = storage.waiting().unwrap().len();
    assert!(waiting > 3 && waiting <= acknowledged.len());
    assert_eq!(unsettled_by_index(&storage.rows).len(), waiting);
    drop(storage);
    check(&open(&world), "opened again");
}

#[tokio::test]
async fn a_store_of_an_earlier_version_gets_its_index() {
    let world = World::new();
    damage::directory(&world).await;
    let storage = open(&world);
    let tables = [PAYMENTS.prefix(), UNSETTLED.prefix()];
    let before = tables.map(|prefix| dump(&storage.rows, prefix));
    assert!(before.iter().all(|rows| !rows.is_empty()));
    drop(storage);
    for (format, leaves_some) in [(3u32, false), (4, false), (4, true)] {
        let store = world.data_dir().join("store");
        let writer = RowWriter::open(&store, &Disk::default()).unwrap();
        let db = writer.rows().database();
        for key in tables
            .iter()
            .flat_map(|prefix| db.scan_prefix(prefix).keys())
        {
            db.remove(key.unwrap()).unwrap();
        }
        if leaves_some {
            // As of an index that was being made when the power went, and was not kept since.
            let account = AccountIndex::new(77).unwrap();
            let place = Place::Moving { sequence: 1 };
            let key = UNSETTLED.key(&(account, place));
            db.insert(key, encode(&(place, TxHash([7; 32])))).unwrap();
        }
        db.insert(FORMAT.key(), encode(&format)).unwrap();
        db.flush().unwrap();
        drop(writer);
        let storage = open(&world);
        check(&storage, "an earlier version");
        assert_eq!(tables.map(|prefix| dump(&storage.rows, prefix)), before);
        assert_eq!(storage.rows.setting(&table::FORMAT).unwrap(), Some(5));
        assert_eq!(damage::moved_aside(world.data_dir()), 0);
    }
}

#[tokio::test]
async fn what_is_pruned_is_gone_from_the_index() {
    let world = World::new();
    let mut config = world.config();
    config.limits.keep_batches = Some(2);
    let mut rig = world
        .start_with(config.clone(), Disk::default())
        .await
        .unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut hashes = Vec::new();
    for nonce in 0..6 {
        let order = rig.order(1, nonce, Some(2), 10);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await;
        hashes.push(order.hash(domain()));
    }
    rig.finish(&world.l1).await;
    rig.stop().await;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.look().await;
    check(&rig.storage, "pruned");
    for user in [1, 2] {
        let account = rig.account(user).unwrap();
        let page = rig.storage.payments(account, PaymentsBefore::NEWEST, 100);
        let found = page.unwrap().payments.into_iter();
        let found: Vec<_> = found
            .map(|payment| match payment {
                Payment::Transaction(hash, _) => hash,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(found, [hashes[5], hashes[4]]);
    }
    rig.stop().await;
}

/// One that was rejected and comes again leaves nothing of its first time.
#[tokio::test]
async fn a_transaction_that_comes_again_stands_in_the_index_once() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let mut rig = world.finish(rig).await;
    let life_s = u32::try_from(MAX_LAG_S).unwrap() + 3_600;
    let first = rig.order_with_fee(1, 3, Some(2), 10, 100);
    let mut second = rig.order_with_fee(1, 3, Some(2), 11, 200).order;
    second.expires = rig.clock.now_s() + life_s;
    let second = second.sign(domain(), &key(1));
    let in_index = |rig: &Rig| -> Vec<(bool, TxHash)> {
        let found = unsettled_by_index(&rig.storage.rows).into_iter();
        found
            .map(|(_, at_ms, _, hash)| (at_ms.is_some(), hash))
            .collect()
    };
    let hashes = [first, second].map(|order| order.hash(domain()));
    for order in [first, second] {
        rig.admission.submit(order).await.unwrap();
    }
    check(&rig.storage, "the first is replaced");
    assert_eq!(in_index(&rig), [(false, hashes[1]), (true, hashes[0])]);
    world.advance_ms(u64::from(life_s + 60) * 1_000);
    world.l1.mine(1);
    rig.look().await;
    check(&rig.storage, "the second has expired");
    assert_eq!(in_index(&rig), [(true, hashes[0]), (true, hashes[1])]);
    rig.admission.submit(first).await.unwrap();
    check(&rig.storage, "the first waits again");
    assert_eq!(in_index(&rig), [(false, hashes[0]), (true, hashes[1])]);
    rig.stop().await;
}

/// A page is filled with what moves first, and then with the rest: what settles in between is on it once.
#[tokio::test]
async fn what_is_rejected_or_sealed_while_a_page_is_filled_is_said_once() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1, 2]).await;
    let executed = rig.order(1, 0, Some(2), 10);
    let [replaced, instead] = [100, 200].map(|fee| rig.order_with_fee(1, 3, Some(2), 20, fee));
    for order in [executed, replaced] {
        rig.admission.submit(order).await.unwrap();
    }
    let account = rig.account(1).unwrap();
    let named = |page: PaymentsPage| -> Vec<Option<(TxHash, bool)>> {
        let payments = page.payments.into_iter().map(|payment| match payment {
            Payment::Transaction(hash, record) => {
                let is_rejected = matches!(record.outcome, Outcome::Rejected { .. });
                Some((hash, is_rejected))
            }
            Payment::Operation { .. } | Payment::Fees { .. } => None,
        });
        payments.collect()
    };
    let [executed, replaced_hash, instead_hash] =
        [executed, replaced, instead].map(|order| order.hash(domain()));
    let mut page = Filling::new(PaymentsBefore::NEWEST, 100);
    assert!(
        rig.storage
            .fill_moving(account, &mut page)
            .unwrap()
            .is_none()
    );
    rig.admission.submit(instead).await.unwrap();
    rig.seal().await.unwrap();
    let filled = rig.storage.fill_settled(account, page).unwrap();
    let deposit = None;
    assert_eq!(
        named(filled),
        [
            Some((replaced_hash, false)),
            Some((executed, false)),
            deposit
        ]
    );
    // And so it is now.
    let anew = rig.storage.payments(account, PaymentsBefore::NEWEST, 100);
    let mut anew = named(anew.unwrap());
    assert_eq!(anew.remove(0), Some((instead_hash, false)));
    assert_eq!(anew.len(), 3);
    for expected in [
        Some((replaced_hash, true)),
        Some((executed, false)),
        deposit,
    ] {
        assert!(anew.contains(&expected), "{anew:?}");
    }
    rig.stop().await;
}

/// A node whose operator earned fees in two batches of three.
async fn with_fees(world: &World) -> Rig {
    let mut rig = world.start().await;
    rig.fund(&world.l1, [0, 1]).await;
    for (nonce, fee) in [(0, 500), (1, 0), (2, 300)] {
        let order = rig.order_with_fee(1, nonce, Some(1), 10, fee);
        rig.admission.submit(order).await.unwrap();
        rig.seal().await.unwrap();
    }
    rig
}

#[tokio::test]
async fn fees_stay_in_the_index_through_a_rebuild_and_go_with_their_batch() {
    let world = World::new();
    let rig = with_fees(&world).await;
    let account = rig.account(0).unwrap().get();
    let before = BTreeSet::from([(account, 2, 500), (account, 4, 300)]);
    assert_eq!(fees_by_index(&rig.storage.rows), before);
    check(&rig.storage, "as it is");
    rig.stop().await;
    std::fs::remove_dir_all(world.data_dir().join("store")).unwrap();
    let storage = open(&world);
    assert_eq!(fees_by_index(&storage.rows), before);
    let wanted = RollBack {
        to: BatchNumber(3),
        cause: DropCause::TooOld,
        at_ms: 5,
    };
    storage.roll_back(wanted, domain()).await.unwrap();
    let kept = BTreeSet::from([(account, 2, 500)]);
    assert_eq!(fees_by_index(&storage.rows), kept);
}

#[tokio::test]
async fn a_store_whose_index_has_no_fees_gets_them_once() {
    let world = World::new();
    let rig = with_fees(&world).await;
    let before = fees_by_index(&rig.storage.rows);
    assert_eq!(before.len(), 2);
    rig.stop().await;
    let change = |gone: &[Vec<u8>]| {
        let store = world.data_dir().join("store");
        let writer = RowWriter::open(&store, &Disk::default()).unwrap();
        let db = writer.rows().database();
        for key in gone {
            db.remove(key).unwrap().unwrap();
        }
        db.flush().unwrap();
    };
    let storage = open(&world);
    let keys = dump(&storage.rows, FEES.prefix()).into_keys();
    let mut keys: Vec<_> = keys
        .map(|key| [&FEES.prefix()[..], &key].concat())
        .collect();
    drop(storage);
    keys.push(INDEXES.key());
    change(&keys);
    let storage = open(&world);
    check(&storage, "made");
    assert_eq!(fees_by_index(&storage.rows), before);
    drop(storage);
    // With the mark it is not made again.
    change(&keys[..1]);
    assert_eq!(fees_by_index(&open(&world).rows).len(), 1);
}
