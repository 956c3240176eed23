//! Lists of transactions: payrolls of one account, taken in one turn.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use assay_api::stage::Stage;
use assay_circuits::order::{Order, Signed};

use crate::{
    admission::error::AdmissionError,
    intake::Answer,
    l1::memory::domain,
    rig::{Rig, World},
    storage::Disk,
};

type Wage = Signed<Order>;

/// So many wages, from nonce `from` on.
fn payroll(rig: &Rig, from: u32, count: u32) -> Vec<Wage> {
    let nonces = from..from + count;
    nonces
        .map(|nonce| rig.order(1, nonce, Some(2), 10))
        .collect()
}

/// What becomes of a list, each of which is answered in its place, with its hash.
async fn submit_list(rig: &Rig, list: &[Wage]) -> Vec<Answer> {
    let answers = rig.admission.submit_list(list.to_vec()).await.unwrap();
    let hashes: Vec<_> = answers.iter().map(|(hash, _)| *hash).collect();
    let expected: Vec<_> = list.iter().map(|wage| wage.hash(domain())).collect();
    assert_eq!(hashes, expected);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test]
async fn a_payroll_longer_than_the_window_is_taken_whole_while_it_can_be_executed() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_per_account = 8;
    config.limits.batches_in_flight = 100;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let wages = payroll(&rig, 0, 40);
    let answers = submit_list(&rig, &wages).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((rig.nonce(1), rig.balance(2)), (40, 1_000_400));
    for wage in &wages {
        assert!(rig.stage(wage) >= Some(Stage::Executed));
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_there_is_no_room_for_can_be_handed_in_again_as_it_is() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_per_account = 8;
    config.limits.batches_in_flight = 3;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let mut left = payroll(&rig, 0, 40);
    let mut rounds = 0;
    while !left.is_empty() {
        let answers = submit_list(&rig, &left).await;
        let taken = answers.iter().take_while(|answer| answer.is_ok()).count();
        assert!(taken >= 8, "{answers:?}");
        for refused in &answers[taken..] {
            let is_far = matches!(refused, Err(AdmissionError::NonceTooFar { .. }));
            assert!(is_far, "{refused:?}");
        }
        left.drain(..taken);
        rounds += 1;
        rig.finish(&world.l1).await;
    }
    assert!(rounds > 1);
    assert_eq!((rig.nonce(1), rig.balance(2)), (40, 1_000_400));
    rig.stop().await;
}

/// The window is an account's: one that has no room takes it from no other.
#[tokio::test]
async fn an_account_without_room_holds_no_other_up() {
    let world = World::new();
    let mut config = world.config();
    config.limits.pool_per_account = 8;
    config.limits.batches_in_flight = 100;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2, 3]).await;
    // The first of them is forged, and so all that follow are behind a gap.
    let mut list = payroll(&rig, 0, 12);
    list[0].signature.s.0[0] ^= 1;
    let others = (0..20).map(|nonce| rig.order(3, nonce, Some(2), 10));
    list.extend(others);
    let answers = submit_list(&rig, &list).await;
    let codes = codes(&answers);
    assert_eq!(codes[0], "invalid_signature");
    assert!(codes[1..8].iter().all(|code| code.is_empty()), "{codes:?}");
    assert!(
        codes[8..12].iter().all(|code| *code == "nonce_too_far"),
        "{codes:?}"
    );
    assert!(codes[12..].iter().all(|code| code.is_empty()), "{codes:?}");
    assert_eq!((rig.nonce(1), rig.nonce(3)), (0, 20));
    rig.stop().await;
}

fn codes(answers: &[Answer]) -> Vec<&'static str> {
    let code = |answer: &Answer| match answer {
        Ok(_) => "",
        Err(error) => error.code(),
    };
    answers.iter().map(code).collect()
}

/// What one of a list brings a later one spends, there and back again.
#[tokio::test]
async fn money_of_a_list_goes_on_in_the_list() {
    let world = World::new();
    let mut config = world.config();
    config.limits.batches_in_flight = 100;
    let mut rig = world.start_with(config, Disk::default()).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let there = rig.order(1, 0, Some(2), 900_000);
    let back = rig.order(2, 0, Some(1), 1_500_000);
    let out = rig.order(1, 1, None, 1_600_000);
    let alone = rig.admission.submit(back).await;
    assert_eq!(codes(&[alone]), ["insufficient_balance"]);
    let answers = submit_list(&rig, &[there, back, out]).await;
    assert_eq!(codes(&answers), ["", "", ""]);
    rig.finish(&world.l1).await;
    for order in [there, back, out] {
        assert_eq!(rig.stage(&order), Some(Stage::Final));
    }
    assert_eq!((rig.balance(1), rig.balance(2)), (0, 400_000));
    rig.stop().await;
}

#[tokio::test]
async fn what_does_not_come_first_or_does_not_come_is_not_spent() {
    let world = World::new();
    let mut rig = world.start().await;
    rig.fund(&world.l1, [1, 2]).await;
    let there = rig.order(1, 0, Some(2), 900_000);
    let back = rig.order(2, 0, Some(1), 1_500_000);
    let mut forged = there;
    forged.signature.s.0[0] ^= 1;
    for (list, expected) in [
        (
            vec![forged, back],
            ["invalid_signature", "insufficient_balance"],
        ),
        (vec![back, there], ["insufficient_balance", ""]),
    ] {
        let answers = submit_list(&rig, &list).await;
        assert_eq!(codes(&answers), expected);
        if let Err(AdmissionError::Unaffordable { balance, .. }) = &answers[0] {
            assert_eq!(balance.0, 1_000_000);
        }
    }
    assert_eq!((rig.balance(1), rig.balance(2)), (100_000, 1_900_000));
    rig.stop().await;
}

#[tokio::test]
async fn a_list_is_written_down_with_one_write() {
    let world = World::new();
    let syncs = Arc::new(AtomicUsize::new(0));
    let counted = syncs.clone();
    let disk = Disk::default().watched_by(move |_| {
        counted.fetch_add(1, Ordering::AcqRel);
    });
    let mut rig = world.start_with(world.config(), disk).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    // Behind a gap, so that nothing is executed.
    let mut counts = Vec::new();
    for (from, count) in [(1, 1), (2, 1), (3, 12)] {
        let wages = payroll(&rig, from, count);
        let before = syncs.load(Ordering::Acquire);
        let answers = submit_list(&rig, &wages).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        counts.push(syncs.load(Ordering::Acquire) - before);
    }
    // The first may have begun a file.
    assert!(counts[1] > 0);
    assert_eq!(counts[1], counts[2]);
    rig.stop().await;
}
