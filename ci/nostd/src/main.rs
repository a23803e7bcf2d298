//! Prove that no crate of the SDK needs std, libc or an operating system.
//!
//! Two nets. The program has its own `#[panic_handler]`: if any crate of the graph loads std, the compiler stops with
//! E0152 (duplicate lang item) and names the culprit. And it is linked without the C library: a call into libc is an
//! undefined symbol. A crate that is not mentioned is not loaded and would escape, so every one stands below as
//! `use … as _`; `check` compares that list with `crates/`. Then the program is run: exit code 0 says that what
//! [`exercise`] does works with nothing but this file underneath it.
#![no_std]
#![no_main]

extern crate alloc;

mod exercise;
mod runtime;

use decex_bundle as _;
use decex_consensus as _;
use decex_core as _;
use decex_election as _;
use decex_evm as _;
use decex_farmer as _;
use decex_fraud as _;
use decex_light as _;
use decex_messaging as _;
use decex_operator as _;
use decex_proven_ledger as _;
use decex_receipt as _;
use decex_shuffle as _;
use decex_staking as _;
use decex_storage_audit as _;
use decex_testkit as _;
use decex_validity as _;
use decex_wasm as _;

#[cfg(feature = "leak_std")]
use leak_std as _;

/// Called by the entry point in [`runtime`]; the result is the process's exit code.
extern "C" fn run() -> u8 {
    #[cfg(feature = "leak_libc")]
    core::hint::black_box(leak_libc::random());
    match exercise::all() {
        Ok(()) => runtime::print("no_std: every exercise passed\n"),
        Err(name) => {
            runtime::print("no_std: failed: ");
            runtime::print(name);
            runtime::print("\n");
            return 1;
        }
    }
    0
}
