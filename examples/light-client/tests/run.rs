#![allow(clippy::panic, reason = "tests")]
//! The example runs, and what it shows holds.

use std::process::Command;

#[test]
fn another_chain_reads_a_final_balance_and_refuses_a_pending_one() {
    let output = Command::new(env!("CARGO_BIN_EXE_light-client")).output();
    let output = output.unwrap_or_else(|error| panic!("it starts: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        text.contains("genesis: the account has 1000000000000000000000 wei"),
        "{text}"
    );
    assert!(text.contains("shown to be absent: true"), "{text}");
    assert!(
        text.contains("final is still block 0: 1000000000000000000000 wei"),
        "{text}"
    );
    assert!(
        text.contains("a lie:   refused: the receipt is not the last final one"),
        "{text}"
    );
    assert!(text.contains("as the operator's own state has it"), "{text}");
}
