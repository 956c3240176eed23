// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Curve} from "./Curve.sol";
import {Payments} from "./Payments.sol";
import {Records} from "./Records.sol";

/// @title The queue of deposits and forced orders
/// @notice A chain of hashes: taking entries reads its two ends and writes nothing. An entry is
/// the six words of its full record, with zeros where the prover may choose, and a last word:
/// refundTo u160 | base fee u48 | surcharge u48, the fees in gwei.
abstract contract Queue is Payments {
    /// The low 32 bits of a word of the queue's chain are a time.
    uint256 private constant TIME_BITS = 32;
    uint256 private constant GWEI = 1 gwei;

    /// After each entry, its link of the hash chain (224 bits) and when it is due (32 bits,
    /// Unix seconds). Element 0 stands for the empty queue.
    mapping(uint256 entries => uint256) private _queue;

    event Queued(uint64 indexed index, uint32 due, uint256[6] words, uint256 tail);

    /// Closing was announced: deposits are over.
    error IsClosing();
    /// Nothing arrived, or nothing is ordered.
    error NoAmount();
    /// The token's deposits would reach 2^128.
    error DepositCap(uint16 token);
    /// Not a canonical point of Baby Jubjub, or one of small order.
    error InvalidOwner();
    /// Refunds must go somewhere.
    error NoRefundTo();
    /// Not a forced order, or stray bits.
    error InvalidOrder();
    /// The order's signature cannot be valid.
    error InvalidSignature();
    /// The order has expired.
    error Expired();
    /// An order cannot pay to this address.
    error InvalidReceiver();
    /// The fee does not fit its field.
    error FeeOverflow();

    /// @notice The fee for one entry at this base fee, as long as the queue is now. Both parts
    /// are whole gwei.
    function inclusionFee(uint256 baseFeeWei) public view returns (uint256 baseWei, uint256 surchargeWei) {
        baseWei = _roundUp(uint256(_inclusionGas) * baseFeeWei);
        uint256 waiting = _progress.queueLength - _progress.queueConsumed;
        uint256 step = _inclusionStep;
        surchargeWei = _roundUp((baseWei * waiting + step - 1) / step);
    }

    /// @notice The link of the chain after so many entries.
    function queueLink(uint64 entries) public view returns (uint256) {
        return _queue[entries] >> TIME_BITS;
    }

    /// @notice From when an entry must be taken, Unix seconds.
    function queueDue(uint64 index) public view returns (uint32) {
        return uint32(_queue[uint256(index) + 1]);
    }

    /// @notice Queues a deposit for the owner of a point of Baby Jubjub. Of a token, what arrives
    /// counts, not what was asked for. The ether sent pays the fee, and the amount where that is
    /// ether; what is more becomes a credit of `refundTo`.
    function deposit(uint16 token, uint128 amount, uint256 ownerX, uint256 ownerY, address refundTo)
        external
        payable
        nonReentrant
    {
        _requireOpen();
        if (_closingAt != 0) revert IsClosing();
        if (!Curve.isUsable(ownerX, ownerY)) revert InvalidOwner();
        uint256 arrived = amount;
        uint256 spent = 0;
        if (token == 0) spent = amount;
        else arrived = _take(token, amount);
        if (arrived == 0) revert NoAmount();
        uint256 total = uint256(held[token]);
        if (arrived > type(uint128).max - total) revert DepositCap(token);
        // Both are below 2^128 and so is their sum.
        unchecked {
            held[token] = uint128(total + arrived);
        }
        uint256[6] memory words;
        words[0] = Records.DEPOSIT << Records.KIND_SHIFT | uint256(token) << Records.TOKEN_SHIFT
            | arrived << Records.AMOUNT_SHIFT;
        words[1] = ownerX;
        words[2] = ownerY;
        _append(words, refundTo, spent);
    }

    /// @notice Queues an order that was signed for the queue: a full record of kind 4 or 5. The
    /// ether sent pays the fee; what is more becomes a credit of `refundTo`.
    function force(uint256[6] memory words, address refundTo) external payable nonReentrant {
        _requireOpen();
        _requireOrder(words);
        _append(words, refundTo, 0);
    }

    /// What cannot be executed is refused here where that is cheap; the circuit refuses the rest.
    function _requireOrder(uint256[6] memory words) private view {
        (uint256 head, uint256 first, uint256 second) = (words[0], words[1], words[2]);
        uint256 kindAndStatus = head >> Records.STATUS_SHIFT;
        if (kindAndStatus == Records.FORCED_TRANSFER << 4) {
            if (!Curve.isUsable(first, second)) revert InvalidOwner();
        } else {
            if (kindAndStatus != Records.FORCED_WITHDRAWAL << 4 || head & Records.TO_FIELD != 0 || second != 0) {
                revert InvalidOrder();
            }
            if (first == 0 || first == uint160(address(this)) || first >> 160 != 0) revert InvalidReceiver();
        }
        if (uint128(head >> Records.AMOUNT_SHIFT) == 0) revert NoAmount();
        uint16 token = uint16(head >> Records.TOKEN_SHIFT);
        if (token != 0 && tokenAddress[token] == address(0)) revert UnknownToken(token);
        // The low 16 bits are the last time, in steps of 2^16 seconds; the last of all is never.
        if (uint16(head) < block.timestamp >> 16) revert Expired();
        if (!Curve.isUsable(words[3], words[4]) || words[5] >= Curve.ORDER) revert InvalidSignature();
    }

    /// Takes the fee out of the ether sent, of which `spent` is used already, and appends.
    function _append(uint256[6] memory words, address refundTo, uint256 spent) private {
        if (refundTo == address(0)) revert NoRefundTo();
        (uint256 base, uint256 surcharge) = inclusionFee(block.basefee);
        uint256 needed = spent + base + surcharge;
        if (msg.value < needed) revert ValueTooLow(needed);
        (base, surcharge) = (base / GWEI, surcharge / GWEI);
        if ((base | surcharge) & ~Records.GWEI_MASK != 0) revert FeeOverflow();
        uint256 tail = uint256(uint160(refundTo)) << Records.REFUND_TO_SHIFT | base << Records.BASE_SHIFT | surcharge;

        uint40 index = _progress.queueLength;
        _progress.queueLength = index + 1;
        uint256 last = _queue[index];
        uint256 due = block.timestamp + _queueDelayS;
        uint256 spaced = uint256(uint32(last)) + _queueGapS;
        if (due < spaced) due = spaced;
        _queue[uint256(index) + 1] = Records.nextLink(last >> TIME_BITS, words, tail) << TIME_BITS | _time(due);
        emit Queued(index, uint32(due), words, tail);
        _credit(refundTo, msg.value - needed);
    }

    function _roundUp(uint256 wei_) private pure returns (uint256) {
        return (wei_ + GWEI - 1) / GWEI * GWEI;
    }
}
