//! What a governor, a guardian and an operator can change, and when.

use alloy::primitives::{Address, U256};

use super::{
    bed::{
        Bed, GOVERNOR, GUARDIAN, LARGE, MEDIUM, OPERATOR, SMALL, STRANGER, UPGRADE_S, USER,
        account, config, shape_config,
    },
    proofs::toy,
    records::Entry,
};
use crate::{
    batch::{BatchData, ShapeSize},
    contracts::{Assay, Groth16Verifier},
};

const TWO_WEEKS: u64 = 14 * 86_400;

fn propose(size: ShapeSize, key: usize) -> Assay::proposeCall {
    Assay::proposeCall {
        shape: shape_config(size),
        key: toy(key).words(),
    }
}

fn mark(bed: &Bed) -> Result<(), String> {
    let shape_id = MEDIUM.id;
    let call = Assay::markProposalCall { shapeId: shape_id };
    bed.send(STRANGER, call).map(|_| ())
}

fn activate(bed: &Bed) -> Result<(), String> {
    let call = Assay::activateCall { shapeId: MEDIUM.id };
    bed.send(STRANGER, call).map(|_| ())
}

fn taking(bed: &Bed, entries: &[Entry]) -> BatchData {
    BatchData {
        l1_operations: u16::try_from(entries.len()).unwrap(),
        full_records: entries.iter().map(|entry| entry.words).collect(),
        tails: entries.iter().map(|entry| entry.tail).collect(),
        ..bed.next_batch()
    }
}

#[test]
fn a_new_shape_is_announced_marked_and_used() {
    let bed = Bed::new();
    for from in [OPERATOR, GUARDIAN, STRANGER] {
        let sent = bed.send(from, propose(MEDIUM, 0));
        assert_eq!(sent.unwrap_err(), "NotGovernor");
    }
    let none = bed.read(Assay::proposalsCall { shapeId: MEDIUM.id });
    assert_eq!(none.readyAt, 0);
    let entry = bed.deposit(0, 1).unwrap();
    let done = bed.send(GOVERNOR, propose(MEDIUM, 0)).unwrap();
    let ready = bed.chain.timestamp() + u64::from(UPGRADE_S);
    let event = &done.events::<Assay::ShapeProposed>()[0];
    assert_eq!((event.shapeId, event.readyAt), (MEDIUM.id, ready));
    assert_eq!(event.shape, shape_config(MEDIUM));
    let proposal = bed.read(Assay::proposalsCall { shapeId: MEDIUM.id });
    assert_eq!(proposal.shape, shape_config(MEDIUM));
    assert_eq!((proposal.readyAt, proposal.marked), (ready, false));
    // The verifier has the key that was announced.
    let verifier = event.verifier;
    assert_eq!(proposal.verifier, verifier);
    let key = bed.read_from(verifier, Groth16Verifier::keyCall {});
    assert_eq!(key, toy(0).words());

    // Marked after the delay, not before; the queue's length is that of then.
    bed.set_time(ready - 1);
    assert_eq!(mark(&bed).unwrap_err(), "NotReady");
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    bed.submit(&taking(&bed, &[entry])).unwrap();
    let later = [2, 3].map(|i| bed.deposit(0, i).unwrap());
    bed.set_time(ready);
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    let call = Assay::markProposalCall { shapeId: MEDIUM.id };
    let done = bed.send(STRANGER, call).unwrap();
    let event = &done.events::<Assay::ProposalMarked>()[0];
    assert_eq!((event.shapeId, event.queueLength), (MEDIUM.id, 3));
    let proposal = bed.read(Assay::proposalsCall { shapeId: MEDIUM.id });
    assert_eq!((proposal.marked, proposal.queueLength), (true, 3));
    assert_eq!(mark(&bed).unwrap_err(), "AlreadyDone");
    // Used once what was in the queue then is taken; what came behind does not matter.
    bed.deposit(0, 4).unwrap();
    bed.submit(&taking(&bed, &later[..1])).unwrap();
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    let unknown = bed.submit(&BatchData {
        shape: MEDIUM.id,
        ..bed.next_batch()
    });
    assert_eq!(unknown.unwrap_err(), "UnknownShape");
    bed.submit(&taking(&bed, &later[1..])).unwrap();
    let call = Assay::activateCall { shapeId: MEDIUM.id };
    let done = bed.send(STRANGER, call).unwrap();
    let event = &done.events::<Assay::ShapeActivated>()[0];
    assert_eq!(event.shapeId, MEDIUM.id);
    let shape = bed.read(Assay::shapesCall { shapeId: MEDIUM.id });
    assert_eq!((shape.transfers, shape.fullRecords), (56, 6));
    assert_eq!((shape.feeSlots, shape.verifierType), (4, 1));
    assert_eq!((shape.retired, shape.verifier), (false, verifier));
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    assert_eq!(mark(&bed).unwrap_err(), "NotReady");
    let again = bed.send(GOVERNOR, propose(MEDIUM, 1));
    assert_eq!(again.unwrap_err(), "ShapeExists");
}

