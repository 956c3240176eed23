//! What a deployment must fulfil, and what it says of itself.

use alloy::primitives::{Address, U256};

use super::{
    bed::{
        Bed, DELAY_S, FREEZE_S, GAP_S, GOVERNOR, GUARDIAN, LAG_S, LARGE, OPERATOR, PROVING_S,
        RESTORE_S, SILENCE_S, SMALL, UPGRADE_S, account, code, config, empty_root, shape_config,
    },
    proofs::{escape_toy, toy},
};
use crate::{
    batch::{BatchHeader, ShapeSize},
    contracts::{Assay, EscapeVerifier, Groth16Verifier},
};

const DAY: u32 = 86_400;

fn refused_on(chain_id: u64, config: Assay::Config, shape: ShapeSize) -> String {
    Bed::bare(chain_id)
        .deploy(config, &[(shape, toy(0))])
        .unwrap_err()
}

fn refused(change: impl Fn(&mut Assay::Config)) -> String {
    let mut changed = config();
    change(&mut changed);
    refused_on(31337, changed, SMALL)
}

/// Most of the sample is at the bound of its inequality: one less, or more, is refused.
#[test]
fn the_inequalities_hold_or_name_the_parameter() {
    let named = |parameter: &str| format!("InvalidConfig {parameter}");
    type Change = fn(&mut Assay::Config);
    let cases: [(&str, Change); 20] = [
        ("operator", |c| c.operator = Address::ZERO),
        ("verifierFactory", |c| c.verifierFactory = account(3)),
        ("provingS", |c| c.provingS = 0),
        ("restoreS", |c| c.restoreS = 0),
        ("rescueWindowS", |c| c.rescueWindowS = 0),
        ("inclusionStep", |c| c.inclusionStep = 0),
        ("maxLagS", |c| c.maxLagS = 0),
        ("maxLagS", |c| c.maxLagS = 2 * (PROVING_S + 12) - 1),
        ("silenceS", |c| c.silenceS = 0),
        ("silenceS", |c| c.silenceS = LAG_S),
        ("queueDelayS", |c| c.queueDelayS = 0),
        ("queueDelayS", |c| c.queueDelayS = SILENCE_S + RESTORE_S),
        ("freezeAfterS", |c| c.freezeAfterS = 0),
        ("freezeAfterS", |c| c.freezeAfterS = FREEZE_S - 1),
        ("upgradeDelayS", |c| c.upgradeDelayS = 0),
        ("upgradeDelayS", |c| c.upgradeDelayS = UPGRADE_S - 1),
        ("queueGapS", |c| c.queueGapS = 0),
        ("queueGapS", |c| c.queueGapS = GAP_S - 1),
        ("inclusionGas", |c| c.inclusionGas = 0),
        ("inclusionGas", |c| c.inclusionGas -= 1),
    ];
    for (parameter, change) in cases {
        assert_eq!(refused(change), named(parameter));
    }
    // The other sides of the bounds that the sample does not touch.
    let accepted = |change: &dyn Fn(&mut Assay::Config)| {
        let mut changed = config();
        change(&mut changed);
        Bed::bare(31337)
            .deploy(changed, &[(SMALL, toy(0))])
            .unwrap();
    };
    accepted(&|c| c.maxLagS = 2 * (PROVING_S + 12));
    accepted(&|c| c.silenceS = LAG_S + 1);
    accepted(&|c| c.queueDelayS = SILENCE_S + RESTORE_S + 1);
    // Sums that 32 bits do not hold are sums all the same.
    assert_eq!(
        refused(|c| c.freezeAfterS = u32::MAX),
        named("upgradeDelayS")
    );
    let half = |c: &mut Assay::Config| (c.silenceS, c.restoreS) = (1 << 31, 1 << 31);
    assert_eq!(refused(half), named("queueDelayS"));
    let lag = |c: &mut Assay::Config| c.provingS = 1 << 31;
    assert_eq!(refused(lag), named("maxLagS"));
}

#[test]
fn outside_development_nobody_waits_for_more_than_two_weeks() {
    let real = |change: &dyn Fn(&mut Assay::Config)| {
        let mut changed = config();
        change(&mut changed);
        changed.upgradeDelayS = 30 * DAY + 30 * DAY;
        let bed = Bed::bare(1);
        bed.deploy(changed, &[(SMALL, toy(0))]).map(|_| ())
    };
    let weeks = 14 * DAY - DELAY_S;
    real(&|c| c.freezeAfterS = weeks).unwrap();
    let long = real(&|c| c.freezeAfterS = weeks + 1);
    assert_eq!(long.unwrap_err(), "InvalidConfig freezeAfterS");
    real(&|c| c.queueGapS = 60).unwrap();
    let apart = real(&|c| c.queueGapS = 61);
    assert_eq!(apart.unwrap_err(), "InvalidConfig queueGapS");
    // In development both are free.
    for chain_id in [31337, 1337] {
        let free = Assay::Config {
            freezeAfterS: weeks + 1,
            queueGapS: 61,
            upgradeDelayS: 60 * DAY,
            ..config()
        };
        let bed = Bed::bare(chain_id);
        bed.deploy(free, &[(SMALL, toy(0))]).unwrap();
    }
}

