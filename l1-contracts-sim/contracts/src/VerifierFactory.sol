// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EscapeVerifier} from "./EscapeVerifier.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";

/// @title Makes verifiers from the words of a key
/// @notice A rollup takes its verifiers from here alone, so that whoever has read this code and
/// a key knows what verifies: an address, or a hash of code, would not bind a proxy.
contract VerifierFactory {
    /// Groth16 over BN254 for the inputs C, z, y of a batch.
    uint8 private constant BATCH_GROTH16 = 1;

    /// No verifier of this type can be made.
    error UnknownVerifierType(uint8 verifierType);

    /// @notice A verifier of batches.
    function make(uint8 verifierType, uint256[] calldata key) external returns (address) {
        if (verifierType != BATCH_GROTH16) revert UnknownVerifierType(verifierType);
        return address(new Groth16Verifier(key));
    }

    /// @notice A verifier of escapes and redirects.
    function makeEscape(uint256[] calldata key) external returns (address) {
        return address(new EscapeVerifier(key));
    }
}
