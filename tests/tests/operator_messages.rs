//! Operators and blocks of messages alone: executed, taken back, restored, lied about and proven wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use decex_consensus::Event;
use decex_core::message::{ChainId, PartyId, Request};
use decex_core::{AccountId, Balance, BoundedVec, ConsensusNumber, Digest, DomainNumber, OperatorId};
use decex_receipt::ReceiptView;
use decex_testkit::mutant::Mutant;
use decex_tests::liar::{await_election, extend, seal};
use decex_tests::world::{World, params, user};

const OWNER: AccountId = AccountId(Digest([9; 32]));
const SENDER: AccountId = AccountId(Digest([11; 32]));
const FIRST: DomainNumber = DomainNumber(1);

/// Puts the opening of a channel and three requests into a block without bundles, of two steps that receive: one request is
/// delivered, one is refused, one passes its witness limit.
fn talk(world: &mut World) {
    let domain = world.domain;
    world.chain.list_peer_of_consensus(domain, true).unwrap();
    let fee = Some(Balance(3));
    world
        .chain
        .list_peer(OWNER, domain, ChainId::Consensus, fee)
        .unwrap();
    let deposit = world.chain.config().channel_deposit;
    world.chain.host_mut().endow(OWNER, deposit);
    world.chain.host_mut().endow(SENDER, Balance(1_000));
    let opened = world.chain.open_channel(OWNER, domain, ChainId::Consensus, 4);
    let (channel, _) = opened.unwrap();
    for data in [7, 0xfe, 0xff] {
        let request = Request {
            sender: PartyId::default(),
            recipient: PartyId(user(5).0),
            value: Balance(100),
            deadline: ConsensusNumber(10_000),
            data: BoundedVec::new(vec![data]).unwrap(),
        };
        world.chain.send_message(SENDER, channel, request).unwrap();
    }
}

/// Goes on without bundles until everybody has executed the block.
fn execute(world: &mut World) {
    while world.operators[0].head().unwrap().0 < FIRST {
        world.produce(&[], &[]);
    }
    let inbox = world.chain.inbox(world.domain, FIRST).unwrap().unwrap();
    assert_eq!((inbox.messages.len(), inbox.bundles.len()), (4, 0));
    let receipt = world.operators[0].receipt(FIRST).unwrap();
    assert_eq!((receipt.trace.length, receipt.schedule.count), (4, 0));
    assert_eq!(receipt.effects.fees.execution, Balance(3 * 3));
}

#[test]
fn a_block_of_messages_is_taken_back_restored_and_becomes_final() {
    let mut world = World::new(3, params());
    talk(&mut world);
    execute(&mut world);
    let before = world.operators[0].head().unwrap();
    // The blocks after the one that made it, once more on another branch: another hash, the same messages.
    let inbox = world.chain.inbox(world.domain, FIRST).unwrap().unwrap();
    let made = inbox.consensus_number;
    let since = world
        .blocks
        .iter()
        .filter(|block| block.info.number > made)
        .count();
    assert!(since > 0);
    world.retract(since);
    execute(&mut world);
    let after = world.operators[0].head().unwrap();
    assert_eq!(after.0, before.0);
    for index in 0..3 {
        world.restart(index);
        assert_eq!(world.operators[index].head(), Some(after), "operator {index}");
    }
    // Nothing was paid for it by transactions, and it is claimed and confirmed all the same.
    for _ in 0..100 {
        if world.heads().1 >= FIRST {
            break;
        }
        let log = world.run(1).pop().unwrap();
        assert!(log.refused.is_empty(), "{:?}", log.refused);
        let newest = world.blocks.len() - 1;
        world.prune(0, newest);
    }
    assert!(world.heads().1 >= FIRST);
    assert_eq!(
        world.chain.state().hash_at(world.domain, FIRST).unwrap(),
        Some(after.1)
    );
}

#[test]
fn every_lie_about_a_block_of_messages_is_proven_wrong() {
    for mutant in [
        Mutant::TraceFrom(0),
        Mutant::TraceFrom(1),
        Mutant::TraceFrom(2),
        Mutant::TraceFrom(3),
        Mutant::TraceEntry(0),
        Mutant::TraceEntry(1),
        Mutant::TraceEntry(2),
        Mutant::TraceSwap(1),
        Mutant::Outbox,
        Mutant::ExecutionFees,
        Mutant::FewerExecutionFees,
    ] {
        let mut world = World::new(3, params());
        talk(&mut world);
        execute(&mut world);
        let election = await_election(&mut world, 2);
        let submissions = extend(&world, 2, 1, &mut |_| Some(mutant));
        assert_eq!(submissions.len(), 1);
        let lie = submissions[0].receipt.compute_hash();
        assert_ne!(Some(lie), world.operators[0].head().map(|head| head.1));
        let bundle = seal(&world, 2, election, lie, submissions, Vec::new());
        // One operator misses the block, restarts and catches up.
        world.offline = [0].into();
        let told = world.produce(&[bundle], &[]);
        assert!(told.refused.is_empty(), "{mutant:?}: {:?}", told.refused);
        world.offline.clear();
        world.restart(0);
        world.catch_up(0).unwrap();
        for index in [0, 1] {
            assert_eq!(world.operators[index].challenges().count(), 1, "{mutant:?}");
        }
        let proofs = world.proofs();
        let log = world.produce(&[], &proofs);
        assert!(log.refused.is_empty(), "{mutant:?}: {:?}", log.refused);
        let slashed = log.events.iter().any(
            |event| matches!(event, Event::OperatorSlashed { operator, .. } if *operator == OperatorId(2)),
        );
        assert!(slashed, "{mutant:?}");
        assert_eq!(world.heads().0, DomainNumber(0), "{mutant:?}");
    }
}
