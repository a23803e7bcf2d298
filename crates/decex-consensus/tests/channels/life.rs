//! The life of a channel, and of what goes over it.

use crate::common::*;
use crate::pair::*;
use decex_consensus::Event;
use decex_core::message::*;
use decex_core::*;
use decex_messaging::hub::{Outcome, Stage};
use decex_testkit::ledger::Call;

fn outcomes(events: &[Event]) -> Vec<Outcome> {
    let outcome = |event: &Event| match event {
        Event::Channel { outcome, .. } => Some(outcome.clone()),
        _ => None,
    };
    events.iter().filter_map(outcome).collect()
}

#[test]
fn value_goes_over_and_is_conserved() {
    let (mut pair, channel) = Pair::open();
    assert!(outcomes(&pair.net.events).contains(&Outcome::Opened));
    let (a, b) = (pair.a, pair.b);
    let before = (pair.kept(a), pair.kept(b), pair.balance(b, party(5)));
    pair.send(a, channel, 1_000, b"hello");
    pair.settle();
    assert_eq!(pair.balance(b, party(5)), before.2 + 1_000);
    assert_eq!(pair.answered(a, 0), 1);
    // B's operators have earned the fee: it came and left again as fees.
    assert_eq!(pair.kept(b), before.1 + 1_000);
    assert!(pair.kept(a) < before.0 - 1_000);
    pair.check_settled();
    // And the other way.
    pair.send(b, channel, 400, b"back");
    pair.settle();
    assert_eq!(pair.answered(b, 0), 1);
    pair.check_settled();
}

#[test]
fn a_refused_request_comes_back() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    let before = pair.balance(b, party(5));
    // Refused by the recipient, and for passing the witness limit of B's step.
    pair.send(a, channel, 1_000, &[0xfe]);
    pair.send(a, channel, 2_000, &[0xff]);
    let paid = pair.balance(a, party(0));
    pair.settle();
    assert_eq!((pair.answered(a, 0), pair.answered(a, 1)), (2, 2));
    assert_eq!(pair.balance(b, party(5)), before);
    assert!(pair.balance(a, party(0)) > paid - 3_000);
    pair.check_settled();
}

#[test]
fn a_block_may_have_messages_alone_or_with_bundles() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    pair.send(a, channel, 10, b"one");
    pair.send(a, channel, 10, b"two");
    // Until both are final.
    while pair.net.outbox(a, pair.net.confirmed(a)).len() < 2 {
        pair.post();
    }
    // The first in a block of its own.
    let last = pair.net.consensus.progress(b).unwrap().unwrap().last.0;
    let shown = pair.net.shown(a, 0);
    pair.net.relay(&shown).unwrap();
    pair.net.begin();
    let alone = pair
        .net
        .consensus
        .inbox(b, DomainNumber(last + 1))
        .unwrap()
        .unwrap();
    assert_eq!((alone.messages.len(), alone.bundles.len()), (1, 0));
    // The second behind a bundle: it joins the block, and is taken in first.
    pair.transact(b, 3, Call::Fail);
    let shown = pair.net.shown(a, 1);
    pair.net.relay(&shown).unwrap();
    pair.net.begin();
    let both = pair
        .net
        .consensus
        .inbox(b, DomainNumber(last + 2))
        .unwrap()
        .unwrap();
    assert_eq!((both.messages.len(), both.bundles.len()), (1, 1));
    pair.relayed.insert(a, 2);
    pair.settle();
    assert_eq!((pair.answered(a, 0), pair.answered(a, 1)), (1, 1));
    pair.check_settled();
    // A's last block was opened by an answer: no bundle counts against those that join it.
    assert_eq!(pair.net.consensus.progress(a).unwrap().unwrap().included, 0);
}

