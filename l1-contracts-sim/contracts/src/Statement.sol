// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BatchData, Shape} from "./Batch.sol";
import {Curve} from "./Curve.sol";

/// @title The vector of a batch's statement, its challenge and its evaluation
/// @notice The layout is fixed by docs/spec/statement.md. A vector lies in memory behind the
/// prefix of its hash: word 0 of the array ends in "assay/z", word 1 is C, word 2 is w_0. Seven
/// zero words behind the vector let it be evaluated eight words at a time.
library Statement {
    uint256 private constant TRANSFER_BYTES = 13;
    uint256 private constant FEE_SLOT_BYTES = 5;
    /// Bytes of transfer data in one word.
    uint256 private constant WORD_DATA_BYTES = 31;
    /// Words before the fee slots, and the two words of the hash's prefix before those.
    uint256 private constant HEAD_WORDS = 10;
    uint256 private constant PREFIX_WORDS = 2;
    uint256 private constant SPARE_WORDS = 7;
    uint256 private constant PREFIX = uint256(bytes32("assay/z")) >> 200;

    /// A section has more records than the shape, or is not a whole number of records.
    error WrongSectionLength();
    /// Slots in use have ascending tokens and an account.
    error InvalidFeeSlot();

    /// @notice Lays out the vector. Full records are copied as they are; the caller checks them.
    function layOut(
        BatchData calldata data,
        Shape memory shape,
        bytes32 oldRoot,
        bytes32 domain,
        uint32 accountsBefore
    ) internal pure returns (uint256[] memory vector) {
        bytes calldata fees = data.feeSlots;
        uint256[6][] calldata records = data.fullRecords;
        bytes calldata transfers = data.transfers;
        if (
            fees.length % FEE_SLOT_BYTES != 0 || fees.length > FEE_SLOT_BYTES * shape.feeSlots
                || records.length > shape.fullRecords || transfers.length % TRANSFER_BYTES != 0
                || transfers.length > TRANSFER_BYTES * shape.transfers
        ) revert WrongSectionLength();

        uint256 feesAt = PREFIX_WORDS + HEAD_WORDS;
        uint256 recordsAt = feesAt + 2 * uint256(shape.feeSlots);
        uint256 transfersAt = recordsAt + 6 * uint256(shape.fullRecords);
        vector = new uint256[](
            transfersAt + (TRANSFER_BYTES * shape.transfers + WORD_DATA_BYTES - 1) / WORD_DATA_BYTES + SPARE_WORDS
        );
        vector[0] = PREFIX;
        vector[1] = uint256(data.commitment);
        vector[2] = uint256(oldRoot);
        vector[3] = uint256(data.newRoot);
        vector[4] = uint256(domain);
        vector[5] = data.shapeId;
        vector[6] = data.batch;
        vector[7] = data.timestamp;
        vector[8] = data.l1Operations;
        vector[9] = uint160(data.settler);
        vector[10] = accountsBefore;
        vector[11] = data.accounts;
        bool slotsValid = true;
        // The sections fit: their lengths were compared with the shape that sized the vector.
        assembly ("memory-safe") {
            let to := add(add(vector, 0x20), mul(feesAt, 0x20))
            let from := fees.offset
            // Every token is above the last; the first is above none.
            let above := 0
            for { let end := add(from, fees.length) } lt(from, end) { from := add(from, FEE_SLOT_BYTES) } {
                let slot := shr(216, calldataload(from))
                let token := shr(24, slot)
                let account := and(slot, 0xffffff)
                slotsValid := and(slotsValid, and(iszero(lt(token, above)), iszero(iszero(account))))
                above := add(token, 1)
                mstore(to, token)
                mstore(add(to, 0x20), account)
                to := add(to, 0x40)
            }

            calldatacopy(add(add(vector, 0x20), mul(recordsAt, 0x20)), records.offset, mul(records.length, 0xc0))

            to := add(add(vector, 0x20), mul(transfersAt, 0x20))
            from := transfers.offset
            for { let left := transfers.length } left {} {
                let word := shr(8, calldataload(from))
                switch lt(left, WORD_DATA_BYTES)
                case 0 { left := sub(left, WORD_DATA_BYTES) }
                default {
                    // What follows the section in calldata is not part of it.
                    let unused := shl(3, sub(WORD_DATA_BYTES, left))
                    word := shl(unused, shr(unused, word))
                    left := 0
                }
                mstore(to, word)
                to := add(to, 0x20)
                from := add(from, WORD_DATA_BYTES)
            }
        }
        if (!slotsValid) revert InvalidFeeSlot();
    }

    /// @notice z = SHA-256("assay/z" | C | vector) mod r, and y, the sum of w_i z^i.
    function evaluate(uint256[] memory vector) internal view returns (uint256 z, uint256 y) {
        uint256 order = Curve.R;
        bool done;
        assembly ("memory-safe") {
            let words := sub(mload(vector), add(PREFIX_WORDS, SPARE_WORDS))
            // The prefix is the last 7 bytes of the array's first word, C is 32 more.
            done := staticcall(gas(), 2, add(vector, 0x39), add(mul(words, 0x20), 39), 0x00, 0x20)
            z := mod(mload(0x00), order)

            // Horner, from the last word (or a spare one, which is zero) down to w_0.
            let before := add(vector, 0x40)
            let place := add(before, mul(and(add(words, 7), not(7)), 0x20))
            for {} gt(place, before) { place := sub(place, 0x100) } {
                y := addmod(mulmod(y, z, order), mload(place), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0x20)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0x40)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0x60)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0x80)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0xa0)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0xc0)), order)
                y := addmod(mulmod(y, z, order), mload(sub(place, 0xe0)), order)
            }
        }
        // The SHA-256 precompile fails only for lack of gas.
        require(done);
    }
}
