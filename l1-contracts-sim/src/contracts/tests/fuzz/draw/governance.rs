//! Shapes, closing, freezing and the operator's office.

use alloy::primitives::Address;
use rand::Rng as _;

use super::super::{
    cast::{GOVERNOR, GUARDIAN, OPERATOR, SIGNERS, SUCCESSOR},
    deploy::spoil_key,
    trapdoor::{BATCH_KEYS, key},
    world::{Step, World},
};
use crate::contracts::Assay::{self, AssayCalls};

impl World {
    /// Most often whoever may.
    pub(super) fn mostly(&mut self, who: Address) -> Address {
        if self.chance(85) && SIGNERS.contains(&who) {
            who
        } else {
            self.somebody()
        }
    }

    pub(super) fn draw_propose(&mut self) -> Option<Step> {
        let config = &self.model.config;
        let least = (2 * config.provingS).div_ceil(config.queueGapS);
        let least = u16::try_from(least).unwrap();
        let mut shape = Assay::ShapeConfig {
            shapeId: self.rng.random_range(0..6),
            transfers: self.rng.random_range(1..20),
            fullRecords: least.max(self.rng.random_range(1..8)),
            feeSlots: self.rng.random_range(1..4),
            verifierType: 1,
        };
        let which = self.rng.random_range(0..BATCH_KEYS);
        let mut words = key(which).words();
        if self.chance(20) {
            match self.rng.random_range(0..6) {
                0 => shape.transfers = 0,
                1 => shape.fullRecords = self.pick(&[0, 1, 256, 257, u16::MAX]),
                2 => shape.feeSlots = 0,
                3 => shape.verifierType = self.rng.random(),
                4 => spoil_key(&mut self.rng, &mut words),
                _ => shape.fullRecords = least.saturating_sub(1),
            }
        }
        let from = self.mostly(GOVERNOR);
        let call = Assay::proposeCall { shape, key: words };
        Some(Step::new(from, AssayCalls::propose(call)))
    }

    fn shape_id(&mut self) -> u8 {
        let proposed: Vec<u8> = self.model.proposals.keys().copied().collect();
        if proposed.is_empty() || self.chance(15) {
            self.rng.random_range(0..8)
        } else {
            self.pick(&proposed)
        }
    }

    pub(super) fn draw_mark(&mut self) -> Option<Step> {
        let (from, shape_id) = (self.somebody(), self.shape_id());
        let call = Assay::markProposalCall { shapeId: shape_id };
        Some(Step::new(from, AssayCalls::markProposal(call)))
    }

    pub(super) fn draw_activate(&mut self) -> Option<Step> {
        let (from, shape_id) = (self.somebody(), self.shape_id());
        let call = Assay::activateCall { shapeId: shape_id };
        Some(Step::new(from, AssayCalls::activate(call)))
    }

    pub(super) fn draw_retire(&mut self) -> Option<Step> {
        let shapes: Vec<u8> = self.model.shapes.keys().copied().collect();
        let shape_id = if self.chance(70) {
            self.pick(&shapes)
        } else {
            self.shape_id()
        };
        let from = if self.chance(50) {
            GOVERNOR
        } else {
            self.somebody()
        };
        let call = Assay::retireShapeCall { shapeId: shape_id };
        Some(Step::new(from, AssayCalls::retireShape(call)))
    }

    pub(super) fn draw_closing(&mut self) -> Option<Step> {
        let config = &self.model.config;
        let who = if config.governor.is_zero() {
            config.operator
        } else {
            config.governor
        };
        let from = if self.chance(4) {
            self.mostly(who)
        } else {
            self.somebody()
        };
        let call = Assay::announceClosingCall {};
        Some(Step::new(from, AssayCalls::announceClosing(call)))
    }

    pub(super) fn draw_freeze(&mut self) -> Option<Step> {
        let from = self.somebody();
        if self.chance(70) {
            let call = Assay::freezeCall {};
            return Some(Step::new(from, AssayCalls::freeze(call)));
        }
        let from = if from == GUARDIAN && self.chance(80) {
            OPERATOR
        } else {
            from
        };
        let call = Assay::freezeByGuardianCall {};
        Some(Step::new(from, AssayCalls::freezeByGuardian(call)))
    }

    pub(super) fn draw_operator(&mut self) -> Option<Step> {
        if self.chance(50) {
            let next = self.model.next_operator;
            let from = self.mostly(next);
            let call = Assay::acceptOperatorCall {};
            return Some(Step::new(from, AssayCalls::acceptOperator(call)));
        }
        let operator = self.model.config.operator;
        let from = self.mostly(operator);
        let somebody = self.somebody();
        let next = self.pick(&[SUCCESSOR, OPERATOR, somebody, Address::ZERO]);
        let call = Assay::proposeOperatorCall { next };
        Some(Step::new(from, AssayCalls::proposeOperator(call)))
    }
}
