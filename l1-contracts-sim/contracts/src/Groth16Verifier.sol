// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Groth16} from "./Groth16.sol";

/// @title Verifier of batches: the inputs are C, z, y
contract Groth16Verifier is Groth16 {
    uint256 private constant INPUTS = 3;
    uint256 private constant ITEM_WORDS = INPUTS + PROOF_WORDS;

    constructor(uint256[] memory key_) Groth16(key_, INPUTS) {}

    /// @notice Reverts unless every item is a valid proof of its inputs.
    /// @param items Each the three inputs and the eight words of a proof.
    /// @return The function's own selector.
    function verify(uint256[ITEM_WORDS][] calldata items) external view returns (bytes4) {
        uint256 first;
        assembly ("memory-safe") {
            first := items.offset
        }
        _verify(first, items.length, INPUTS);
        return this.verify.selector;
    }
}
