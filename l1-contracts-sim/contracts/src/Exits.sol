// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader} from "./Batch.sol";
import {EscapeVerifier} from "./EscapeVerifier.sol";
import {Governance} from "./Governance.sol";
import {Queue} from "./Queue.sol";
import {Records} from "./Records.sol";
import {Verifying} from "./Verifying.sol";

/// @title How money leaves
/// @notice Claims of proved batches, at any time; refunds of the queue's entries and escapes
/// from the last proved state once the rollup is frozen. All work from public data alone.
abstract contract Exits is Queue, Governance {
    /// A claim out of a batch's list.
    struct Claim {
        uint16 token;
        uint128 amount;
        address receiver;
        uint24 from;
    }

    /// Message kinds, and where fields of a message's packed word begin.
    uint256 private constant ESCAPE = 6;
    uint256 private constant REDIRECT = 7;
    uint256 private constant KIND_SHIFT = 248;
    uint256 private constant FROM_SHIFT = 224;
    uint256 private constant TOKEN_SHIFT = 176;
    uint256 private constant AMOUNT_SHIFT = 48;
    /// Four inputs and a proof.
    uint256 private constant ESCAPE_ITEM_BYTES = 4 * 32 + Verifying.PROOF_BYTES;
    /// Accounts have indexes below.
    uint256 private constant ACCOUNTS_MAX = 1 << 24;

    /// Bit `which` is set when that claim of the batch is paid.
    mapping(uint256 batch => uint256) private _claimed;
    /// Bits of entries and of accounts, 256 to a word.
    mapping(uint256 word => uint256) private _refunded;
    mapping(uint256 word => uint256) private _escaped;

    event Claimed(uint64 indexed batch, uint16 which, uint16 indexed token, uint128 amount, address indexed to);
    event Refunded(uint64 indexed index, address to);
    event Escaped(uint32 indexed account, uint16 token, uint128 amount, address to);

    /// Only proved batches can be claimed from.
    error NotProved();
    /// The header is not the batch's.
    error HeaderMismatch();
    /// The list is not the batch's, or has no such entry.
    error WrongClaims();
    /// Only the receiver, or whom it pays, may say where else money goes.
    error NotReceiver();
    /// Paid before.
    error AlreadyPaid();
    /// The entry was taken, or never queued, or is another.
    error WrongEntry();
    /// There is no such account.
    error UnknownAccount();
    /// Nothing is overdue, nor is the time for closing.
    error NothingOverdue();

    /// @notice Whether a claim was paid.
    function isClaimed(uint64 batch, uint16 which) external view returns (bool) {
        return _claimed[batch] >> which & 1 != 0;
    }

    /// @notice Whether an entry of the queue was paid back.
    function isRefunded(uint64 index) external view returns (bool) {
        return _refunded[index >> 8] >> (index & 0xff) & 1 != 0;
    }

    /// @notice Whether an account has escaped.
    function isEscaped(uint32 account) external view returns (bool) {
        return _escaped[account >> 8] >> (account & 0xff) & 1 != 0;
    }

    /// @notice Pays claim number `which` of a proved batch, once. Anyone may call; the receiver
    /// may have it paid to somebody else.
    /// @param claims All claims of the batch, packed token u16 | amount u128 | receiver | from u24.
    function claim(uint64 batch, BatchHeader calldata header, bytes calldata claims, uint16 which, address to)
        external
        nonReentrant
    {
        Claim memory due = _takeClaim(batch, header, claims, which);
        if (to != due.receiver && msg.sender != due.receiver) revert NotReceiver();
        emit Claimed(batch, which, due.token, due.amount, to);
        _pay(due.token, due.amount, to);
    }

    /// @notice Pays a claim that cannot be delivered to where the account's owner says. The
    /// receiver is tried first.
    /// @param proof Of the owner's message at the state after a proved batch, `rootBatch`.
    function redirect(
        uint64 batch,
        BatchHeader calldata header,
        bytes calldata claims,
        uint16 which,
        address to,
        uint64 rootBatch,
        BatchHeader calldata rootHeader,
        bytes calldata proof
    ) external nonReentrant {
        Claim memory due = _takeClaim(batch, header, claims, which);
        _requireHeader(rootBatch, rootHeader);
        uint256 reference_ = uint256(batch) << 16 | which;
        _verifyMessage(
            rootHeader.newRoot,
            REDIRECT << KIND_SHIFT | uint256(due.from) << FROM_SHIFT,
            reference_ << 160 | uint160(to),
            proof
        );
        held[due.token] -= due.amount;
        address paid = due.receiver;
        if (!_deliver(due.token, due.amount, paid)) {
            paid = to;
            if (!_deliver(due.token, due.amount, to)) _revertUndelivered(due.token, to);
        }
        emit Claimed(batch, which, due.token, due.amount, paid);
    }

    /// @notice Stops everything but exits: when an entry is overdue, or when closing was
    /// announced and its time has come.
    function freeze() external nonReentrant {
        Progress memory state = _progress;
        if (_closingAt != 0 && block.timestamp >= _closingAt) {
            _freeze(2);
            return;
        }
        if (
            state.queueConsumed == state.queueLength
                || block.timestamp <= uint256(queueDue(state.queueConsumed)) + _freezeAfterS
        ) revert NothingOverdue();
        _freeze(1);
    }

    /// @notice After a freeze, pays an entry that no proved batch took back, fees included. The
    /// one it names may have it paid to somebody else.
    /// @param previousLink Link of the chain before the entry.
    function refund(uint64 index, uint256 previousLink, uint256[6] memory words, uint256 tail, address to)
        external
        nonReentrant
    {
        _requireFrozen();
        Progress memory state = _progress;
        if (
            index < state.queueConsumed || index >= state.queueLength
                || Records.nextLink(previousLink, words, tail) != queueLink(index + 1)
        ) revert WrongEntry();
        address refundTo = address(uint160(tail >> Records.REFUND_TO_SHIFT));
        if (to != refundTo && msg.sender != refundTo) revert NotReceiver();
        _setBit(_refunded, index);
        emit Refunded(index, to);

        uint256 fee = ((tail >> Records.BASE_SHIFT & Records.GWEI_MASK) + (tail & Records.GWEI_MASK)) * 1 gwei;
        uint256 head = words[0];
        if (head >> Records.KIND_SHIFT == Records.DEPOSIT) {
            _pay(uint16(head >> Records.TOKEN_SHIFT), uint128(head >> Records.AMOUNT_SHIFT), to);
        }
        // Who takes no ether has a credit; tokens do not wait for that.
        if (!_deliver(0, fee, to)) _credit(to, fee);
    }

    /// @notice After a freeze, pays the whole balance of an account of the last proved state.
    /// @param proof Of the owner's message.
    function escape(uint32 account, uint16 token, uint128 balance, address to, bytes calldata proof)
        external
        nonReentrant
    {
        _requireFrozen();
        if (account >= ACCOUNTS_MAX) revert UnknownAccount();
        _setBit(_escaped, account);
        _verifyMessage(
            provedRoot,
            ESCAPE << KIND_SHIFT | uint256(account) << FROM_SHIFT | uint256(token) << TOKEN_SHIFT
                | uint256(balance) << AMOUNT_SHIFT,
            uint160(to),
            proof
        );
        emit Escaped(account, token, balance, to);
        _pay(token, balance, to);
    }

    /// Reads a claim of a proved batch and marks it as paid.
    function _takeClaim(uint64 batch, BatchHeader calldata header, bytes calldata claims, uint16 which)
        private
        returns (Claim memory due)
    {
        _requireHeader(batch, header);
        uint256 begin = Records.CLAIM_BYTES * which;
        if (keccak256(claims) != header.claimsHash || begin >= claims.length) revert WrongClaims();
        uint256 bit = 1 << which;
        uint256 claimed = _claimed[batch];
        if (claimed & bit != 0) revert AlreadyPaid();
        _claimed[batch] = claimed | bit;

        bytes calldata entry = claims[begin:begin + Records.CLAIM_BYTES];
        due.token = uint16(bytes2(entry[0:2]));
        due.amount = uint128(bytes16(entry[2:18]));
        due.receiver = address(bytes20(entry[18:38]));
        due.from = uint24(bytes3(entry[38:41]));
    }

    /// The header is that of a proved batch. Its words are hashed as they were sent: stray bits
    /// in one make another hash.
    function _requireHeader(uint64 batch, BatchHeader calldata header) private view {
        if (batch == 0 || batch > _progress.lastProved) revert NotProved();
        bytes32 parent = batchHash[batch - 1];
        bytes32 hash;
        assembly ("memory-safe") {
            let place := mload(0x40)
            mstore(place, parent)
            calldatacopy(add(place, 0x20), header, 0xe0)
            hash := keccak256(place, 0x100)
        }
        if (hash != batchHash[batch]) revert HeaderMismatch();
    }

    /// Proves that the owner of an account signed a message.
    function _verifyMessage(bytes32 root, uint256 packed, uint256 destination, bytes calldata proof) private view {
        bytes4 selector = EscapeVerifier.verify.selector;
        (bytes memory call_, uint256 place) = Verifying.begin(selector, 1, ESCAPE_ITEM_BYTES);
        place = Verifying.word(place, uint256(root));
        place = Verifying.word(place, uint256(domain));
        place = Verifying.word(place, packed);
        place = Verifying.word(place, destination);
        Verifying.proof(place, proof);
        Verifying.finish(escapeVerifier, selector, call_);
    }

    /// Sets a bit that is not set yet.
    function _setBit(mapping(uint256 => uint256) storage bits, uint256 index) private {
        uint256 bit = 1 << (index & 0xff);
        uint256 word = bits[index >> 8];
        if (word & bit != 0) revert AlreadyPaid();
        bits[index >> 8] = word | bit;
    }
}
