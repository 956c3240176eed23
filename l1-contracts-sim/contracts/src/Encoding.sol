// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {BatchData} from "./Batch.sol";
import {Verifying} from "./Verifying.sol";

/// @title The one encoding of a call of `submit`
/// @notice It is the one that compilers and libraries make, so that every reader of the chain's
/// history decodes the data that the contract saw. Words with bits beyond their type are refused
/// where they are read.
library Encoding {
    /// Selector and the two offsets.
    uint256 private constant HEAD_BYTES = 4 + 64;
    /// Words of a batch before its sections, the four offsets included.
    uint256 private constant BATCH_HEAD_BYTES = 12 * 32;
    uint256 private constant RECORD_BYTES = 6 * 32;
    uint256 private constant PROOF_BYTES = Verifying.PROOF_BYTES;

    /// The parts do not follow one another without gaps to the end of calldata, or are filled up
    /// with other bytes than zeros.
    error NotCanonicalEncoding();

    /// @notice Reverts unless calldata is these arguments in their canonical encoding.
    function requireCanonical(BatchData[] calldata batches, bytes[] calldata proofs) internal pure {
        // Lengths are below 2^64 here: nothing overflows.
        unchecked {
            uint256 place;
            assembly ("memory-safe") {
                place := batches.offset
            }
            uint256 next = HEAD_BYTES + 32;
            _require(place == next);
            next += 32 * batches.length;
            for (uint256 i = 0; i < batches.length; ++i) {
                next = _batchEnd(batches[i], next);
            }
            assembly ("memory-safe") {
                place := proofs.offset
            }
            next += 32;
            _require(place == next);
            next += 32 * proofs.length;
            for (uint256 i = 0; i < proofs.length; ++i) {
                bytes calldata proof = proofs[i];
                assembly ("memory-safe") {
                    place := proof.offset
                }
                next += 32;
                _require(place == next);
                if (proof.length != PROOF_BYTES) revert Verifying.WrongProofLength();
                next += PROOF_BYTES;
            }
            _require(msg.data.length == next);
        }
    }

    /// Where a batch that must begin at `begin` ends.
    function _batchEnd(BatchData calldata data, uint256 begin) private pure returns (uint256 next) {
        bytes calldata fees = data.feeSlots;
        uint256[6][] calldata records = data.fullRecords;
        uint256[] calldata tails = data.tails;
        bytes calldata transfers = data.transfers;
        uint256 place;
        uint256 recordsAt;
        uint256 tailsAt;
        assembly ("memory-safe") {
            place := data
            recordsAt := records.offset
            tailsAt := tails.offset
        }
        unchecked {
            _require(place == begin);
            next = _bytesEnd(fees, begin + BATCH_HEAD_BYTES) + 32;
            _require(recordsAt == next);
            next += RECORD_BYTES * records.length + 32;
            _require(tailsAt == next);
            next = _bytesEnd(transfers, next + 32 * tails.length);
        }
    }

    /// Where bytes whose length must stand at `begin` end, filled up with zeros to whole words.
    function _bytesEnd(bytes calldata section, uint256 begin) private pure returns (uint256 end) {
        unchecked {
            uint256 place;
            assembly ("memory-safe") {
                place := section.offset
            }
            _require(place == begin + 32);
            uint256 used = section.length % 32;
            bool clean = true;
            assembly ("memory-safe") {
                end := add(place, section.length)
                // What calldata lacks reads as zero; its length is checked at the end.
                if used { clean := iszero(shl(shl(3, used), calldataload(sub(end, used)))) }
            }
            _require(clean);
            if (used != 0) end += 32 - used;
        }
    }

    function _require(bool holds) private pure {
        if (!holds) revert NotCanonicalEncoding();
    }
}
