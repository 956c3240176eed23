// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Governance, Proposal} from "./Governance.sol";

/// @title What is announced, and by whom, in few answers
/// @notice Nobody deploys it. Whoever asks has its creation run by an `eth_call`, and what would
/// become its code is the answer: governor, guardian, who was named as the operator, the first
/// shape id that was not looked at, and the proposals before it, in the order of their ids.
contract Announced {
    /// Code is paid for by the byte, and has at most 24 KB.
    uint256 private constant PROPOSALS_MAX = 16;
    uint256 private constant SHAPE_IDS = 256;

    /// @param rollup Where to look.
    /// @param shapeId From which id on.
    constructor(Governance rollup, uint256 shapeId) {
        Proposal[] memory found = new Proposal[](PROPOSALS_MAX);
        uint256 count;
        for (; shapeId < SHAPE_IDS && count < PROPOSALS_MAX; ++shapeId) {
            Proposal memory proposal = rollup.proposals(uint8(shapeId));
            if (proposal.readyAt != 0) found[count++] = proposal;
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
        bytes memory answer =
            abi.encode(rollup.governor(), rollup.guardian(), rollup.proposedOperator(), shapeId, found);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
