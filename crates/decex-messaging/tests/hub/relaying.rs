//! Relay what domains have sent.

use crate::world::*;
use decex_core::hash::Digest;
use decex_core::id::*;
use decex_core::list::InvalidListProof;
use decex_core::message::*;
use decex_messaging::RefusedMessage;
use decex_messaging::hub::*;

#[test]
fn a_request_takes_its_money_along_and_is_answered() {
    let mut hub = Hub::open();
    assert_eq!(
        hub.says(A, b(), asks(0, 100)),
        Ok(Outcome::Forwarded(MessageNumber(0)))
    );
    assert_eq!(hub.balances[&A], Balance(1_000 - 100 - FEE_B.0));
    assert_eq!(hub.balances[&B], Balance(500 + 100 + FEE_B.0));
    assert_eq!(hub.inboxes[&B], [message(a(), b(), asks(0, 100))]);
    let outcome = hub.says(B, a(), delivered(0));
    assert!(matches!(outcome, Ok(Outcome::Answered(..))));
    assert_eq!(hub.inboxes[&A], [message(b(), a(), delivered(0))]);
    assert_eq!(hub.balances[&A], Balance(1_000 - 100 - FEE_B.0));
    assert!(hub.waiting.is_empty());
    assert_eq!(hub.channel().from_opener.unanswered, 0);
}

#[test]
fn a_refused_request_brings_its_value_back_and_not_its_fee() {
    for refusal in [Refusal::Recipient, Refusal::Limit] {
        let mut hub = Hub::open();
        hub.says(B, a(), asks(0, 100)).unwrap();
        hub.says(A, b(), refused(0, refusal)).unwrap();
        assert_eq!(hub.balances[&A], Balance(1_000 + FEE_A.0));
        assert_eq!(hub.balances[&B], Balance(500 - FEE_A.0));
    }
}

#[test]
fn a_request_to_the_consensus_chain_is_paid_at_once() {
    let mut hub = Hub::with_consensus();
    let outcome = hub.says(A, ChainId::Consensus, asks(0, 100));
    assert_eq!(outcome, Ok(Outcome::Delivered(MessageNumber(0), request(100))));
    assert_eq!(
        (hub.balances[&A], hub.accounts[&USER]),
        (Balance(900), Balance(200))
    );
    assert_eq!(hub.inboxes[&A], [message(ChainId::Consensus, a(), delivered(0))]);
    assert!(hub.waiting.is_empty());
}

#[test]
fn n10_only_outboxes_of_final_receipts_count() {
    let mut hub = Hub::open();
    hub.outboxes
        .get_mut(&A)
        .unwrap()
        .push(message(a(), b(), asks(0, 1)));
    let mut relayed = hub.proven(A, 0);
    relayed.receipt = DomainNumber(FINAL.0 + 1);
    let refused = RefusedMessage::NotFinal {
        domain: A,
        number: relayed.receipt,
    };
    assert_eq!(hub.relay(&relayed), Err(refused));
}

/// Whatever is changed of what travels, the message does not pass for one that was sent.
#[test]
fn n11_n12_every_changed_field_is_noticed() {
    let mut hub = Hub::open();
    let outbox = hub.outboxes.get_mut(&A).unwrap();
    outbox.extend([message(a(), b(), asks(0, 1)), message(a(), b(), asks(1, 1))]);
    let sent = hub.proven(A, 0);
    let root = RefusedMessage::Path(InvalidListProof::Root);
    let changes: [fn(&mut Relayed); 12] = [
        |relayed| relayed.message.from = b(),
        |relayed| relayed.message.to = ChainId::Consensus,
        |relayed| relayed.message.channel.0 += 1,
        |relayed| relayed.message.payload = asks(1, 1),
        |relayed| relayed.message.payload = asks(0, 2),
        |relayed| relayed.message.payload = delivered(0),
        |relayed| relayed.path.start = 1,
        |relayed| relayed.path.siblings = vec_of(Digest([9; 32])),
        // Of the other domain's outbox, which has other messages.
        |relayed| relayed.domain = B,
        |relayed| changed(relayed, |request| request.recipient = PartyId(Digest([7; 32]))),
        |relayed| changed(relayed, |request| request.deadline.0 += 1),
        |relayed| changed(relayed, |request| request.sender = PartyId(Digest([7; 32]))),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut relayed = sent.clone();
        change(&mut relayed);
        assert_eq!(hub.relay(&relayed), Err(root), "{place}");
    }
    let mut longer = sent.clone();
    longer.path.length = 3;
    assert_eq!(
        hub.relay(&longer),
        Err(RefusedMessage::Path(InvalidListProof::Siblings))
    );
    let mut beyond = sent.clone();
    beyond.path.start = 2;
    assert_eq!(
        hub.relay(&beyond),
        Err(RefusedMessage::Path(InvalidListProof::OutOfBounds))
    );
    assert!(hub.relay(&sent).is_ok());
}

