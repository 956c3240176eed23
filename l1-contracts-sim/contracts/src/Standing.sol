// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Config, Rules} from "./Config.sol";

/// @title Where the rollup stands, and what was fixed at its deployment
abstract contract Standing {
    /// One storage word.
    struct Progress {
        uint40 lastProved;
        /// Entries of the queue that proved batches took.
        uint40 queueConsumed;
        uint40 queueLength;
        /// Timestamp of the last batch.
        uint32 lastTimestamp;
        /// Time of the last proof, or of deployment.
        uint32 lastProvedAt;
        /// Until then others than the operator may submit.
        uint32 openUntil;
        /// Accounts given out, the reserved one included.
        uint32 accounts;
        bool frozen;
    }

    address public immutable governor;
    address public immutable guardian;
    address internal immutable _verifierFactory;
    uint32 internal immutable _provingS;
    uint32 internal immutable _restoreS;
    uint32 internal immutable _maxLagS;
    uint32 internal immutable _silenceS;
    uint32 internal immutable _rescueWindowS;
    uint32 internal immutable _queueDelayS;
    uint32 internal immutable _queueGapS;
    uint32 internal immutable _freezeAfterS;
    uint32 internal immutable _upgradeDelayS;
    uint32 internal immutable _inclusionGas;
    uint32 internal immutable _inclusionStep;
    /// Binds signatures and proofs to this chain and this contract.
    bytes32 public immutable domain;

    Progress internal _progress;
    // One storage word.
    address public operator;
    /// From then on anybody may freeze, because closing was announced; 0 for none.
    uint40 internal _closingAt;
    /// ERC-20s that have a number.
    uint16 internal _tokens;
    /// Shapes in service.
    uint8 internal _liveShapes;

    /// Root after the last proved batch.
    bytes32 public provedRoot;
    mapping(uint256 batch => bytes32) public batchHash;
    bool private transient _entered;

    /// 1 an entry was overdue, 2 closing, 3 the guardian, 4 the last shape was retired.
    event Frozen(uint8 reason);

    /// A call came back in from within a call.
    error Reentered();
    /// Only exits go on.
    error IsFrozen();
    /// Exits begin with the freeze.
    error NotFrozen();
    /// Unix time does not fit.
    error TimeOverflow();

    modifier nonReentrant() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(Config memory fixed_) {
        Rules.requireSound(fixed_);
        operator = fixed_.operator;
        governor = fixed_.governor;
        guardian = fixed_.guardian;
        _verifierFactory = fixed_.verifierFactory;
        _provingS = fixed_.provingS;
        _restoreS = fixed_.restoreS;
        _maxLagS = fixed_.maxLagS;
        _silenceS = fixed_.silenceS;
        _rescueWindowS = fixed_.rescueWindowS;
        _queueDelayS = fixed_.queueDelayS;
        _queueGapS = fixed_.queueGapS;
        _freezeAfterS = fixed_.freezeAfterS;
        _upgradeDelayS = fixed_.upgradeDelayS;
        _inclusionGas = fixed_.inclusionGas;
        _inclusionStep = fixed_.inclusionStep;
        domain = (sha256(abi.encodePacked("assay/2", block.chainid, address(this))) << 8) >> 8;
    }

    /// @notice The numbers of the deployment, and the operator of now.
    function config() external view returns (Config memory) {
        return Config({
            operator: operator,
            governor: governor,
            guardian: guardian,
            verifierFactory: _verifierFactory,
            provingS: _provingS,
            restoreS: _restoreS,
            maxLagS: _maxLagS,
            silenceS: _silenceS,
            rescueWindowS: _rescueWindowS,
            queueDelayS: _queueDelayS,
            queueGapS: _queueGapS,
            freezeAfterS: _freezeAfterS,
            upgradeDelayS: _upgradeDelayS,
            inclusionGas: _inclusionGas,
            inclusionStep: _inclusionStep
        });
    }

    /// For ever.
    function _freeze(uint8 reason) internal {
        if (_progress.frozen) revert IsFrozen();
        _progress.frozen = true;
        emit Frozen(reason);
    }

    function _requireOpen() internal view {
        if (_progress.frozen) revert IsFrozen();
    }

    function _requireFrozen() internal view {
        if (!_progress.frozen) revert NotFrozen();
    }

    function _time(uint256 unixS) internal pure returns (uint32) {
        if (unixS > type(uint32).max) revert TimeOverflow();
        return uint32(unixS);
    }
}
