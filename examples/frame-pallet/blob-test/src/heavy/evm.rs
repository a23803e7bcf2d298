//! Loops of the EVM's instructions.

use super::{Program, precompiles};
use crate::transactions::{PROGRAM, evm_allocations, evm_transaction};
use decex_core::state::Changes;
use decex_evm::Allocation;

const DUP2: u8 = 0x81;
const DUP3: u8 = 0x82;
const POP: u8 = 0x50;

/// The genesis of a domain with one user and this program.
pub fn evm_genesis_of(program: &Program) -> Changes {
    let mut allocations = evm_allocations();
    allocations.push(Allocation {
        address: PROGRAM,
        code: program.code.clone().into(),
        ..Allocation::default()
    });
    decex_evm::genesis(&allocations).unwrap()
}

/// The user's signed call of the program with so much gas.
pub fn evm_program_call(gas: u64) -> Vec<u8> {
    evm_transaction(0, PROGRAM, gas)
}

pub(super) fn push(bytes: &[u8]) -> Vec<u8> {
    let mut code = vec![0x5f + bytes.len() as u8];
    code.extend_from_slice(bytes);
    code
}

pub(super) fn push_number(number: usize) -> Vec<u8> {
    push(&(number as u32).to_be_bytes())
}

/// Runs `before` once and `body` for ever.
pub(super) fn forever(name: &str, before: &[u8], body: &[u8]) -> Program {
    let mut code = before.to_vec();
    let start = code.len();
    code.push(0x5b);
    code.extend_from_slice(body);
    code.extend(push_number(start));
    code.push(0x56);
    Program {
        name: name.to_owned(),
        code,
    }
}

/// The same a hundred times, so that the jump does not count.
fn often(name: &str, before: &[u8], once: &[u8]) -> Program {
    forever(name, before, &once.repeat(100))
}

/// Everything that is measured.
pub fn evm_cases() -> Vec<Program> {
    let full = push(&[0xfe; 32]);
    let half = push(&[0xfd; 17]);
    let three = [full.clone(), half.clone(), push(&[0xfb; 31])].concat();
    let two = [half.clone(), full.clone()].concat();
    let page = |size: usize, code: u8| [push_number(size), push(&[0]), vec![code, POP]].concat();
    let mut cases = vec![
        often("JUMPDEST", &[], &[0x5b]),
        often("PUSH1 POP", &[], &[0x60, 0, POP]),
        often("ADD", &two, &[DUP2, DUP2, 0x01, POP]),
        often("MUL", &two, &[DUP2, DUP2, 0x02, POP]),
        often("DIV", &two, &[DUP2, DUP2, 0x04, POP]),
        often("SDIV", &two, &[DUP2, DUP2, 0x05, POP]),
        often("MOD", &two, &[DUP2, DUP2, 0x06, POP]),
        often("ADDMOD", &three, &[DUP3, DUP3, DUP3, 0x08, POP]),
        often("MULMOD", &three, &[DUP3, DUP3, DUP3, 0x09, POP]),
        often("EXP", &two, &[DUP2, DUP2, 0x0a, POP]),
        often(
            "BYTE SHL SAR",
            &two,
            &[
                DUP2, DUP2, 0x1a, POP, DUP2, DUP2, 0x1b, POP, DUP2, DUP2, 0x1d, POP,
            ],
        ),
        often("CALLDATALOAD", &[], &[0x5f, 0x35, POP]),
        often("MLOAD", &[0x5f, 0x5f, 0x52], &[0x5f, 0x51, POP]),
        often("MSTORE", &[], &[0x5f, 0x5f, 0x52]),
        often("MSTORE8", &[], &[0x5f, 0x5f, 0x53]),
        forever(
            "MCOPY of 16 KiB",
            &[],
            &[push_number(16_384), push(&[0]), push(&[32]), vec![0x5e]].concat(),
        ),
        often("KECCAK256 of 32 bytes", &[], &page(32, 0x20)),
        often("KECCAK256 of 137 bytes", &[], &page(137, 0x20)),
        often("KECCAK256 of 4 KiB", &[], &page(4_096, 0x20)),
        often("SLOAD, warm", &[], &[0x5f, 0x54, POP]),
        often("TLOAD", &[], &[0x5f, 0x5c, POP]),
        often("TSTORE", &[], &[0x5f, 0x5f, 0x5d]),
        often("SELFBALANCE", &[], &[0x47, POP]),
        often("BALANCE, warm", &[], &[0x30, 0x31, POP]),
        often("EXTCODEHASH, warm", &[], &[0x30, 0x3f, POP]),
        often("LOG0", &[], &[0x5f, 0x5f, 0xa0]),
        often(
            "LOG0 of 1 KiB",
            &[],
            &[push_number(1_024), push(&[0]), vec![0xa0]].concat(),
        ),
        // A counter on the stack is the slot.
        often("SLOAD, cold", &[0x5f], &[0x60, 1, 0x01, 0x80, 0x54, POP]),
        often("SSTORE, new slots", &[0x5f], &[0x60, 1, 0x01, 0x80, 0x80, 0x55]),
        often("SSTORE, one slot", &[0x5f], &[0x60, 1, 0x01, 0x80, 0x5f, 0x55]),
        often(
            "BALANCE, cold",
            &[0x61, 0xff, 0xff],
            &[0x60, 1, 0x01, 0x80, 0x31, POP],
        ),
        // Calls and creations.
        forever("CALL of nothing", &[], &nothing_called(0x42)),
        forever(
            "CREATE from 48 KiB",
            &[],
            &[push_number(49_152), push(&[0]), push(&[0]), vec![0xf0, POP]].concat(),
        ),
    ];
    cases.extend(precompiles::cases());
    cases
}

/// STATICCALL of an address without code, warm after the first time.
fn nothing_called(address: u8) -> Vec<u8> {
    [
        vec![0x5f; 4],
        push(&[address, 0xaa]),
        push_number(100),
        vec![0xfa, POP],
    ]
    .concat()
}
