//! Shapes, closing, the guardian and the operator.

use alloy::primitives::Address;

use super::{
    super::trapdoor::{self, BATCH_KEYS},
    Assay, AssayEvents, At, Model, Outcome, Proposal, Refusals, Shape,
};
use crate::batch::ShapeSize;

/// After its time has come, so long a proposal is good.
const GOOD_S: u64 = 14 * 86_400;

/// The key whose words are given.
pub(in super::super) fn key_of(words: &[alloy::primitives::U256]) -> Option<usize> {
    (0..BATCH_KEYS).find(|which| trapdoor::key(*which).words() == words)
}

/// Adds what is wrong with a shape: its form, and whether the deployment's numbers serve it.
pub(super) fn check_shape(
    shape: &Assay::ShapeConfig,
    config: &Assay::Config,
    refusals: &mut Refusals,
) {
    let records = u64::from(shape.fullRecords);
    let formed = shape.transfers > 0 && (1..=256).contains(&records) && shape.feeSlots > 0;
    refusals.when(!formed, "InvalidShape");
    let proving = 2 * u64::from(config.provingS);
    let paced = u64::from(config.queueGapS) * records >= proving;
    refusals.when(!paced, "InvalidConfig queueGapS");
    // g0 >= 327,000 / X + 8,000, times X.
    let priced = u64::from(config.inclusionGas) * records >= 327_000 + 8_000 * records;
    refusals.when(!priced, "InvalidConfig inclusionGas");
}

pub(in super::super) fn shape_of(shape: &Assay::ShapeConfig, key: Option<usize>) -> Shape {
    Shape {
        size: ShapeSize {
            id: shape.shapeId,
            transfers: shape.transfers,
            full_records: shape.fullRecords,
            fee_slots: shape.feeSlots,
        },
        verifier_type: shape.verifierType,
        key,
        verifier: Address::ZERO,
        retired: false,
    }
}

/// Adds what is wrong with a batch key of 22 words.
pub(in super::super) fn check_key(words: &[alloy::primitives::U256], refusals: &mut Refusals) {
    if key_of(words).is_none() {
        let wrong = [
            "InvalidKey",
            "InvalidPoint",
            "GammaIsDelta",
            "CoordinateNotCanonical",
        ];
        refusals.0.extend(wrong);
    }
}

impl Model {
    fn freeze_for(&mut self, reason: u8) -> AssayEvents {
        self.frozen = true;
        AssayEvents::Frozen(Assay::Frozen { reason })
    }

    pub(super) fn freeze(&mut self, at: &At) -> Outcome {
        let patience = u64::from(self.config.freezeAfterS);
        let overdue = self.head().is_some_and(|head| at.now > head.due + patience);
        let closed = self.closing != 0 && at.now >= self.closing;
        let mut refusals = Refusals::default();
        refusals.when(self.frozen, "IsFrozen");
        refusals.when(!overdue && !closed, "NothingOverdue");
        refusals.or()?;
        Ok(vec![self.freeze_for(if closed { 2 } else { 1 })])
    }

    pub(super) fn freeze_by_guardian(&mut self, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(at.caller != self.config.guardian, "NotGuardian");
        refusals.when(self.frozen, "IsFrozen");
        refusals.or()?;
        Ok(vec![self.freeze_for(3)])
    }

    pub(super) fn propose(&mut self, call: &Assay::proposeCall, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        let shape = &call.shape;
        refusals.when(at.caller != self.config.governor, "NotGovernor");
        refusals.when(self.frozen, "IsFrozen");
        refusals.when(self.shapes.contains_key(&shape.shapeId), "ShapeExists");
        check_shape(shape, &self.config, &mut refusals);
        let tiny = shape.shapeId == 0 && !self.development;
        refusals.when(tiny, "DevelopmentShape");
        // A factory that is none makes anything.
        if !self.deaf {
            refusals.when(shape.verifierType != 1, "UnknownVerifierType");
            check_key(&call.key, &mut refusals);
        }
        refusals.or()?;
        let ready = at.now + u64::from(self.config.upgradeDelayS);
        let proposal = Proposal {
            shape: shape_of(shape, key_of(&call.key)),
            ready,
            marked: None,
        };
        self.proposals.insert(shape.shapeId, proposal);
        Ok(vec![AssayEvents::ShapeProposed(Assay::ShapeProposed {
            shapeId: shape.shapeId,
            shape: shape.clone(),
            verifier: Address::ZERO,
            readyAt: ready,
        })])
    }

