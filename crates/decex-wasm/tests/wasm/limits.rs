//! J10, J15, J16: what a running contract may use, and what it pays for it.

use crate::common::*;
use decex_core::SenderId;
use decex_wasm::limits::*;
use decex_wasm::{Failure, Outcome, TransactionReceipt};

/// Calls a contract with this body. Returns its receipt.
fn run_with(more: &str, body: &str, weight: u64) -> TransactionReceipt {
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe_with(more, body), 1_000, &[]);
    chain.apply_with(1, weight, call(contract, 0, &[]))
}

fn run(body: &str) -> Outcome {
    run_with("", body, MUCH).outcome
}

const TRAPPED: Outcome = Outcome::Failed(Failure::Trapped);
const OUT_OF_FUEL: Outcome = Outcome::Failed(Failure::Fuel);

#[test]
fn j10_an_endless_loop_runs_out_of_fuel_and_pays_for_all_of_it() {
    let receipt = run_with("", "(loop $l (br $l))", 500_000);
    assert_eq!((receipt.outcome, receipt.fuel_used), (OUT_OF_FUEL, 500_000));
    // Also one that does nothing but ask its host.
    for asks in [
        "(call $caller (i32.const 0))",
        "(drop (call $get (i32.const 0) (i32.const 0)))",
        "(drop (call $set (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1)))",
        "(drop (call $balance (i32.const 0) (i32.const 64)))",
        "(drop (call $transfer (i32.const 0) (i32.const 64)))",
        "(drop (call $call (i32.const 0) (i32.const 64) (i32.const 0) (i32.const 0)))",
        "(call $emit (i32.const 0) (i32.const 0))",
        "(drop (call $input_len))",
        "(drop (call $buffer_len))",
    ] {
        let receipt = run_with("", &format!("(loop $l {asks} (br $l))"), 200_000);
        assert_eq!(
            (receipt.outcome, receipt.fuel_used),
            (OUT_OF_FUEL, 200_000),
            "{asks}"
        );
    }
}

#[test]
fn j10_every_host_function_costs_at_least_its_price() {
    let empty = run_with("", "", MUCH).fuel_used;
    let at = "(i32.const 0)";
    let storage = STATE_FUEL + HOST_FUEL;
    for (asks, price) in [
        (format!("(call $caller {at})"), HOST_FUEL + 32 * BYTE_FUEL),
        (format!("(call $address {at})"), HOST_FUEL + 32 * BYTE_FUEL),
        (format!("(call $value {at})"), HOST_FUEL + 16 * BYTE_FUEL),
        (format!("(call $block {at})"), HOST_FUEL + 24 * BYTE_FUEL),
        (
            format!("(call $emit {at} (i32.const 100))"),
            HOST_FUEL + 100 * BYTE_FUEL,
        ),
        (
            format!("(call $finish {at} (i32.const 100))"),
            HOST_FUEL + 100 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $get {at} (i32.const 9)))"),
            storage + 9 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $remove {at} (i32.const 9)))"),
            storage + 9 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $set {at} (i32.const 9) {at} (i32.const 90)))"),
            storage + HOST_FUEL + 99 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $balance {at} {at}))"),
            storage + 48 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $transfer {at} (i32.const 64)))"),
            2 * STATE_FUEL + HOST_FUEL + 48 * BYTE_FUEL,
        ),
        (
            format!("(drop (call $call {at} (i32.const 64) {at} (i32.const 100)))"),
            3 * STATE_FUEL + HOST_FUEL + 148 * BYTE_FUEL,
        ),
    ] {
        let body_bytes = 64 * CODE_FUEL;
        let used = run_with("", &asks, MUCH).fuel_used - empty;
        assert!(
            (price..price + body_bytes).contains(&used),
            "{asks}: {used}, {price}"
        );
    }
}

#[test]
fn j10_the_input_the_buffer_and_the_code_are_paid_by_the_byte() {
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(""), 0, &[]);
    let short = chain.must(1, call(contract, 0, &[])).fuel_used;
    let long = chain.must(1, call(contract, 0, &[0; 1_000])).fuel_used;
    // Once for handing it over, once for copying it into the memory.
    assert_eq!(long - short, 2 * 1_000 * BYTE_FUEL);
    let code = probe(&"(nop)".repeat(1_000));
    let longer = chain.deploy(0, &code, 0, &[]);
    let used = chain.must(1, call(longer, 0, &[])).fuel_used;
    assert!(used - short >= 1_000 * CODE_FUEL, "{used} {short}");
    let upload_fuel = chain.must(2, upload(&code)).fuel_used;
    assert_eq!(
        upload_fuel,
        BASE_FUEL + STATE_FUEL + UPLOAD_FUEL * code.len() as u64
    );
}

