// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BatchData, BatchHeader, Shape} from "./Batch.sol";
import {Config, Rules, ShapeConfig} from "./Config.sol";
import {Curve} from "./Curve.sol";
import {Encoding} from "./Encoding.sol";
import {Exits} from "./Exits.sol";
import {Governance} from "./Governance.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";
import {Outcome, Records} from "./Records.sol";
import {Standing} from "./Standing.sol";
import {Statement} from "./Statement.sol";
import {Verifying} from "./Verifying.sol";

/// What a node needs to know, of one block.
struct Status {
    uint64 lastProved;
    /// Timestamp of the last batch.
    uint32 lastTimestamp;
    /// Time of the last proof, or of deployment.
    uint32 lastProvedAt;
    /// Accounts given out, the reserved one included.
    uint32 accounts;
    bytes32 provedRoot;
    bytes32 lastBatchHash;
    /// Entries of the queue that proved batches took.
    uint64 queueConsumed;
    uint64 queueLength;
    /// When the first of the others must be taken, 0 where there is none.
    uint32 headDue;
    /// Until then others than the operator may submit.
    uint32 openUntil;
    bool frozen;
    /// From then on anybody may freeze, because closing was announced; 0 for none.
    uint64 closingAt;
    /// ERC-20s that have a number.
    uint16 tokens;
    address operator;
}

