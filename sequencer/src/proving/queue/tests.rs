//! Who gets a job, and for how long.

use super::*;
use assay_circuits::shape::Shape;

const LEASE_MS: u64 = 1_000;
const TERMS: LeaseTerms = LeaseTerms {
    lease_ms: LEASE_MS,
    per_worker: 2,
};

fn at(ms: u64) -> Moment {
    Moment::default().plus_ms(ms)
}

const TINY: CircuitId = CircuitId::Batch(Shape::Tiny);
const CIRCUITS: [CircuitId; 1] = [TINY];

async fn jobs(batches: &[u64]) -> JobQueue {
    let jobs = JobQueue::new(TERMS, 5);
    for batch in batches {
        jobs.open(BatchNumber(*batch), TINY).await;
    }
    jobs
}

fn counts(open: u64, leased: u64) -> JobCounts {
    JobCounts { open, leased }
}

#[tokio::test]
async fn the_oldest_batch_is_lent_first_and_only_once() {
    let jobs = jobs(&[2, 1]).await;
    let first = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    let second = jobs.lease("b", &CIRCUITS, at(0)).await.unwrap();
    assert_eq!((first.batch.0, second.batch.0), (1, 2));
    assert_ne!(first.lease_id, second.lease_id);
    assert_eq!(jobs.lease("c", &CIRCUITS, at(0)).await, None);
    assert_eq!(jobs.counts(at(0)).await, counts(0, 2));
}

#[tokio::test]
async fn a_worker_gets_only_shapes_that_it_can_prove() {
    assert_eq!(
        jobs(&[1])
            .await
            .lease("a", &[Shape::Small.into(), Shape::Large.into()], at(0))
            .await,
        None
    );
    assert_eq!(jobs(&[1]).await.lease("a", &[], at(0)).await, None);
}

#[tokio::test]
async fn a_lease_that_runs_out_is_given_to_another() {
    let jobs = jobs(&[1]).await;
    let lost = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    assert_eq!(jobs.lease("b", &CIRCUITS, at(LEASE_MS - 1)).await, None);
    let given = jobs.lease("b", &CIRCUITS, at(LEASE_MS)).await.unwrap();
    assert_eq!(
        jobs.heartbeat(lost.batch, lost.lease_id, (None, 0.0), at(LEASE_MS))
            .await,
        Err(LeaseError::NotYours)
    );
    assert_eq!(
        jobs.heartbeat(given.batch, given.lease_id, (None, 0.0), at(LEASE_MS))
            .await,
        Ok(())
    );
    assert_eq!(jobs.worker_of(lost.batch, lost.lease_id).await, None);
}

#[tokio::test]
async fn heartbeats_keep_a_lease_while_they_tell_of_progress() {
    let jobs = jobs(&[1]).await;
    let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    assert!(lent.heartbeat_ms < LEASE_MS);
    let beats = 3 * LEASES_WITHOUT_PROGRESS;
    let ms = |beat: u64| beat * (LEASE_MS - 1);
    for beat in 1..=beats {
        let done = beat as f32 / beats as f32;
        let progress = (Some(PhaseName::MsmA), done);
        let heard = jobs.heartbeat(lent.batch, lent.lease_id, progress, at(ms(beat)));
        assert_eq!(heard.await, Ok(()), "{beat}");
    }
    // The same again, or less, is no progress.
    let mut beat = beats;
    let lost = loop {
        beat += 1;
        let progress = (Some(PhaseName::Fft), 1.0);
        let heard = jobs.heartbeat(lent.batch, lent.lease_id, progress, at(ms(beat)));
        if let Err(error) = heard.await {
            break error;
        }
    };
    assert_eq!(lost, LeaseError::NotYours);
    assert!((LEASES_WITHOUT_PROGRESS..=LEASES_WITHOUT_PROGRESS + 2).contains(&(beat - beats)));
    assert!(jobs.lease("b", &CIRCUITS, at(ms(beat))).await.is_some());
}