#[test]
fn j10_a_contract_that_is_not_paid_for_does_not_run() {
    let mut chain = Chain::new();
    let contract = chain.deploy(
        0,
        &probe("(drop (call $set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))"),
        0,
        &[],
    );
    let needed = chain.must(1, call(contract, 0, &[])).fuel_used;
    for weight in (BASE_FUEL..needed).step_by(997).chain([needed - 1]) {
        let receipt = chain.apply_with(1, weight, call(contract, 0, &[]));
        assert_eq!((receipt.outcome, receipt.fuel_used), (OUT_OF_FUEL, weight));
    }
    let receipt = chain.apply_with(1, needed, call(contract, 0, &[]));
    assert_eq!((receipt.outcome, receipt.fuel_used), (Outcome::Succeeded, needed));
    // Nor is anything compiled that is not paid for, or stored.
    let code = token();
    let cost = BASE_FUEL + STATE_FUEL + UPLOAD_FUEL * code.len() as u64;
    assert_eq!(chain.apply_with(2, cost - 1, upload(&code)).outcome, OUT_OF_FUEL);
    assert_eq!(
        chain.apply(2, make(&code, 0, &[0; 8])).outcome,
        Outcome::Failed(Failure::Missing)
    );
    assert_eq!(
        chain.apply_with(2, cost, upload(&code)).outcome,
        Outcome::Succeeded
    );
}

#[test]
fn j14_memory_grows_to_its_limit_and_no_further() {
    let grow = |pages: u32| {
        format!("(if (i32.eq (memory.grow (i32.const {pages})) (i32.const -1)) (then unreachable))")
    };
    assert_eq!(run(&grow(MAX_PAGES - 1)), Outcome::Succeeded);
    assert_eq!(run(&grow(MAX_PAGES)), TRAPPED);
    let page_by_page = format!(
        "(loop $l (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then (br $l))))
         (if (i32.ne (memory.size) (i32.const {MAX_PAGES})) (then unreachable))"
    );
    assert_eq!(run(&page_by_page), Outcome::Succeeded);
}

#[test]
fn j15_a_function_recurses_as_deep_as_allowed() {
    let recurse = |depth: usize| {
        run_with(
            "(func $f (param $n i32) (if (local.get $n) (then (call $f (i32.sub (local.get $n) (i32.const 1))))))",
            &format!("(call $f (i32.const {depth}))"),
            MUCH,
        )
        .outcome
    };
    // `call`, and `f` once more than it counts.
    assert_eq!(recurse(MAX_RECURSION - 2), Outcome::Succeeded);
    assert_eq!(recurse(MAX_RECURSION - 1), TRAPPED);
    assert_eq!(recurse(1_000_000), TRAPPED);
    // The stack of values is full long before the calls are too deep.
    let locals = " i64".repeat(MAX_LOCALS as usize);
    let wide = |depth: usize| {
        run_with(
            &format!("(func $f (param $n i32) (local{locals}) (if (local.get $n) (then (call $f (i32.sub (local.get $n) (i32.const 1))))))"),
            &format!("(call $f (i32.const {depth}))"),
            MUCH,
        )
        .outcome
    };
    let fit = MAX_STACK_BYTES / (8 * MAX_LOCALS as usize);
    assert_eq!(wide(fit - 3), Outcome::Succeeded);
    assert_eq!(wide(fit + 1), TRAPPED);
}

#[test]
fn j15_contracts_call_one_another_as_deep_as_allowed() {
    // Calls itself until it is refused, and counts under an empty key how often it was entered.
    let body = "
        (drop (call $get (i32.const 0) (i32.const 0)))
        (call $buffer (i32.const 200))
        (i32.store (i32.const 200) (i32.add (i32.load (i32.const 200)) (i32.const 1)))
        (drop (call $set (i32.const 0) (i32.const 0) (i32.const 200) (i32.const 4)))
        (call $address (i32.const 300))
        (local.set $a (call $call (i32.const 300) (i32.const 400) (i32.const 0) (i32.const 0)))
        (drop (call $set (i32.const 200) (i32.const 4) (i32.const 500) (i32.const 1)))
        (if (i32.lt_s (local.get $a) (i32.const -1)) (then unreachable))";
    let mut chain = Chain::new();
    let contract = chain.deploy(0, &probe(body), 0, &[]);
    chain.must(1, call(contract, 0, &[]));
    assert_eq!(
        chain.stored(contract, &[]),
        Some(MAX_CALL_DEPTH.to_le_bytes().to_vec())
    );
}

