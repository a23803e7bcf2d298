//! Close a channel, and forget it when nothing of it can come any more.

use crate::world::*;
use decex_core::id::Balance;
use decex_core::message::*;
use decex_messaging::RefusedMessage;
use decex_messaging::hub::*;

#[test]
fn n27_what_comes_over_a_closed_channel_is_refused_and_what_is_on_its_way_answered() {
    let mut hub = Hub::open();
    hub.says(A, b(), asks(0, 100)).unwrap();
    assert_eq!(hub.close(), Ok(Outcome::Closed));
    assert_eq!(hub.inboxes[&A], [message(b(), a(), Payload::Close)]);
    assert_eq!(hub.inboxes[&B].last(), Some(&message(a(), b(), Payload::Close)));
    let number = MessageNumber(1);
    assert_eq!(
        hub.says(A, b(), asks(1, 200)),
        Ok(Outcome::Bounced(number, Refusal::Closed))
    );
    assert_eq!(
        hub.inboxes[&A].last(),
        Some(&message(b(), a(), refused(1, Refusal::Closed)))
    );
    assert!(hub.says(B, a(), refused(0, Refusal::Recipient)).is_ok());
    assert_eq!(hub.balances[&A], Balance(1_000 - FEE_B.0));
}

#[test]
fn n28_a_channel_is_forgotten_when_both_ends_are_drained_and_all_is_answered() {
    let mut hub = Hub::open();
    hub.says(A, b(), asks(0, 100)).unwrap();
    hub.close().unwrap();
    hub.says(A, b(), Payload::Drained(MessageNumber(1))).unwrap();
    hub.says(B, a(), Payload::Drained(MessageNumber(0))).unwrap();
    assert_eq!(hub.deposits, DEPOSIT);
    hub.says(B, a(), delivered(0)).unwrap();
    assert!(hub.channels.is_empty());
    assert_eq!(
        (hub.deposits, hub.accounts[&OWNER]),
        (Balance::ZERO, Balance(100))
    );
    // The last thing may also be what an end says.
    let mut hub = Hub::open();
    hub.close().unwrap();
    hub.says(B, a(), Payload::Drained(MessageNumber(0))).unwrap();
    hub.says(A, b(), Payload::Drained(MessageNumber(0))).unwrap();
    assert!(hub.channels.is_empty());
}

#[test]
fn n28_with_consensus_one_end_is_enough() {
    let mut hub = Hub::with_consensus();
    hub.close().unwrap();
    hub.says(A, ChainId::Consensus, Payload::Drained(MessageNumber(0)))
        .unwrap();
    assert!(hub.channels.is_empty());
}

#[test]
fn n16_n17_an_end_is_drained_once_when_all_has_come() {
    let mut hub = Hub::open();
    let drained = |sent| Payload::Drained(MessageNumber(sent));
    assert_eq!(hub.says(A, b(), drained(0)), Err(RefusedMessage::State));
    hub.says(A, b(), asks(0, 1)).unwrap();
    hub.close().unwrap();
    for found in [0, 2] {
        let (expected, found) = (MessageNumber(1), MessageNumber(found));
        assert_eq!(
            hub.says(A, b(), drained(found.0)),
            Err(RefusedMessage::Order { expected, found })
        );
    }
    hub.says(A, b(), drained(1)).unwrap();
    assert_eq!(hub.says(A, b(), drained(1)), Err(RefusedMessage::State));
}

#[test]
fn n16_n21_closing_tells_each_end_once_and_waits_for_none() {
    let mut hub = Hub::open();
    hub.rooms.get_mut(&B).unwrap().messages = 0;
    assert_eq!(hub.close(), Ok(Outcome::Closed));
    assert_eq!((hub.inboxes[&A].len(), hub.inboxes[&B].len()), (1, 0));
    // There is nothing to do until B has room.
    assert_eq!(hub.close(), Err(RefusedMessage::NoRoom { domain: B }));
    // Who was not told cannot know.
    let early = hub.says(B, a(), Payload::Drained(MessageNumber(0)));
    assert_eq!(early, Err(RefusedMessage::State));
    hub.rooms.get_mut(&B).unwrap().messages = 1;
    hub.close().unwrap();
    assert_eq!((hub.inboxes[&A].len(), hub.inboxes[&B].len()), (1, 1));
    assert_eq!(hub.close(), Err(RefusedMessage::State));
    // With room nowhere it is closed all the same.
    let mut hub = Hub::open();
    hub.rooms.values_mut().for_each(|room| room.messages = 0);
    assert_eq!(hub.close(), Ok(Outcome::Closed));
    assert_eq!(hub.channel().stage, Stage::Closed);
    assert!(hub.close().is_err());
}

#[test]
fn n13_n16_a_channel_that_is_asked_for_can_be_closed() {
    let mut hub = Hub::new();
    assert_eq!(hub.close(), Err(RefusedMessage::NoChannel { channel: CHANNEL }));
    hub.ask(b(), 2).unwrap();
    hub.close().unwrap();
    assert_eq!(
        hub.says(B, a(), Payload::Accept(true)),
        Err(RefusedMessage::State)
    );
    hub.says(A, b(), Payload::Drained(MessageNumber(0))).unwrap();
    hub.says(B, a(), Payload::Drained(MessageNumber(0))).unwrap();
    assert!(hub.channels.is_empty());
}
