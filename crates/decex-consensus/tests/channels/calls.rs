//! Who may call, and what else the consensus object refuses. What it refuses changes nothing.

use crate::common::*;
use crate::pair::*;
use decex_consensus::{Access, CallError, Consensus, RefusedChannel, RefusedOwnerCall, RefusedRelay};
use decex_core::message::*;
use decex_core::*;
use decex_messaging::RefusedMessage;
use std::convert::Infallible;
use std::fmt::Debug;

fn refused<T: Debug, I: Debug>(
    pair: &mut Pair,
    call: impl FnOnce(&mut Consensus<MemoryHost>) -> Result<T, CallError<I, Infallible>>,
) -> I {
    let before = pair.net.consensus.host().clone();
    let refusal = match call(&mut pair.net.consensus) {
        Err(CallError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(*pair.net.consensus.host(), before);
    refusal
}

fn request() -> Request {
    Request {
        deadline: ConsensusNumber(10_000),
        value: Balance(1),
        ..Request::default()
    }
}

#[test]
fn k3_channels_belong_to_blocks() {
    let mut consensus = Consensus::new(MemoryHost::default(), config());
    let channel = ChannelId(0);
    assert!(matches!(
        consensus.open_channel(OWNER, DomainId(0), ChainId::Consensus, 1),
        Err(CallError::Refused(RefusedChannel::NotBegun))
    ));
    assert!(matches!(
        consensus.close_channel(OWNER, channel),
        Err(CallError::Refused(RefusedChannel::NotBegun))
    ));
    assert!(matches!(
        consensus.send_message(OWNER, channel, request()),
        Err(CallError::Refused(RefusedChannel::NotBegun))
    ));
    assert!(matches!(
        consensus.relay_message(&[]),
        Err(CallError::Refused(RefusedRelay::NotBegun))
    ));
}

#[test]
fn k8_k9_only_owners_list_open_and_close() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    let stranger = account(3);
    let found = stranger;
    let unknown = DomainId(9);
    assert_eq!(
        refused(&mut pair, |c| c.list_peer(stranger, a, chain(b), None)),
        RefusedOwnerCall::NotOwner {
            expected: OWNER,
            found
        }
    );
    assert_eq!(
        refused(&mut pair, |c| c.list_peer(OWNER, unknown, chain(b), None)),
        RefusedOwnerCall::UnknownDomain { found: unknown }
    );
    // Nor are domains listed that do not exist: a list cannot grow beyond their number.
    assert_eq!(
        refused(&mut pair, |c| c.list_peer(
            OWNER,
            a,
            chain(unknown),
            Some(Balance(1))
        )),
        RefusedOwnerCall::UnknownDomain { found: unknown }
    );
    assert_eq!(
        refused(&mut pair, |c| c.list_peer_of_consensus(unknown, true)),
        RefusedOwnerCall::UnknownDomain { found: unknown }
    );
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(stranger, a, chain(b), 1)),
        RefusedChannel::NotOwner { found }
    );
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, unknown, chain(b), 1)),
        RefusedChannel::UnknownDomain { found: unknown }
    );
    assert_eq!(
        refused(&mut pair, |c| c.close_channel(stranger, channel)),
        RefusedChannel::NotOwner { found }
    );
    // The host's governance speaks for the consensus chain alone.
    assert_eq!(
        refused(&mut pair, |c| c.close_channel_of_consensus(channel)),
        RefusedChannel::Rule(RefusedMessage::Ends)
    );
    let (own, _) = pair
        .net
        .consensus
        .open_channel(OWNER, a, ChainId::Consensus, 1)
        .unwrap();
    pair.net.consensus.close_channel_of_consensus(own).unwrap();
}

#[test]
fn k60_rules_of_channels_are_passed_on() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    let unknown = ChannelId(channel.0 + 1);
    let none = RefusedChannel::Rule(RefusedMessage::NoChannel { channel: unknown });
    assert_eq!(refused(&mut pair, |c| c.close_channel(OWNER, unknown)), none);
    assert_eq!(
        refused(&mut pair, |c| c.send_message(OWNER, unknown, request())),
        none
    );
    pair.net.consensus.list_peer(OWNER, b, chain(a), None).unwrap();
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, a, chain(b), 1)),
        RefusedChannel::Rule(RefusedMessage::NotAllowed)
    );
    pair.net.consensus.list_peer_of_consensus(a, false).unwrap();
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, a, ChainId::Consensus, 1)),
        RefusedChannel::Rule(RefusedMessage::NotAllowed)
    );
}

