// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Verifying Groth16 proofs over BN254
/// @notice One verifying key per deployment, held as immutables; the same code serves every key.
///
/// A proof (A, B, C) for inputs x1..xn is valid when, with L = IC0 + x1 IC1 + .. + xn ICn,
///
///     e(A, B) * e(-alpha, beta) * e(L, -gamma) * e(C, -delta) = 1.
///
/// k proofs are checked together as the product of their equations, each raised to its own
/// coefficient. The first coefficient is 1; the others are hashes of the whole call, so that
/// they depend on every proof and every input, and bad proofs cannot be made to cancel. The
/// pairs with the key's points collect into three, which leaves k + 3 pairs.
///
/// A verifier reverts on every failure and answers its `verify.selector` otherwise: an account
/// without code, or a contract that is no verifier, cannot pass for one that accepts.
abstract contract Groth16 {
    /// Order of the groups: inputs are below it.
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// Modulus of the coordinates.
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// Words of a proof: A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y.
    uint256 internal constant PROOF_WORDS = 8;
    /// Words of a key before the points of its inputs: alpha, beta, gamma, delta.
    uint256 internal constant KEY_WORDS = 14;

    /// A point of the key is not on its curve, outside its subgroup, or infinity.
    error InvalidKey();
    /// gamma = delta, or -delta, would let anyone forge a proof.
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

    /// @param key_ alpha, beta, gamma, delta, then the constant's point and those of the inputs.
    /// @param inputs How many public inputs there are, at least three.
    constructor(uint256[] memory key_, uint256 inputs) {
        if (key_.length != KEY_WORDS + 2 * (inputs + 1)) revert InvalidKey();
        // The same x: gamma is delta or its negative.
        if (key_[6] == key_[10] && key_[7] == key_[11]) revert GammaIsDelta();
        // Each point of G1 with some point of G2, each of those with some point of G1.
        _requirePair(key_, 0, 2);
        _requirePair(key_, KEY_WORDS, 6);
        for (uint256 i = 1; i <= inputs; ++i) {
            _requirePair(key_, KEY_WORDS + 2 * i, 10);
        }

        NEG_ALPHA_X = key_[0];
        NEG_ALPHA_Y = Q - key_[1];
        BETA_X1 = key_[2];
        BETA_X0 = key_[3];
        BETA_Y1 = key_[4];
        BETA_Y0 = key_[5];
        NEG_GAMMA_X1 = key_[6];
        NEG_GAMMA_X0 = key_[7];
        NEG_GAMMA_Y1 = _negate(key_[8]);
        NEG_GAMMA_Y0 = _negate(key_[9]);
        NEG_DELTA_X1 = key_[10];
        NEG_DELTA_X0 = key_[11];
        NEG_DELTA_Y1 = _negate(key_[12]);
        NEG_DELTA_Y0 = _negate(key_[13]);
        IC0_X = key_[14];
        IC0_Y = key_[15];
        IC1_X = key_[16];
        IC1_Y = key_[17];
        IC2_X = key_[18];
        IC2_Y = key_[19];
        IC3_X = key_[20];
        IC3_Y = key_[21];
    }

    /// @notice The words of the key, as the constructor took them.
    function key() external view returns (uint256[] memory words) {
        words = _keyWords();
    }

    /// One with more inputs appends their points.
    function _keyWords() internal view virtual returns (uint256[] memory words) {
        words = new uint256[](KEY_WORDS + 8);
        (words[0], words[1]) = (NEG_ALPHA_X, Q - NEG_ALPHA_Y);
        (words[2], words[3], words[4], words[5]) = (BETA_X1, BETA_X0, BETA_Y1, BETA_Y0);
        (words[6], words[7]) = (NEG_GAMMA_X1, NEG_GAMMA_X0);
        (words[8], words[9]) = (_negate(NEG_GAMMA_Y1), _negate(NEG_GAMMA_Y0));
        (words[10], words[11]) = (NEG_DELTA_X1, NEG_DELTA_X0);
        (words[12], words[13]) = (_negate(NEG_DELTA_Y1), _negate(NEG_DELTA_Y0));
        (words[14], words[15], words[16], words[17]) = (IC0_X, IC0_Y, IC1_X, IC1_Y);
        (words[18], words[19], words[20], words[21]) = (IC2_X, IC2_Y, IC3_X, IC3_Y);
    }

    /// Reverts unless every item, its inputs and the words of its proof, is valid. The items
    /// begin at `items` in calldata and end it.
    function _verify(uint256 items, uint256 count, uint256 inputs) internal view {
        if (count == 0 || msg.data.length != items + 32 * (inputs + PROOF_WORDS) * count) revert WrongLength();

        uint256[] memory pairs = new uint256[](6 * (count + 3));
        uint256 keyPairs;
        assembly ("memory-safe") {
            keyPairs := add(add(pairs, 0x20), mul(count, 0xc0))
        }
        // The sum of the coefficients, and of each input times its coefficient.
        uint256[] memory sums = new uint256[](inputs + 1);
        _addItems(items, count, pairs, keyPairs + 0x180, sums);
        _setKeyPairs(keyPairs, sums);
        if (!_pairing(pairs)) revert ProofRejected();
    }

    /// Checks every item, puts its (A, B) into `pairs`, adds its C to the point at `sumOfC`, and
    /// its inputs to `sums`; all but B times the item's coefficient.
    function _addItems(
        uint256 items,
        uint256 count,
        uint256[] memory pairs,
        uint256 sumOfC,
        uint256[] memory sums
    ) private view {
        uint256 seed = count == 1 ? 0 : uint256(keccak256(msg.data));
        uint256 failures;
        assembly ("memory-safe") {
            let pair := add(pairs, 0x20)
            // Behind the free pointer: the running sum of C, the next C, and its coefficient.
            let scratch := mload(0x40)
            let firstSum := add(sums, 0x20)
            let inputBytes := mul(sub(mload(sums), 1), 0x20)
            let item := items
            let ok := 1
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                // 253 bits, so below R; the price of a multiplication does not depend on the length.
                let coefficient := 1
                if i {
                    mstore(0x00, seed)
                    mstore(0x20, i)
                    coefficient := shr(3, keccak256(0x00, 0x40))
                }
                mstore(firstSum, addmod(mload(firstSum), coefficient, R))
                let proof := add(item, inputBytes)
                for { let sum := firstSum } lt(item, proof) { item := add(item, 0x20) } {
                    sum := add(sum, 0x20)
                    let value := calldataload(item)
                    if iszero(lt(value, R)) { failures := 1 }
                    mstore(sum, addmod(mload(sum), mulmod(coefficient, value, R), R))
                }
                let next := add(proof, 0x100)
                for {} lt(item, next) { item := add(item, 0x20) } {
                    if iszero(lt(calldataload(item), Q)) { failures := or(failures, 2) }
                }

                calldatacopy(add(pair, 0x40), add(proof, 0x40), 0x80)
                switch i
                case 0 {
                    calldatacopy(pair, proof, 0x40)
                    calldatacopy(scratch, add(proof, 0xc0), 0x40)
                }
                default {
                    // EIP-196: 7 multiplies, 6 adds; both refuse points off the curve.
                    mstore(add(scratch, 0x80), coefficient)
                    calldatacopy(add(scratch, 0x40), proof, 0x40)
                    ok := and(ok, staticcall(gas(), 7, add(scratch, 0x40), 0x60, pair, 0x40))
                    calldatacopy(add(scratch, 0x40), add(proof, 0xc0), 0x40)
                    ok := and(ok, staticcall(gas(), 7, add(scratch, 0x40), 0x60, add(scratch, 0x40), 0x40))
                    ok := and(ok, staticcall(gas(), 6, scratch, 0x80, scratch, 0x40))
                }
                // A later item would bring the precompiles to waste gas on what is refused anyway.
                if or(failures, iszero(ok)) { break }
                pair := add(pair, 0xc0)
            }
            mcopy(sumOfC, scratch, 0x40)
            if iszero(ok) { failures := or(failures, 4) }
        }
        if (failures & 1 != 0) revert InputNotCanonical();
        if (failures & 2 != 0) revert CoordinateNotCanonical();
        if (failures != 0) revert InvalidPoint();
    }

    /// The three pairs with the key's points; C of the third is in its place already.
    function _setKeyPairs(uint256 place, uint256[] memory sums) private view {
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

    /// sums[0] IC0 + sums[1] IC1 + .. ; one with more inputs adds their terms.
    function _inputsPoint(uint256[] memory sums) internal view virtual returns (uint256 x, uint256 y) {
        (x, y) = (IC0_X, IC0_Y);
        if (sums[0] != 1) (x, y) = _mul(x, y, sums[0]);
        (x, y) = _addTerm(x, y, IC1_X, IC1_Y, sums[1]);
        (x, y) = _addTerm(x, y, IC2_X, IC2_Y, sums[2]);
        (x, y) = _addTerm(x, y, IC3_X, IC3_Y, sums[3]);
    }

    /// (ax, ay) + scalar (bx, by).
    function _addTerm(uint256 ax, uint256 ay, uint256 bx, uint256 by, uint256 scalar)
        internal
        view
        returns (uint256, uint256)
    {
        (bx, by) = _mul(bx, by, scalar);
        return _add(ax, ay, bx, by);
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

    /// The points of G1 and G2 at these places of the key are valid and neither is infinity.
    function _requirePair(uint256[] memory key_, uint256 g1, uint256 g2) private view {
        uint256[] memory pairs = new uint256[](6);
        (pairs[0], pairs[1]) = (key_[g1], key_[g1 + 1]);
        (pairs[2], pairs[3], pairs[4], pairs[5]) = (key_[g2], key_[g2 + 1], key_[g2 + 2], key_[g2 + 3]);
        // The precompile takes valid points only, and their pairing is one where either is infinity.
        if (_pairing(pairs)) revert InvalidKey();
    }

    /// The negative of a coordinate half below Q, which `_requirePair` has seen.
    function _negate(uint256 y) private pure returns (uint256) {
        return (Q - y) % Q;
    }
}
