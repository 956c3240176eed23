// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CommitData, Shape, Statement} from "./Statement.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";
import {Payments} from "./Payments.sol";

/// What the constructor fixes for ever.
struct Config {
    /// Commits batches.
    address operator;
    /// May add verifiers of new shapes, after a delay, and nothing else.
    address governor;
    /// State root before batch 1.
    bytes32 genesisRoot;
    /// So long after the last proved batch anyone may commit.
    uint32 operatorIdleS;
    /// So long without a proof anyone may drop what is committed.
    uint32 proveDeadlineS;
    /// Between proposing a verifier and using it.
    uint32 verifierDelayS;
}

/// A shape under its id.
struct ShapeConfig {
    uint8 shapeId;
    uint16 transfers;
    uint16 fullRecords;
    uint8 feeSlots;
    address verifier;
}

/// What is kept of a committed batch, by its hash.
struct BatchHeader {
    /// C.
    bytes32 commitment;
    /// z.
    bytes32 challenge;
    /// y.
    bytes32 evaluation;
    bytes32 newRoot;
    /// keccak256 of the packed withdrawals, 0 where there are none.
    bytes32 withdrawalsHash;
    /// Entries of the queue consumed so far.
    uint64 queueEnd;
    uint32 timestamp;
    uint8 shapeId;
}

/// A committed batch and its proof.
struct ProveData {
    BatchHeader header;
    /// A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y.
    uint256[8] proof;
}

