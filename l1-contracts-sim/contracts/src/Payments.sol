// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Standing} from "./Standing.sol";

/// What is used of an ERC-20.
interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Tokens, credits, and paying out
/// @notice Token 0 is ether. ERC-20s get the numbers 1, 2, ... in the order of registration;
/// anyone may register one, and a token that cheats can cheat its own holders only: what is
/// held is counted for each token apart. Ether that pays fees is not part of what is held.
abstract contract Payments is Standing {
    /// Gas that a receiver, or a token, may use when something is paid: a fixed sum, so that
    /// neither can starve the call nor whoever calls starve them.
    uint256 private constant DELIVERY_GAS = 500_000;
    /// For the call itself, and what comes after it.
    uint256 private constant DELIVERY_RESERVE = 60_000;
    uint256 private constant REGISTRATION_WEI = 0.001 ether;
    /// So many tokens double the price of a number.
    uint256 private constant REGISTRATION_STEP = 16;

    /// What was deposited and is not paid out yet; below 2^128.
    mapping(uint16 token => uint128) public held;
    mapping(uint16 token => address) public tokenAddress;
    mapping(address token => uint16) public tokenNumber;
    /// Ether that an account may take out: fees earned, and what was paid too much.
    mapping(address account => uint256) public credits;

    event TokenRegistered(uint16 indexed token, address indexed tokenAddress);
    event Credited(address indexed to, uint256 amount);

    /// The address has no code.
    error NotAToken(address token);
    /// The token has a number already.
    error TokenExists(uint16 token);
    /// No token has this number.
    error UnknownToken(uint16 token);
    /// The ether sent is less than the fee, and the amount where that is ether.
    error ValueTooLow(uint256 needed);
    /// A token contract failed, or answered false.
    error TokenCallFailed(uint16 token);
    /// The receiver refused the ether.
    error EtherRefused(address to);
    /// Whoever pays must leave the receiver enough gas.
    error GasTooLow();
    /// The account has no credit.
    error NoCredit();

    /// @notice What a token's number costs now, in wei. It is burned.
    function registrationFee() public view returns (uint256) {
        return REGISTRATION_WEI * (1 + _tokens / REGISTRATION_STEP);
    }

    /// @notice Gives an ERC-20 the next number. What is paid too much is a credit.
    function registerToken(address token) external payable nonReentrant returns (uint16 number) {
        if (token.code.length == 0) revert NotAToken(token);
        if (tokenNumber[token] != 0) revert TokenExists(tokenNumber[token]);
        uint256 fee = registrationFee();
        if (msg.value < fee) revert ValueTooLow(fee);
        // The last of 65,535 numbers would cost 4 ether, and all of them 134,000: it does not overflow.
        number = _tokens + 1;
        _tokens = number;
        tokenAddress[number] = token;
        tokenNumber[token] = number;
        emit TokenRegistered(number, token);
        _credit(msg.sender, msg.value - fee);
        _burn(fee);
    }

    /// @notice Pays the caller's credit.
    function withdrawCredit(address to) external nonReentrant {
        uint256 amount = credits[msg.sender];
        if (amount == 0) revert NoCredit();
        credits[msg.sender] = 0;
        if (!_deliver(0, amount, to)) revert EtherRefused(to);
    }

    function _credit(address to, uint256 amount) internal {
        if (amount == 0) return;
        credits[to] += amount;
        emit Credited(to, amount);
    }

    /// Nobody has the key of address 0. Were the call to fail, the ether would stay here for
    /// nobody, which is as good.
    function _burn(uint256 amount) internal {
        if (amount == 0) return;
        assembly ("memory-safe") {
            pop(call(gas(), 0, amount, 0, 0, 0, 0))
        }
    }

    /// Pays what is held. What was never deposited cannot be paid: the subtraction is checked.
    function _pay(uint16 token, uint128 amount, address to) internal {
        held[token] -= amount;
        if (!_deliver(token, amount, to)) _revertUndelivered(token, to);
    }

    function _revertUndelivered(uint16 token, address to) internal pure {
        if (token == 0) revert EtherRefused(to);
        revert TokenCallFailed(token);
    }

    /// Sends ether or tokens with a fixed sum of gas; whether that was done. The caller has
    /// counted it off. Nothing is delivered to this contract, which could never pay it out.
    function _deliver(uint16 token, uint256 amount, address to) internal returns (bool done) {
        // A call gets at most 63/64 of what is left.
        if (gasleft() < DELIVERY_GAS + DELIVERY_GAS / 63 + DELIVERY_RESERVE) revert GasTooLow();
        if (to == address(this)) return false;
        if (token != 0) {
            return _callToken(tokenAddress[token], abi.encodeCall(IERC20.transfer, (to, amount)), DELIVERY_GAS);
        }
        assembly ("memory-safe") {
            // Nothing is read of the answer: a long one costs the receiver alone.
            done := call(DELIVERY_GAS, to, amount, 0, 0, 0, 0)
        }
    }

    /// Takes tokens from the sender and returns how many arrived.
    function _take(uint16 token, uint128 amount) internal returns (uint256) {
        address erc20 = tokenAddress[token];
        if (erc20 == address(0)) revert UnknownToken(token);
        uint256 before = IERC20(erc20).balanceOf(address(this));
        bytes memory call_ = abi.encodeCall(IERC20.transferFrom, (msg.sender, address(this), amount));
        if (!_callToken(erc20, call_, gasleft())) revert TokenCallFailed(token);
        return IERC20(erc20).balanceOf(address(this)) - before;
    }

    /// Tokens that answer nothing count as having answered true, if they have code.
    function _callToken(address erc20, bytes memory call_, uint256 gas_) private returns (bool done) {
        assembly ("memory-safe") {
            done := call(gas_, erc20, 0, add(call_, 0x20), mload(call_), 0x00, 0x20)
            switch returndatasize()
            case 0 { done := and(done, iszero(iszero(extcodesize(erc20)))) }
            default { done := and(done, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
        }
    }
}