#[test]
fn the_tiny_shape_is_for_development() {
    let tiny = ShapeSize { id: 0, ..SMALL };
    for chain_id in [1, 10, 31336, 1338] {
        assert_eq!(refused_on(chain_id, config(), tiny), "DevelopmentShape");
    }
    for chain_id in [31337, 1337] {
        let bed = Bed::bare(chain_id);
        bed.deploy(config(), &[(tiny, toy(0))]).unwrap();
    }
}

#[test]
fn shapes_must_be_servable() {
    for shape in [
        ShapeSize {
            transfers: 0,
            ..SMALL
        },
        ShapeSize {
            full_records: 0,
            ..SMALL
        },
        ShapeSize {
            full_records: 257,
            ..SMALL
        },
        ShapeSize {
            fee_slots: 0,
            ..SMALL
        },
    ] {
        assert_eq!(refused_on(31337, config(), shape), "InvalidShape");
    }
    // The least shape is what counts, wherever it stands.
    let single = ShapeSize {
        id: 4,
        full_records: 1,
        ..SMALL
    };
    let bed = Bed::bare(31337);
    let both = [(SMALL, toy(0)), (single, toy(0))];
    let sent = bed.deploy(config(), &both);
    assert_eq!(sent.unwrap_err(), "InvalidConfig queueGapS");
    let twice = bed.deploy(config(), &[(SMALL, toy(0)), (SMALL, toy(1))]);
    assert_eq!(twice.unwrap_err(), "ShapeExists");
    let none = bed.deploy(config(), &[]);
    assert_eq!(none.unwrap_err(), "InvalidConfig shapes");
}

#[test]
fn there_is_one_key_for_each_shape() {
    use alloy::sol_types::SolConstructor as _;
    let bed = Bed::bare(31337);
    let factory = bed.factory();
    for keys in [0, 2] {
        let call = Assay::constructorCall {
            config_: Assay::Config {
                verifierFactory: factory,
                ..config()
            },
            initialShapes: vec![shape_config(SMALL)],
            keys: vec![toy(0).words(); keys],
            escapeKey: escape_toy().words(),
        };
        let sent = bed.create([code("Assay"), call.abi_encode()].concat());
        assert_eq!(sent.unwrap_err(), "InvalidConfig shapes");
    }
    // A batch's key does not verify escapes.
    let call = Assay::constructorCall {
        config_: Assay::Config {
            verifierFactory: factory,
            ..config()
        },
        initialShapes: vec![shape_config(SMALL)],
        keys: vec![toy(0).words()],
        escapeKey: toy(0).words(),
    };
    let sent = bed.create([code("Assay"), call.abi_encode()].concat());
    assert_eq!(sent.unwrap_err(), "InvalidKey");
}

#[test]
fn a_deployment_says_what_it_is() {
    let bed = Bed::new();
    let expected = config();
    let found = bed.read(Assay::configCall {});
    assert!(!found.verifierFactory.is_zero());
    let expected = Assay::Config {
        verifierFactory: found.verifierFactory,
        ..expected
    };
    assert_eq!(found, expected);
    assert_eq!(bed.read(Assay::operatorCall {}), account(OPERATOR));
    assert_eq!(bed.read(Assay::governorCall {}), account(GOVERNOR));
    assert_eq!(bed.read(Assay::guardianCall {}), account(GUARDIAN));
    let verifier = bed.read(Assay::escapeVerifierCall {});
    let key = bed.read_from(verifier, EscapeVerifier::keyCall {});
    assert_eq!(key, escape_toy().words());
    for (shape, which) in [(SMALL, 0), (LARGE, 1)] {
        let kept = bed.read(Assay::shapesCall { shapeId: shape.id });
        assert_eq!(
            (kept.transfers, kept.fullRecords),
            (shape.transfers, shape.full_records)
        );
        assert_eq!((kept.feeSlots, kept.verifierType), (shape.fee_slots, 1));
        assert!(!kept.retired);
        let key = bed.read_from(kept.verifier, Groth16Verifier::keyCall {});
        assert_eq!(key, toy(which).words());
    }
    let status = bed.status();
    let hash = BatchHeader::genesis(empty_root()).hash([0; 32]);
    let expected = Assay::Status {
        lastProved: 0,
        lastTimestamp: 0,
        lastProvedAt: u32::try_from(bed.chain.timestamp()).unwrap(),
        accounts: 1,
        provedRoot: empty_root().into(),
        lastBatchHash: hash.into(),
        queueConsumed: 0,
        queueLength: 0,
        headDue: 0,
        openUntil: 0,
        frozen: false,
        closingAt: 0,
        tokens: 0,
        operator: account(OPERATOR),
    };
    assert_eq!(status, expected);
    assert_eq!(bed.credit(account(OPERATOR)), U256::ZERO);
}

/// EIP-170 and EIP-7825, and one more transaction for the factory.
#[test]
fn a_deployment_fits_into_transactions() {
    let bed = Bed::new();
    for (address, name) in [
        (bed.rollup, "rollup"),
        (bed.read(Assay::configCall {}).verifierFactory, "factory"),
        (bed.read(Assay::escapeVerifierCall {}), "escape verifier"),
    ] {
        let size = bed.chain.node().latest().code(address).len();
        assert!(size <= 24_576, "{name}: {size} bytes");
    }
    let longest = code("Assay").len();
    assert!(longest < 49_152, "EIP-3860: {longest} bytes");
}