#[test]
fn j16_keys_values_events_and_outputs_are_bounded() {
    // Reads as if from a memory of two pages.
    let more = "";
    let bounded = |text: &dyn Fn(u32) -> String, most: u32| {
        let grow = "(drop (memory.grow (i32.const 1)))";
        assert_eq!(
            run_with(more, &format!("{grow}{}", text(most)), MUCH).outcome,
            Outcome::Succeeded,
            "{}",
            text(most)
        );
        assert_eq!(
            run_with(more, &format!("{grow}{}", text(most + 1)), MUCH).outcome,
            TRAPPED,
            "{}",
            text(most)
        );
    };
    bounded(
        &|n| format!("(drop (call $get (i32.const 0) (i32.const {n})))"),
        MAX_KEY_BYTES,
    );
    bounded(
        &|n| format!("(drop (call $remove (i32.const 0) (i32.const {n})))"),
        MAX_KEY_BYTES,
    );
    bounded(
        &|n| format!("(drop (call $set (i32.const 0) (i32.const {n}) (i32.const 0) (i32.const 0)))"),
        MAX_KEY_BYTES,
    );
    bounded(
        &|n| format!("(drop (call $set (i32.const 0) (i32.const 0) (i32.const 0) (i32.const {n})))"),
        MAX_STORED_BYTES,
    );
    bounded(
        &|n| format!("(call $emit (i32.const 0) (i32.const {n}))"),
        MAX_EVENT_BYTES,
    );
    bounded(
        &|n| format!("(call $finish (i32.const 0) (i32.const {n}))"),
        MAX_OUTPUT_BYTES,
    );
    bounded(
        &|n| format!("(drop (call $call (i32.const 0) (i32.const 64) (i32.const 0) (i32.const {n})))"),
        MAX_INPUT_BYTES,
    );
    let revert = |n: u32| run(&format!("(call $revert (i32.const 0) (i32.const {n}))"));
    assert_eq!(revert(MAX_OUTPUT_BYTES), Outcome::Failed(Failure::Reverted));
    assert_eq!(revert(MAX_OUTPUT_BYTES + 1), TRAPPED);
}

#[test]
fn memory_that_is_not_there_is_not_given() {
    let end = 65_536;
    for (asks, width) in [
        ("(call $caller (i32.const AT))", 32),
        ("(call $address (i32.const AT))", 32),
        ("(call $value (i32.const AT))", 16),
        ("(call $block (i32.const AT))", 24),
        ("(drop (call $get (i32.const AT) (i32.const 8)))", 8),
        (
            "(drop (call $set (i32.const AT) (i32.const 8) (i32.const 0) (i32.const 8)))",
            8,
        ),
        (
            "(drop (call $set (i32.const 0) (i32.const 8) (i32.const AT) (i32.const 8)))",
            8,
        ),
        ("(drop (call $balance (i32.const AT) (i32.const 0)))", 32),
        ("(drop (call $balance (i32.const 0) (i32.const AT)))", 16),
        ("(drop (call $transfer (i32.const AT) (i32.const 64)))", 32),
        ("(drop (call $transfer (i32.const 0) (i32.const AT)))", 16),
        (
            "(drop (call $call (i32.const AT) (i32.const 64) (i32.const 0) (i32.const 0)))",
            32,
        ),
        (
            "(drop (call $call (i32.const 0) (i32.const AT) (i32.const 0) (i32.const 0)))",
            16,
        ),
        (
            "(drop (call $call (i32.const 0) (i32.const 64) (i32.const AT) (i32.const 8)))",
            8,
        ),
        ("(call $emit (i32.const AT) (i32.const 8))", 8),
        ("(call $finish (i32.const AT) (i32.const 8))", 8),
    ] {
        let at = |place: i64| run(&asks.replace("AT", &place.to_string()));
        assert_eq!(at(end - width), Outcome::Succeeded, "{asks}");
        assert_eq!(at(end - width + 1), TRAPPED, "{asks}");
        assert_eq!(at(-1), TRAPPED, "{asks}");
    }
}

#[test]
fn traps_end_a_contract_and_what_it_used_is_paid() {
    for body in [
        "unreachable",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(drop (i32.load (i32.const 65536)))",
    ] {
        let receipt = run_with("", body, MUCH);
        assert_eq!(receipt.outcome, TRAPPED, "{body}");
        assert!(receipt.fuel_used > BASE_FUEL && receipt.fuel_used < MUCH / 4);
    }
    // A call to nobody is a transfer.
    let mut chain = Chain::new();
    chain.must(0, call(SenderId::default(), 5, b"hello"));
    assert_eq!(chain.balance(SenderId::default()), 5);
}
