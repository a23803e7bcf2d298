//! Benchmarks of all that the pallet does, for `frame-benchmarking`.
//!
//! Their domains are those of the testkit's toy ledger, so that whatever they set up is whole: operators who won their elections, blocks
//! that were executed, lies that are told and refuted. That ledger and its verifier are known to runtimes that are built for benchmarks, beside
//! those of the chain. What an engine does to judge a proof is not weighed here: [`Config::Replay`](crate::Config::Replay) prices it.

mod chain;
mod channels;
mod domain;
mod ledger;
mod measures;
mod stakes;
mod story;

use decex_consensus::decex_validity::TransitionVerifier;
use decex_core::execution::Engine;
use decex_core::{RuleSet, VerifierId};
use decex_testkit::ledger::LedgerEngine;
use decex_testkit::proven::Reexecution;
use frame_benchmarking::BenchmarkError;

/// The engine of the benchmarks' domains.
static ENGINE: LedgerEngine = LedgerEngine { version: 0 };
/// The verifier of those whose receipts are proven.
static VERIFIER: Reexecution<LedgerEngine> = Reexecution(ENGINE);

pub(crate) fn engine(rules: &RuleSet) -> Option<&'static dyn Engine> {
    (ENGINE.rule_set() == *rules).then_some(&ENGINE)
}

pub(crate) fn verifier(id: &VerifierId) -> Option<&'static dyn TransitionVerifier> {
    (VERIFIER.id() == *id).then_some(&VERIFIER)
}

type Done<T = ()> = Result<T, BenchmarkError>;

/// Takes what a set-up cannot do without.
fn need<T>(found: Option<T>, what: &'static str) -> Done<T> {
    found.ok_or(BenchmarkError::Stop(what))
}

/// Takes what the consensus object accepted.
fn accepted<T, E>(result: Result<T, E>, what: &'static str) -> Done<T> {
    result.map_err(|_| BenchmarkError::Stop(what))
}
