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

/// Deposits again from within a transfer, so that a naive measure counts the inner deposit twice.
contract ReentrantToken is TestToken("Again", "RE", 18) {
    Assay public target;
    uint16 public number;
    uint256 public ownerX;
    uint256 public ownerY;

    function arm(Assay target_, uint16 number_, uint256 ownerX_, uint256 ownerY_) external {
        (target, number, ownerX, ownerY) = (target_, number_, ownerX_, ownerY_);
        allowance[address(this)][address(target_)] = type(uint256).max;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (address(target) != address(0) && from != address(this)) {
            target.deposit(number, 1, ownerX, ownerY, address(this));
        }
        super._move(from, to, amount);
    }
}

/// As old tokens are: transfers answer nothing.
contract SilentToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
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

/// Takes no ether.
contract Refuser {
    error NoThanks();

    receive() external payable {
        revert NoThanks();
    }
}

/// Claims again from within being paid.
contract ReentrantReceiver {
    Assay public target;
    bytes public call_;

    function arm(Assay target_, bytes calldata again) external {
        (target, call_) = (target_, again);
    }

    receive() external payable {
        (bool done, bytes memory answer) = address(target).call(call_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }
}

/// Accepts every call and answers nothing, as a wrong verifier address would.
contract Yes {
    fallback() external payable {}
}
