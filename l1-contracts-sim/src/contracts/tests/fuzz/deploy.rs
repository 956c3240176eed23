//! Deployments, good and nearly good ones.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, U256},
    sol_types::{SolCall, SolConstructor as _},
};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    super::hostile::{Forwarder, ReentrantReceiver},
    cast::{self, FORWARDER, GOVERNOR, GUARDIAN, OPERATOR, USERS},
    coverage::Coverage,
    ground::{Ending, GAS_MAX, Ground, Sending},
    model::{Model, deployment, governance},
    trapdoor::{BATCH_KEYS, ESCAPE_KEY, key},
    world::World,
};
use crate::contracts::{Assay, TestToken};

const DAY_S: u32 = 86_400;
const START_S: u64 = 1_800_000_000;

/// id, N, X and F.
const SIZES: [(u8, u16, u16, u8); 5] = [
    (0, 2, 2, 1),
    (1, 12, 2, 2),
    (2, 56, 6, 4),
    (3, 237, 16, 8),
    (7, 1, 1, 1),
];

/// A bound, most often itself.
fn from(rng: &mut ChaCha8Rng, bound: u32, most: u32) -> u32 {
    match rng.random_range(0..4) {
        0 => bound + rng.random_range(0..=most),
        1 => bound + 1,
        _ => bound,
    }
}

/// The least price of an entry where the smallest shape has so many full records.
fn least_gas(records: u16) -> u32 {
    327_000_u32.div_ceil(records.into()) + 8_000
}

/// Numbers that keep all inequalities.
fn config(rng: &mut ChaCha8Rng, records: u16, development: bool) -> Assay::Config {
    let proving = rng.random_range(1..=25);
    let restore = rng.random_range(1..=20_000);
    let lag = from(rng, 2 * (proving + 12), 3_000);
    let silence = from(rng, lag + 1, 4_000);
    let window = rng.random_range(1..=20_000);
    let delay = from(rng, silence + restore + 1, 100_000);
    let freeze = from(rng, restore + window + lag + 2 * DAY_S, 100_000);
    let gap = from(
        rng,
        (2 * proving).div_ceil(records.into()),
        if development { 500 } else { 9 },
    );
    let gas = from(rng, least_gas(records), 50_000);
    let some = |rng: &mut ChaCha8Rng, who| {
        if rng.random_bool(0.8) {
            who
        } else {
            Address::ZERO
        }
    };
    Assay::Config {
        operator: OPERATOR,
        governor: some(rng, GOVERNOR),
        guardian: some(rng, GUARDIAN),
        verifierFactory: Address::ZERO,
        provingS: proving,
        restoreS: restore,
        maxLagS: lag,
        silenceS: silence,
        rescueWindowS: window,
        queueDelayS: delay,
        queueGapS: gap,
        freezeAfterS: freeze,
        upgradeDelayS: from(rng, 30 * DAY_S + delay + freeze, 100_000),
        inclusionGas: gas,
        inclusionStep: [1, 2, 10, 100, u32::MAX][rng.random_range(0..5)],
    }
}

fn shape((id, transfers, records, slots): (u8, u16, u16, u8)) -> Assay::ShapeConfig {
    Assay::ShapeConfig {
        shapeId: id,
        transfers,
        fullRecords: records,
        feeSlots: slots,
        verifierType: 1,
    }
}

fn constructor(rng: &mut ChaCha8Rng, chain_id: u64, factory: Address) -> Assay::constructorCall {
    let development = deployment::is_development(chain_id);
    let first = usize::from(!development);
    let mut sizes = SIZES[first..].to_vec();
    while sizes.len() > 3 || (sizes.len() > 1 && rng.random_bool(0.4)) {
        let place = rng.random_range(0..sizes.len());
        sizes.remove(place);
    }
    let records = sizes.iter().map(|size| size.2).min().unwrap();
    let config = config(rng, records, development);
    let keys = sizes
        .iter()
        .map(|_| key(rng.random_range(0..BATCH_KEYS)).words());
    Assay::constructorCall {
        config_: Assay::Config {
            verifierFactory: factory,
            ..config
        },
        keys: keys.collect(),
        initialShapes: sizes.into_iter().map(shape).collect(),
        escapeKey: key(ESCAPE_KEY).words(),
    }
}

