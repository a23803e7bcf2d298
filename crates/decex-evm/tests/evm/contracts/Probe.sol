// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.30;

contract Child {
    uint256 public made;

    constructor() payable {
        made = block.number;
    }

    function destroy(address payable to) external {
        selfdestruct(to);
    }
}

/// Reaches the corners of the EVM that the tests look into.
contract Probe {
    event Seen(uint256 indexed what, bytes data);

    receive() external payable {}

    function set(uint256 slot, uint256 value) external payable {
        assembly { sstore(slot, value) }
    }

    function get(uint256 slot) external view returns (uint256 value) {
        assembly { value := sload(slot) }
    }

    function readMany(uint256 from, uint256 count) external returns (uint256 sum) {
        for (uint256 i = from; i < from + count; i++) {
            assembly { sum := add(sum, sload(i)) }
        }
        assembly { sstore(not(0), add(sum, 1)) }
    }

    function writeMany(uint256 from, uint256 count, uint256 value) external {
        for (uint256 i = from; i < from + count; i++) {
            assembly { sstore(i, value) }
        }
    }

    function touchMany(uint256 from, uint256 count) external view returns (uint256 sum) {
        for (uint256 i = from; i < from + count; i++) {
            sum += address(uint160(i)).balance;
        }
    }

    /// Swallows the failure of an inner call that reads many slots.
    function tryReadMany(uint256 from, uint256 count) external returns (bool ok) {
        (ok, ) = address(this).call{gas: gasleft() / 2}(abi.encodeCall(this.readMany, (from, count)));
        assembly { sstore(sub(not(0), 1), add(ok, 1)) }
    }

    function log(uint256 what, bytes calldata data) external {
        emit Seen(what, data);
    }

    function logAndFail() external {
        emit Seen(1, "");
        revert("no");
    }

    function fail() external pure {
        revert("no");
    }

    function burn() external pure {
        while (true) {}
    }

    function make(bytes32 salt) external payable returns (address) {
        return address(new Child{salt: salt, value: msg.value}());
    }

    function makeAndDestroy(bytes32 salt, address payable to) external payable {
        Child child = new Child{salt: salt, value: msg.value}();
        child.destroy(to);
    }

    /// A contract that destroys itself in its own favour takes its value out of circulation.
    function makeAndLose(bytes32 salt) external payable {
        Child child = new Child{salt: salt, value: msg.value}();
        child.destroy(payable(address(child)));
    }

    function destroy(Child child, address payable to) external {
        child.destroy(to);
    }

    function send(address payable to) external payable {
        (bool ok, ) = to.call{value: msg.value}("");
        require(ok);
    }

    /// Writes what the block looks like from slot 100 on.
    function look() external payable {
        bytes32[8] memory seen = [
            blockhash(block.number - 1),
            bytes32(block.prevrandao),
            bytes32(block.number),
            bytes32(block.timestamp),
            bytes32(block.basefee),
            bytes32(block.chainid),
            bytes32(block.gaslimit),
            bytes32(block.coinbase.balance)
        ];
        for (uint256 i = 0; i < 8; i++) {
            bytes32 value = seen[i];
            assembly { sstore(add(100, i), value) }
        }
    }
}