#[tokio::test]
async fn no_progress_keeps_a_lease_for_ever() {
    let jobs = jobs(&[1]).await;
    let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    for beat in 1..=LEASES_IN_ALL {
        let progress = (None, beat as f32);
        let heard = jobs.heartbeat(
            lent.batch,
            lent.lease_id,
            progress,
            at(beat * (LEASE_MS - 1)),
        );
        assert_eq!(heard.await, Ok(()), "{beat}");
    }
    assert!(
        jobs.lease("b", &CIRCUITS, at(LEASES_IN_ALL * LEASE_MS))
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_worker_has_few_jobs_at_a_time() {
    let jobs = jobs(&[1, 2, 3]).await;
    for batch in [1, 2] {
        let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
        assert_eq!(lent.batch.0, batch);
    }
    assert_eq!(jobs.lease("a", &CIRCUITS, at(0)).await, None);
    assert_eq!(jobs.lease("b", &CIRCUITS, at(0)).await.unwrap().batch.0, 3);
    jobs.finish(BatchNumber(1)).await;
    jobs.open(BatchNumber(4), TINY).await;
    assert_eq!(jobs.lease("a", &CIRCUITS, at(0)).await.unwrap().batch.0, 4);
}

#[tokio::test]
async fn who_failed_at_a_job_waits_for_it_longer_each_time_and_nobody_else_does() {
    let jobs = jobs(&[1, 2]).await;
    let mut now = 0;
    for doubling in 0..4 {
        let lent = jobs.lease("a", &CIRCUITS, at(now)).await.unwrap();
        assert_eq!(lent.batch.0, 1);
        jobs.fail(lent.batch, lent.lease_id, at(now)).await;
        let other = jobs.lease("a", &CIRCUITS, at(now)).await.unwrap();
        assert_eq!(other.batch.0, 2);
        jobs.release(other.batch, other.lease_id).await;
        let other = jobs.lease("b", &CIRCUITS, at(now)).await.unwrap();
        assert_eq!(other.batch.0, 1);
        jobs.release(other.batch, other.lease_id).await;
        now += jobs.heartbeat_ms() << doubling;
    }
    assert_eq!(jobs.failing(4).await, Some((BatchNumber(1), 4)));
}

#[tokio::test]
async fn a_job_that_failed_twice_is_lent_to_another_beside_its_holder() {
    let jobs = jobs(&[1]).await;
    for failing in ["a", "b"] {
        assert!(jobs.failing(2).await.is_none());
        let lent = jobs.lease(failing, &CIRCUITS, at(0)).await.unwrap();
        jobs.fail(lent.batch, lent.lease_id, at(0)).await;
    }
    let held = jobs.lease("c", &CIRCUITS, at(0)).await.unwrap();
    let beside = jobs.lease("d", &CIRCUITS, at(0)).await.unwrap();
    assert_eq!(beside.batch, held.batch);
    assert_eq!(jobs.lease("d", &CIRCUITS, at(0)).await, None);
    for lent in [held, beside] {
        let beat = jobs.heartbeat(lent.batch, lent.lease_id, (None, 0.0), at(1));
        assert_eq!(beat.await, Ok(()));
    }
    let third = jobs.lease("e", &CIRCUITS, at(0)).await;
    assert!(third.is_some() && jobs.lease("f", &CIRCUITS, at(0)).await.is_none());
}

#[tokio::test]
async fn a_job_given_back_is_free_at_once_and_a_foreign_lease_cannot_give_it_back() {
    let jobs = jobs(&[1]).await;
    let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    jobs.release(lent.batch, lent.lease_id + 1).await;
    assert_eq!(jobs.counts(at(0)).await, counts(0, 1));
    jobs.release(lent.batch, lent.lease_id).await;
    assert_eq!(jobs.counts(at(0)).await, counts(1, 0));
}

#[tokio::test]
async fn a_finished_job_is_gone_for_everybody() {
    let jobs = jobs(&[1]).await;
    let lent = jobs.lease("a", &CIRCUITS, at(0)).await.unwrap();
    assert!(jobs.finish(lent.batch).await);
    assert!(!jobs.finish(lent.batch).await);
    assert_eq!(
        jobs.heartbeat(lent.batch, lent.lease_id, (None, 0.0), at(0))
            .await,
        Err(LeaseError::Gone)
    );
    assert!(!jobs.wants(lent.batch).await);
}

#[tokio::test]
async fn each_batch_is_surveyed_once_and_again_when_it_comes_back() {
    let jobs = jobs(&[1, 2, 4]).await;
    let span = |from: u64, to: u64| (BatchNumber(from), BatchNumber(to));
    let left = async |from, to| {
        let left = jobs.unsurveyed(span(from, to)).await.into_iter();
        left.map(|batch| batch.0).collect::<Vec<_>>()
    };
    assert_eq!(left(0, 4).await, [1, 2, 3, 4]);
    // One that does not come to its end has surveyed nothing.
    assert_eq!(left(0, 4).await, [1, 2, 3, 4]);
    jobs.survey(span(0, 4)).await;
    assert!(left(0, 4).await.is_empty());
    assert_eq!(left(0, 6).await, [5, 6]);
    jobs.survey(span(0, 6)).await;
    assert_eq!(jobs.first().await, Some(BatchNumber(1)));
    assert!(jobs.finish_through(BatchNumber(3)).await);
    assert!(!jobs.finish_through(BatchNumber(3)).await);
    assert_eq!(jobs.first().await, Some(BatchNumber(4)));
    assert_eq!(left(3, 7).await, [7]);
    // Two of the three are taken back before all were surveyed again.
    assert_eq!(left(1, 7).await, [2, 3, 7]);
    jobs.survey(span(1, 7)).await;
    assert!(left(1, 7).await.is_empty());
    // More are finished than ever were surveyed.
    assert!(jobs.finish_through(BatchNumber(9)).await);
    assert_eq!(left(9, 10).await, [10]);
    assert_eq!(left(8, 10).await, [9, 10]);
    assert_eq!(jobs.first().await, None);
}
