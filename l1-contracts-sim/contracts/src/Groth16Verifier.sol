// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Verifier of Groth16 proofs over BN254 with three public inputs
/// @notice One verifying key per deployment, held as immutables; the same code serves every key.
///
/// A proof (A, B, C) for inputs x1..x3 is valid when, with L = IC0 + x1 IC1 + x2 IC2 + x3 IC3,
///
///     e(A, B) * e(-alpha, beta) * e(L, -gamma) * e(C, -delta) = 1.
///
/// k proofs are checked together as the product of their equations, each raised to its own
/// coefficient. The first coefficient is 1; the others are hashes of the whole call, so that
/// they depend on every proof and every input, and bad proofs cannot be made to cancel. The
/// pairs with the key's points collect into three, which leaves k + 3 pairs.
///
/// The contract reverts on every failure and answers `verify.selector` otherwise: an account
/// without code, or a contract that is no verifier, cannot pass for one that accepts.
contract Groth16Verifier {
    /// Order of the groups: inputs are below it.
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// Modulus of the coordinates.
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// Words of one item of `verify`: three inputs and eight words of proof.
    uint256 private constant ITEM_WORDS = 11;

    /// A point of the key is not on its curve, outside its subgroup, or infinity.
    error InvalidKey();
    /// gamma = delta would let anyone forge a proof.
    error GammaIsDelta();
    /// There is no proof, or the call is not exactly as long as its items.
    error WrongLength();
    /// An input is not below the group order.
    error InputNotCanonical();
    /// A coordinate is not below the field's modulus.
    error CoordinateNotCanonical();
    /// A point of a proof is not on its curve or outside its subgroup.
    error InvalidPoint();
    /// The equation does not hold.
    error ProofRejected();

    // G1 points are (x, y); G2 points are (x1, x0, y1, y0), the order of the pairing precompile.
    // alpha, gamma and delta are held negated: a call then takes proofs as they are.
    uint256 private immutable NEG_ALPHA_X;
    uint256 private immutable NEG_ALPHA_Y;
    uint256 private immutable BETA_X1;
    uint256 private immutable BETA_X0;
    uint256 private immutable BETA_Y1;
    uint256 private immutable BETA_Y0;
    uint256 private immutable NEG_GAMMA_X1;
    uint256 private immutable NEG_GAMMA_X0;
    uint256 private immutable NEG_GAMMA_Y1;
    uint256 private immutable NEG_GAMMA_Y0;
    uint256 private immutable NEG_DELTA_X1;
    uint256 private immutable NEG_DELTA_X0;
    uint256 private immutable NEG_DELTA_Y1;
    uint256 private immutable NEG_DELTA_Y0;
    uint256 private immutable IC0_X;
    uint256 private immutable IC0_Y;
    uint256 private immutable IC1_X;
    uint256 private immutable IC1_Y;
    uint256 private immutable IC2_X;
    uint256 private immutable IC2_Y;
    uint256 private immutable IC3_X;
    uint256 private immutable IC3_Y;

    /// @param ic The constant's point, then those of the three inputs.
    constructor(
        uint256[2] memory alpha,
        uint256[4] memory beta,
        uint256[4] memory gamma,
        uint256[4] memory delta,
        uint256[2][4] memory ic
    ) {
        if (keccak256(abi.encode(gamma)) == keccak256(abi.encode(delta))) revert GammaIsDelta();
        _requirePair(alpha, beta);
        _requirePair(ic[0], gamma);
        _requirePair(ic[1], delta);
        _requirePair(ic[2], delta);
        _requirePair(ic[3], delta);

        NEG_ALPHA_X = alpha[0];
        NEG_ALPHA_Y = Q - alpha[1];
        BETA_X1 = beta[0];
        BETA_X0 = beta[1];
        BETA_Y1 = beta[2];
        BETA_Y0 = beta[3];
        NEG_GAMMA_X1 = gamma[0];
        NEG_GAMMA_X0 = gamma[1];
        NEG_GAMMA_Y1 = _negate(gamma[2]);
        NEG_GAMMA_Y0 = _negate(gamma[3]);
        NEG_DELTA_X1 = delta[0];
        NEG_DELTA_X0 = delta[1];
        NEG_DELTA_Y1 = _negate(delta[2]);
        NEG_DELTA_Y0 = _negate(delta[3]);
        IC0_X = ic[0][0];
        IC0_Y = ic[0][1];
        IC1_X = ic[1][0];
        IC1_Y = ic[1][1];
        IC2_X = ic[2][0];
        IC2_Y = ic[2][1];
        IC3_X = ic[3][0];
        IC3_Y = ic[3][1];
    }

    /// @notice Reverts unless every item is a valid proof of its inputs.
    /// @param items Each the inputs C, z, y and the proof A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y.
    /// @return The function's own selector.
    function verify(uint256[ITEM_WORDS][] calldata items) external view returns (bytes4) {
        uint256 count = items.length;
        if (count == 0 || msg.data.length != 68 + 32 * ITEM_WORDS * count) revert WrongLength();

        uint256[] memory pairs = new uint256[](6 * (count + 3));
        uint256 keyPairs;
        assembly ("memory-safe") {
            keyPairs := add(add(pairs, 0x20), mul(count, 0xc0))
        }
        // The sum of the coefficients, and of each input times its coefficient.
        uint256[4] memory sums = [uint256(1), 0, 0, 0];
        _addItems(items, pairs, keyPairs + 0x180, sums);
        _setKeyPairs(keyPairs, sums);
        if (!_pairing(pairs)) revert ProofRejected();
        return this.verify.selector;
    }

    /// Checks every item, puts its (A, B) into `pairs`, adds its C to the point at `sumOfC`, and
    /// its inputs to `sums`; all but B times the item's coefficient.
    function _addItems(
        uint256[ITEM_WORDS][] calldata items,
        uint256[] memory pairs,
        uint256 sumOfC,
        uint256[4] memory sums
    ) private view {
        uint256 seed = items.length == 1 ? 0 : uint256(keccak256(msg.data));
        uint256 failures;
        assembly ("memory-safe") {
            let pair := add(pairs, 0x20)
            // Behind the free pointer: the running sum of C, the next C, and its coefficient.
            let scratch := mload(0x40)
            let item := items.offset
            let ok := 1
            for { let i := 0 } lt(i, items.length) { i := add(i, 1) } {
                let c := calldataload(item)
                let z := calldataload(add(item, 0x20))
                let y := calldataload(add(item, 0x40))
                if iszero(and(and(lt(c, R), lt(z, R)), lt(y, R))) { failures := 1 }
                if iszero(
                    and(
                        and(
                            and(lt(calldataload(add(item, 0x60)), Q), lt(calldataload(add(item, 0x80)), Q)),
                            and(lt(calldataload(add(item, 0xa0)), Q), lt(calldataload(add(item, 0xc0)), Q))
                        ),
                        and(
                            and(lt(calldataload(add(item, 0xe0)), Q), lt(calldataload(add(item, 0x100)), Q)),
                            and(lt(calldataload(add(item, 0x120)), Q), lt(calldataload(add(item, 0x140)), Q))
                        )
                    )
                ) { failures := or(failures, 2) }

                calldatacopy(add(pair, 0x40), add(item, 0xa0), 0x80)
                switch i
                case 0 {
                    mstore(add(sums, 0x20), c)
                    mstore(add(sums, 0x40), z)
                    mstore(add(sums, 0x60), y)
                    calldatacopy(pair, add(item, 0x60), 0x40)
                    calldatacopy(scratch, add(item, 0x120), 0x40)
                }
                default {
                    mstore(0x00, seed)
                    mstore(0x20, i)
                    // 253 bits, so below R; the price of a multiplication does not depend on the length.
                    let coefficient := shr(3, keccak256(0x00, 0x40))
                    mstore(sums, addmod(mload(sums), coefficient, R))
                    let slot := add(sums, 0x20)
                    mstore(slot, addmod(mload(slot), mulmod(coefficient, c, R), R))
                    slot := add(sums, 0x40)
                    mstore(slot, addmod(mload(slot), mulmod(coefficient, z, R), R))
                    slot := add(sums, 0x60)
                    mstore(slot, addmod(mload(slot), mulmod(coefficient, y, R), R))

                    // EIP-196: 7 multiplies, 6 adds; both refuse points off the curve.
                    mstore(add(scratch, 0x80), coefficient)
                    calldatacopy(add(scratch, 0x40), add(item, 0x60), 0x40)
                    ok := and(ok, staticcall(gas(), 7, add(scratch, 0x40), 0x60, pair, 0x40))
                    calldatacopy(add(scratch, 0x40), add(item, 0x120), 0x40)
                    ok := and(ok, staticcall(gas(), 7, add(scratch, 0x40), 0x60, add(scratch, 0x40), 0x40))
                    ok := and(ok, staticcall(gas(), 6, scratch, 0x80, scratch, 0x40))
                }
                // A later item would bring the precompiles to waste gas on what is refused anyway.
                if or(failures, iszero(ok)) { break }
                pair := add(pair, 0xc0)
                item := add(item, 0x160)
            }
            mcopy(sumOfC, scratch, 0x40)
            if iszero(ok) { failures := or(failures, 4) }
        }
        if (failures & 1 != 0) revert InputNotCanonical();
        if (failures & 2 != 0) revert CoordinateNotCanonical();
        if (failures != 0) revert InvalidPoint();
    }

    /// The three pairs with the key's points; C of the third is in its place already.
    function _setKeyPairs(uint256 place, uint256[4] memory sums) private view {
        (uint256 x, uint256 y) = (NEG_ALPHA_X, NEG_ALPHA_Y);
        if (sums[0] != 1) (x, y) = _mul(x, y, sums[0]);
        _put(place, x, y);
        _put(place + 0x40, BETA_X1, BETA_X0);
        _put(place + 0x80, BETA_Y1, BETA_Y0);

        (x, y) = _inputsPoint(sums);
        _put(place + 0xc0, x, y);
        _put(place + 0x100, NEG_GAMMA_X1, NEG_GAMMA_X0);
        _put(place + 0x140, NEG_GAMMA_Y1, NEG_GAMMA_Y0);

        _put(place + 0x1c0, NEG_DELTA_X1, NEG_DELTA_X0);
        _put(place + 0x200, NEG_DELTA_Y1, NEG_DELTA_Y0);
    }

    /// sums[0] IC0 + sums[1] IC1 + sums[2] IC2 + sums[3] IC3.
    function _inputsPoint(uint256[4] memory sums) private view returns (uint256 x, uint256 y) {
        (x, y) = (IC0_X, IC0_Y);
        if (sums[0] != 1) (x, y) = _mul(x, y, sums[0]);
        (uint256 termX, uint256 termY) = _mul(IC1_X, IC1_Y, sums[1]);
        (x, y) = _add(x, y, termX, termY);
        (termX, termY) = _mul(IC2_X, IC2_Y, sums[2]);
        (x, y) = _add(x, y, termX, termY);
        (termX, termY) = _mul(IC3_X, IC3_Y, sums[3]);
        (x, y) = _add(x, y, termX, termY);
    }

    /// Writes two words at a place in memory that the caller has allocated.
    function _put(uint256 place, uint256 first, uint256 second) private pure {
        assembly ("memory-safe") {
            mstore(place, first)
            mstore(add(place, 0x20), second)
        }
    }

    /// EIP-196: the precompile at 7; it refuses points off the curve.
    function _mul(uint256 x, uint256 y, uint256 scalar) private view returns (uint256 rx, uint256 ry) {
        bool done;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, x)
            mstore(add(at, 0x20), y)
            mstore(add(at, 0x40), scalar)
            done := staticcall(gas(), 7, at, 0x60, at, 0x40)
            rx := mload(at)
            ry := mload(add(at, 0x20))
        }
        if (!done) revert InvalidPoint();
    }

    /// EIP-196: the precompile at 6; it refuses points off the curve.
    function _add(uint256 ax, uint256 ay, uint256 bx, uint256 by) private view returns (uint256 rx, uint256 ry) {
        bool done;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, ax)
            mstore(add(at, 0x20), ay)
            mstore(add(at, 0x40), bx)
            mstore(add(at, 0x60), by)
            done := staticcall(gas(), 6, at, 0x80, at, 0x40)
            rx := mload(at)
            ry := mload(add(at, 0x20))
        }
        if (!done) revert InvalidPoint();
    }

    /// EIP-197: the precompile at 8; it refuses points off the curve or outside the subgroup.
    function _pairing(uint256[] memory pairs) private view returns (bool one) {
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gas(), 8, add(pairs, 0x20), mul(mload(pairs), 0x20), 0x00, 0x20)
            one := eq(mload(0x00), 1)
        }
        if (!done) revert InvalidPoint();
    }

    /// Both points valid and neither infinity, for the constructor.
    function _requirePair(uint256[2] memory g1, uint256[4] memory g2) private view {
        if (g1[0] | g1[1] == 0 || g2[0] | g2[1] | g2[2] | g2[3] == 0) revert InvalidKey();
        uint256[] memory pairs = new uint256[](6);
        (pairs[0], pairs[1]) = (g1[0], g1[1]);
        (pairs[2], pairs[3], pairs[4], pairs[5]) = (g2[0], g2[1], g2[2], g2[3]);
        // The pairing of points that are not infinity is not one; what counts here is that the
        // precompile takes them.
        if (_pairing(pairs)) revert InvalidKey();
    }

    /// The negative of a coordinate half below Q, which `_requirePair` has seen.
    function _negate(uint256 y) private pure returns (uint256) {
        return y == 0 ? 0 : Q - y;
    }
}