#[test]
fn n25_a_domain_without_messages_has_no_channels() {
    let mut pair = Pair::new();
    let silent = DomainParamsOf(0).domain(&mut pair);
    let a = pair.a;
    for (chain, peer) in [(a, silent), (silent, a)] {
        let peer = ChainId::Domain(peer);
        pair.net
            .consensus
            .list_peer(OWNER, chain, peer, Some(FEE))
            .unwrap();
    }
    for (opener, acceptor) in [(a, silent), (silent, a)] {
        assert_eq!(
            refused(&mut pair, |c| c.open_channel(OWNER, opener, chain(acceptor), 1)),
            RefusedChannel::Rule(RefusedMessage::NoMessages { domain: silent })
        );
    }
}

/// A domain with this many messages in a block.
struct DomainParamsOf(u32);

impl DomainParamsOf {
    fn domain(&self, pair: &mut Pair) -> DomainId {
        let mut params = params();
        params.messages = self.0;
        let created = pair
            .net
            .consensus
            .create_domain(OWNER, params, Access::Open, Balance(0));
        created.unwrap().0
    }
}

#[test]
fn k61_deposits_and_requests_are_covered() {
    let mut pair = Pair::new();
    let a = pair.a;
    let poor = account(3);
    let (channel, _) = pair
        .net
        .consensus
        .open_channel(OWNER, a, ChainId::Consensus, 1)
        .unwrap();
    pair.net.consensus.host_mut().money.insert(poor, FEE.0);
    let required = Balance(FEE.0 + 1);
    assert_eq!(
        refused(&mut pair, |c| c.send_message(poor, channel, request())),
        RefusedChannel::Funds { required }
    );
    pair.net.consensus.host_mut().money.insert(OWNER, 49);
    let required = Balance(50);
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, a, ChainId::Consensus, 1)),
        RefusedChannel::Funds { required }
    );
}

#[test]
fn k19_what_is_relayed_is_one_canonical_value() {
    let mut pair = Pair::new();
    let garbage = refused(&mut pair, |c| c.relay_message(&[1, 2, 3]));
    assert_eq!(garbage, RefusedRelay::Bytes(DecodeError::Malformed));
    let long = vec![0; (1 << 20) + 1];
    assert!(matches!(
        refused(&mut pair, |c| c.relay_message(&long)),
        RefusedRelay::Bytes(DecodeError::TooLong { .. })
    ));
}

#[test]
fn n21_a_block_takes_as_many_messages_as_its_parameters_say() {
    let mut pair = Pair::new();
    let a = pair.a;
    for _ in 0..8 {
        pair.net
            .consensus
            .open_channel(OWNER, a, ChainId::Consensus, 1)
            .unwrap();
    }
    let full = RefusedChannel::Rule(RefusedMessage::NoRoom { domain: a });
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, a, ChainId::Consensus, 1)),
        full
    );
    pair.net.begin();
    assert!(
        pair.net
            .consensus
            .open_channel(OWNER, a, ChainId::Consensus, 1)
            .is_ok()
    );
}

#[test]
fn k62_a_domain_that_executes_nothing_takes_nothing_in() {
    let mut pair = Pair::new();
    let a = pair.a;
    let gap = u64::from(params().max_gap);
    for _ in 0..=gap {
        pair.net
            .consensus
            .open_channel(OWNER, a, ChainId::Consensus, 1)
            .unwrap();
        pair.net.begin();
    }
    let progress = pair.net.consensus.progress(a).unwrap().unwrap();
    assert_eq!(progress.last.0 - progress.head.0, gap + 1);
    let full = RefusedChannel::Rule(RefusedMessage::NoRoom { domain: a });
    assert_eq!(
        refused(&mut pair, |c| c.open_channel(OWNER, a, ChainId::Consensus, 1)),
        full
    );
    // One receipt, and it takes one block more.
    let missing = pair.net.missing(a);
    pair.net.vouch(0, missing[..1].to_vec());
    pair.net
        .consensus
        .open_channel(OWNER, a, ChainId::Consensus, 1)
        .unwrap();
}

#[test]
fn n21_a_paused_domain_takes_no_request() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    pair.send(a, channel, 10, b"wait");
    while pair.net.outbox(a, pair.net.confirmed(a)).is_empty() {
        pair.post();
    }
    pair.net.consensus.pause(OWNER, b).unwrap();
    let shown = pair.net.shown(a, 0);
    assert!(matches!(
        pair.net.relay(&shown),
        Err(CallError::Refused(RefusedRelay::Rule(
            RefusedMessage::NoRoom { .. }
        )))
    ));
    pair.net.consensus.resume(OWNER, b).unwrap();
    pair.settle();
    pair.check_settled();
}