#[test]
fn a_proposal_dies() {
    let bed = Bed::new();
    bed.send(GOVERNOR, propose(MEDIUM, 0)).unwrap();
    let ready = bed.chain.timestamp() + u64::from(UPGRADE_S);
    bed.set_time(ready);
    mark(&bed).unwrap();
    bed.set_time(ready + TWO_WEEKS + 1);
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    // Announced again it starts anew.
    bed.send(GOVERNOR, propose(MEDIUM, 1)).unwrap();
    let ready = bed.chain.timestamp() + u64::from(UPGRADE_S);
    bed.set_time(ready);
    assert_eq!(activate(&bed).unwrap_err(), "NotReady");
    bed.set_time(ready + TWO_WEEKS);
    mark(&bed).unwrap();
    activate(&bed).unwrap();
    bed.send(GOVERNOR, propose(ShapeSize { id: 4, ..MEDIUM }, 1))
        .unwrap();
    bed.set_time(ready + TWO_WEEKS + u64::from(UPGRADE_S) + TWO_WEEKS + 1);
    let late = Assay::markProposalCall { shapeId: 4 };
    assert_eq!(bed.send(STRANGER, late).unwrap_err(), "NotReady");
}

#[test]
fn no_verifier_is_ever_replaced() {
    let bed = Bed::new();
    let sent = bed.send(GOVERNOR, propose(SMALL, 1));
    assert_eq!(sent.unwrap_err(), "ShapeExists");
    let retire = Assay::retireShapeCall { shapeId: SMALL.id };
    bed.send(GOVERNOR, retire).unwrap();
    let sent = bed.send(GOVERNOR, propose(SMALL, 1));
    assert_eq!(sent.unwrap_err(), "ShapeExists");
}

#[test]
fn proposed_shapes_must_be_servable() {
    let bed = Bed::new();
    let refused = |size: ShapeSize| bed.send(GOVERNOR, propose(size, 0)).unwrap_err();
    for size in [
        ShapeSize {
            transfers: 0,
            ..MEDIUM
        },
        ShapeSize {
            full_records: 0,
            ..MEDIUM
        },
        ShapeSize {
            full_records: 257,
            ..MEDIUM
        },
        ShapeSize {
            fee_slots: 0,
            ..MEDIUM
        },
    ] {
        assert_eq!(refused(size), "InvalidShape");
    }
    // One record at the gap, or the price, of two.
    let single = ShapeSize {
        full_records: 1,
        ..MEDIUM
    };
    assert_eq!(refused(single), "InvalidConfig queueGapS");
    let slow = Bed::with(Assay::Config {
        queueGapS: 60,
        ..config()
    });
    let sent = slow.send(GOVERNOR, propose(single, 0));
    assert_eq!(sent.unwrap_err(), "InvalidConfig inclusionGas");
    let mut other = propose(MEDIUM, 0);
    other.shape.verifierType = 2;
    let sent = bed.send(GOVERNOR, other);
    assert_eq!(sent.unwrap_err(), "UnknownVerifierType");
    let mut key = propose(MEDIUM, 0);
    key.key.pop();
    assert_eq!(bed.send(GOVERNOR, key).unwrap_err(), "InvalidKey");
    let largest = ShapeSize {
        full_records: 256,
        ..MEDIUM
    };
    bed.send(GOVERNOR, propose(largest, 0)).unwrap();
}

#[test]
fn retiring_the_last_shape_freezes() {
    let bed = Bed::new();
    let retire = |from: usize, shape_id: u8| {
        let call = Assay::retireShapeCall { shapeId: shape_id };
        bed.send(from, call)
    };
    for from in [OPERATOR, GUARDIAN, STRANGER] {
        assert_eq!(retire(from, SMALL.id).unwrap_err(), "NotGovernor");
    }
    assert_eq!(retire(GOVERNOR, MEDIUM.id).unwrap_err(), "UnknownShape");
    let done = retire(GOVERNOR, SMALL.id).unwrap();
    assert_eq!(done.events::<Assay::ShapeRetired>()[0].shapeId, SMALL.id);
    assert!(bed.read(Assay::shapesCall { shapeId: SMALL.id }).retired);
    assert_eq!(retire(GOVERNOR, SMALL.id).unwrap_err(), "UnknownShape");
    assert!(!bed.status().frozen);
    bed.submit(&BatchData {
        shape: LARGE.id,
        ..bed.next_batch()
    })
    .unwrap();
    let done = retire(GOVERNOR, LARGE.id).unwrap();
    assert_eq!(done.events::<Assay::Frozen>()[0].reason, 4);
    assert!(bed.status().frozen);
}

/// A shape that was activated counts among those in service.
#[test]
fn an_activated_shape_carries_on() {
    let bed = Bed::new();
    bed.send(GOVERNOR, propose(MEDIUM, 0)).unwrap();
    bed.set_time(bed.chain.timestamp() + u64::from(UPGRADE_S));
    mark(&bed).unwrap();
    activate(&bed).unwrap();
    for shape in [SMALL, LARGE] {
        let call = Assay::retireShapeCall { shapeId: shape.id };
        bed.send(GOVERNOR, call).unwrap();
    }
    assert!(!bed.status().frozen);
}