fn vec_of(digest: Digest) -> decex_core::BoundedVec<Digest, 64> {
    decex_core::BoundedVec::new(vec![digest]).unwrap()
}

fn changed(relayed: &mut Relayed, change: fn(&mut Request)) {
    let Payload::Request(_, request) = &mut relayed.message.payload else {
        panic!();
    };
    change(request);
}

#[test]
fn n12_a_domain_speaks_for_itself_alone() {
    let mut hub = Hub::open();
    hub.outboxes
        .get_mut(&B)
        .unwrap()
        .push(message(a(), b(), asks(0, 900)));
    let forged = hub.proven(B, 1);
    let expected = B;
    assert_eq!(
        hub.relay(&forged),
        Err(RefusedMessage::Source { expected, found: a() })
    );
    let spoken = message(ChainId::Consensus, a(), asks(0, 1));
    hub.outboxes.get_mut(&B).unwrap().push(spoken);
    let forged = hub.proven(B, 2);
    assert!(matches!(hub.relay(&forged), Err(RefusedMessage::Source { .. })));
}

#[test]
fn n13_there_is_a_channel() {
    let mut hub = Hub::open();
    hub.channels.clear();
    assert_eq!(
        hub.says(A, b(), asks(0, 1)),
        Err(RefusedMessage::NoChannel { channel: CHANNEL })
    );
}

#[test]
fn n14_messages_go_from_one_end_to_the_other() {
    for to in [ChainId::Consensus, a(), ChainId::Domain(DomainId(3))] {
        assert_eq!(Hub::open().says(A, to, asks(0, 1)), Err(RefusedMessage::Ends));
    }
    // A domain that is no end of it.
    let mut hub = Hub::with_consensus();
    assert_eq!(
        hub.says(B, ChainId::Consensus, asks(0, 1)),
        Err(RefusedMessage::Ends)
    );
}

#[test]
fn n15_domains_do_not_say_what_consensus_says() {
    let terms = ChannelTerms::default();
    for payload in [Payload::Open(terms), Payload::Opened(terms), Payload::Close] {
        assert_eq!(Hub::open().says(A, b(), payload), Err(RefusedMessage::Payload));
    }
}

#[test]
fn n16_nothing_is_asked_before_both_ends_have_agreed() {
    let mut hub = Hub::new();
    hub.ask(b(), 2).unwrap();
    assert_eq!(hub.says(B, a(), asks(0, 1)), Err(RefusedMessage::State));
    assert_eq!(hub.says(A, b(), asks(0, 1)), Err(RefusedMessage::State));
}

#[test]
fn n17_requests_come_in_order_and_once() {
    let mut hub = Hub::open();
    let order = |expected, found| {
        let (expected, found) = (MessageNumber(expected), MessageNumber(found));
        Err(RefusedMessage::Order { expected, found })
    };
    assert_eq!(hub.says(A, b(), asks(1, 1)), order(0, 1));
    hub.says(A, b(), asks(0, 1)).unwrap();
    let replayed = hub.proven(A, 1);
    assert_eq!(hub.relay(&replayed), order(1, 0));
    // The other way has an order of its own.
    assert!(hub.says(B, a(), asks(0, 1)).is_ok());
}

#[test]
fn n27_late_requests_are_refused_without_money() {
    let mut hub = Hub::open();
    let late = Request {
        deadline: ConsensusNumber(NOW.0 - 1),
        ..request(100)
    };
    // No destination is asked for room or money.
    hub.rooms.get_mut(&B).unwrap().messages = 0;
    let number = MessageNumber(0);
    let outcome = hub.says(A, b(), Payload::Request(number, late));
    assert_eq!(outcome, Ok(Outcome::Bounced(number, Refusal::Expired)));
    assert_eq!(hub.balances[&A], Balance(1_000));
    assert_eq!(hub.inboxes[&A], [message(b(), a(), refused(0, Refusal::Expired))]);
    assert!(hub.waiting.is_empty());
    assert_eq!(hub.channel().from_opener.unanswered, 0);
    assert_eq!(hub.channel().from_opener.next, MessageNumber(1));
}

