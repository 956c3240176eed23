// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Shape} from "./Batch.sol";
import {Config, Rules, ShapeConfig} from "./Config.sol";
import {Standing} from "./Standing.sol";
import {VerifierFactory} from "./VerifierFactory.sol";

/// A shape on its way in.
struct Proposal {
    ShapeConfig shape;
    address verifier;
    /// From then on it may be marked; 0 where nothing is proposed.
    uint64 readyAt;
    bool marked;
    /// Length of the queue when it was marked: so much must be taken before it is used.
    uint64 queueLength;
}

/// @title What a governor, a guardian and an operator can change
/// @notice A governor can add shapes with long notice and retire them; both it and the guardian
/// can freeze. None of them can touch funds, replace a verifier or stop exits.
abstract contract Governance is Standing {
    /// A proposal that was not used within this time after its delay is void.
    uint256 private constant PROPOSAL_LIFE_S = 14 days;

    address public immutable escapeVerifier;
    /// Who may become the operator by accepting; 0 for none.
    address public proposedOperator;
    mapping(uint8 shapeId => Shape) public shapes;
    mapping(uint8 shapeId => Proposal) internal _proposals;

    event ShapeProposed(uint8 shapeId, ShapeConfig shape, address verifier, uint64 readyAt);
    event ProposalMarked(uint8 shapeId, uint64 queueLength);
    event ShapeActivated(uint8 shapeId);
    event ShapeRetired(uint8 shapeId);
    event ClosingAnnounced(uint64 freezeAt);
    event OperatorProposed(address operator);
    event OperatorChanged(address operator);

    /// Only the operator may do this now.
    error NotOperator();
    /// Only the governor may do this.
    error NotGovernor();
    /// Only the guardian may do this.
    error NotGuardian();
    /// No shape with this id is in service.
    error UnknownShape(uint8 shapeId);
    /// The id is, or was, a shape's: none is ever replaced.
    error ShapeExists(uint8 shapeId);
    /// Not proposed, too early, too late, or the queue has entries from before.
    error NotReady();
    /// Done before.
    error AlreadyDone();

    constructor(uint256[] memory escapeKey) {
        escapeVerifier = VerifierFactory(_verifierFactory).makeEscape(escapeKey);
    }

    /// @notice A shape that was announced.
    function proposals(uint8 shapeId) external view returns (Proposal memory) {
        return _proposals[shapeId];
    }

    /// @notice Announces a shape under a new id, and makes its verifier. Announcing it again
    /// starts anew.
    function propose(ShapeConfig calldata shape, uint256[] calldata key) external {
        if (msg.sender != governor) revert NotGovernor();
        _requireOpen();
        address verifier = _makeVerifier(shape, key);
        uint64 readyAt = uint64(block.timestamp) + _upgradeDelayS;
        _proposals[shape.shapeId] = Proposal(shape, verifier, readyAt, false, 0);
        emit ShapeProposed(shape.shapeId, shape, verifier, readyAt);
    }

    /// @notice Once the delay has passed, anybody may record how long the queue is.
    function markProposal(uint8 shapeId) external {
        Proposal storage proposal = _proposals[shapeId];
        _requireAlive(proposal);
        if (proposal.marked) revert AlreadyDone();
        proposal.marked = true;
        proposal.queueLength = _progress.queueLength;
        emit ProposalMarked(shapeId, _progress.queueLength);
    }

    /// @notice Once what was in the queue then is taken, anybody may put the shape into service.
    function activate(uint8 shapeId) external {
        _requireOpen();
        Proposal memory proposal = _proposals[shapeId];
        _requireAlive(proposal);
        if (!proposal.marked || _progress.queueConsumed < proposal.queueLength) revert NotReady();
        delete _proposals[shapeId];
        _serve(proposal.shape, proposal.verifier);
    }

    /// @notice Takes a shape out of service, at once and for ever. Without any the rollup is frozen.
    function retireShape(uint8 shapeId) external {
        if (msg.sender != governor) revert NotGovernor();
        Shape storage shape = shapes[shapeId];
        if (shape.verifier == address(0) || shape.retired) revert UnknownShape(shapeId);
        shape.retired = true;
        emit ShapeRetired(shapeId);
        _liveShapes -= 1;
        if (_liveShapes == 0) _freeze(4);
    }

    /// @notice Stops everything but exits.
    function freezeByGuardian() external {
        if (msg.sender != guardian) revert NotGuardian();
        _freeze(3);
    }

    /// @notice Ends deposits; once the delay has passed, anybody may freeze.
    function announceClosing() external {
        if (governor == address(0)) {
            if (msg.sender != operator) revert NotOperator();
        } else if (msg.sender != governor) {
            revert NotGovernor();
        }
        if (_closingAt != 0) revert AlreadyDone();
        _closingAt = uint40(block.timestamp + _upgradeDelayS);
        emit ClosingAnnounced(_closingAt);
    }

    /// @notice Names who may become the operator; 0 takes the name back.
    function proposeOperator(address next) external {
        if (msg.sender != operator) revert NotOperator();
        proposedOperator = next;
        emit OperatorProposed(next);
    }

    /// @notice Makes the caller, who was named, the operator.
    function acceptOperator() external {
        if (msg.sender != proposedOperator) revert NotOperator();
        operator = msg.sender;
        proposedOperator = address(0);
        emit OperatorChanged(msg.sender);
    }

    /// The verifier of a shape that is new and servable.
    function _makeVerifier(ShapeConfig memory shape, uint256[] memory key) internal returns (address) {
        if (shapes[shape.shapeId].verifier != address(0)) revert ShapeExists(shape.shapeId);
        Rules.requireServable(shape, _provingS, _queueGapS, _inclusionGas);
        return VerifierFactory(_verifierFactory).make(shape.verifierType, key);
    }

    function _serve(ShapeConfig memory shape, address verifier) internal {
        shapes[shape.shapeId] =
            Shape(shape.transfers, shape.fullRecords, shape.feeSlots, shape.verifierType, false, verifier);
        _liveShapes += 1;
        emit ShapeActivated(shape.shapeId);
    }

    function _requireAlive(Proposal memory proposal) private view {
        uint256 readyAt = proposal.readyAt;
        if (readyAt == 0 || block.timestamp < readyAt || block.timestamp > readyAt + PROPOSAL_LIFE_S) {
            revert NotReady();
        }
    }
}
