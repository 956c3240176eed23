// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {TestToken} from "../TestToken.sol";
import {Assay} from "../Assay.sol";

/// Keeps one hundredth of every transfer.
contract FeeToken is TestToken("Fee", "FEE", 18) {
    function _move(address from, address to, uint256 amount) internal override {
        uint256 fee = amount / 100;
        totalSupply -= fee;
        balanceOf[from] -= fee;
        super._move(from, to, amount - fee);
    }
}

/// Answers false and moves nothing.
contract FalseToken is TestToken("False", "NO", 18) {
    function transferFrom(address, address, uint256) external pure override returns (bool) {
        return false;
    }
}

/// Calls again from within being called, and remembers how that ended.
abstract contract Reentrant {
    address public target;
    uint256 public value;
    bytes public call_;
    /// Selector of the error, or 1 where the call succeeded.
    bytes4 public outcome;

    function arm(address target_, uint256 value_, bytes calldata again) external payable {
        (target, value, call_) = (target_, value_, again);
    }

    function _again() internal {
        if (target == address(0)) return;
        (bool done, bytes memory answer) = target.call{value: value}(call_);
        outcome = done ? bytes4(uint32(1)) : bytes4(answer);
    }
}

/// Calls again from within a transfer.
contract ReentrantToken is TestToken("Again", "RE", 18), Reentrant {
    function _move(address from, address to, uint256 amount) internal override {
        if (from != address(this)) _again();
        super._move(from, to, amount);
    }

    /// Lets the target take what the token itself has.
    function allow() external {
        allowance[address(this)][target] = type(uint256).max;
    }
}

/// As old tokens are: transfers answer nothing.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) public virtual {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// Changes an allowance only from or to 0, as the dollar of Tether does.
contract StubbornToken is SilentToken {
    error AllowanceIsSet();

    function approve(address spender, uint256 amount) public override {
        if (amount != 0 && allowance[msg.sender][spender] != 0) revert AllowanceIsSet();
        super.approve(spender, amount);
    }
}

/// Takes no ether.
contract Refuser {
    error NoThanks();

    receive() external payable {
        revert NoThanks();
    }
}

/// Calls again from within being paid.
contract ReentrantReceiver is Reentrant {
    receive() external payable {
        _again();
    }
}

/// Burns all the gas it gets.
contract Glutton {
    receive() external payable {
        while (true) {}
    }
}

/// Takes ether only with much gas, which it burns; how much is left is the call's affair.
contract Hungry {
    receive() external payable {
        uint256 begin = gasleft();
        while (begin - gasleft() < 400_000) {}
    }
}

/// Stands between a caller and a contract.
contract Forwarder {
    function forward(address target, bytes calldata call_) external payable {
        (bool done, bytes memory answer) = target.call{value: msg.value}(call_);
        if (!done) {
            assembly {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    receive() external payable {}
}

/// Calls before it has code.
contract Newborn is Forwarder {
    constructor(address target, bytes[] memory calls) {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory answer) = target.call(calls[i]);
            if (!done) {
                assembly {
                    revert(add(answer, 0x20), mload(answer))
                }
            }
        }
    }
}

/// A token that its maker destroys in the transaction that made it.
contract Mortal is TestToken("Mortal", "MO", 18) {
    function destroy() external {
        selfdestruct(payable(msg.sender));
    }
}

/// Registers a token, deposits it and destroys it.
contract Mayfly {
    constructor(Assay target, uint256 ownerX, uint256 ownerY) payable {
        Mortal token = new Mortal();
        token.mint(address(this), 1000);
        token.approve(address(target), 1000);
        uint256 price = target.registrationFee();
        uint16 number = target.registerToken{value: price}(address(token));
        target.deposit{value: msg.value - price}(number, 1000, ownerX, ownerY, address(this));
        token.destroy();
    }
}

/// Accepts every call and answers nothing, as a wrong verifier address would; makes itself a
/// verifier of everything when asked as a factory.
contract Yes {
    function make(uint8, uint256[] calldata) external view returns (address) {
        return address(this);
    }

    function makeEscape(uint256[] calldata) external view returns (address) {
        return address(this);
    }

    receive() external payable {}

    fallback() external payable {}
}
