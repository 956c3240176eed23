// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// What the constructor fixes for ever, but for the operator. Times are in seconds.
struct Config {
    /// Submits batches.
    address operator;
    /// May add shapes after a delay and retire them, and nothing else; 0 for none.
    address governor;
    /// May freeze, and nothing else; 0 for none.
    address guardian;
    /// Makes verifiers from the words of a key.
    address verifierFactory;
    /// What a prover of full speed needs for one batch of the slowest shape.
    uint32 provingS;
    /// What it takes to restore the state from the L1 and prove once.
    uint32 restoreS;
    /// A batch's timestamp is at most so far behind the block's.
    uint32 maxLagS;
    /// So long may the head of the queue wait before others may submit.
    uint32 silenceS;
    /// So long others may go on once one of them did.
    uint32 rescueWindowS;
    /// From queueing to the time from which an entry must be taken.
    uint32 queueDelayS;
    /// Between such times of one entry and the next, at least.
    uint32 queueGapS;
    /// So long overdue the head may be before anybody may freeze.
    uint32 freezeAfterS;
    /// From announcing a shape, or closing, to its effect.
    uint32 upgradeDelayS;
    /// Gas that an entry of the queue pays for.
    uint32 inclusionGas;
    /// So many entries waiting double the price of an entry.
    uint32 inclusionStep;
}

/// A shape under its id.
struct ShapeConfig {
    uint8 shapeId;
    /// N, transfer records.
    uint16 transfers;
    /// X, full records.
    uint16 fullRecords;
    /// F, fee slots.
    uint8 feeSlots;
    /// What kind of verifier its key is for: 1 is Groth16 with three inputs.
    uint8 verifierType;
}

/// @title The inequalities between the numbers of a deployment
library Rules {
    /// What a batch costs on the L1, which its entries of the queue pay together, and what one
    /// entry adds to it.
    uint256 private constant BATCH_GAS = 327_000;
    uint256 private constant ENTRY_GAS = 8_000;
    /// From sending a transaction to its block.
    uint256 private constant INCLUSION_S = 12;
    /// An outage of the L1 that must not freeze the rollup.
    uint256 private constant L1_OUTAGE_S = 2 days;
    /// Users have so long to leave before a shape that was announced is used, besides the time
    /// that a forced order or a freeze takes.
    uint256 private constant NOTICE_S = 30 days;
    /// An order that is not executed frees its owner within this time.
    uint256 private constant LONGEST_WAIT_S = 14 days;
    uint256 private constant LONGEST_GAP_S = 60;
    /// One word of bits for the claims of each batch.
    uint256 private constant MAX_FULL_RECORDS = 256;
    /// Chain ids of development chains.
    uint256 private constant DEV_CHAIN = 31337;
    uint256 private constant DEV_CHAIN_GETH = 1337;

    /// The parameter breaks an inequality of docs/spec/contracts.md.
    error InvalidConfig(string parameter);
    /// The shape's numbers cannot be used.
    error InvalidShape(uint8 shapeId);
    /// The tiny shape is for development chains.
    error DevelopmentShape();

    /// @notice Reverts unless users can always leave in time.
    function requireSound(Config memory config) internal view {
        if (config.operator == address(0)) revert InvalidConfig("operator");
        if (config.verifierFactory.code.length == 0) revert InvalidConfig("verifierFactory");
        if (config.provingS == 0) revert InvalidConfig("provingS");
        if (config.restoreS == 0) revert InvalidConfig("restoreS");
        if (config.rescueWindowS == 0) revert InvalidConfig("rescueWindowS");
        if (config.inclusionStep == 0) revert InvalidConfig("inclusionStep");

        uint256 lag = config.maxLagS;
        uint256 silence = config.silenceS;
        uint256 delay = config.queueDelayS;
        uint256 freeze = config.freezeAfterS;
        if (lag < 2 * (config.provingS + INCLUSION_S)) revert InvalidConfig("maxLagS");
        if (silence <= lag) revert InvalidConfig("silenceS");
        if (silence + config.restoreS >= delay) revert InvalidConfig("queueDelayS");
        if (freeze < lag + config.restoreS + config.rescueWindowS + L1_OUTAGE_S) {
            revert InvalidConfig("freezeAfterS");
        }
        if (config.upgradeDelayS < NOTICE_S + delay + freeze) revert InvalidConfig("upgradeDelayS");
        if (!_development()) {
            if (delay + freeze > LONGEST_WAIT_S) revert InvalidConfig("freezeAfterS");
            if (config.queueGapS > LONGEST_GAP_S) revert InvalidConfig("queueGapS");
        }
    }

    /// @notice Reverts unless the shape is usable, and a prover of full speed keeps up with the
    /// queue by batches of it, paid by the entries.
    function requireServable(ShapeConfig memory shape, uint256 provingS, uint256 queueGapS, uint256 inclusionGas)
        internal
        view
    {
        if (shape.shapeId == 0 && !_development()) revert DevelopmentShape();
        uint256 records = shape.fullRecords;
        if (shape.transfers == 0 || records == 0 || records > MAX_FULL_RECORDS || shape.feeSlots == 0) {
            revert InvalidShape(shape.shapeId);
        }
        if (queueGapS * records < 2 * provingS) revert InvalidConfig("queueGapS");
        if (inclusionGas * records < BATCH_GAS + ENTRY_GAS * records) revert InvalidConfig("inclusionGas");
    }

    function _development() private view returns (bool) {
        return block.chainid == DEV_CHAIN || block.chainid == DEV_CHAIN_GETH;
    }
}
