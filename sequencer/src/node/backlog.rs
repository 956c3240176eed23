//! Whether what waits moves on: how old the oldest of it is, as metrics, and as a fault where it is too old.

use std::{sync::Arc, time::Duration};

use assay_api::stage::Stage;
use assay_circuits::quantity::BatchNumber;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    api::{Calls, events::Seats},
    clock::{Clock, Moment},
    health::{Fault, Health},
    proving::Proving,
    standing::Standing,
    storage::Storage,
    telemetry,
};

/// How often it is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// What could be executed is in a sealed batch before it is so old, s.
const SEALED_WITHIN_S: u64 = 300;
/// A sealed batch has its proof before it is so old, s: on one slow worker a full backlog takes that long.
const PROVED_WITHIN_S: u64 = 900;

/// Watches what waits.
#[derive(Debug)]
pub(crate) struct Backlog {
    standing: Standing,
    proving: Arc<Proving>,
    storage: Storage,
    health: Arc<Health>,
    seats: Seats,
    clock: Clock,
    transaction: Oldest,
    unsealed: Oldest,
    unproved: Oldest,
    unposted: Oldest,
}

/// The oldest of those that wait, and since when it is known. What age it had then is by the time of day;
/// from there on its age is by the clock that does not jump.
#[derive(Debug, Default)]
struct Oldest {
    known: Option<(u64, u64, Moment)>,
}

impl Oldest {
    /// Its age, ms, where it is the one with this number and has been there since `since_ms`, Unix ms.
    fn age_ms(&mut self, oldest: Option<(u64, u64)>, clock: &Clock) -> Option<u64> {
        let Some((number, since_ms)) = oldest else {
            self.known = None;
            return None;
        };
        let known = self.known.filter(|(known, ..)| *known == number);
        let (_, age_ms, at) = *self.known.insert(known.unwrap_or_else(|| {
            let age_ms = clock.now_ms().saturating_sub(since_ms);
            (number, age_ms, clock.moment())
        }));
        Some(age_ms.saturating_add(clock.ms_since(at)))
    }
}

impl Backlog {
    pub(crate) fn new(calls: &Calls, clock: &Clock) -> Self {
        Self {
            standing: calls.network.standing.clone(),
            proving: calls.network.proving.clone(),
            storage: calls.batches.storage.clone(),
            health: calls.network.health.clone(),
            seats: calls.events.seats.clone(),
            clock: clock.clone(),
            transaction: Oldest::default(),
            unsealed: Oldest::default(),
            unproved: Oldest::default(),
            unposted: Oldest::default(),
        }
    }

