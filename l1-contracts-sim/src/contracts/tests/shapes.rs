//! Shapes and governance.

use super::{
    bed::{Bed, DELAY_S, GENESIS, GOVERNOR, OPERATOR, SMALL, account},
    proofs::toy,
};
use crate::{batch::ShapeSize, client::ShapeInfo, contracts::Assay};

const MEDIUM: ShapeSize = ShapeSize {
    id: 2,
    transfers: 60,
    full_records: 6,
    fee_slots: 4,
};

#[test]
fn a_new_shape_waits_for_its_delay() {
    let bed = Bed::new();
    let shape: Assay::ShapeConfig = bed.shape(MEDIUM, toy(0)).into();
    let propose = Assay::proposeVerifierCall {
        shape: shape.clone(),
    };
    let activate = Assay::activateVerifierCall {
        shape: shape.clone(),
    };
    for from in [OPERATOR, 5] {
        assert_eq!(
            bed.call_contract(from, bed.rollup, propose.clone())
                .unwrap_err(),
            "NotGovernor"
        );
        assert_eq!(
            bed.call_contract(from, bed.rollup, activate.clone())
                .unwrap_err(),
            "NotGovernor"
        );
    }
    let governor = |call: Assay::activateVerifierCall| {
        bed.call_contract(GOVERNOR, bed.rollup, call).map(|_| ())
    };
    assert_eq!(governor(activate.clone()).unwrap_err(), "NotReady");
    bed.call_contract(GOVERNOR, bed.rollup, propose).unwrap();
    let proposed = bed.chain.timestamp();
    bed.chain
        .set_next_timestamp(proposed + DELAY_S - 1)
        .unwrap();
    assert_eq!(governor(activate.clone()).unwrap_err(), "NotReady");
    bed.chain.set_next_timestamp(proposed + DELAY_S).unwrap();
    // Not another one than was proposed.
    let mut other = activate.clone();
    other.shape.transfers += 1;
    assert_eq!(governor(other).unwrap_err(), "NotReady");
    governor(activate.clone()).unwrap();
    assert_eq!(bed.read(Assay::shapesCall { shapeId: 2 }).transfers, 60);
    assert_eq!(governor(activate).unwrap_err(), "NotReady");
}

#[test]
fn no_verifier_is_ever_replaced() {
    let bed = Bed::new();
    let call = Assay::proposeVerifierCall {
        shape: bed.shape(SMALL, toy(1)).into(),
    };
    assert_eq!(
        bed.call_contract(GOVERNOR, bed.rollup, call).unwrap_err(),
        "ShapeExists"
    );
    let shape = bed.shape(SMALL, toy(1));
    assert_eq!(
        bed.deploy_rollup(GENESIS, &[shape, shape]).unwrap_err(),
        "ShapeExists"
    );
}

#[test]
fn shapes_must_be_usable() {
    let bed = Bed::new();
    let good = bed.shape(MEDIUM, toy(0));
    bed.deploy_rollup(
        GENESIS,
        &[ShapeInfo {
            size: ShapeSize {
                full_records: 256,
                ..MEDIUM
            },
            ..good
        }],
    )
    .unwrap();
    let sizes = [
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
    ];
    for size in sizes {
        assert_eq!(
            bed.deploy_rollup(GENESIS, &[ShapeInfo { size, ..good }])
                .unwrap_err(),
            "InvalidShape"
        );
    }
    let no_code = ShapeInfo {
        verifier: account(4).into(),
        ..good
    };
    assert_eq!(
        bed.deploy_rollup(GENESIS, &[no_code]).unwrap_err(),
        "InvalidShape"
    );
}
