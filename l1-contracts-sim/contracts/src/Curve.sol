// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @title Baby Jubjub: A x^2 + y^2 = 1 + D x^2 y^2 over the scalar field of BN254
library Curve {
    /// Order of BN254's groups: every word is below it.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// Order of the prime subgroup of Baby Jubjub.
    uint256 internal constant ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041;

    uint256 private constant A = 168700;
    uint256 private constant D = 168696;

    /// @notice Whether these are canonical coordinates of a point of the curve whose order does
    /// not divide the cofactor 8: x y (y^2 - A x^2) is not 0.
    function isUsable(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= R || y >= R) return false;
        uint256 axx = mulmod(A, mulmod(x, x, R), R);
        uint256 yy = mulmod(y, y, R);
        uint256 right = addmod(1, mulmod(D, mulmod(mulmod(x, x, R), yy, R), R), R);
        return addmod(axx, yy, R) == right && x != 0 && y != 0 && axx != yy;
    }
}
