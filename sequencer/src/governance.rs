//! What is announced at the contract: new shapes of batches, each with a verifier of its own, and the next
//! operator. Users must learn of it in time to leave, so the node tells everybody.
//!
//! It is read as the contract has it, after each new block, beside the main path: no event can be missed,
//! and what a reorganisation takes back is gone. What is not answered changes nothing: the block after which
//! it was read says how old it is.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use assay_api::wire::ProposalState;
use assay_l1::{
    address::EthAddress,
    client::{Announced, L1Error, Proposal},
};
use assay_prover::groth16::verifying_key::VerifyingKey;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    clock::{Clock, Moment},
    l1::gateway::SharedGateway,
    record::Word,
    standing::{Look, Standing},
    telemetry,
};

/// Between two questions at least, ms: some chains make several blocks a second.
const EVERY_MS: u64 = 10_000;
/// Before the layer 1 is asked again that did not answer.
const PAUSE: Duration = Duration::from_secs(10);
/// Verifiers that are asked for their keys at a time. A verifier's key never changes.
const KEYS_AT_A_TIME: usize = 4;

/// What was read.
#[derive(Debug)]
pub(crate) struct Read {
    /// The block after which it was so.
    pub(crate) block: u64,
    /// Its hash.
    pub(crate) block_hash: Word,
    /// What the contract says.
    pub(crate) announced: Announced,
    /// SHA-256 of the key of each verifier, as far as they were asked.
    pub(crate) digests: BTreeMap<EthAddress, Word>,
}

/// What is announced, as far as it is known. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Governance(watch::Sender<Option<Arc<Read>>>);

impl Default for Governance {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Governance {
    /// What was read last; nothing before the first time.
    pub(crate) fn now(&self) -> Option<Arc<Read>> {
        self.0.borrow().clone()
    }
}

/// How far a proposal is, as the layer 1 was seen.
pub(crate) fn state(proposal: &Proposal, look: &Look) -> ProposalState {
    if look.timestamp < proposal.ready_at {
        return ProposalState::Announced;
    }
    if look.timestamp > proposal.void_at() {
        return ProposalState::Void;
    }
    match proposal.after_entries {
        None => ProposalState::Ready,
        Some(entries) if entries > look.queue_consumed => ProposalState::Waits,
        Some(_) => ProposalState::Usable,
    }
}

/// How much of each kind may still come: once the rollup is frozen nothing does.
fn coming(announced: &Announced, look: &Look) -> [(&'static str, usize); 3] {
    let proposals = announced.proposals.iter();
    let shapes = proposals.filter(|proposal| state(proposal, look) != ProposalState::Void);
    let counts = [
        ("shape", shapes.count()),
        ("operator", usize::from(announced.next_operator.is_some())),
        ("closing", usize::from(look.closing_at > 0)),
    ];
    counts.map(|(what, number)| (what, if look.frozen { 0 } else { number }))
}

/// Who asks.
#[derive(Debug)]
pub(crate) struct GovernanceReader {
    governance: Governance,
    gateway: SharedGateway,
    standing: Standing,
    clock: Clock,
    /// When it was asked last with success.
    asked: Option<Moment>,
}

impl GovernanceReader {
    /// Nothing is asked yet.
    pub(crate) fn new(
        governance: Governance,
        gateway: SharedGateway,
        standing: Standing,
        clock: Clock,
    ) -> Self {
        Self {
            governance,
            gateway,
            standing,
            clock,
            asked: None,
        }
    }

    /// Reads after each look at the layer 1 that shows a new block, until `shutdown` is cancelled.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut posted = self.standing.posted();
        let mut fails = false;
        loop {
            let pause = match self.read().await {
                Ok(()) => {
                    fails = false;
                    Duration::ZERO
                }
                Err(error) => {
                    if !std::mem::replace(&mut fails, true) {
                        warn!(%error, "what is announced at the contract cannot be read");
                    }
                    PAUSE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(pause) => {}
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = posted.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }

    /// Reads what is announced, where it may be other than it was.
    pub(crate) async fn read(&mut self) -> Result<(), L1Error> {
        let look = self.standing.look();
        if look.seen_ms == 0 {
            return Ok(());
        }
        let known = self.governance.now();
        let is_same = known
            .as_ref()
            .is_some_and(|known| known.block_hash == look.block_hash);
        let is_early = self
            .asked
            .is_some_and(|asked| self.clock.ms_since(asked) < EVERY_MS);
        if !is_same && !is_early {
            let announced = self.gateway.announced(look.block_hash).await?;
            self.asked = Some(self.clock.moment());
            let digests = self.digests(&announced, known).await;
            self.governance.0.send_replace(Some(Arc::new(Read {
                block: look.block,
                block_hash: look.block_hash,
                announced,
                digests,
            })));
        }
        self.measure(&look);
        Ok(())
    }

    /// The digests of the verifiers' keys: those that were known, and some more.
    async fn digests(
        &self,
        announced: &Announced,
        known: Option<Arc<Read>>,
    ) -> BTreeMap<EthAddress, Word> {
        let mut digests = BTreeMap::new();
        let mut left = KEYS_AT_A_TIME;
        for Proposal { verifier, .. } in &announced.proposals {
            let before = known.as_ref().and_then(|known| known.digests.get(verifier));
            let digest = match before {
                Some(digest) => Some(*digest),
                None if left > 0 => {
                    left -= 1;
                    self.digest(*verifier).await
                }
                None => None,
            };
            digests.extend(digest.map(|digest| (*verifier, digest)));
        }
        digests
    }

    async fn digest(&self, verifier: EthAddress) -> Option<Word> {
        let words = match self.gateway.verifier_key(verifier).await {
            Ok(words) => words,
            // It is asked again with the next block.
            Err(error) => {
                debug!(%error, %verifier, "a verifier's key is not known yet");
                return None;
            }
        };
        let key = VerifyingKey::from_words(&words).ok()?;
        Some(key.digest())
    }

    fn measure(&self, look: &Look) {
        let Some(known) = self.governance.now() else {
            return;
        };
        for (what, number) in coming(&known.announced, look) {
            telemetry::ANNOUNCED.set_as(what, number as f64);
        }
        telemetry::ANNOUNCED_BLOCK.set(known.block as f64);
    }
}

#[cfg(test)]
mod tests {
    use assay_l1::batch::ShapeSize;

    use super::*;

    #[test]
    fn what_is_counted_may_still_come() {
        let proposal = |ready_at| Proposal {
            size: ShapeSize {
                id: 9,
                transfers: 1,
                full_records: 1,
                fee_slots: 1,
            },
            verifier: EthAddress([1; 20]),
            ready_at,
            after_entries: None,
        };
        let now_s = 100 * 86_400;
        let mut look = Look {
            timestamp: now_s,
            closing_at: now_s,
            ..Look::default()
        };
        // Two weeks after its delay a proposal is void.
        let last_s = now_s - 14 * 86_400;
        let mut announced = Announced {
            next_operator: Some(EthAddress([2; 20])),
            proposals: [now_s + 1, last_s, last_s - 1].map(proposal).to_vec(),
            ..Announced::default()
        };
        let all = [("shape", 2), ("operator", 1), ("closing", 1)];
        assert_eq!(coming(&announced, &look), all);
        look.frozen = true;
        let none = [("shape", 0), ("operator", 0), ("closing", 0)];
        assert_eq!(coming(&announced, &look), none);
        (look.frozen, look.closing_at) = (false, 0);
        (announced.next_operator, announced.proposals) = (None, Vec::new());
        assert_eq!(coming(&announced, &look), none);
    }
}
