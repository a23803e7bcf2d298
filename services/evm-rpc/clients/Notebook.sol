// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.24;

/// What the clients are tried with: storage, a payable function, an event, and both kinds of reasons for a revert.
contract Notebook {
    struct Note {
        address author;
        uint96 paid;
        string text;
    }

    event Written(address indexed author, uint256 indexed number, string text);
    event Erased(uint256 indexed number);

    error Empty();
    error Missing(uint256 number, uint256 count);

    string public title;
    Note[] private notes;

    constructor(string memory title_) {
        title = title_;
    }

    function write(string calldata text) external payable returns (uint256 number) {
        if (bytes(text).length == 0) revert Empty();
        number = notes.length;
        notes.push(Note(msg.sender, uint96(msg.value), text));
        emit Written(msg.sender, number, text);
    }

    function erase(uint256 number) external {
        if (number >= notes.length) revert Missing(number, notes.length);
        require(notes[number].author == msg.sender, "not your note");
        delete notes[number];
        emit Erased(number);
    }

    function read(uint256 number) external view returns (address author, uint96 paid, string memory text) {
        if (number >= notes.length) revert Missing(number, notes.length);
        Note storage note = notes[number];
        return (note.author, note.paid, note.text);
    }

    function count() external view returns (uint256) {
        return notes.length;
    }
}
