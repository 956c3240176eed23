//! What can be claimed, against what batches hold, and the index of it.

use std::collections::BTreeSet;

use assay_api::wire::Claimant;
use assay_circuits::{
    address::L1Address,
    operation::Operation,
    order::{Order, Payee},
    quantity::{AccountIndex, BatchNumber},
};

use super::{
    Disk, Storage,
    payments::{dump, number, open},
};
use crate::{
    l1::memory::{REFUND_TO, domain},
    record::{DropCause, RollBack, StoredClaim},
    rig::{Rig, World, owner},
    storage::{
        ClaimPlace,
        rows::RowWriter,
        table::{CLAIMANTS, CLAIMS, INDEXES, StoredRow, encode},
    },
};

/// Batch, number in it, account that pays, who is paid, base units.
type Claim = (u64, u16, u32, L1Address, u128);

/// Account and receiver of what can be claimed by an operation, and how much.
fn claim(operation: &Operation<Order>) -> Option<(u32, L1Address, u128)> {
    match operation {
        Operation::Withdrawal { order } => match order.to {
            Payee::L1(to) => Some((order.from.get(), to, order.amount.0)),
            Payee::Owner(_) => None,
        },
        Operation::Forced { order, paid } => match (order.signed_payee(), paid) {
            (Payee::L1(to), Some(paid)) if paid.0 > 0 => Some((order.from?.get(), to, paid.0)),
            _ => None,
        },
        Operation::Deposit { deposit, to: None } => {
            Some((0, L1Address(REFUND_TO.0), deposit.amount.0))
        }
        Operation::Deposit { .. } | Operation::Transfer { .. } => None,
    }
}