#[test]
fn the_guardian_freezes_and_nothing_else() {
    let bed = Bed::new();
    for from in [OPERATOR, GOVERNOR, STRANGER] {
        let sent = bed.send(from, Assay::freezeByGuardianCall {});
        assert_eq!(sent.unwrap_err(), "NotGuardian");
    }
    let sent = bed.send(GUARDIAN, Assay::announceClosingCall {});
    assert_eq!(sent.unwrap_err(), "NotGovernor");
    bed.send(GOVERNOR, propose(MEDIUM, 0)).unwrap();
    let ready = bed.chain.timestamp() + u64::from(UPGRADE_S);
    let done = bed.send(GUARDIAN, Assay::freezeByGuardianCall {}).unwrap();
    assert_eq!(done.events::<Assay::Frozen>()[0].reason, 3);
    assert!(bed.status().frozen);
    // After a freeze nothing new comes into service.
    let sent = bed.send(GOVERNOR, propose(ShapeSize { id: 4, ..MEDIUM }, 0));
    assert_eq!(sent.unwrap_err(), "IsFrozen");
    bed.set_time(ready);
    mark(&bed).unwrap();
    assert_eq!(activate(&bed).unwrap_err(), "IsFrozen");
}

#[test]
fn closing_is_a_freeze_with_notice() {
    let bed = Bed::new();
    for from in [OPERATOR, STRANGER] {
        let sent = bed.send(from, Assay::announceClosingCall {});
        assert_eq!(sent.unwrap_err(), "NotGovernor");
    }
    assert_eq!(bed.status().closingAt, 0);
    let done = bed.send(GOVERNOR, Assay::announceClosingCall {}).unwrap();
    let at = bed.chain.timestamp() + u64::from(UPGRADE_S);
    let event = &done.events::<Assay::ClosingAnnounced>()[0];
    assert_eq!((event.freezeAt, bed.status().closingAt), (at, at));
    bed.set_time(at - 1);
    let again = bed.send(GOVERNOR, Assay::announceClosingCall {});
    assert_eq!(again.unwrap_err(), "AlreadyDone");
    let freeze = || bed.send(STRANGER, Assay::freezeCall {});
    assert_eq!(freeze().unwrap_err(), "NothingOverdue");
    bed.submit(&bed.next_batch()).unwrap();
    bed.set_time(at);
    let done = freeze().unwrap();
    assert_eq!(done.events::<Assay::Frozen>()[0].reason, 2);
    assert!(bed.status().frozen);
    assert_eq!(freeze().unwrap_err(), "IsFrozen");
}

/// Nobody is nobody: not address 0, and the operator alone can close.
#[test]
fn there_need_be_no_governor() {
    let bed = Bed::with(Assay::Config {
        governor: Address::ZERO,
        guardian: Address::ZERO,
        ..config()
    });
    for from in [GOVERNOR, OPERATOR] {
        let sent = bed.send(from, propose(MEDIUM, 0));
        assert_eq!(sent.unwrap_err(), "NotGovernor");
        let sent = bed.send(from, Assay::freezeByGuardianCall {});
        assert_eq!(sent.unwrap_err(), "NotGuardian");
    }
    let sent = bed.send(STRANGER, Assay::announceClosingCall {});
    assert_eq!(sent.unwrap_err(), "NotOperator");
    bed.send(OPERATOR, Assay::announceClosingCall {}).unwrap();
}

#[test]
fn the_operator_hands_over_in_two_steps() {
    let bed = Bed::new();
    let propose = |from: usize, next: Address| {
        bed.send(from, Assay::proposeOperatorCall { next })
            .map(|done| {
                let events = done.events::<Assay::OperatorProposed>();
                assert_eq!(events[0].operator, next);
            })
    };
    let accept = |from: usize| bed.send(from, Assay::acceptOperatorCall {});
    let next = account(USER);
    for from in [GOVERNOR, GUARDIAN, USER] {
        assert_eq!(propose(from, next).unwrap_err(), "NotOperator");
    }
    propose(OPERATOR, next).unwrap();
    assert_eq!(bed.read(Assay::proposedOperatorCall {}), next);
    // Taken back, and given again.
    propose(OPERATOR, Address::ZERO).unwrap();
    assert_eq!(accept(USER).unwrap_err(), "NotOperator");
    propose(OPERATOR, next).unwrap();
    assert_eq!(accept(STRANGER).unwrap_err(), "NotOperator");
    bed.submit(&bed.next_batch()).unwrap();
    let done = accept(USER).unwrap();
    let events = done.events::<Assay::OperatorChanged>();
    assert_eq!((events[0].operator, bed.status().operator), (next, next));
    assert_eq!(bed.read(Assay::operatorCall {}), next);
    let config = bed.read(Assay::configCall {});
    assert_eq!(config.operator, next);
    let sent = bed.submit(&bed.next_batch());
    assert_eq!(sent.unwrap_err(), "NotOperator");
    bed.submit_from(USER, &[bed.next_batch()]).unwrap();
    // It was good for once.
    assert_eq!(accept(USER).unwrap_err(), "NotOperator");
    assert_eq!(bed.credit(next), U256::ZERO);
}
