// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Calls of verifiers
/// @notice A verifier takes an array of items, each some inputs and a proof, reverts unless all
/// are valid, and answers its selector.
library Verifying {
    /// A proof is 256 bytes.
    error WrongProofLength();
    /// The verifier gave no answer of a verifier.
    error VerifierAnswer();

    /// Bytes of a Groth16 proof.
    uint256 internal constant PROOF_BYTES = 256;
    /// Selector, offset and length of the array.
    uint256 private constant HEAD_BYTES = 68;

    /// @notice Room for a call with so many items of so many bytes, and where the first begins.
    function begin(bytes4 selector, uint256 count, uint256 itemBytes)
        internal
        pure
        returns (bytes memory call_, uint256 place)
    {
        call_ = new bytes(HEAD_BYTES + count * itemBytes);
        assembly ("memory-safe") {
            place := add(call_, 0x20)
            mstore(place, selector)
            mstore(add(place, 0x04), 0x20)
            mstore(add(place, 0x24), count)
            place := add(place, HEAD_BYTES)
        }
    }

    /// @notice Appends a word.
    function word(uint256 place, uint256 value) internal pure returns (uint256) {
        assembly ("memory-safe") {
            mstore(place, value)
        }
        return place + 32;
    }

    /// @notice Appends a proof.
    function proof(uint256 place, bytes calldata proof_) internal pure returns (uint256) {
        if (proof_.length != PROOF_BYTES) revert WrongProofLength();
        assembly ("memory-safe") {
            calldatacopy(place, proof_.offset, PROOF_BYTES)
        }
        return place + PROOF_BYTES;
    }

    /// @notice Reverts unless the verifier accepts.
    function finish(address verifier, bytes4 selector, bytes memory call_) internal view {
        bytes32 answer;
        assembly ("memory-safe") {
            mstore(0x00, 0)
            if iszero(staticcall(gas(), verifier, add(call_, 0x20), mload(call_), 0x00, 0x20)) {
                // The verifier's reason is passed on.
                let place := mload(0x40)
                returndatacopy(place, 0, returndatasize())
                revert(place, returndatasize())
            }
            answer := mload(0x00)
        }
        if (answer != bytes32(selector)) revert VerifierAnswer();
    }
}