/// What can be claimed, by what sealed batches hold; without those that hold nothing any more.
fn by_contents(storage: &Storage) -> (BTreeSet<Claim>, BTreeSet<u64>) {
    let (base, tip) = (storage.base().unwrap(), storage.last_tip().unwrap());
    let (mut found, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for number in base.number.0 + 1..=tip.number.0 {
        let batch = storage.batch(BatchNumber(number)).unwrap().unwrap();
        let Ok(contents) = storage.contents(&batch) else {
            gone.insert(number);
            continue;
        };
        let claims = contents.operations().filter_map(claim);
        found.extend(
            (0..)
                .zip(claims)
                .map(|(which, (from, to, amount))| (number, which, from, to, amount)),
        );
    }
    (found, gone)
}

/// The rows of batches, and the index is the one that follows from them.
pub(super) fn check(storage: &Storage, what: &str) {
    let (expected, gone) = by_contents(storage);
    let mut found = BTreeSet::new();
    for (key, row) in dump(&storage.rows, CLAIMS.prefix()) {
        let claims: Vec<StoredClaim> = CLAIMS.decode(&row).unwrap();
        assert!(!claims.is_empty(), "{what}");
        found.extend(
            (0..)
                .zip(claims)
                .map(|(which, claim)| (number(&key), which, claim.from, claim.to, claim.amount.0)),
        );
    }
    let mut whose = BTreeSet::new();
    for (batch, _, from, to, _) in &found {
        whose.extend(
            (*from > 0).then(|| [&[0][..], &from.to_be_bytes(), &batch.to_be_bytes()].concat()),
        );
        whose.insert([&[1][..], &to.0, &batch.to_be_bytes()].concat());
    }
    let indexed = dump(&storage.rows, CLAIMANTS.prefix());
    for (key, row) in &indexed {
        let batch = CLAIMANTS.decode(row).unwrap();
        assert_eq!(number(&key[key.len() - 8..]), batch.0, "{what}");
    }
    assert_eq!(
        indexed.into_keys().collect::<BTreeSet<_>>(),
        whose,
        "{what}"
    );
    found.retain(|(batch, ..)| !gone.contains(batch));
    assert_eq!(found, expected, "{what}");
}

/// A node with two withdrawals in a batch, another in the next, and a forced one.
async fn with_claims(world: &World) -> Rig {
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    for orders in [
        vec![rig.order(1, 0, None, 10), rig.order(2, 0, None, 20)],
        vec![rig.order(1, 1, None, 30)],
    ] {
        for order in orders {
            rig.admission.submit(order).await.unwrap();
        }
        rig.seal().await;
    }
    world.l1.force(rig.forced(1, 2, None, 40));
    rig.look().await;
    rig.seal().await;
    rig
}

/// What the index gives of somebody, page by page of so many.
fn paged(storage: &Storage, claimant: Claimant, limit: usize) -> Vec<ClaimPlace> {
    let (mut found, mut before) = (Vec::new(), (BatchNumber(u64::MAX), 0));
    loop {
        let page = storage.claims_of(claimant, before, limit).unwrap();
        assert!(page.claims.len() <= limit);
        found.extend(page.claims);
        match page.next {
            Some(next) => before = next,
            None => return found,
        }
    }
}

#[tokio::test]
async fn claims_are_found_by_account_and_by_receiver_the_latest_first() {
    let world = World::new();
    let rig = with_claims(&world).await;
    check(&rig.storage, "as it is");
    let places = |found: &[(u64, u16)]| -> Vec<ClaimPlace> {
        let places = found
            .iter()
            .map(|(batch, which)| (BatchNumber(*batch), *which));
        places.collect()
    };
    let [first, last] = [2, 4];
    let all = places(&[(last, 0), (3, 0), (first, 1), (first, 0)]);
    let receiver = Claimant::To(L1Address([5; 20]));
    let [one, two] = [1, 2].map(|user| Claimant::From(rig.account(user).unwrap()));
    let nobody = AccountIndex::new(77).unwrap();
    for limit in 1..=5 {
        assert_eq!(paged(&rig.storage, receiver, limit), all);
        let of_one = paged(&rig.storage, one, limit);
        let of_two = paged(&rig.storage, two, limit);
        assert_eq!((of_one.len(), of_two.len()), (3, 1));
        let mut both = [of_one, of_two].concat();
        both.sort_by(|a, b| b.cmp(a));
        assert_eq!(both, all);
        for none in [Claimant::From(nobody), Claimant::To(L1Address([6; 20]))] {
            assert_eq!(paged(&rig.storage, none, limit), []);
        }
    }
    let below = rig.storage.claims_of(receiver, (BatchNumber(3), 0), 9);
    assert_eq!(below.unwrap().claims, places(&[(first, 1), (first, 0)]));
    rig.stop().await;
}

/// What pays nothing out stands before what does, and lends it neither its hash nor its place.
#[tokio::test]
async fn a_claim_is_of_its_own_operation() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    for nonce in 0..3 {
        match nonce {
            0 => world.l1.deposit(&owner(1), 0, 5),
            1 => world.l1.force(rig.forced(2, 0, None, 0)),
            _ => world.l1.force(rig.forced(2, 1, Some(1), 3)),
        }
        rig.look().await;
        let order = rig.order(1, nonce, None, 10);
        rig.admission.submit(order).await.unwrap();
        let number = rig.seal().await.unwrap();
        let batch = rig.storage.batch(number).unwrap().unwrap();
        let contents = rig.storage.contents(&batch).unwrap();
        assert_eq!(contents.operations().count(), 2);
        let claims = rig.storage.claims(number).unwrap();
        let of = claims.iter().map(|claim| (claim.hash, claim.queue_index));
        let expected = (Some(order.hash(domain())), None);
        assert_eq!(of.collect::<Vec<_>>(), [expected], "{nonce}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn claims_stay_through_a_rebuild_and_go_with_their_batch() {
    let world = World::new();
    let rig = with_claims(&world).await;
    let before =
        [CLAIMS.prefix(), CLAIMANTS.prefix()].map(|prefix| dump(&rig.storage.rows, prefix));
    assert_eq!((before[0].len(), before[1].len()), (3, 7));
    rig.stop().await;
    std::fs::remove_dir_all(world.data_dir().join("store")).unwrap();
    let storage = open(&world);
    check(&storage, "rebuilt");
    let after = [CLAIMS.prefix(), CLAIMANTS.prefix()].map(|prefix| dump(&storage.rows, prefix));
    assert_eq!(after, before);
    let wanted = RollBack {
        to: BatchNumber(2),
        cause: DropCause::TooOld,
        at_ms: 5,
    };
    storage.roll_back(wanted, domain()).await.unwrap();
    check(&storage, "rolled back");
    assert_eq!(dump(&storage.rows, CLAIMS.prefix()).len(), 1);
}

#[tokio::test]
async fn claims_of_batches_that_are_not_kept_are_gone() {
    let world = World::new();
    let mut config = world.config();
    config.limits.keep_batches = Some(1);
    let rig = with_claims(&world).await;
    let mut rig = world.finish(rig).await;
    rig.stop().await;
    rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.look().await;
    let order = rig.order(2, 1, Some(1), 1);
    rig.admission.submit(order).await.unwrap();
    rig.finish(&world.l1).await;
    check(&rig.storage, "pruned");
    assert_eq!(rig.storage.base().unwrap().number, BatchNumber(4));
    assert_eq!(dump(&rig.storage.rows, CLAIMANTS.prefix()).len(), 0);
    rig.stop().await;
}

#[tokio::test]
async fn a_store_without_claims_gets_them() {
    let world = World::new();
    let rig = with_claims(&world).await;
    rig.stop().await;
    let writer = RowWriter::open(&world.data_dir().join("store"), &Disk::default()).unwrap();
    let db = writer.rows().database();
    for prefix in [CLAIMS.prefix(), CLAIMANTS.prefix()] {
        let keys: Vec<_> = db.scan_prefix(prefix).keys().collect();
        assert!(!keys.is_empty());
        for key in keys {
            db.remove(key.unwrap()).unwrap();
        }
    }
    // As the version before wrote it.
    db.insert(INDEXES.key(), encode(&1u32)).unwrap();
    db.flush().unwrap();
    drop(writer);
    check(&open(&world), "made");
}

#[test]
fn a_row_of_claims_that_is_damaged_is_found_when_all_are_read() {
    let number = BatchNumber(1);
    let claimant = Claimant::To(L1Address([5; 20]));
    for key in [CLAIMS.key(&number), CLAIMANTS.key(&(claimant, number))] {
        assert!(StoredRow::decode(&key, &[]).is_err());
    }
}
