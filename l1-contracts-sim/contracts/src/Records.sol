// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BatchData} from "./Batch.sol";
import {Curve} from "./Curve.sol";

/// What the full records of a batch come to.
struct Outcome {
    /// Link of the queue's chain after the batch's L1 operations.
    uint256 link;
    /// keccak256 of the packed claims, 0 where there are none.
    bytes32 claimsHash;
    /// Fees of the entries, for the settler.
    uint256 baseGwei;
    /// Fees of the entries, to be burned.
    uint256 surchargeGwei;
}

/// @title Full records, their links in the queue, and the claims they make
/// @notice Word 0, from bit 247 down: kind u4 | status u4 | from u24 | to u24 | token u16 |
/// nonce u32 | amount u128 | last u16.
library Records {
    uint256 internal constant DEPOSIT = 3;
    uint256 internal constant FORCED_TRANSFER = 4;
    uint256 internal constant FORCED_WITHDRAWAL = 5;
    uint256 private constant TRANSFER = 1;
    uint256 private constant WITHDRAWAL = 2;

    /// Where fields begin.
    uint256 internal constant KIND_SHIFT = 244;
    uint256 internal constant STATUS_SHIFT = 240;
    uint256 internal constant FROM_SHIFT = 216;
    uint256 internal constant TO_SHIFT = 192;
    uint256 internal constant TOKEN_SHIFT = 176;
    uint256 internal constant AMOUNT_SHIFT = 16;
    uint256 internal constant TO_FIELD = uint256(0xffffff) << TO_SHIFT;
    uint256 private constant STATUS_FIELD = uint256(0xf) << STATUS_SHIFT;

    /// Of an entry's last word: refundTo u160 | base fee u48 | surcharge u48, fees in gwei.
    uint256 internal constant REFUND_TO_SHIFT = 96;
    uint256 internal constant BASE_SHIFT = 48;
    uint256 internal constant GWEI_MASK = 0xffffffffffff;

    /// Packed: token u16 | amount u128 | receiver, 20 bytes | from u24.
    uint256 internal constant CLAIM_BYTES = 41;
    /// A link has 224 bits: beside it a time finds room in a word.
    uint256 private constant LINK_SHIFT = 32;

    /// Each L1 operation has a full record and a last word of its entry.
    error WrongOperationCount();
    /// A full record is of an unknown kind, of an L1 kind out of place, or has stray bits.
    error InvalidRecord(uint256 index);

    /// @notice The link after an entry.
    function nextLink(uint256 link, uint256[6] memory words, uint256 tail) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, link)
            mcopy(add(at, 0x20), words, 0xc0)
            mstore(add(at, 0xe0), tail)
            next := shr(LINK_SHIFT, keccak256(at, 0x100))
        }
    }

    /// @notice Checks the form of the records, follows the queue from `link` on through the L1
    /// operations, and packs the claims. The caller compares the link with the queue's: with it
    /// all fields of the entries are compared but those a prover may choose.
    function check(BatchData calldata data, uint256 link) internal pure returns (Outcome memory outcome) {
        uint256[6][] calldata records = data.fullRecords;
        uint256 l1Operations = data.l1Operations;
        if (l1Operations > records.length || data.tails.length != l1Operations) revert WrongOperationCount();
        bytes memory list = new bytes(CLAIM_BYTES * records.length);
        uint256 end;
        assembly ("memory-safe") {
            end := add(list, 0x20)
        }
        uint256 begin = end;
        outcome.link = link;
        for (uint256 i = 0; i < records.length; ++i) {
            uint256[6] calldata record = records[i];
            if (i < l1Operations) {
                uint256 tail = data.tails[i];
                end = _l1Record(record, i, tail, end);
                outcome.link = _linkOf(outcome.link, record, tail);
                // 48 bits each, of at most 256 entries.
                unchecked {
                    outcome.baseGwei += tail >> BASE_SHIFT & GWEI_MASK;
                    outcome.surchargeGwei += tail & GWEI_MASK;
                }
            } else {
                end = _ownRecord(record, i, end);
            }
        }
        if (end == begin) return outcome;
        bytes32 listHash;
        assembly ("memory-safe") {
            listHash := keccak256(begin, sub(end, begin))
        }
        outcome.claimsHash = listHash;
    }

    /// Checks the fields of an L1 operation that its entry does not fix, and appends its claim.
    function _l1Record(uint256[6] calldata record, uint256 index, uint256 tail, uint256 end)
        private
        pure
        returns (uint256)
    {
        uint256 head = record[0];
        uint256 kind = head >> KIND_SHIFT;
        bool refused = head & STATUS_FIELD != 0;
        if (refused && head & STATUS_FIELD != 1 << STATUS_SHIFT) revert InvalidRecord(index);
        if (kind == DEPOSIT && refused) {
            if (head & TO_FIELD != 0) revert InvalidRecord(index);
            return _append(end, head, uint128(head >> AMOUNT_SHIFT), tail >> REFUND_TO_SHIFT);
        }
        if (kind == FORCED_WITHDRAWAL) {
            uint256 paid = record[2];
            if (paid >> 128 != 0 || (refused && paid != 0)) revert InvalidRecord(index);
            if (paid != 0) return _append(end, head, paid, record[1]);
        }
        return end;
    }

    /// Checks a record that is not of the queue, and appends its claim.
    function _ownRecord(uint256[6] calldata record, uint256 index, uint256 end) private pure returns (uint256) {
        (uint256 head, uint256 first, uint256 second) = (record[0], record[1], record[2]);
        uint256 kindAndStatus = head >> STATUS_SHIFT;
        if (record[3] | record[4] | record[5] != 0) revert InvalidRecord(index);
        if (kindAndStatus == TRANSFER << 4) {
            if (first >= Curve.R || second >= Curve.R) revert InvalidRecord(index);
            return end;
        }
        if (kindAndStatus != WITHDRAWAL << 4 || head & TO_FIELD != 0 || first >> 160 != 0 || second != 0) {
            revert InvalidRecord(index);
        }
        return _append(end, head, uint128(head >> AMOUNT_SHIFT), first);
    }

    /// The link after an L1 operation's entry, which has zeros where a prover may choose.
    function _linkOf(uint256 link, uint256[6] calldata record, uint256 tail) private pure returns (uint256 next) {
        uint256 head = record[0] & ~STATUS_FIELD;
        uint256 kind = head >> KIND_SHIFT;
        if (kind == DEPOSIT) head &= ~TO_FIELD;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, link)
            mstore(add(at, 0x20), head)
            calldatacopy(add(at, 0x40), add(record, 0x20), 0xa0)
            if eq(kind, FORCED_WITHDRAWAL) { mstore(add(at, 0x60), 0) }
            mstore(add(at, 0xe0), tail)
            next := shr(LINK_SHIFT, keccak256(at, 0x100))
        }
    }

    /// Packs a claim at `end`, where there is room, with the token and the sender of `head`.
    function _append(uint256 end, uint256 head, uint256 amount, uint256 receiver) private pure returns (uint256) {
        assembly ("memory-safe") {
            let token := and(shr(TOKEN_SHIFT, head), 0xffff)
            let from := and(shr(FROM_SHIFT, head), 0xffffff)
            // Two overlapping words: bytes 0 to 31 of the entry, then 9 to 40.
            mstore(end, or(shl(240, token), shl(112, amount)))
            mstore(add(end, 9), or(or(shl(184, amount), shl(24, receiver)), from))
        }
        return end + CLAIM_BYTES;
    }
}