#[test]
fn the_consensus_chain_sends_and_receives() {
    let mut pair = Pair::new();
    let a = pair.a;
    let (channel, events) = pair
        .net
        .consensus
        .open_channel(OWNER, a, ChainId::Consensus, 4)
        .unwrap();
    assert_eq!(outcomes(&events), [Outcome::Opened]);
    pair.settle();
    let free = |pair: &Pair, n: u8| pair.net.consensus.host().money[&account(n)];
    // Down.
    let before = free(&pair, 9);
    let request = Request {
        sender: PartyId::default(),
        recipient: party(5),
        value: Balance(300),
        deadline: ConsensusNumber(10_000),
        data: Default::default(),
    };
    pair.net
        .consensus
        .send_message(account(9), channel, request.clone())
        .unwrap();
    assert_eq!(free(&pair, 9), before - 300 - FEE.0);
    let has = pair.balance(a, party(5));
    pair.settle();
    assert_eq!(pair.balance(a, party(5)), has + 300);
    // Refused there: the value comes back to the account.
    let refused = Request {
        data: BoundedVec::new(vec![0xfe]).unwrap(),
        ..request
    };
    pair.net
        .consensus
        .send_message(account(9), channel, refused)
        .unwrap();
    pair.settle();
    assert_eq!(free(&pair, 9), before - 300 - 2 * FEE.0);
    // Up: any 32 bytes name an account.
    let before = free(&pair, 9);
    let call = Call::Send {
        channel,
        to: PartyId(account(9).0),
        value: Balance(250),
        deadline: ConsensusNumber(10_000),
        data: BoundedVec::new(b"up".to_vec()).unwrap(),
    };
    pair.transact(a, 0, call);
    pair.settle();
    assert_eq!(free(&pair, 9), before + 250);
    assert_eq!(pair.answered(a, 0), 1);
    let delivered =
        |outcome: &Outcome| matches!(outcome, Outcome::Delivered(_, request) if *request.data == *b"up");
    assert!(outcomes(&pair.net.events).iter().any(delivered));
    pair.check_settled();
}

#[test]
fn a_closed_channel_refunds_settles_and_is_forgotten() {
    let (mut pair, channel) = Pair::open();
    let (a, b) = (pair.a, pair.b);
    pair.send(a, channel, 1_000, b"in time");
    while pair.net.outbox(a, pair.net.confirmed(a)).is_empty() {
        pair.post();
    }
    let shown = pair.net.shown(a, 0);
    pair.net.relay(&shown).unwrap();
    pair.relayed.insert(a, 1);
    // Sent, but consensus sees it only after the channel is closed.
    pair.send(a, channel, 2_000, b"too late");
    // Messages come before transactions: in the same block the channel would be closed before it is sent.
    pair.net.begin();
    let owner = pair.net.consensus.host().money[&OWNER];
    pair.net.consensus.close_channel(OWNER, channel).unwrap();
    assert_eq!(
        pair.net.consensus.channel(channel).unwrap().unwrap().stage,
        Stage::Closed
    );
    pair.settle();
    assert_eq!((pair.answered(a, 0), pair.answered(a, 1)), (1, 2));
    assert!(outcomes(&pair.net.events).contains(&Outcome::Bounced(MessageNumber(1), Refusal::Closed)));
    assert_eq!(pair.net.consensus.channel(channel).unwrap(), None);
    assert_eq!(pair.net.consensus.host().money[&OWNER], owner + 50);
    pair.check_settled();
    // Nothing is sent over it any more, from either end.
    for domain in [a, b] {
        let before = pair.net.outbox(domain, pair.net.confirmed(domain)).len();
        pair.send(domain, channel, 5, b"gone");
        pair.settle();
        assert_eq!(pair.net.outbox(domain, pair.net.confirmed(domain)).len(), before);
    }
    pair.check_settled();
}

#[test]
fn a_late_request_is_refused_by_consensus() {
    let (mut pair, channel) = Pair::open();
    let a = pair.a;
    let deadline = pair.net.now();
    let call = Call::Send {
        channel,
        to: party(5),
        value: Balance(700),
        deadline,
        data: Default::default(),
    };
    pair.transact(a, 0, call);
    pair.settle();
    assert_eq!(pair.answered(a, 0), 2);
    assert!(outcomes(&pair.net.events).contains(&Outcome::Bounced(MessageNumber(0), Refusal::Expired)));
    pair.check_settled();
}
