//! Open a channel, and send over one from the consensus chain.

use crate::world::*;
use decex_core::id::Balance;
use decex_core::message::*;
use decex_messaging::RefusedMessage;
use decex_messaging::hub::*;

#[test]
fn a_channel_is_open_when_both_ends_have_agreed() {
    let mut hub = Hub::new();
    assert_eq!(hub.ask(b(), 9), Ok(Outcome::Asked));
    assert_eq!((hub.deposits, hub.accounts[&OWNER]), (DEPOSIT, Balance(50)));
    let terms = ChannelTerms {
        capacity: 9,
        opener_fee: FEE_A,
        acceptor_fee: FEE_B,
    };
    assert_eq!(hub.inboxes[&B], [message(a(), b(), Payload::Open(terms))]);
    assert_eq!(hub.channel().stage, Stage::Asked);
    assert_eq!(hub.says(B, a(), Payload::Accept(true)), Ok(Outcome::Opened));
    assert_eq!(hub.inboxes[&A], [message(b(), a(), Payload::Opened(terms))]);
    assert_eq!(hub.channel().stage, Stage::Open);
}

#[test]
fn consensus_accepts_at_once_and_takes_no_fee() {
    let mut hub = Hub::new();
    // Whatever its list says.
    hub.lists.insert((ChainId::Consensus, a()), Balance(9));
    assert_eq!(hub.ask(ChainId::Consensus, 9), Ok(Outcome::Opened));
    assert_eq!(hub.channel().terms.acceptor_fee, Balance::ZERO);
    assert!(matches!(hub.inboxes[&A][0].payload, Payload::Opened(_)));
}

#[test]
fn n22_a_channel_has_two_ends() {
    assert_eq!(Hub::new().ask(a(), 9), Err(RefusedMessage::SameEnds));
}

#[test]
fn n23_each_end_lists_the_other() {
    for missing in [(a(), b()), (b(), a())] {
        let mut hub = Hub::new();
        hub.lists.remove(&missing);
        assert_eq!(hub.ask(b(), 9), Err(RefusedMessage::NotAllowed));
    }
    let mut hub = Hub::new();
    hub.lists.remove(&(ChainId::Consensus, a()));
    assert_eq!(hub.ask(ChainId::Consensus, 9), Err(RefusedMessage::NotAllowed));
}

#[test]
fn n24_the_capacity_is_in_range() {
    for found in [0, MAX_CAPACITY + 1] {
        let most = MAX_CAPACITY;
        assert_eq!(
            Hub::new().ask(b(), found),
            Err(RefusedMessage::Capacity { most, found })
        );
    }
    assert_eq!(Hub::new().ask(b(), MAX_CAPACITY), Ok(Outcome::Asked));
}

#[test]
fn n25_both_ends_have_channels_at_all() {
    for domain in [A, B] {
        let mut hub = Hub::new();
        hub.rooms.remove(&domain);
        assert_eq!(hub.ask(b(), 9), Err(RefusedMessage::NoMessages { domain }));
    }
}

#[test]
fn n21_who_is_asked_has_room_and_is_not_paused() {
    for room in [
        Room {
            messages: 0,
            requests: true,
        },
        Room {
            messages: 1,
            requests: false,
        },
    ] {
        let mut hub = Hub::new();
        hub.rooms.insert(B, room);
        assert_eq!(hub.ask(b(), 9), Err(RefusedMessage::NoRoom { domain: B }));
    }
}

#[test]
fn n16_only_who_is_asked_accepts_and_once() {
    let mut hub = Hub::new();
    hub.ask(b(), 9).unwrap();
    assert_eq!(
        hub.says(A, b(), Payload::Accept(true)),
        Err(RefusedMessage::State)
    );
    hub.says(B, a(), Payload::Accept(true)).unwrap();
    assert_eq!(
        hub.says(B, a(), Payload::Accept(true)),
        Err(RefusedMessage::State)
    );
    assert_eq!(
        hub.says(B, a(), Payload::Accept(false)),
        Err(RefusedMessage::State)
    );
}

#[test]
fn n28_a_declined_channel_is_forgotten() {
    let mut hub = Hub::new();
    hub.ask(b(), 9).unwrap();
    assert_eq!(hub.says(B, a(), Payload::Accept(false)), Ok(Outcome::Declined));
    assert!(hub.channels.is_empty());
    assert_eq!(
        (hub.deposits, hub.accounts[&OWNER]),
        (Balance::ZERO, Balance(100))
    );
}

#[test]
fn an_account_sends_from_the_consensus_chain() {
    let mut hub = Hub::with_consensus();
    let sent = Request {
        sender: PartyId(OWNER.0),
        ..request(30)
    };
    assert_eq!(hub.send(sent), Ok(Outcome::Forwarded(MessageNumber(0))));
    assert_eq!(hub.accounts[&USER], Balance(100 - 30 - FEE_A.0));
    assert_eq!(hub.balances[&A], Balance(1_000 + 30 + FEE_A.0));
    // In its own name, whatever it says.
    let Payload::Request(_, taken) = &hub.inboxes[&A][0].payload else {
        panic!();
    };
    assert_eq!(taken.sender, PartyId(USER.0));
    assert_eq!(hub.inboxes[&A][0].from, ChainId::Consensus);
    let outcome = hub.says(A, ChainId::Consensus, refused(0, Refusal::Recipient));
    assert!(matches!(outcome, Ok(Outcome::Answered(..))));
    assert_eq!(hub.accounts[&USER], Balance(100 - FEE_A.0), "the fee is kept");
    assert!(hub.waiting.is_empty());
}

#[test]
fn n13_n14_n16_n18_n21_n26_what_an_account_cannot_send() {
    let mut hub = Hub::with_consensus();
    hub.channels.clear();
    assert_eq!(
        hub.send(request(1)),
        Err(RefusedMessage::NoChannel { channel: CHANNEL })
    );
    assert_eq!(Hub::open().send(request(1)), Err(RefusedMessage::Ends));
    let mut hub = Hub::with_consensus();
    hub.close().unwrap();
    assert_eq!(hub.send(request(1)), Err(RefusedMessage::State));
    let mut hub = Hub::with_consensus();
    let late = Request {
        deadline: decex_core::ConsensusNumber(NOW.0 - 1),
        ..request(1)
    };
    assert_eq!(hub.send(late), Err(RefusedMessage::Deadline));
    hub.rooms.get_mut(&A).unwrap().requests = false;
    assert_eq!(hub.send(request(1)), Err(RefusedMessage::NoRoom { domain: A }));
    hub.rooms.get_mut(&A).unwrap().requests = true;
    hub.send(request(1)).unwrap();
    hub.send(request(1)).unwrap();
    assert_eq!(hub.send(request(1)), Err(RefusedMessage::Full));
}