    /// Watches until `shutdown` is cancelled.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        loop {
            self.look().await;
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(PAUSE) => {}
            }
        }
    }

    /// Measures once, and says what is too old, or that it is not any more.
    pub(crate) async fn look(&mut self) {
        self.measure_standing();
        self.measure_disk();
        let jobs = self.proving.counts().await;
        telemetry::JOBS_OPEN.set(jobs.open as f64);
        telemetry::JOBS_LEASED.set(jobs.leased as f64);
        telemetry::LISTENERS.set(self.seats.taken() as f64);
        let unsealed_s = self.unsealed_s();
        let unproved_s = self.unproved_s();
        telemetry::OLDEST_UNSEALED.set(unsealed_s as f64);
        telemetry::OLDEST_UNPROVED.set(unproved_s as f64);
        telemetry::OLDEST_UNPOSTED.set(self.unposted_s() as f64);
        // Where the node is halted nothing moves, and the fault that halts it says so.
        let halted = self.health.halted();
        self.tell(
            Fault::SealingStalled,
            !halted && unsealed_s >= SEALED_WITHIN_S,
            || {
                format!(
                    "what users handed in has waited for a sealed batch for {} min: {} batches are sealed \
                     and have no proof, {} wait for the layer 1",
                    unsealed_s / 60,
                    self.standing.sealed().0.saturating_sub(self.standing.with_proof().0),
                    self.standing.with_proof().0.saturating_sub(self.standing.proved().0),
                )
            },
        );
        self.tell(
            Fault::ProvingStalled,
            !halted && unproved_s >= PROVED_WITHIN_S,
            || {
                format!(
                    "batch {} has waited for its proof for {} min: {} jobs are open and {} are with workers",
                    self.standing.with_proof().next(),
                    unproved_s / 60,
                    jobs.open,
                    jobs.leased
                )
            },
        );
    }

    fn measure_disk(&self) {
        match self.storage.disk_space() {
            Ok((free, size)) => {
                telemetry::DISK_FREE.set(free as f64);
                telemetry::DISK_SIZE.set(size as f64);
            }
            Err(error) => debug!(%error, "the disk's room is not known"),
        }
    }

    fn tell(&self, fault: Fault, holds: bool, sentence: impl FnOnce() -> String) {
        match holds {
            true => self.health.raise(fault, sentence()),
            false => self.health.clear(fault),
        }
    }

    fn measure_standing(&self) {
        let (heights, look) = (self.standing.heights(), self.standing.look());
        for (stage, height) in [
            (Stage::Executed, heights.executed),
            (Stage::Sealed, heights.sealed),
            (Stage::Proved, heights.proved),
            (Stage::Final, heights.r#final),
        ] {
            telemetry::HEIGHT.set_as(stage.name(), height.0 as f64);
        }
        if look.seen_ms == 0 {
            // Parts that are new know nothing of the layer 1; what those before them saw holds.
            return;
        }
        let waits = look.queue_consumed < look.queue_length;
        let head_due = if waits { look.head_due } else { 0 };
        telemetry::QUEUE_HEAD_DUE.set(head_due.into());
        telemetry::L1_BLOCK.set(look.block as f64);
        telemetry::L1_SEEN.set(look.seen_ms as f64 / 1e3);
        telemetry::L1_BASE_FEE.set(look.base_fee_wei as f64);
    }

    /// Age of the oldest of what could be executed and is in no sealed batch.
    fn unsealed_s(&mut self) -> u64 {
        let executed = self.standing.executed();
        let transaction = self.transaction.age_ms(executed.oldest_ready, &self.clock);
        let sealed = self.standing.sealed();
        let batch = sealed.next();
        let batch = (executed.batch > sealed).then_some((batch.0, self.clock.now_ms()));
        let batch = self.unsealed.age_ms(batch, &self.clock);
        transaction.max(batch).unwrap_or(0) / 1_000
    }

    /// Age of the first sealed batch without a proof.
    fn unproved_s(&mut self) -> u64 {
        let oldest = self.sealed_after(self.standing.with_proof());
        self.unproved.age_ms(oldest, &self.clock).unwrap_or(0) / 1_000
    }

    /// Age of the first sealed batch that is not on the layer 1.
    fn unposted_s(&mut self) -> u64 {
        let oldest = self.sealed_after(self.standing.proved());
        self.unposted.age_ms(oldest, &self.clock).unwrap_or(0) / 1_000
    }

    /// The batch after one, if it is sealed, and when it was.
    fn sealed_after(&self, batch: BatchNumber) -> Option<(u64, u64)> {
        let next = batch.next();
        if next > self.standing.sealed() {
            return None;
        }
        match self.storage.batch(next) {
            Ok(found) => found.map(|batch| (next.0, batch.sealed_ms)),
            Err(error) => {
                // The store says so itself where it matters.
                debug!(%error, "the age of a batch is not known");
                None
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{rig::World, storage::Disk};

    #[test]
    fn what_comes_in_the_place_of_the_oldest_has_an_age_of_its_own() {
        let clock = Clock::Manual {
            true_ms: Arc::new(1_000_000.into()),
            ahead_ms: Arc::default(),
        };
        let mut oldest = Oldest::default();
        assert_eq!(oldest.age_ms(Some((1, 990_000)), &clock), Some(10_000));
        assert_eq!(oldest.age_ms(Some((2, 999_000)), &clock), Some(1_000));
        assert_eq!(oldest.age_ms(None, &clock), None);
    }

    #[tokio::test]
    async fn what_waits_too_long_is_a_fault_that_ends_when_it_moves_on() {
        let world = World::new();
        let mut config = world.config();
        config.limits.batches_in_flight = 1;
        let mut rig = world.start_with(config, Disk::default()).await.unwrap();
        rig.fund(&world.l1, [1, 2]).await;
        rig.look().await;
        let mut backlog = Backlog::new(&rig.calls, &rig.clock);
        // No further batch is opened before the first has its proof.
        rig.admission
            .submit(rig.order(1, 0, Some(2), 1))
            .await
            .unwrap();
        backlog.look().await;
        assert_eq!(rig.health.faults(), []);
        world.advance_ms(SEALED_WITHIN_S * 1_000);
        backlog.look().await;
        assert!(rig.health.has(Fault::SealingStalled) && rig.health.ready());
        assert!(!rig.health.has(Fault::ProvingStalled));
        world.advance_ms((PROVED_WITHIN_S - SEALED_WITHIN_S) * 1_000);
        backlog.look().await;
        assert!(rig.health.has(Fault::ProvingStalled) && rig.health.ready());
        rig.finish(&world.l1).await;
        backlog.look().await;
        assert!(!rig.health.has(Fault::SealingStalled));
        assert!(!rig.health.has(Fault::ProvingStalled));
        rig.stop().await;
    }

    #[tokio::test]
    async fn a_time_of_day_that_is_set_forward_makes_nothing_old() {
        let world = World::new();
        let mut rig = world.start().await;
        rig.fund(&world.l1, [1]).await;
        rig.look().await;
        let mut backlog = Backlog::new(&rig.calls, &rig.clock);
        backlog.look().await;
        world.set_ahead_ms(86_400_000);
        backlog.look().await;
        assert_eq!(backlog.unproved_s(), 0);
        assert!(!rig.health.has(Fault::ProvingStalled));
        rig.stop().await;
    }
}
