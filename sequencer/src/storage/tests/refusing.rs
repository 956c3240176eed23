//! A disk that fails for a while: nothing is lost, nothing counts that was not answered, and the node
//! goes on by itself.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use assay_api::stage::Stage;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Disk, Step, Storage};
use crate::{
    admission::error::AdmissionError,
    l1::memory::domain,
    node::disk_watch::DiskWatch,
    rig::{Rig, World},
};

/// What the writer does, step by step.
const WRITING: [Step; 9] = [
    Step::WriteFile,
    Step::RenameFile,
    Step::AppendLog,
    Step::SyncLog,
    Step::AppendTransactions,
    Step::SyncTransactions,
    Step::ApplyRows,
    Step::SyncRows,
    Step::Acknowledge,
];

#[tokio::test]
async fn a_disk_that_works_again_is_written_again() {
    for failing in WRITING {
        let world = World::new();
        let broken = Arc::new(AtomicBool::new(false));
        let is_broken = broken.clone();
        let disk = Disk::with_faults(move |step| {
            let fails = step == failing || step == Step::Probe;
            match fails && is_broken.load(Ordering::Acquire) {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        });
        let mut rig = world
            .start_with(world.config(), disk.clone())
            .await
            .unwrap();
        rig.fund(&world.l1, [1, 2]).await;
        let before = rig.order(1, 0, Some(2), 10);
        rig.admission.submit(before).await.unwrap();
        broken.store(true, Ordering::Release);
        let during = rig.order(1, 1, Some(2), 20);
        let answer = rig.admission.submit(during).await;
        rig.seal().await;
        assert!(rig.storage.is_read_only(), "{failing:?}");
        let (status, ready) = rig.get("/readyz").await;
        assert_eq!(status.as_u16(), 503, "{failing:?}");
        assert_eq!(ready["faults"][0]["code"], "storage_unavailable");
        assert!(rig.storage.try_disk().await.is_err(), "{failing:?}");
        assert!(!rig.restart.is_cancelled());
        broken.store(false, Ordering::Release);
        let watch = DiskWatch {
            storage: rig.storage.clone(),
            health: rig.health.clone(),
            restart: rig.restart.clone(),
        };
        tokio::spawn(watch.run(CancellationToken::new()));
        let again = timeout(Duration::from_secs(60), rig.restart.cancelled()).await;
        again.unwrap_or_else(|_| panic!("{failing:?}: the node does not go on"));
        rig.stop().await;
        drop(Storage::reopen(world.data_dir(), domain(), 0, disk.clone()).unwrap());
        let mut rig = world.start_with(world.config(), disk).await.unwrap();
        assert!(rig.stage(&before).is_some(), "{failing:?}");
        match failing {
            Step::AppendTransactions | Step::SyncTransactions => {
                assert_eq!(answer, Err(AdmissionError::StorageUnavailable));
                assert_eq!(rig.stage(&during), None, "{failing:?}");
            }
            _ => assert!(
                answer.is_err() || rig.stage(&during).is_some(),
                "{failing:?}"
            ),
        }
        rig.look().await;
        assert_eq!(rig.health.faults(), [], "{failing:?}");
        if rig.stage(&during).is_none() {
            rig.admission.submit(during).await.unwrap();
        }
        let rig = world.finish(rig).await;
        for order in [before, during] {
            assert_eq!(rig.stage(&order), Some(Stage::Final), "{failing:?}");
        }
        assert_eq!((rig.balance(1), rig.balance(2)), (999_970, 1_000_030));
        assert_eq!(world.l1.failed(), 0);
        rig.stop().await;
    }
}

/// A process that is out of descriptors for a moment writes a moment later.
#[tokio::test]
async fn a_file_that_cannot_be_opened_now_is_opened_later() {
    let world = World::new();
    let refusals = Arc::new(AtomicUsize::new(0));
    let left = refusals.clone();
    let disk = Disk::with_faults(move |step| {
        let less = |left: usize| left.checked_sub(1);
        let refused = step == Step::WriteFile
            && left
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, less)
                .is_ok();
        match refused {
            true => Err(io::Error::from_raw_os_error(24)),
            false => Ok(()),
        }
    });
    let mut rig = world.start_with(world.config(), disk).await.unwrap();
    refusals.store(3, Ordering::Release);
    rig.fund(&world.l1, [1, 2]).await;
    assert_eq!(refusals.load(Ordering::Acquire), 0);
    assert!(!rig.storage.is_read_only());
    assert_eq!(rig.balance(1), 1_000_000);
    rig.stop().await;
}

/// A reader sees the state before a write for as long as the write is not on disk.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_during_a_write_was_on_disk_before() {
    let world = World::new();
    let (held, waits) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (is_held, is_waiting) = (held.clone(), waits.clone());
    let disk = Disk::with_faults(move |step| {
        while step == Step::SyncRows && is_held.load(Ordering::Acquire) {
            is_waiting.store(true, Ordering::Release);
            std::thread::yield_now();
        }
        Ok(())
    });
    let mut rig = world.start_with(world.config(), disk).await.unwrap();
    rig.fund(&world.l1, [1, 2]).await;
    let order = rig.order(1, 0, Some(2), 10);
    let shown = |rig: &Rig| (rig.nonce(1), rig.balance(1), rig.balance(2));
    held.store(true, Ordering::Release);
    let admission = rig.admission.clone();
    let submitted = tokio::spawn(async move { admission.submit(order).await });
    while !waits.load(Ordering::Acquire) {
        tokio::task::yield_now().await;
    }
    assert_eq!(shown(&rig), (0, 1_000_000, 1_000_000));
    assert!(!submitted.is_finished());
    held.store(false, Ordering::Release);
    submitted.await.unwrap().unwrap();
    assert_eq!(shown(&rig), (1, 999_990, 1_000_010));
    rig.stop().await;
}
