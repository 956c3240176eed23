//! What a constructor refuses.

use alloy::primitives::U256;

use super::{
    super::trapdoor::{self, ESCAPE_KEY},
    Assay, Refusals,
    governance::{check_key, check_shape},
};

const DAY_S: u64 = 86_400;

/// On these the numbers are free, and the smallest shape is allowed.
pub(in super::super) fn is_development(chain_id: u64) -> bool {
    matches!(chain_id, 31337 | 1337)
}

/// Why a deployment is refused. `factory`: there is one where the configuration says.
pub(in super::super) fn refusals(
    call: &Assay::constructorCall,
    chain_id: u64,
    factory: bool,
) -> Refusals {
    let mut refusals = Refusals::default();
    let config = &call.config_;
    let shapes = &call.initialShapes;
    check_config(config, chain_id, &mut refusals);
    refusals.when(!factory, "InvalidConfig verifierFactory");
    let keyed = !shapes.is_empty() && shapes.len() == call.keys.len();
    refusals.when(!keyed, "InvalidConfig shapes");
    for (i, shape) in shapes.iter().enumerate() {
        check_shape(shape, config, &mut refusals);
        let twice = shapes[..i]
            .iter()
            .any(|other| other.shapeId == shape.shapeId);
        refusals.when(twice, "ShapeExists");
        let tiny = shape.shapeId == 0 && !is_development(chain_id);
        refusals.when(tiny, "DevelopmentShape");
        refusals.when(shape.verifierType != 1, "UnknownVerifierType");
    }
    for key in &call.keys {
        check_key(key, &mut refusals);
    }
    check_escape_key(&call.escapeKey, &mut refusals);
    refusals
}

/// Adds what is wrong with a key of 24 words.
pub(in super::super) fn check_escape_key(words: &[U256], refusals: &mut Refusals) {
    if trapdoor::key(ESCAPE_KEY).words() != words {
        check_key(&[], refusals);
    }
}

fn check_config(config: &Assay::Config, chain_id: u64, refusals: &mut Refusals) {
    let [
        t,
        restore,
        lag,
        silence,
        window,
        delay,
        gap,
        freeze,
        upgrade,
        gas,
        step,
    ] = [
        config.provingS,
        config.restoreS,
        config.maxLagS,
        config.silenceS,
        config.rescueWindowS,
        config.queueDelayS,
        config.queueGapS,
        config.freezeAfterS,
        config.upgradeDelayS,
        config.inclusionGas,
        config.inclusionStep,
    ]
    .map(u64::from);
    refusals.when(config.operator.is_zero(), "InvalidConfig operator");
    refusals.when(t == 0, "InvalidConfig provingS");
    refusals.when(restore == 0, "InvalidConfig restoreS");
    refusals.when(lag < 2 * (t + 12) || lag == 0, "InvalidConfig maxLagS");
    refusals.when(silence <= lag, "InvalidConfig silenceS");
    refusals.when(window == 0, "InvalidConfig rescueWindowS");
    refusals.when(silence + restore >= delay, "InvalidConfig queueDelayS");
    refusals.when(gap == 0, "InvalidConfig queueGapS");
    let patience = restore + window + lag + 2 * DAY_S;
    refusals.when(freeze < patience, "InvalidConfig freezeAfterS");
    refusals.when(
        upgrade < 30 * DAY_S + delay + freeze,
        "InvalidConfig upgradeDelayS",
    );
    refusals.when(gas == 0, "InvalidConfig inclusionGas");
    refusals.when(step == 0, "InvalidConfig inclusionStep");
    if !is_development(chain_id) {
        refusals.when(delay + freeze > 14 * DAY_S, "InvalidConfig freezeAfterS");
        refusals.when(gap > 60, "InvalidConfig queueGapS");
    }
}
