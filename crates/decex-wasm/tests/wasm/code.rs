//! J11 to J14: which code may be uploaded.

use crate::common::*;
use decex_core::execution::Engine;
use decex_core::execution::NotATransaction;
use decex_core::{BoundedVec, DomainId, Nonce, Weight};
use decex_wasm::limits::*;
use decex_wasm::{Action, Countable, Failure, InvalidCode, Outcome, Transaction};

/// What comes of uploading a module with this in it, besides what every module has.
fn uploaded(more: &str) -> Outcome {
    let text = format!(
        r#"(module {more}
        (memory (export "memory") 1)
        (func (export "init")) (func (export "call")))"#
    );
    upload_text(&text)
}

fn upload_text(text: &str) -> Outcome {
    Chain::new().apply(0, upload(&wat(text))).outcome
}

const fn refused(invalid: InvalidCode) -> Outcome {
    Outcome::Failed(Failure::Code(invalid))
}

const fn too_many(what: Countable) -> Outcome {
    refused(InvalidCode::TooMany(what))
}

#[test]
fn j11_code_is_as_long_as_allowed_and_no_longer() {
    let padded = |length: usize| {
        let mut code = token();
        // A custom section: id, length in five bytes, empty name, content.
        let content = length - code.len() - 6;
        code.push(0);
        let mut rest = content as u32;
        for _ in 0..4 {
            code.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        code.push(rest as u8);
        code.resize(length, 0);
        code
    };
    let longest = padded(MAX_CODE_BYTES as usize);
    assert_eq!(
        Chain::new().apply(0, upload(&longest)).outcome,
        Outcome::Succeeded
    );
    assert!(BoundedVec::<u8, MAX_CODE_BYTES>::new(padded(MAX_CODE_BYTES as usize + 1)).is_none());
    // In bytes: the same transaction with a longer code does not decode.
    let mut bytes = signed(0, 0, MUCH, upload(&longest));
    bytes.resize(MAX_TRANSACTION_BYTES + 1, 0);
    assert_eq!(engine().inspect(&bytes), Err(NotATransaction::Malformed));
}

#[test]
fn j12_floats_and_whatever_is_off_are_refused() {
    assert_eq!(uploaded(""), Outcome::Succeeded);
    for more in [
        "(func (drop (f32.add (f32.const 1) (f32.const 2))))",
        "(func (param f64))",
        "(func (result f32) (f32.const 0))",
        "(global f64 (f64.const 0))",
        "(func (local f32))",
        "(func (drop (i32.trunc_f32_s (f32.const 1))))",
        "(func $f (return_call $f))",
        "(func (result i32 i32) (i32.const 1) (i32.const 2))",
        "(func (drop (ref.null func)))",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        "(func (drop (v128.const i32x4 0 0 0 0)))",
    ] {
        assert_eq!(uploaded(more), refused(InvalidCode::Module), "{more}");
    }
    assert_eq!(
        Chain::new().apply(0, upload(b"\0asm")).outcome,
        refused(InvalidCode::Module)
    );
    assert_eq!(
        Chain::new().apply(0, upload(b"")).outcome,
        refused(InvalidCode::Module)
    );
}

#[test]
fn j13_the_shape_of_a_contract() {
    assert_eq!(uploaded("(func $s) (start $s)"), refused(InvalidCode::Start));
    for import in [
        r#"(import "decex" "nothing" (func))"#,
        r#"(import "other" "caller" (func (param i32)))"#,
        r#"(import "decex" "caller" (func (param i64)))"#,
        r#"(import "decex" "memory" (memory 1))"#,
        r#"(import "decex" "g" (global i32))"#,
        r#"(import "decex" "t" (table 1 funcref))"#,
    ] {
        assert_eq!(uploaded(import), refused(InvalidCode::Import), "{import}");
    }
    assert_eq!(
        uploaded(r#"(import "decex" "caller" (func (param i32)))"#),
        Outcome::Succeeded
    );
    for text in [
        r#"(module (func (export "init")) (func (export "call")))"#,
        r#"(module (memory 1) (func (export "init")) (func (export "call")))"#,
        r#"(module (memory (export "memory") 1) (func (export "call")))"#,
        r#"(module (memory (export "memory") 1) (func (export "init")))"#,
        r#"(module (memory (export "memory") 1) (func (export "init") (param i32)) (func (export "call")))"#,
        r#"(module (memory (export "memory") 1) (func (export "init")) (func (export "call") (result i32) (i32.const 0)))"#,
        r#"(module (memory (export "memory") 1) (func (export "init")) (global (export "call") i32 (i32.const 0)))"#,
        r#"(module (global (export "memory") i32 (i32.const 0)) (func (export "init")) (func (export "call")))"#,
    ] {
        assert_eq!(upload_text(text), refused(InvalidCode::Export), "{text}");
    }
    assert_eq!(
        uploaded(r#"(func (export "receive") (param i32))"#),
        refused(InvalidCode::Export)
    );
    assert_eq!(uploaded(r#"(func (export "receive"))"#), Outcome::Succeeded);
}

#[test]
fn j14_as_many_as_allowed_and_no_more() {
    // Every module here has one type and two functions besides.
    let types = |count: u32| {
        (1..count)
            .map(|index| {
                let parameters: String = (0..9)
                    .map(|bit| if index >> bit & 1 == 1 { " i64" } else { " i32" })
                    .collect();
                format!("(type (func (param{parameters})))")
            })
            .collect::<String>()
    };
    let functions = |count: u32| "(func)".repeat(count as usize - 2);
    let globals = |count: u32| "(global i32 (i32.const 0))".repeat(count as usize);
    let locals = |count: u32| format!("(func (local{}))", " i32".repeat(count as usize));
    let parameters = |count: u32| format!("(func (param{}))", " i32".repeat(count as usize));
    let table = |count: u32| format!("(table {count} funcref)");
    let data = |count: u32| r#"(data (i32.const 0) "x")"#.repeat(count as usize);
    let elements = |count: u32| {
        format!(
            "(table 1 funcref) (func $f) {}",
            "(elem (i32.const 0) $f)".repeat(count as usize)
        )
    };
    type Text<'a> = &'a dyn Fn(u32) -> String;
    let cases: [(Text<'_>, u32, Countable); 8] = [
        (&types, MAX_TYPES, Countable::Types),
        (&functions, MAX_FUNCTIONS, Countable::Functions),
        (&globals, MAX_GLOBALS, Countable::Globals),
        (&locals, MAX_LOCALS, Countable::Locals),
        (&parameters, MAX_PARAMETERS as u32, Countable::Parameters),
        (&table, MAX_TABLE_ELEMENTS, Countable::TableElements),
        (&data, MAX_SEGMENTS, Countable::Segments),
        (&elements, MAX_SEGMENTS, Countable::Segments),
    ];
    for (text, most, what) in cases {
        assert_eq!(uploaded(&text(most)), Outcome::Succeeded, "{what:?}");
        assert_eq!(uploaded(&text(most + 1)), too_many(what), "{what:?}");
    }
    let memory = |pages: u32| {
        upload_text(&format!(
            r#"(module (memory (export "memory") {pages}) (func (export "init")) (func (export "call")))"#
        ))
    };
    assert_eq!(memory(MAX_PAGES), Outcome::Succeeded);
    assert_eq!(memory(MAX_PAGES + 1), too_many(Countable::Pages));
    assert_eq!(uploaded("(memory 1)"), too_many(Countable::Pages));
    assert_eq!(
        uploaded("(table 1 funcref) (table 1 funcref)"),
        too_many(Countable::TableElements)
    );
    // Segments fit where they are put.
    assert_eq!(uploaded(r#"(data (i32.const 65535) "x")"#), Outcome::Succeeded);
    assert_eq!(
        uploaded(r#"(data (i32.const 65536) "x")"#),
        refused(InvalidCode::Segment)
    );
}

#[test]
fn j1_one_encoding_and_j2_one_domain() {
    let bytes = signed(0, 0, MUCH, transfer(sender(1), 5));
    assert!(engine().inspect(&bytes).is_ok());
    for broken in [&bytes[..bytes.len() - 1], &[&bytes[..], &[0]].concat(), &[]] {
        assert_eq!(engine().inspect(broken), Err(NotATransaction::Malformed));
    }
    // Every bit of it is signed, or is the signature.
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(engine().inspect(&changed).is_err(), "{place}");
    }
    let action: Action = transfer(sender(1), 5);
    let elsewhere = Transaction::sign(&user(0), DomainId(8), Nonce(0), Weight(MUCH), action);
    assert_eq!(
        engine().inspect(&elsewhere.to_bytes()),
        Err(NotATransaction::Signature)
    );
}
