//! A host that drops an engine too early stops the domain, not its safety.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]
#![allow(dead_code, reason = "shared with the other tests")]

mod common;

use common::*;
use decex_consensus::{CallError, RefusedProof};
use decex_testkit::ledger::LedgerEngine;

#[test]
fn k31_nothing_becomes_final_while_no_proof_against_it_could_be_judged() {
    let (mut net, domain) = Net::with(params(), 2);
    net.send(0, vec![transfer(1, 0, 5)]);
    net.begin_many(2);
    let parent = net.head_hash(domain);
    let lie = net.lie(domain, 1, parent, 7);
    net.vouch(1, vec![lie.clone()]);
    let proof = net.refute(domain, &lie);
    let kept = net.consensus.host().engine;
    net.consensus.host_mut().engine = LedgerEngine { version: 9 };
    // K24: the host cannot judge, for far longer than the challenge period.
    net.begin_many(params().challenge_period * 3);
    let refused = net.consensus.submit_proof(&proof);
    assert!(
        matches!(refused, Err(CallError::Refused(RefusedProof::NoEngine))),
        "{refused:?}"
    );
    assert_eq!(
        net.confirmed(domain),
        0,
        "and it does not pretend that it heard everybody"
    );
    // The engine is back: everybody is heard for a whole challenge period, and then the domain goes on.
    net.consensus.host_mut().engine = kept;
    net.begin_many(params().challenge_period);
    assert_eq!(net.confirmed(domain), 0);
    net.consensus.submit_proof(&proof).unwrap();
    net.begin_many(2);
    assert_eq!((net.head(domain), net.confirmed(domain)), (0, 0));
    let right = net.missing(domain);
    net.vouch(0, right);
    net.begin_many(params().challenge_period + 1);
    assert_eq!(
        net.confirmed(domain),
        1,
        "k31: with an engine it becomes final in its time"
    );
}
