//! Loops of WebAssembly contracts.

use crate::transactions::{holder, sender};
use decex_core::{Balance, BoundedVec, Nonce, Weight};
use decex_runtime::WASM_DOMAIN;
use decex_wasm::{Action, Transaction, key};

/// A contract, or the upload of one, that takes as long as its fuel lets it.
pub struct WasmCase {
    pub name: &'static str,
    code: Vec<u8>,
}

impl WasmCase {
    /// Uploads the contract, makes one, and calls it with so much fuel.
    pub fn transactions(&self, fuel: u64) -> Vec<Vec<u8>> {
        let (by, name) = (holder(21), key::code_name(&self.code));
        let contract = key::contract(&sender(21), Nonce(1));
        let empty = || BoundedVec::new(Vec::new()).unwrap();
        let actions = [
            (
                100_000,
                Action::Upload {
                    code: BoundedVec::new(self.code.clone()).unwrap(),
                },
            ),
            (
                60_000,
                Action::Instantiate {
                    code: name,
                    value: Balance(0),
                    input: empty(),
                },
            ),
            (
                fuel,
                Action::Call {
                    to: contract,
                    value: Balance(0),
                    input: BoundedVec::new(contract.0.as_bytes().to_vec()).unwrap(),
                },
            ),
        ];
        let signed = (0..).zip(actions).map(|(nonce, (fuel, action))| {
            Transaction::sign(&by, WASM_DOMAIN, Nonce(nonce), Weight(fuel), action).to_bytes()
        });
        signed.collect()
    }
}

/// A contract whose calls run `body` for ever.
fn forever(name: &'static str, pages: u32, body: &str) -> WasmCase {
    let text = format!(
        r#"(module
  (import "decex" "input" (func $input (param i32)))
  (import "decex" "block" (func $block (param i32)))
  (import "decex" "get" (func $get (param i32 i32) (result i32)))
  (import "decex" "set" (func $set (param i32 i32 i32 i32) (result i32)))
  (import "decex" "emit" (func $emit (param i32 i32)))
  (import "decex" "balance" (func $balance (param i32 i32) (result i32)))
  (import "decex" "call" (func $call (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") {pages})
  (type $none (func))
  (table 4 funcref)
  (elem (i32.const 0) $nothing $nothing $nothing $nothing)
  (func $nothing)
  (func $deep (param $depth i32)
    (if (local.get $depth) (then (call $deep (i32.sub (local.get $depth) (i32.const 1))))))
  (func (export "init"))
  (func (export "call") (local $i i32) (local $a i64) (local $b i64)
    (local.set $a (i64.const -3)) (local.set $b (i64.const 7))
    (loop $again
      {body}
      (br $again))))"#
    );
    WasmCase {
        name,
        code: wat::parse_str(text).unwrap(),
    }
}

/// Everything that is measured.
pub fn wasm_cases() -> Vec<WasmCase> {
    let many = |once: &str| once.repeat(50);
    vec![
        forever("an empty loop", 1, ""),
        forever(
            "i64.add",
            1,
            &many("(local.set $a (i64.add (local.get $a) (local.get $b)))"),
        ),
        forever(
            "i64.mul",
            1,
            &many("(local.set $a (i64.mul (local.get $a) (local.get $b)))"),
        ),
        forever(
            "i64.div_s",
            1,
            &many("(local.set $b (i64.div_s (local.get $a) (i64.const 3)))"),
        ),
        forever(
            "i64.rem_u",
            1,
            &many("(local.set $b (i64.rem_u (local.get $a) (i64.const 3)))"),
        ),
        forever(
            "i64.popcnt",
            1,
            &many("(local.set $b (i64.popcnt (local.get $a)))"),
        ),
        forever(
            "i64.load, i64.store",
            1,
            &many("(i64.store (i32.const 8) (i64.load (i32.const 64)))"),
        ),
        forever("call", 1, &many("(call $nothing)")),
        forever(
            "call_indirect",
            1,
            &many("(call_indirect (type $none) (i32.const 2))"),
        ),
        forever("200 calls deep", 1, "(call $deep (i32.const 200))"),
        forever(
            "memory.fill of 64 KiB",
            1,
            "(memory.fill (i32.const 0) (i32.const 7) (i32.const 65536))",
        ),
        forever(
            "memory.copy of 32 KiB",
            1,
            "(memory.copy (i32.const 0) (i32.const 32768) (i32.const 32768))",
        ),
        forever("memory.grow", 1, "(drop (memory.grow (i32.const 1)))"),
        forever("block", 1, "(call $block (i32.const 0))"),
        forever("input", 1, "(call $input (i32.const 0))"),
        forever("emit of 1 KiB", 1, "(call $emit (i32.const 0) (i32.const 1024))"),
        forever(
            "get of one key",
            1,
            "(drop (call $get (i32.const 0) (i32.const 8)))",
        ),
        forever(
            "balance",
            1,
            "(drop (call $balance (i32.const 0) (i32.const 64)))",
        ),
        forever(
            "set of one key, 4 KiB",
            1,
            "(drop (call $set (i32.const 0) (i32.const 8) (i32.const 8) (i32.const 4096)))",
        ),
        forever(
            "set of new keys",
            1,
            "(i32.store (i32.const 0) (local.tee $i (i32.add (local.get $i) (i32.const 1))))
             (drop (call $set (i32.const 0) (i32.const 4) (i32.const 8) (i32.const 8)))",
        ),
        forever(
            "call of itself, 16 pages",
            16,
            "(call $input (i32.const 0)) (drop (call $call (i32.const 0) (i32.const 64) (i32.const 0) (i32.const 32)))",
        ),
    ]
}