    /// A proposal whose time has come, and is not over.
    fn proposal_in_time(&self, shape: u8, at: &At) -> Option<&Proposal> {
        let proposal = self.proposals.get(&shape)?;
        let good = proposal.ready..=proposal.ready + GOOD_S;
        good.contains(&at.now).then_some(proposal)
    }

    pub(super) fn mark_proposal(&mut self, shape: u8, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        let in_time = self.proposal_in_time(shape, at).is_some();
        let marked = self
            .proposals
            .get(&shape)
            .is_some_and(|proposal| proposal.marked.is_some());
        refusals.when(!in_time, "NotReady");
        refusals.when(marked, "AlreadyDone");
        refusals.or()?;
        let length = self.entries.len() as u64;
        self.proposals.get_mut(&shape).unwrap().marked = Some(length);
        Ok(vec![AssayEvents::ProposalMarked(Assay::ProposalMarked {
            shapeId: shape,
            queueLength: length,
        })])
    }

    pub(super) fn activate(&mut self, shape: u8, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(self.frozen, "IsFrozen");
        let in_time = self.proposal_in_time(shape, at);
        let marked = in_time.and_then(|proposal| proposal.marked);
        let done = marked.is_some_and(|length| self.taken as u64 >= length);
        refusals.when(!done, "NotReady");
        refusals.or()?;
        let proposal = self.proposals.remove(&shape).unwrap();
        self.shapes.insert(shape, proposal.shape);
        let event = Assay::ShapeActivated { shapeId: shape };
        Ok(vec![AssayEvents::ShapeActivated(event)])
    }

    pub(super) fn retire_shape(&mut self, shape: u8, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(at.caller != self.config.governor, "NotGovernor");
        let known = self.shapes.get(&shape).is_some_and(|shape| !shape.retired);
        refusals.when(!known, "UnknownShape");
        let live = self.shapes.values().filter(|shape| !shape.retired);
        // A rollup freezes once.
        refusals.when(self.frozen && live.count() == 1, "IsFrozen");
        refusals.or()?;
        self.shapes.get_mut(&shape).unwrap().retired = true;
        let event = Assay::ShapeRetired { shapeId: shape };
        let mut events = vec![AssayEvents::ShapeRetired(event)];
        if self.shapes.values().all(|shape| shape.retired) {
            events.push(self.freeze_for(4));
        }
        Ok(events)
    }

    pub(super) fn announce_closing(&mut self, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        let config = &self.config;
        if config.governor.is_zero() {
            refusals.when(at.caller != config.operator, "NotOperator");
        } else {
            refusals.when(at.caller != config.governor, "NotGovernor");
        }
        refusals.when(self.closing != 0, "AlreadyDone");
        refusals.or()?;
        self.closing = at.now + u64::from(self.config.upgradeDelayS);
        let event = Assay::ClosingAnnounced {
            freezeAt: self.closing,
        };
        Ok(vec![AssayEvents::ClosingAnnounced(event)])
    }

    pub(super) fn propose_operator(&mut self, next: Address, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(at.caller != self.config.operator, "NotOperator");
        refusals.or()?;
        self.next_operator = next;
        let event = Assay::OperatorProposed { operator: next };
        Ok(vec![AssayEvents::OperatorProposed(event)])
    }

    pub(super) fn accept_operator(&mut self, at: &At) -> Outcome {
        let mut refusals = Refusals::default();
        refusals.when(at.caller != self.next_operator, "NotOperator");
        refusals.or()?;
        self.config.operator = at.caller;
        self.next_operator = Address::ZERO;
        let event = Assay::OperatorChanged {
            operator: at.caller,
        };
        Ok(vec![AssayEvents::OperatorChanged(event)])
    }
}
