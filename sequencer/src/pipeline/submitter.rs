//! Sends batches with their proofs to the contract: several transactions may be under way, each
//! about batches of its own.
//!
//! A nonce is what makes sure that nothing is paid for twice. Which nonces are used is asked of the block
//! that is looked at, so it fits what the contract has there. What was sent is remembered, by nonce, until
//! it is final: where a reorganisation or a forgetful layer 1 loses it, the very same is sent again. What
//! can take effect no more, since its batches are there or were dropped, is replaced under its own nonce.

mod calls;
mod flights;
mod refusals;

use std::{collections::BTreeMap, sync::Arc};

use assay_api::hexadecimal::Hex;
use assay_circuits::quantity::BatchNumber;
use assay_l1::client::{L1Error, RollupCall, SendOptions, SignedCall};
use tracing::{info, warn};

use super::{
    fees::{Fees, Market, TooDear, gwei},
    sight::{PipelineError, Sight},
};
use crate::{
    clock::{Clock, Moment},
    config::L1Policy,
    health::{Fault, Health},
    l1::gateway::SharedGateway,
    prices::Prices,
    record::InFlight,
    storage::{Storage, StorageError},
    telemetry,
};
use calls::{Calls, Range, gas_bound};
use flights::{Flight, Flights, Lane};
use refusals::Refusals;

/// Transactions under way at most: where the first one fails, the others do and are paid for. With
/// the gas that one may use they fill a block of the layer 1.
const IN_FLIGHT_MAX: usize = 4;
/// A base fee that has risen above what is offered is waited out so many times as long as a tip that
/// is too low.
const SPIKE_PATIENCE: u64 = 10;
/// What waits for a block so many times as long as until it is sent again is stuck.
const STUCK_AFTER: u64 = 3;

/// What the sender has going.
#[derive(Debug)]
pub(super) struct Submitter {
    gateway: SharedGateway,
    clock: Clock,
    health: Arc<Health>,
    policy: L1Policy,
    prices: Prices,
    calls: Calls,
    flights: Flights,
    refusals: Refusals,
    /// Why something was not sent at this look.
    too_dear: Option<TooDear>,
    /// The nonces of what waits on the layer 1 and is not known here, and since when each does.
    unknown: BTreeMap<u64, Moment>,
    /// The nonce of the first of those that wait for a block, and since when it does.
    first: Option<(u64, Moment)>,
}

impl Submitter {
    /// Takes up what was in flight.
    pub(super) fn resume(
        gateway: SharedGateway,
        storage: Storage,
        clock: Clock,
        health: Arc<Health>,
        prices: Prices,
        (policy, batches_max): (L1Policy, usize),
    ) -> Result<Self, StorageError> {
        Ok(Self {
            gateway,
            policy,
            prices,
            flights: Flights::resume(storage.clone(), clock.moment())?,
            calls: Calls {
                storage,
                batches_max,
            },
            refusals: Refusals::new(clock.clone(), health.clone()),
            clock,
            health,
            too_dear: None,
            unknown: BTreeMap::new(),
            first: None,
        })
    }

