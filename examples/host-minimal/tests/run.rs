#![allow(clippy::panic, reason = "tests")]
//! The example runs, and stays small: if it grows, the traits are too wide.

use std::process::Command;

#[test]
fn one_transaction_becomes_final() {
    let output = Command::new(env!("CARGO_BIN_EXE_host-minimal")).output();
    let output = output.unwrap_or_else(|error| panic!("it starts: {error}"));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("ReceiptConfirmed"), "{text}");
    assert!(text.contains("domain block 1 is final"), "{text}");
}

#[test]
fn a_complete_host_has_under_200_lines() {
    let lines = include_str!("../src/main.rs").lines().count();
    assert!(lines < 200, "{lines} lines");
}