/// Words of a key, with something wrong.
pub(super) fn spoil_key(rng: &mut ChaCha8Rng, words: &mut Vec<U256>) {
    let one = U256::from(1);
    match rng.random_range(0..6) {
        0 => {
            words.pop();
        }
        1 => words.push(one),
        // Delta as gamma: alpha and beta are six words.
        2 if words.len() > 14 => words.copy_within(10..14, 6),
        3 => {
            let place = rng.random_range(0..words.len());
            words[place] = U256::MAX;
        }
        4 => {
            let place = words.len() - 2;
            words[place..].fill(U256::ZERO);
        }
        _ => {
            let place = rng.random_range(0..words.len());
            words[place] += one;
        }
    }
}

/// Changes one thing, which may still be allowed.
fn spoil(rng: &mut ChaCha8Rng, call: &mut Assay::constructorCall) {
    let config = &mut call.config_;
    let number = |rng: &mut ChaCha8Rng, number: &mut u32| {
        *number = match rng.random_range(0..6) {
            0 => 0,
            1 => u32::MAX,
            2 => *number / 2,
            3 => number.saturating_add(rng.random_range(1..100)),
            4 => number.saturating_add(rng.random_range(1..40 * DAY_S)),
            _ => number.saturating_sub(1),
        };
    };
    match rng.random_range(0..22) {
        0 => config.operator = Address::ZERO,
        1 => config.verifierFactory = USERS[0],
        2 => number(rng, &mut config.provingS),
        3 => number(rng, &mut config.restoreS),
        4 => number(rng, &mut config.maxLagS),
        5 => number(rng, &mut config.silenceS),
        6 => number(rng, &mut config.rescueWindowS),
        7 => number(rng, &mut config.queueDelayS),
        8 => number(rng, &mut config.queueGapS),
        9 => number(rng, &mut config.freezeAfterS),
        10 => number(rng, &mut config.upgradeDelayS),
        11 => number(rng, &mut config.inclusionGas),
        12 => number(rng, &mut config.inclusionStep),
        13 => call.initialShapes[0].transfers = 0,
        14 => call.initialShapes[0].fullRecords = [0, 1, 256, 257][rng.random_range(0..4)],
        15 => call.initialShapes[0].feeSlots = 0,
        16 => call.initialShapes[0].verifierType = rng.random(),
        17 => call.initialShapes[0].shapeId = 0,
        18 => {
            call.initialShapes.push(call.initialShapes[0].clone());
            call.keys.push(call.keys[0].clone());
        }
        19 => call.keys.truncate(rng.random_range(0..=call.keys.len())),
        20 => spoil_key(rng, &mut call.keys[0]),
        _ => spoil_key(rng, &mut call.escapeKey),
    }
}

fn create(ground: &mut Ground, call: &Assay::constructorCall) -> Result<Address, String> {
    ground.create([cast::creation("Assay"), call.abi_encode()].concat())
}

/// Tries deployments that may be refused.
fn attempts(
    ground: &mut Ground,
    rng: &mut ChaCha8Rng,
    (chain_id, factory): (u64, Address),
    coverage: &mut Coverage,
) {
    for _ in 0..4 {
        let mut call = constructor(rng, chain_id, factory);
        spoil(rng, &mut call);
        if rng.random_bool(0.1) {
            spoil(rng, &mut call);
        }
        let made = call.config_.verifierFactory == factory;
        let refusals = deployment::refusals(&call, chain_id, made);
        let created = create(ground, &call);
        let outcome = created.as_ref().err().map_or("ok", String::as_str);
        coverage.count("constructor", outcome);
        match created {
            Ok(_) => assert!(
                refusals.0.is_empty(),
                "deployed in spite of {refusals:?}: {call:?}"
            ),
            Err(name) => assert!(
                refusals.0.contains(name.as_str()),
                "not deployed for {name:?}, but {refusals:?}: {call:?}"
            ),
        }
    }
}

