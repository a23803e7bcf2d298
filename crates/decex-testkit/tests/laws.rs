//! The laws, and that each of them bites: a host that breaks it is told so.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use decex_testkit::host::MemoryHost;
use decex_testkit::laws;
use decex_testkit::ledger::LedgerEngine;

fn host() -> MemoryHost<LedgerEngine> {
    MemoryHost::new(vec![LedgerEngine::default()], 7)
}

#[test]
fn the_host_in_memory_keeps_the_laws() {
    laws::store(&mut host()).unwrap();
    laws::ledger(&mut host()).unwrap();
}