/// @title Assay, a payments rollup
/// @notice Takes deposits, the data of batches and their proofs, and pays withdrawals. It is
/// not upgradeable and nobody owns the funds.
///
/// Batches form a chain: `batchHash[n] = keccak256(batchHash[n - 1] | header n)`, so one stored
/// word binds a batch and all before it, and proving k batches reads two words. The queue is a
/// chain likewise: consuming entries reads its two ends, writes nothing, and dropping a batch
/// puts its entries back by moving the mark.
contract Assay is Payments {
    /// Where batches stand; one storage word.
    struct Progress {
        uint48 lastCommitted;
        uint48 lastProved;
        /// Timestamp of the last committed batch.
        uint32 lastTimestamp;
        /// Time of the last proof, or of deployment.
        uint32 lastProvedAt;
        /// Since when batches wait without a proof; meaningless while none wait.
        uint32 pendingSince;
        /// Entries of the queue consumed by committed batches.
        uint64 queueCommitted;
    }

    /// A verifier on its way in.
    struct Proposal {
        bytes32 shapeHash;
        uint64 readyAt;
    }

    /// Of a full record's first word: where fields begin.
    uint256 private constant KIND_SHIFT = 244;
    uint256 private constant STATUS_SHIFT = 240;
    uint256 private constant TOKEN_SHIFT = 176;
    uint256 private constant AMOUNT_SHIFT = 16;
    /// The field `to` of a deposit is the operator's choice.
    uint256 private constant WITHOUT_TO = ~(uint256(0xffffff) << 192);
    uint256 private constant WITHDRAWAL = 2;
    uint256 private constant DEPOSIT = 3;
    /// token u16 | amount u128 | address, 20 bytes.
    uint256 private constant WITHDRAWAL_BYTES = 38;
    /// One word of `claimedBits` for each batch.
    uint256 private constant MAX_FULL_RECORDS = 256;
    /// Chain ids of development chains, which alone may use the tiny shape 0.
    uint256 private constant DEV_CHAIN = 31337;
    uint256 private constant DEV_CHAIN_GETH = 1337;

    address public immutable operator;
    address public immutable governor;
    bytes32 public immutable genesisRoot;
    uint32 public immutable operatorIdleS;
    uint32 public immutable proveDeadlineS;
    uint32 public immutable verifierDelayS;
    /// Binds signatures and proofs to this chain and this contract.
    bytes32 public immutable domain;

    Progress public progress;
    /// Root after the last committed batch.
    bytes32 public committedRoot;
    /// Root after the last proved batch.
    bytes32 public provedRoot;
    mapping(uint256 batch => bytes32) public batchHash;
    /// Bit `which` is set when that withdrawal of the batch is paid.
    mapping(uint256 batch => uint256) public claimedBits;
    mapping(uint8 shapeId => Shape) public shapes;
    mapping(uint8 shapeId => Proposal) public proposals;

    event Committed(uint64 indexed batch, bytes32 newRoot, bytes32 commitment);
    event Proved(uint64 indexed firstBatch, uint64 indexed lastBatch, bytes32 root);
    event Claimed(uint64 indexed batch, uint16 which, uint16 indexed token, uint128 amount, address indexed to);
    event Reverted(uint64 indexed toBatch, bytes32 root);
    event VerifierProposed(ShapeConfig shape, uint64 readyAt);
    event VerifierActivated(ShapeConfig shape);

    /// Only the operator may do this now.
    error NotOperator();
    /// Only governance may do this.
    error NotGovernor();
    /// A batch's data must be the calldata of its transaction: no contract may stand between,
    /// nor code that an account has delegated to (EIP-7702).
    error NotDirect();
    /// The next batch has another number.
    error WrongBatchNumber(uint64 expected);
    /// Before the last batch's timestamp, or in the future.
    error WrongTimestamp();
    /// A word is not below the field's order.
    error WordNotCanonical();
    /// No verifier is registered for the shape.
    error UnknownShape(uint8 shapeId);
    /// The shape has a verifier already.
    error ShapeExists(uint8 shapeId);
    /// The shape's numbers, or its verifier, cannot be used.
    error InvalidShape(uint8 shapeId);
    /// The tiny shape is for development chains.
    error DevelopmentShape();
    /// More L1 operations than full records.
    error WrongOperationCount();
    /// The batch's L1 operations are not the next entries of the queue.
    error QueueMismatch(uint64 firstEntry);
    /// A full record is of an unknown kind, of an L1 kind out of place, or has stray bits.
    error InvalidRecord(uint256 index);
    /// Nothing to prove, or more than is committed.
    error NotCommitted();
    /// The header is not the one that was committed.
    error HeaderMismatch();
    /// One call proves batches of one shape.
    error MixedShapes();
    /// The verifier gave no answer of a verifier.
    error VerifierAnswer();
    /// Batches may be dropped by others once the deadline for proving has passed.
    error DeadlineNotPassed();
    /// Proved batches stay.
    error CannotRevert();
    /// Only proved batches can be claimed from.
    error NotProved();
    /// The list is not the batch's, or has no such entry.
    error WrongWithdrawals();
    /// Paid before.
    error AlreadyClaimed();
    /// This verifier was not proposed, or its delay has not passed.
    error NotReady();

    constructor(Config memory config, ShapeConfig[] memory initialShapes) {
        if (uint256(config.genesisRoot) >= Statement.R) revert WordNotCanonical();
        operator = config.operator;
        governor = config.governor;
        genesisRoot = config.genesisRoot;
        operatorIdleS = config.operatorIdleS;
        proveDeadlineS = config.proveDeadlineS;
        verifierDelayS = config.verifierDelayS;
        domain = (sha256(abi.encodePacked("assay/1", block.chainid, address(this))) << 8) >> 8;

        progress.lastProvedAt = uint32(block.timestamp);
        committedRoot = config.genesisRoot;
        provedRoot = config.genesisRoot;
        BatchHeader memory genesis;
        genesis.newRoot = config.genesisRoot;
        batchHash[0] = keccak256(abi.encode(bytes32(0), genesis));
        for (uint256 i = 0; i < initialShapes.length; ++i) {
            _addShape(initialShapes[i]);
        }
    }

    /// @notice Posts the next batch.
    function commit(CommitData calldata data) external {
        Progress memory state = progress;
        if (msg.sender != operator && block.timestamp <= uint256(state.lastProvedAt) + operatorIdleS) {
            revert NotOperator();
        }
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert NotDirect();
        Statement.requireCanonical(data);
        uint48 batch = state.lastCommitted + 1;
        if (data.batch != batch) revert WrongBatchNumber(batch);
        if (data.timestamp < state.lastTimestamp || data.timestamp > block.timestamp) revert WrongTimestamp();
        if (uint256(data.commitment) >= Statement.R || uint256(data.newRoot) >= Statement.R) {
            revert WordNotCanonical();
        }
        Shape memory shape = shapes[data.shapeId];
        if (shape.verifier == address(0)) revert UnknownShape(data.shapeId);

        BatchHeader memory header;
        header.commitment = data.commitment;
        header.newRoot = data.newRoot;
        header.timestamp = data.timestamp;
        header.shapeId = data.shapeId;
        header.queueEnd = state.queueCommitted + data.l1Operations;
        {
            uint256[] memory vector = Statement.layOut(data, shape, committedRoot, domain);
            (uint256 z, uint256 y) = Statement.evaluate(vector);
            header.challenge = bytes32(z);
            header.evaluation = bytes32(y);
        }
        header.withdrawalsHash = _checkRecords(data.fullRecords, data.l1Operations, state.queueCommitted);

        batchHash[batch] = keccak256(abi.encode(batchHash[batch - 1], header));
        committedRoot = data.newRoot;
        if (state.lastCommitted == state.lastProved) state.pendingSince = uint32(block.timestamp);
        state.lastCommitted = batch;
        state.lastTimestamp = data.timestamp;
        state.queueCommitted = header.queueEnd;
        progress = state;
        emit Committed(batch, data.newRoot, data.commitment);
    }

    /// @notice Proves the next committed batches, in their order, all of one shape.
    function prove(ProveData[] calldata items) external {
        Progress memory state = progress;
        uint256 count = items.length;
        uint256 last = state.lastProved + count;
        if (count == 0 || last > state.lastCommitted) revert NotCommitted();
        uint8 shapeId = items[0].header.shapeId;
        bytes32 hash = batchHash[state.lastProved];
        for (uint256 i = 0; i < count; ++i) {
            if (items[i].header.shapeId != shapeId) revert MixedShapes();
            hash = _chain(hash, items[i].header);
        }
        if (hash != batchHash[last]) revert HeaderMismatch();
        _verify(shapes[shapeId].verifier, items);

        bytes32 root = items[count - 1].header.newRoot;
        emit Proved(state.lastProved + 1, uint64(last), root);
        provedRoot = root;
        state.lastProved = uint48(last);
        state.lastProvedAt = uint32(block.timestamp);
        state.pendingSince = uint32(block.timestamp);
        progress = state;
    }

    /// @notice Pays withdrawal number `which` of a proved batch, once. Anyone may call.
    /// @param withdrawals All withdrawals of the batch, packed token u16 | amount u128 | address.
    function claim(uint64 batch, BatchHeader calldata header, bytes calldata withdrawals, uint16 which)
        external
        nonReentrant
    {
        if (batch == 0 || batch > progress.lastProved) revert NotProved();
        if (_chain(batchHash[batch - 1], header) != batchHash[batch]) revert HeaderMismatch();
        uint256 begin = WITHDRAWAL_BYTES * which;
        if (keccak256(withdrawals) != header.withdrawalsHash || begin >= withdrawals.length) {
            revert WrongWithdrawals();
        }
        uint256 bit = 1 << which;
        uint256 claimed = claimedBits[batch];
        if (claimed & bit != 0) revert AlreadyClaimed();
        claimedBits[batch] = claimed | bit;

        bytes calldata entry = withdrawals[begin:begin + WITHDRAWAL_BYTES];
        uint16 token = uint16(bytes2(entry[0:2]));
        uint128 amount = uint128(bytes16(entry[2:18]));
        address to = address(bytes20(entry[18:38]));
        emit Claimed(batch, which, token, amount, to);
        _pay(token, amount, to);
    }

    /// @notice Drops committed batches above `toBatch`; their queue entries wait again. The
    /// operator may at any time, others when nothing was proved for `proveDeadlineS`.
    function revertBatches(uint64 toBatch, BatchHeader calldata header) external {
        Progress memory state = progress;
        if (toBatch < state.lastProved || toBatch >= state.lastCommitted) revert CannotRevert();
        if (msg.sender != operator && block.timestamp <= uint256(state.pendingSince) + proveDeadlineS) {
            revert DeadlineNotPassed();
        }
        bytes32 parent = toBatch == 0 ? bytes32(0) : batchHash[toBatch - 1];
        if (_chain(parent, header) != batchHash[toBatch]) revert HeaderMismatch();
        committedRoot = header.newRoot;
        state.lastCommitted = uint48(toBatch);
        state.lastTimestamp = header.timestamp;
        state.queueCommitted = header.queueEnd;
        progress = state;
        emit Reverted(toBatch, header.newRoot);
    }

    /// @notice Announces a verifier for a shape that has none.
    function proposeVerifier(ShapeConfig calldata shape) external {
        if (msg.sender != governor) revert NotGovernor();
        if (shapes[shape.shapeId].verifier != address(0)) revert ShapeExists(shape.shapeId);
        uint64 readyAt = uint64(block.timestamp) + verifierDelayS;
        proposals[shape.shapeId] = Proposal(keccak256(abi.encode(shape)), readyAt);
        emit VerifierProposed(shape, readyAt);
    }

    /// @notice Takes an announced verifier into use once its delay has passed.
    function activateVerifier(ShapeConfig calldata shape) external {
        if (msg.sender != governor) revert NotGovernor();
        Proposal memory proposal = proposals[shape.shapeId];
        if (proposal.shapeHash != keccak256(abi.encode(shape)) || block.timestamp < proposal.readyAt) {
            revert NotReady();
        }
        delete proposals[shape.shapeId];
        _addShape(shape);
        emit VerifierActivated(shape);
    }

    /// @notice Whether a withdrawal was paid.
    function isClaimed(uint64 batch, uint16 which) external view returns (bool) {
        return claimedBits[batch] >> which & 1 != 0;
    }

    /// A deposit as its full record's first word, `to` left 0: what the queue's hash covers and
    /// what `_checkRecords` compares.
    function _depositWord(uint16 token, uint128 amount) internal pure override returns (uint256) {
        return DEPOSIT << KIND_SHIFT | uint256(token) << TOKEN_SHIFT | uint256(amount) << AMOUNT_SHIFT;
    }

    function _addShape(ShapeConfig memory shape) private {
        if (shapes[shape.shapeId].verifier != address(0)) revert ShapeExists(shape.shapeId);
        if (shape.shapeId == 0 && block.chainid != DEV_CHAIN && block.chainid != DEV_CHAIN_GETH) {
            revert DevelopmentShape();
        }
        if (
            shape.transfers == 0 || shape.fullRecords == 0 || shape.fullRecords > MAX_FULL_RECORDS
                || shape.feeSlots == 0 || shape.verifier.code.length == 0
        ) revert InvalidShape(shape.shapeId);
        shapes[shape.shapeId] = Shape(shape.transfers, shape.fullRecords, shape.feeSlots, shape.verifier);
    }

    /// Compares the L1 operations with the queue, checks the other records' form, and returns the
    /// hash of the packed withdrawals.
    function _checkRecords(uint256[6][] calldata records, uint256 l1Operations, uint64 queueBegin)
        private
        view
        returns (bytes32)
    {
        uint256 count = records.length;
        if (l1Operations > count) revert WrongOperationCount();
        uint256 hash = l1Operations == 0 ? 0 : queueHash(queueBegin);
        bytes memory list = new bytes(WITHDRAWAL_BYTES * count);
        uint256 used = 0;
        for (uint256 i = 0; i < count; ++i) {
            uint256[6] calldata record = records[i];
            (uint256 head, uint256 first, uint256 second) = (record[0], record[1], record[2]);
            if (record[3] | record[4] | record[5] != 0) revert InvalidRecord(i);
            if (i < l1Operations) {
                hash = _queueLink(hash, head & WITHOUT_TO, first, second);
                continue;
            }
            uint256 kind = head >> KIND_SHIFT;
            if (kind > WITHDRAWAL || first >= Statement.R || second >= Statement.R) revert InvalidRecord(i);
            if (kind == WITHDRAWAL) {
                if (head >> STATUS_SHIFT != WITHDRAWAL << 4 || first >> 160 != 0 || second != 0) {
                    revert InvalidRecord(i);
                }
                assembly ("memory-safe") {
                    // Two overlapping words: bytes 0 to 31 of the entry, then 6 to 37.
                    let to := add(add(list, 0x20), used)
                    let token := and(shr(TOKEN_SHIFT, head), 0xffff)
                    let amount := and(shr(AMOUNT_SHIFT, head), 0xffffffffffffffffffffffffffffffff)
                    mstore(to, or(shl(240, token), shl(112, amount)))
                    mstore(add(to, 6), or(shl(160, amount), first))
                }
                used += WITHDRAWAL_BYTES;
            }
        }
        if (l1Operations != 0 && hash != queueHash(queueBegin + uint64(l1Operations))) {
            revert QueueMismatch(queueBegin);
        }
        if (used == 0) return 0;
        bytes32 listHash;
        assembly ("memory-safe") {
            listHash := keccak256(add(list, 0x20), used)
        }
        return listHash;
    }

    /// The hash of a batch from its parent's and its header. The header's words are hashed as
    /// they were sent: stray bits in one make another hash.
    function _chain(bytes32 parent, BatchHeader calldata header) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, parent)
            calldatacopy(add(at, 0x20), header, 0x100)
            hash := keccak256(at, 0x120)
        }
    }

    /// Calls the verifier with (C, z, y, proof) of each item.
    function _verify(address verifier, ProveData[] calldata items) private view {
        bytes4 selector = Groth16Verifier.verify.selector;
        bool done;
        bytes32 answer;
        assembly ("memory-safe") {
            let count := items.length
            let call_ := mload(0x40)
            mstore(call_, selector)
            mstore(add(call_, 0x04), 0x20)
            mstore(add(call_, 0x24), count)
            let to := add(call_, 0x44)
            let from := items.offset
            for { let end := add(from, mul(count, 0x200)) } lt(from, end) { from := add(from, 0x200) } {
                calldatacopy(to, from, 0x60)
                calldatacopy(add(to, 0x60), add(from, 0x100), 0x100)
                to := add(to, 0x160)
            }
            mstore(0x00, 0)
            done := staticcall(gas(), verifier, call_, sub(to, call_), 0x00, 0x20)
            if iszero(done) {
                // The verifier's reason is passed on.
                returndatacopy(call_, 0, returndatasize())
                revert(call_, returndatasize())
            }
            answer := mload(0x00)
        }
        if (answer != bytes32(selector)) revert VerifierAnswer();
    }
}