/// A call by somebody that must succeed and is no step.
pub(super) fn set_up<C: SolCall>(
    ground: &mut Ground,
    from: Address,
    to: Address,
    call: &C,
    value: U256,
) {
    let sending = Sending {
        from,
        to: to.into(),
        value,
        gas: GAS_MAX,
        data: call.abi_encode().into(),
    };
    let balance = ground.balance(from);
    let (ending, _) = ground.send(&sending);
    assert!(matches!(ending, Ending::Done { .. }), "{ending:?}");
    ground.set_balance(from, balance - value);
}

impl World {
    /// A new chain with a rollup on it.
    pub(super) fn start(mut rng: ChaCha8Rng, mut coverage: Coverage) -> Self {
        let chain_id = [31337, 31337, 1337, 1][rng.random_range(0..4)];
        // Near the end of 32 bits, some times.
        let now = if rng.random_bool(0.06) {
            u64::from(u32::MAX) - u64::from(rng.random_range(1..400_000_u32))
        } else {
            START_S + rng.random_range(0..100_000)
        };
        let mut ground = Ground::new(chain_id, now);
        let outside = cast::enter(&mut ground);
        let factory = ground.create(cast::creation("VerifierFactory")).unwrap();
        attempts(&mut ground, &mut rng, (chain_id, factory), &mut coverage);
        let mut call = constructor(&mut rng, chain_id, factory);
        let expensive = rng.random_bool(0.08);
        if expensive {
            call.config_.inclusionGas = u32::MAX;
        }
        let deaf = rng.random_bool(0.03);
        if deaf {
            call.config_.verifierFactory = ground.create(cast::creation("Yes")).unwrap();
        }
        let rollup = create(&mut ground, &call).unwrap();
        let shapes: BTreeMap<_, _> = call
            .initialShapes
            .iter()
            .zip(&call.keys)
            .map(|(shape, words)| {
                let key = governance::key_of(words);
                (shape.shapeId, governance::shape_of(shape, key))
            })
            .collect();
        let mut model = Model::new(chain_id, now, rollup, call.config_, shapes);
        model.deaf = deaf;
        let mut world = Self::of(ground, model, outside, rng, coverage);
        world.reckless = world.rng.random_bool(0.25);
        world.furnish();
        world.check();
        world
    }

    /// Tokens in everybody's hands.
    fn furnish(&mut self) {
        let rollup = self.rollup();
        let amount = U256::from(1) << 130;
        let addresses: Vec<Address> = self.outside.tokens.iter().map(|t| t.address).collect();
        for token in addresses {
            for owner in cast::SIGNERS.into_iter().chain([FORWARDER]) {
                let approve = TestToken::approveCall {
                    spender: rollup,
                    amount: U256::MAX,
                };
                if owner == FORWARDER {
                    let forward = Forwarder::forwardCall {
                        target: token,
                        call_: approve.abi_encode().into(),
                    };
                    set_up(&mut self.ground, USERS[0], FORWARDER, &forward, U256::ZERO);
                } else {
                    set_up(&mut self.ground, owner, token, &approve, U256::ZERO);
                }
            }
            for owner in [USERS[0], USERS[1], FORWARDER] {
                let mint = TestToken::mintCall { to: owner, amount };
                set_up(&mut self.ground, USERS[0], token, &mint, U256::ZERO);
                let token = self.outside.token(token).unwrap();
                token.balances.insert(owner, amount);
            }
        }
        let wealth = U256::from(1) << 140;
        let all = cast::SIGNERS.into_iter().chain(cast::receivers());
        for account in all {
            self.ground.set_balance(account, wealth);
            self.ether.insert(account, wealth);
        }
    }

    /// Says what a contract that is paid calls from within.
    pub(super) fn arm(&mut self, contract: Address, again: Vec<u8>, value: u64) {
        let call = ReentrantReceiver::armCall {
            target_: self.rollup(),
            value_: U256::from(value),
            again: again.into(),
        };
        set_up(&mut self.ground, USERS[2], contract, &call, U256::ZERO);
    }
}
