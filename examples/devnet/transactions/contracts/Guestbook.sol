// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.30;

/// Logs what visitors write, and refuses some of it.
contract Guestbook {
    event Signed(address indexed visitor, uint256 indexed entry, string text);

    uint256 public entries;
    mapping(address => uint256) public entriesOf;

    /// Adds an entry. A tip may be sent along.
    function sign(string calldata text) external payable {
        require(bytes(text).length != 0, "nothing to say");
        entries += 1;
        entriesOf[msg.sender] += 1;
        emit Signed(msg.sender, entries, text);
    }

    /// Runs until the gas is used up.
    function ponder() external {
        while (true) {
            entries += 1;
        }
    }
}
