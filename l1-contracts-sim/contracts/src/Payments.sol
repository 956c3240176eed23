// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Statement} from "./Statement.sol";

/// What is used of an ERC-20.
interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Tokens, the queue of deposits, and paying out
/// @notice Token 0 is ether. ERC-20s get the numbers 1, 2, ... in the order of registration;
/// anyone may register one, and a token that cheats can cheat its own holders only: what is
/// held is counted for each token apart.
abstract contract Payments {
    /// Baby Jubjub: A x^2 + y^2 = 1 + D x^2 y^2 over the field of order Statement.R.
    uint256 private constant A = 168700;
    uint256 private constant D = 168696;
    /// The low 32 bits of a word of the queue's chain are a time.
    uint256 private constant TIME_BITS = 32;

    /// Length of the queue and number of ERC-20s; one storage word.
    struct Counts {
        uint64 queueLength;
        uint16 tokens;
    }

    Counts public counts;
    /// What was deposited and is not paid out yet; below 2^128.
    mapping(uint16 token => uint128) public held;
    mapping(uint16 token => address) public tokenAddress;
    mapping(address token => uint16) public tokenNumber;
    /// After each entry, its link of the hash chain (224 bits) and when it was queued (32 bits,
    /// Unix seconds). Element 0 stands for the empty queue.
    mapping(uint256 entries => uint256) private _queue;
    bool private transient _entered;

    event TokenRegistered(uint16 indexed token, address indexed tokenAddress);
    event Deposited(
        uint64 indexed queueIndex, uint16 indexed token, uint128 amount, uint256 ownerX, uint256 ownerY
    );

    /// A call came back in from within a call.
    error Reentered();
    /// The address has no code.
    error NotAToken(address token);
    /// The token has a number already.
    error TokenExists(uint16 token);
    /// All 65,535 numbers are given out.
    error TooManyTokens();
    /// No token has this number.
    error UnknownToken(uint16 token);
    /// The ether sent is not the amount deposited.
    error WrongValue();
    /// Nothing arrived.
    error NothingDeposited();
    /// The token's deposits would reach 2^128.
    error DepositCap(uint16 token);
    /// The owner is not a canonical point of Baby Jubjub.
    error InvalidOwner();
    /// A token contract failed, or answered false.
    error TokenCallFailed(uint16 token);
    /// The receiver refused the ether.
    error EtherRefused(address to);

    modifier nonReentrant() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    /// @notice Gives an ERC-20 the next number.
    function registerToken(address token) external returns (uint16 number) {
        if (token.code.length == 0) revert NotAToken(token);
        if (tokenNumber[token] != 0) revert TokenExists(tokenNumber[token]);
        Counts memory tally = counts;
        if (tally.tokens == type(uint16).max) revert TooManyTokens();
        number = tally.tokens + 1;
        counts.tokens = number;
        tokenAddress[number] = token;
        tokenNumber[token] = number;
        emit TokenRegistered(number, token);
    }

    /// @notice Queues a deposit for the owner of a point of Baby Jubjub. Of a token, what arrives
    /// counts, not what was asked for.
    function deposit(uint16 token, uint128 amount, uint256 ownerX, uint256 ownerY) external payable nonReentrant {
        if (!_onCurve(ownerX, ownerY)) revert InvalidOwner();
        uint256 arrived = amount;
        if (token == 0) {
            if (msg.value != amount) revert WrongValue();
        } else {
            if (msg.value != 0) revert WrongValue();
            arrived = _take(token, amount);
        }
        if (arrived == 0) revert NothingDeposited();
        uint256 total = uint256(held[token]);
        if (arrived > type(uint128).max - total) revert DepositCap(token);
        // Both are below 2^128 and so is their sum.
        unchecked {
            held[token] = uint128(total + arrived);
        }

        uint64 index = counts.queueLength;
        counts.queueLength = index + 1;
        uint256 link = _queueLink(queueHash(index), _depositWord(token, uint128(arrived)), ownerX, ownerY);
        _queue[uint256(index) + 1] = link << TIME_BITS | uint32(block.timestamp);
        emit Deposited(index, token, uint128(arrived), ownerX, ownerY);
    }

    /// @notice The hash chain of the queue's first `entries` entries, 224 bits.
    function queueHash(uint64 entries) public view returns (uint256) {
        return _queue[entries] >> TIME_BITS;
    }

    /// @notice When entry `index` was queued, Unix seconds.
    function queuedAt(uint64 index) external view returns (uint32) {
        return uint32(_queue[uint256(index) + 1]);
    }

    /// The next link of the queue's chain.
    function _queueLink(uint256 hash, uint256 head, uint256 first, uint256 second)
        internal
        pure
        returns (uint256 link)
    {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, hash)
            mstore(add(at, 0x20), head)
            mstore(add(at, 0x40), first)
            mstore(add(at, 0x60), second)
            link := shr(TIME_BITS, keccak256(at, 0x80))
        }
    }

    /// How a deposit stands in a batch.
    function _depositWord(uint16 token, uint128 amount) internal pure virtual returns (uint256);

    /// Pays out. What was never deposited cannot be paid: the subtraction is checked.
    function _pay(uint16 token, uint128 amount, address to) internal {
        held[token] -= amount;
        if (token == 0) {
            bool paid;
            assembly ("memory-safe") {
                // Nothing is read of the answer: a long one costs the receiver alone.
                paid := call(gas(), to, amount, 0, 0, 0, 0)
            }
            if (!paid) revert EtherRefused(to);
        } else {
            _callToken(token, tokenAddress[token], abi.encodeCall(IERC20.transfer, (to, amount)));
        }
    }

    /// Takes tokens from the sender and returns how many arrived.
    function _take(uint16 token, uint128 amount) private returns (uint256) {
        address erc20 = tokenAddress[token];
        if (erc20 == address(0)) revert UnknownToken(token);
        uint256 before = IERC20(erc20).balanceOf(address(this));
        _callToken(token, erc20, abi.encodeCall(IERC20.transferFrom, (msg.sender, address(this), amount)));
        uint256 afterwards = IERC20(erc20).balanceOf(address(this));
        return afterwards > before ? afterwards - before : 0;
    }

    /// Tokens that answer nothing count as having answered true, if they have code.
    function _callToken(uint16 token, address erc20, bytes memory call_) private {
        bool done;
        assembly ("memory-safe") {
            mstore(0x00, 0)
            done := call(gas(), erc20, 0, add(call_, 0x20), mload(call_), 0x00, 0x20)
            switch returndatasize()
            case 0 { done := and(done, gt(extcodesize(erc20), 0)) }
            default { done := and(done, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
        }
        if (!done) revert TokenCallFailed(token);
    }

    function _onCurve(uint256 x, uint256 y) private pure returns (bool) {
        if (x >= Statement.R || y >= Statement.R) return false;
        uint256 xx = mulmod(x, x, Statement.R);
        uint256 yy = mulmod(y, y, Statement.R);
        uint256 left = addmod(mulmod(A, xx, Statement.R), yy, Statement.R);
        return left == addmod(1, mulmod(D, mulmod(xx, yy, Statement.R), Statement.R), Statement.R);
    }
}