/// @title Assay, a payments rollup
/// @notice Takes deposits, batches with their proofs, and pays claims. It is not upgradeable
/// and nobody owns the funds; nobody need be trusted to get them out.
///
/// Batches form a chain: `batchHash[n] = keccak256(batchHash[n - 1] | header n)`, so one stored
/// word binds a batch and all before it.
contract Assay is Exits {
    /// The tree of 4^12 empty leaves.
    bytes32 private constant EMPTY_ROOT =
        bytes32(uint256(5502479177772891194542009540012941542204094004749813714118505924674776464255));
    /// Leaves of the tree.
    uint32 private constant ACCOUNTS_MAX = 1 << 24;
    /// Three inputs and a proof.
    uint256 private constant ITEM_BYTES = 3 * 32 + Verifying.PROOF_BYTES;

    event Submitted(uint64 indexed batch, bytes32 newRoot, address indexed settler);

    /// A batch's data must be the calldata of its transaction: no contract may stand between,
    /// nor code that an account has delegated to (EIP-7702).
    error NotDirect();
    /// There is no batch, or not one proof for each.
    error WrongBatchCount();
    /// The next batch has another number.
    error WrongBatchNumber(uint64 expected);
    /// Before the last batch's timestamp, in the future, or too far in the past.
    error WrongTimestamp();
    /// A word is not below the field's order.
    error WordNotCanonical();
    /// Accounts cannot become fewer, or more than there are leaves.
    error WrongAccountCount();
    /// One call takes batches of one shape.
    error MixedShapes();
    /// The batch's L1 operations are not the next entries of the queue.
    error QueueMismatch(uint64 firstEntry);
    /// A batch of another than the operator takes the head of the queue.
    error NothingTaken(uint64 batch);
    /// The batch has room for an entry that is due.
    error DueEntryLeft(uint64 entry);

    constructor(
        Config memory config_,
        ShapeConfig[] memory initialShapes,
        uint256[][] memory keys,
        uint256[] memory escapeKey
    ) Standing(config_) Governance(escapeKey) {
        if (initialShapes.length == 0 || initialShapes.length != keys.length) revert Rules.InvalidConfig("shapes");
        for (uint256 i = 0; i < initialShapes.length; ++i) {
            _serve(initialShapes[i], _makeVerifier(initialShapes[i], keys[i]));
        }
        _progress.lastProvedAt = _time(block.timestamp);
        _progress.accounts = 1;
        provedRoot = EMPTY_ROOT;
        BatchHeader memory genesis;
        genesis.newRoot = EMPTY_ROOT;
        genesis.accounts = 1;
        batchHash[0] = keccak256(abi.encode(bytes32(0), genesis));
    }

    /// @notice Takes the next batches, all of one shape, each with its proof: all or none. Others
    /// than the operator may call once the head of the queue has waited in silence.
    function submit(BatchData[] calldata batches, bytes[] calldata proofs) external {
        Progress memory state = _progress;
        if (state.frozen) revert IsFrozen();
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert NotDirect();
        uint256 count = batches.length;
        if (count == 0 || proofs.length != count) revert WrongBatchCount();
        Encoding.requireCanonical(batches, proofs);
        bool rescue = msg.sender != operator;
        if (rescue) {
            if (_silent(state)) state.openUntil = _time(block.timestamp + _rescueWindowS);
            else if (block.timestamp > state.openUntil) revert NotOperator();
        }
        Shape memory shape = shapes[batches[0].shapeId];
        if (shape.verifier == address(0) || shape.retired) revert UnknownShape(batches[0].shapeId);

        bytes4 selector = Groth16Verifier.verify.selector;
        (bytes memory call_, uint256 item) = Verifying.begin(selector, count, ITEM_BYTES);
        bytes32 root = provedRoot;
        bytes32 hash = batchHash[state.lastProved];
        uint256 surchargeGwei = 0;
        for (uint256 i = 0; i < count; ++i) {
            if (batches[i].shapeId != batches[0].shapeId) revert MixedShapes();
            // Silence begins before anything is due: a batch of nothing would break it, and void
            // the proofs of those who come to help.
            if (rescue && batches[i].l1Operations == 0) revert NothingTaken(batches[i].batch);
            uint256 memoryEnd;
            assembly ("memory-safe") {
                memoryEnd := mload(0x40)
            }
            surchargeGwei += _takeBatch(state, batches[i], shape, root, hash, item);
            item = Verifying.proof(item + 3 * 32, proofs[i]);
            root = batches[i].newRoot;
            hash = batchHash[state.lastProved];
            assembly ("memory-safe") {
                // Nothing of a batch is needed any more: the next one takes the same memory.
                mstore(0x40, memoryEnd)
            }
        }
        Verifying.finish(shape.verifier, selector, call_);

        provedRoot = root;
        state.lastProvedAt = _time(block.timestamp);
        _progress = state;
        _burn(surchargeGwei * 1 gwei);
    }

    /// @notice Everything that a node needs, of one block.
    function status() external view returns (Status memory) {
        Progress memory state = _progress;
        return Status({
            lastProved: state.lastProved,
            lastTimestamp: state.lastTimestamp,
            lastProvedAt: state.lastProvedAt,
            accounts: state.accounts,
            provedRoot: provedRoot,
            lastBatchHash: batchHash[state.lastProved],
            queueConsumed: state.queueConsumed,
            queueLength: state.queueLength,
            headDue: queueDue(state.queueConsumed),
            openUntil: state.openUntil,
            frozen: state.frozen,
            closingAt: _closingAt,
            tokens: _tokens,
            operator: operator
        });
    }

    /// Whether the head of the queue has waited for too long, counted from its queueing or from
    /// the last proof. Where nothing waits, nothing counts.
    function _silent(Progress memory state) private view returns (bool) {
        if (state.queueConsumed == state.queueLength) return false;
        uint256 queuedAt = queueDue(state.queueConsumed) - _queueDelayS;
        return block.timestamp > queuedAt + _silenceS && block.timestamp > uint256(state.lastProvedAt) + _silenceS;
    }

    /// Checks the next batch, puts C, z, y at `item`, and moves the state on, in memory but for
    /// the batch's hash and the settler's credit. Returns what is to be burned.
    function _takeBatch(
        Progress memory state,
        BatchData calldata data,
        Shape memory shape,
        bytes32 root,
        bytes32 parent,
        uint256 item
    ) private returns (uint256) {
        uint40 batch = state.lastProved + 1;
        if (data.batch != batch) revert WrongBatchNumber(batch);
        uint32 timestamp = data.timestamp;
        if (
            timestamp < state.lastTimestamp || timestamp > block.timestamp
                || uint256(timestamp) + _maxLagS < block.timestamp
        ) revert WrongTimestamp();
        if (uint256(data.commitment) >= Curve.R || uint256(data.newRoot) >= Curve.R) revert WordNotCanonical();
        if (data.accounts < state.accounts || data.accounts > ACCOUNTS_MAX) revert WrongAccountCount();

        {
            uint256[] memory vector = Statement.layOut(data, shape, root, domain, state.accounts);
            (uint256 z, uint256 y) = Statement.evaluate(vector);
            item = Verifying.word(item, uint256(data.commitment));
            item = Verifying.word(item, z);
            Verifying.word(item, y);
        }
        Outcome memory outcome = _takeEntries(state, data, shape.fullRecords);

        state.lastProved = batch;
        state.lastTimestamp = timestamp;
        state.accounts = data.accounts;
        batchHash[batch] = keccak256(
            abi.encode(
                parent,
                BatchHeader({
                    commitment: data.commitment,
                    newRoot: data.newRoot,
                    claimsHash: outcome.claimsHash,
                    queueEnd: state.queueConsumed,
                    timestamp: timestamp,
                    accounts: data.accounts,
                    shapeId: data.shapeId
                })
            )
        );
        emit Submitted(batch, data.newRoot, data.settler);
        _credit(data.settler, outcome.baseGwei * 1 gwei);
        return outcome.surchargeGwei;
    }

    /// Checks a batch's records, compares its L1 operations with the queue, and requires that it
    /// leaves no entry that was due at its timestamp while it has room.
    function _takeEntries(Progress memory state, BatchData calldata data, uint256 room)
        private
        view
        returns (Outcome memory outcome)
    {
        uint40 begin = state.queueConsumed;
        uint40 end = begin + data.l1Operations;
        outcome = Records.check(data, data.l1Operations == 0 ? 0 : queueLink(begin));
        if (data.l1Operations != 0 && outcome.link != queueLink(end)) revert QueueMismatch(begin);
        if (data.l1Operations < room && end < state.queueLength && queueDue(end) <= data.timestamp) {
            revert DueEntryLeft(end);
        }
        state.queueConsumed = end;
    }
}
