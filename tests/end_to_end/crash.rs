//! kill -9 of the node at moments that nobody chose: what was acknowledged is not lost, and no
//! batch is paid for twice.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use assay_api::{client::ClientError, stage::Stage};
use assay_circuits::order::{Order, Payee, Signed};
use assay_l1::{batch::Word, client::RollupEvent};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::time::sleep;

use crate::{
    process::TIMEOUT,
    rig::{Rig, User, until},
};

/// How often the node is killed.
const KILLS: usize = 6;
/// What each of the two users deposits, wei.
const DEPOSIT: u128 = 1_000_000_000;
/// Transfers in all: a batch of shape `tiny` holds two, and each costs a proof.
const TRANSFERS: usize = 24;
/// Time between two transfers.
const PACE: Duration = Duration::from_millis(100);
/// The node lives at most so long, ms.
const LIFE_MS: u64 = 1_500;

/// What was sent, and whether the node answered that it has it.
struct Sent {
    signed: Signed<Order>,
    acknowledged: bool,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_paid_twice() {
    let seed = match std::env::var("ASSAY_TEST_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    };
    println!("again with ASSAY_TEST_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut rig = Rig::start();
    let mut node = rig.node();
    let _worker = rig.worker("only");
    let mut alice = rig.user(1, DEPOSIT).await;
    let bob = rig.user(2, DEPOSIT).await;
    let mut sent = Vec::new();
    for _ in 0..KILLS {
        let life = Duration::from_millis(rng.random_range(0..LIFE_MS));
        tokio::select! {
            () = keep_sending(&rig, &mut alice, &bob, &mut sent) => {}
            () = sleep(life) => {}
        }
        node.kill();
        node = rig.node();
    }
    settle(&rig, &mut alice, &bob, &mut sent).await;
    check_once(&rig).await;
    node.terminate();
}

/// Sends transfers and never ends; the last one may be cut off unanswered.
async fn keep_sending(rig: &Rig, alice: &mut User, bob: &User, sent: &mut Vec<Sent>) {
    let client = rig.client();
    loop {
        if sent.len() == TRANSFERS && sent.last().is_some_and(|last| last.acknowledged) {
            return std::future::pending().await;
        }
        // What was not answered goes first, under its own nonce: the node may or may not have it.
        if sent.last().is_none_or(|last| last.acknowledged) {
            let signed = alice.sign(Payee::Owner(bob.address.owner), 1 + sent.len() as u128);
            sent.push(Sent {
                signed,
                acknowledged: false,
            });
        }
        let last = sent.last_mut().unwrap();
        match client.submit(&last.signed, bob.address.network).await {
            Ok(_) => last.acknowledged = true,
            Err(error) if error.code() == Some("duplicate") => last.acknowledged = true,
            Err(ClientError::Refused { status: 503, .. } | ClientError::Transport { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        sleep(PACE).await;
    }
}

/// Waits until everything acknowledged is proved, and compares balances with what was sent.
async fn settle(rig: &Rig, alice: &mut User, bob: &User, sent: &mut [Sent]) {
    let client = rig.client();
    // The last one may be unanswered: send it again until it is.
    until("the last transaction is acknowledged", async || {
        let one = async {
            let Some(last) = sent.last_mut().filter(|last| !last.acknowledged) else {
                return true;
            };
            let answer = client.submit(&last.signed, bob.address.network).await;
            last.acknowledged = match answer {
                Ok(_) => true,
                Err(error) => error.code() == Some("duplicate"),
            };
            last.acknowledged
        };
        one.await.then_some(())
    })
    .await;
    assert!(!sent.is_empty() && sent.iter().all(|sent| sent.acknowledged));
    for Sent { signed, .. } in sent.iter() {
        let hash = signed.hash(alice.domain);
        client.wait_for(hash, Stage::Proved, TIMEOUT).await.unwrap();
    }
    let moved: u128 = (1..=sent.len() as u128).sum();
    for (user, expected) in [(&*alice, DEPOSIT - moved), (bob, DEPOSIT + moved)] {
        let account = client.account(user.account).await.unwrap();
        assert_eq!(account.balance, expected.to_string());
        assert_eq!(account.proved_balance, Some(expected.to_string()));
    }
}

/// Each batch was brought by one L1 transaction, and the operator's account sent no other: one
/// that had failed would have been paid for as well.
async fn check_once(rig: &Rig) {
    let l1 = rig.l1(0).await;
    let head = l1.block_number().await.unwrap();
    let mut batches: Vec<u64> = Vec::new();
    let mut paid: Vec<Word> = Vec::new();
    for logged in l1.events(0, head).await.unwrap() {
        if let RollupEvent::Submitted { batch, .. } = logged.event {
            batches.push(batch);
            paid.push(logged.transaction);
        }
    }
    assert!(
        batches.iter().copied().eq(1..=batches.len() as u64),
        "{batches:?}"
    );
    paid.sort_unstable();
    paid.dedup();
    assert_eq!(l1.next_nonce().await.unwrap(), paid.len() as u64);
}