    /// Looks what became of what is in flight.
    pub(super) async fn settle(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let mined = self.gateway.nonce_at(&sight.head).await?;
        self.flights.see(mined, &sight.head, self.clock.moment());
        self.unknown = self.unknown.split_off(&mined);
        for in_flight in self.flights.unjudged() {
            self.judge(in_flight, sight).await?;
        }
        let depth = (sight.head.number, self.policy.finality_blocks);
        let r#final = BatchNumber(sight.r#final);
        Ok(self.flights.land(r#final, depth).await?)
    }

    /// How a mined transaction ended.
    async fn judge(&mut self, in_flight: InFlight, sight: &Sight) -> Result<(), PipelineError> {
        let InFlight { nonce, sent, .. } = in_flight;
        if let Some((first, last)) = in_flight.batches {
            if last.0 <= sight.status.last_proved {
                self.refusals.accepted();
            } else if let Some(receipt) = self.gateway.receipt(sent.hash).await? {
                if receipt.succeeded {
                    // The layer 1 speaks of another block than the one that is looked at.
                    return Ok(());
                }
                telemetry::L1_GAS_USED.add(receipt.gas_used);
                let paid = receipt.gas_used as f64 * receipt.gas_price_wei as f64;
                telemetry::L1_SPENT.add(paid);
                if !in_flight.abandoned {
                    let hash = Hex(&sent.hash);
                    let sentence = format!("the transaction {hash} with batch {first} failed");
                    self.refusals.failed(sentence);
                }
            }
            // Without a receipt, what was sent before in its place has the nonce, or something else of
            // this account.
        }
        if let Some(flight) = self.flights.all.get_mut(&nonce) {
            flight.is_judged = true;
        }
        Ok(())
    }

    /// Sends what is missing on the layer 1, and what comes next.
    pub(super) async fn send(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        self.too_dear = None;
        let sent = self.try_send(sight).await;
        self.tell_stuck(sight);
        sent
    }

    async fn try_send(&mut self, sight: &Sight) -> Result<(), PipelineError> {
        let proved = BatchNumber(sight.status.last_proved);
        let lane = Lane::of(&self.flights, proved);
        for nonce in &lane.live {
            self.send_again(*nonce, sight).await?;
        }
        for nonce in &lane.blocking {
            self.use_up(*nonce, sight).await?;
        }
        self.raise_first(&lane, sight).await?;
        let mut lane = Lane::of(&self.flights, proved);
        while self.send_next(&mut lane, sight).await? {}
        for nonce in lane.free {
            // It can only fail, and would be paid for.
            if self.ask(nonce, sight).await? {
                self.use_up(nonce, sight).await?;
            }
        }
        Ok(())
    }

    /// Whether the layer 1 has what was sent with a nonce.
    async fn ask(&mut self, nonce: u64, sight: &Sight) -> Result<bool, PipelineError> {
        let now = self.clock.moment();
        let Some(flight) = self.flights.all.get_mut(&nonce) else {
            return Ok(false);
        };
        if flight.is_due(&sight.head, now) {
            let is_known = self.gateway.is_known(flight.record.sent.hash).await?;
            flight.answered(is_known, &sight.head, now);
        }
        Ok(flight.is_known)
    }

    /// Sends once more, as it was signed, what the layer 1 does not have: a crash or a broken connection
    /// came between writing it down and hearing of it, or the layer 1 has lost it.
    async fn send_again(&mut self, nonce: u64, sight: &Sight) -> Result<(), PipelineError> {
        if self.ask(nonce, sight).await? || self.refusals.is_backing_off() {
            return Ok(());
        }
        let Some(flight) = self.flights.all.get(&nonce) else {
            return Ok(());
        };
        let (record, options) = (flight.record, flight.options());
        let Some(call) = self.calls.of(&record)? else {
            return Ok(self.flights.abandon(nonce).await?);
        };
        let signed = self.gateway.sign(&call, options).await?;
        info!(nonce, l1_hash = %Hex(&signed.sent.hash), "sending again what the layer 1 does not have");
        self.deliver(record.batches, &signed, sight).await.map(drop)
    }

    /// Sends what stands written; false where it was refused. It stays written all the same: it is known
    /// only by its nonce, in a block, that it has no effect.
    async fn deliver(
        &mut self,
        batches: Option<Range>,
        signed: &SignedCall,
        sight: &Sight,
    ) -> Result<bool, PipelineError> {
        let sent = match self.gateway.send(signed).await {
            Ok(()) => {
                telemetry::L1_SENT.count();
                self.refusals.sent();
                true
            }
            Err(error @ L1Error::Transport { .. }) => return Err(error.into()),
            Err(error) => {
                warn!(nonce = signed.sent.nonce, %error, "the layer 1 does not take what is sent");
                self.refusals
                    .refused(batches.map(|(first, _)| first), &error);
                false
            }
        };
        if let (true, Some((first, last))) = (sent, batches) {
            let (nonce, l1_hash) = (signed.sent.nonce, Hex(&signed.sent.hash));
            info!(first = first.0, last = last.0, nonce, %l1_hash, "sent batches to the layer 1");
        }
        if let Some(flight) = self.flights.all.get_mut(&signed.sent.nonce) {
            flight.answered(sent, &sight.head, self.clock.moment());
        }
        Ok(sent)
    }

    /// Signs a call, writes it down, and sends it; false where it was refused.
    async fn sign_and_send(
        &mut self,
        (batches, call): (Option<Range>, &RollupCall),
        options: SendOptions,
        sight: &Sight,
    ) -> Result<bool, PipelineError> {
        let signed = match self.gateway.sign(call, options).await {
            Ok(signed) => signed,
            Err(error @ L1Error::Transport { .. }) => return Err(error.into()),
            Err(error) => {
                self.refusals
                    .refused(batches.map(|(first, _)| first), &error);
                return Ok(false);
            }
        };
        let now = (self.clock.moment(), sight.head.number);
        self.flights.write(batches, &signed, now).await?;
        self.deliver(batches, &signed, sight).await
    }

    /// Has a nonce used by nothing: by what is sent in place of what can take effect no more, or that
    /// others do not wait behind it for ever.
    async fn use_up(&mut self, nonce: u64, sight: &Sight) -> Result<(), PipelineError> {
        if self.refusals.is_backing_off() || self.is_taken(nonce).await? {
            return Ok(());
        }
        let Some(fees) = self.fees(nonce, sight).await? else {
            return Ok(());
        };
        warn!(nonce, "a nonce on the layer 1 is used up by nothing");
        let call = RollupCall::Nothing;
        let options = fees.options(nonce, Some(gas_bound(&call)));
        self.sign_and_send((None, &call), options, sight)
            .await
            .map(drop)
    }

    /// What to offer for a nonce; none where the layer 1 asks for more than is allowed.
    async fn fees(&mut self, nonce: u64, sight: &Sight) -> Result<Option<Fees>, PipelineError> {
        let market = self.market(sight).await?;
        let waiting = self.flights.all.get(&nonce);
        let offered = match waiting {
            Some(flight) => market.instead(&flight.record.sent),
            None => market.first(),
        };
        Ok(offered.map_err(|dear| self.too_dear = Some(dear)).ok())
    }

    async fn market(&self, sight: &Sight) -> Result<Market, L1Error> {
        let market = Market {
            base_fee_wei: sight.head.base_fee_wei,
            tip_wei: self.gateway.tip().await?,
            ceiling_wei: self.policy.max_fee_wei,
        };
        self.prices.see_tip(market.believed_tip_wei());
        Ok(market)
    }

    /// Whether something waits on the layer 1 with a nonce with which nothing was sent that is written
    /// here. It has some time to be mined before the node takes the nonce for itself.
    async fn is_taken(&mut self, nonce: u64) -> Result<bool, PipelineError> {
        if self.flights.all.contains_key(&nonce) {
            return Ok(false);
        }
        if self.gateway.next_nonce().await? <= nonce {
            self.unknown.remove(&nonce);
            return Ok(false);
        }
        let now = self.clock.moment();
        let since = *self.unknown.entry(nonce).or_insert(now);
        Ok(now.ms_since(since) < self.policy.resubmit_after_ms)
    }

    /// Sends with a higher fee what has waited too long for a block while blocks came. Those behind it
    /// wait for it.
    async fn raise_first(&mut self, lane: &Lane, sight: &Sight) -> Result<(), PipelineError> {
        let first = self.flights.first();
        let first = first.filter(|nonce| lane.live.contains(nonce));
        let Some(flight) = first.and_then(|nonce| self.flights.all.get(&nonce)) else {
            return Ok(());
        };
        let waited_ms = self.clock.ms_since(flight.since);
        let saw_blocks = sight.head.number > flight.since_block;
        if !saw_blocks || waited_ms < self.policy.resubmit_after_ms {
            return Ok(());
        }
        let (record, market) = (flight.record, self.market(sight).await?);
        let patience_ms = self.policy.resubmit_after_ms.saturating_mul(SPIKE_PATIENCE);
        if market.is_above(&record.sent) && waited_ms < patience_ms {
            return Ok(());
        }
        let (Some(fees), Some(call)) = (
            self.fees(record.nonce, sight).await?,
            self.calls.of(&record)?,
        ) else {
            return Ok(());
        };
        warn!(
            nonce = record.nonce,
            waited_ms, "not mined: sending again with a higher fee"
        );
        telemetry::L1_RESUBMISSIONS.count();
        let options = fees.options(record.nonce, Some(record.sent.gas_limit));
        let sent = self.sign_and_send((record.batches, &call), options, sight);
        sent.await.map(drop)
    }

    /// Sends the batches that the contract wants next and that have proofs; false where there is nothing
    /// to send now.
    async fn send_next(&mut self, lane: &mut Lane, sight: &Sight) -> Result<bool, PipelineError> {
        let with_batches = lane.live.iter().filter(|nonce| self.has_batches(**nonce));
        let is_full = with_batches.count() >= IN_FLIGHT_MAX;
        if is_full || self.refusals.is_backing_off() {
            return Ok(false);
        }
        let Some((range, call)) = self.calls.next(lane.next)? else {
            return Ok(false);
        };
        let free = lane.free.first().copied();
        let nonce = free.unwrap_or_else(|| self.flights.next_nonce());
        if self.is_taken(nonce).await? {
            return Ok(false);
        }
        let Some(fees) = self.fees(nonce, sight).await? else {
            return Ok(false);
        };
        // Alone it is tried first, so that a refusal costs nothing. Behind others that is of no
        // use: not every node of a layer 1 tries a call on top of what waits.
        let gas_limit = (!lane.live.is_empty()).then(|| gas_bound(&call));
        let options = fees.options(nonce, gas_limit);
        let sent = self.sign_and_send((Some(range), &call), options, sight);
        if !sent.await? {
            return Ok(false);
        }
        if free.is_some() {
            lane.free.remove(0);
        }
        lane.live.push(nonce);
        lane.next = range.1.next();
        Ok(true)
    }

    fn is_known(&self, nonce: u64) -> bool {
        let flight = self.flights.all.get(&nonce);
        flight.is_some_and(|flight| flight.is_known)
    }

    fn has_batches(&self, nonce: u64) -> bool {
        let flight = self.flights.all.get(&nonce);
        flight.is_some_and(|flight| flight.record.batches.is_some())
    }

    /// Says whether what was sent, or is to be sent, gets into no block.
    fn tell_stuck(&mut self, sight: &Sight) {
        let lane = Lane::of(&self.flights, BatchNumber(sight.status.last_proved));
        let first = self.flights.first();
        // Whatever can take effect no more is sent no more.
        let first = first.filter(|nonce| lane.live.contains(nonce) || self.is_known(*nonce));
        self.first = first.map(|nonce| match self.first {
            Some((same, since)) if same == nonce => (nonce, since),
            _ => (nonce, self.clock.moment()),
        });
        let waited_ms = |(_, since)| self.clock.ms_since(since);
        let waited_ms = self.first.map_or(0, waited_ms);
        let is_stuck = waited_ms >= self.policy.resubmit_after_ms.saturating_mul(STUCK_AFTER);
        let flight = first.and_then(|nonce| self.flights.all.get(&nonce));
        let base_fee = gwei(sight.head.base_fee_wei);
        let sentence = match (self.too_dear, flight.filter(|_| is_stuck)) {
            (Some(dear), _) => format!(
                "a place in a block needs {} per gas, and the node may offer {} (--l1-max-fee-gwei): \
                 it waits; the base fee is {base_fee}",
                gwei(dear.needed_wei),
                gwei(dear.ceiling_wei),
            ),
            (None, Some(flight)) => stuck(flight, waited_ms / 60_000, &base_fee),
            (None, None) => return self.health.clear(Fault::L1Stuck),
        };
        self.health.raise(Fault::L1Stuck, sentence);
    }

    /// Whether a transaction that is under way can take a batch to the contract.
    pub(super) fn flies(&self, number: BatchNumber) -> bool {
        let mut waiting = self.flights.waiting().map(|flight| flight.record);
        waiting.any(|record| {
            let batches = record.batches.filter(|_| !record.abandoned);
            batches.is_some_and(|(first, last)| (first..=last).contains(&number))
        })
    }

    /// Whether anything waits for a block.
    pub(super) fn waits(&self) -> bool {
        self.first.is_some()
    }

    /// The batch that the contract refused because it leaves entries of the queue that it must take.
    pub(super) fn leaves_entries(&self) -> Option<BatchNumber> {
        self.refusals.leaves_entries()
    }

    /// Whether the contract refused a batch because its entries are not those of the queue.
    pub(super) fn has_other_entries(&self) -> bool {
        self.refusals.has_other_entries()
    }
}

/// What is stuck, for people.
fn stuck(flight: &Flight, minutes: u64, base_fee: &str) -> String {
    let InFlight { nonce, sent, .. } = flight.record;
    let (most, tip) = (gwei(sent.max_fee_wei), gwei(sent.max_priority_fee_wei));
    format!(
        "the transaction {} (nonce {nonce}) has waited {minutes} min for a block: it offers {most} per \
         gas, of which {tip} as a tip; the base fee is {base_fee}",
        Hex(&sent.hash)
    )
}
