//! The engines compiled into the contract. Put yours here: `decex-evm`, `decex-wasm`, or your own.

use decex_core::RuleSet;
use decex_core::execution::Engine;
use decex_testkit::ledger::LedgerEngine;

/// The toy ledger of the tests.
static LEDGER: LedgerEngine = LedgerEngine { version: 0 };

/// Returns the engine with these rules.
#[must_use]
pub fn engine(rules: &RuleSet) -> Option<&'static dyn Engine> {
    (*rules == LEDGER.rule_set()).then_some(&LEDGER)
}