#[test]
fn n18_no_more_goes_unanswered_than_the_capacity() {
    let mut hub = Hub::open();
    hub.says(A, b(), asks(0, 1)).unwrap();
    hub.says(A, b(), asks(1, 1)).unwrap();
    assert_eq!(hub.says(A, b(), asks(2, 1)), Err(RefusedMessage::Full));
    hub.says(B, a(), delivered(1)).unwrap();
    assert!(hub.says(A, b(), asks(2, 1)).is_ok());
}

#[test]
fn n19_no_more_leaves_a_domain_than_is_in_it() {
    let mut hub = Hub::open();
    let held = Balance(1_000);
    let needed = Balance(1_001 - FEE_B.0 + FEE_B.0);
    assert_eq!(
        hub.says(A, b(), asks(0, 1_001 - FEE_B.0)),
        Err(RefusedMessage::Unbacked { needed, held })
    );
    let all = hub.says(A, b(), asks(0, 1_000 - FEE_B.0));
    assert!(all.is_ok());
    assert_eq!(hub.balances[&A], Balance::ZERO);
    // A sum out of range is backed by nothing.
    let beyond = Hub::open().says(A, b(), asks(0, u128::MAX));
    assert!(matches!(beyond, Err(RefusedMessage::Unbacked { .. })));
    // What was taken is not paid back by who has spent it.
    hub.balances.insert(B, Balance(5));
    assert!(matches!(
        hub.says(B, a(), refused(0, Refusal::Recipient)),
        Err(RefusedMessage::Unbacked { .. })
    ));
    // To the consensus chain likewise.
    let mut hub = Hub::with_consensus();
    let beyond = hub.says(A, ChainId::Consensus, asks(0, 1_001));
    assert!(matches!(beyond, Err(RefusedMessage::Unbacked { .. })));
}

#[test]
fn n20_a_request_is_answered_once() {
    let mut hub = Hub::open();
    let number = MessageNumber(0);
    let none = Err(RefusedMessage::NotWaiting { number });
    assert_eq!(hub.says(B, a(), delivered(0)), none);
    hub.says(A, b(), asks(0, 100)).unwrap();
    // Not by who asked.
    assert_eq!(hub.says(A, b(), delivered(0)), none);
    hub.says(B, a(), refused(0, Refusal::Recipient)).unwrap();
    assert_eq!(hub.says(B, a(), refused(0, Refusal::Recipient)), none);
    assert_eq!(hub.says(B, a(), delivered(0)), none);
}

#[test]
fn n29_only_consensus_says_closed_or_expired() {
    for refusal in [Refusal::Closed, Refusal::Expired] {
        let mut hub = Hub::open();
        hub.says(A, b(), asks(0, 100)).unwrap();
        assert_eq!(hub.says(B, a(), refused(0, refusal)), Err(RefusedMessage::Reason));
    }
}

#[test]
fn n21_who_takes_something_in_has_room() {
    let full = |domain| Err(RefusedMessage::NoRoom { domain });
    let mut hub = Hub::open();
    hub.rooms.get_mut(&B).unwrap().messages = 0;
    assert_eq!(hub.says(A, b(), asks(0, 1)), full(B));
    // A paused domain takes no request, and is answered.
    let mut hub = Hub::open();
    hub.says(A, b(), asks(0, 1)).unwrap();
    hub.rooms.get_mut(&B).unwrap().requests = false;
    hub.rooms.get_mut(&A).unwrap().requests = false;
    assert_eq!(hub.says(A, b(), asks(1, 1)), full(B));
    assert!(hub.says(B, a(), delivered(0)).is_ok());
    // Who asks has room for an answer that comes at once.
    let mut hub = Hub::with_consensus();
    hub.rooms.get_mut(&A).unwrap().messages = 0;
    assert_eq!(hub.says(A, ChainId::Consensus, asks(0, 1)), full(A));
    let mut hub = Hub::open();
    hub.says(A, b(), asks(0, 1)).unwrap();
    hub.rooms.get_mut(&A).unwrap().messages = 0;
    assert_eq!(hub.says(B, a(), delivered(0)), full(A));
}
