// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Groth16} from "./Groth16.sol";

/// @title Verifier of escapes and redirects: the inputs are root, domain, message, destination
contract EscapeVerifier is Groth16 {
    uint256 private constant INPUTS = 4;
    uint256 private constant ITEM_WORDS = INPUTS + PROOF_WORDS;

    uint256 private immutable IC4_X;
    uint256 private immutable IC4_Y;

    constructor(uint256[] memory key_) Groth16(key_, INPUTS) {
        IC4_X = key_[KEY_WORDS + 2 * INPUTS];
        IC4_Y = key_[KEY_WORDS + 2 * INPUTS + 1];
    }

    /// @notice Reverts unless every item is a valid proof of its inputs.
    /// @param items Each the four inputs and the eight words of a proof.
    /// @return The function's own selector.
    function verify(uint256[ITEM_WORDS][] calldata items) external view returns (bytes4) {
        uint256 first;
        assembly ("memory-safe") {
            first := items.offset
        }
        _verify(first, items.length, INPUTS);
        return this.verify.selector;
    }

    function _keyWords() internal view override returns (uint256[] memory words) {
        uint256[] memory first = super._keyWords();
        words = new uint256[](first.length + 2);
        for (uint256 i = 0; i < first.length; ++i) {
            words[i] = first[i];
        }
        (words[first.length], words[first.length + 1]) = (IC4_X, IC4_Y);
    }

    function _inputsPoint(uint256[] memory sums) internal view override returns (uint256 x, uint256 y) {
        (x, y) = super._inputsPoint(sums);
        return _addTerm(x, y, IC4_X, IC4_Y, sums[INPUTS]);
    }
}
